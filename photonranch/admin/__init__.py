"""What every app's admin.py stands on: lists that stay as fast as they are, actions that go through services.

@admin.register(Job)
class JobAdmin(StaffAdmin):
    ...
"""
