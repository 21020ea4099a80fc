"""What every app's admin.py stands on: lists that stay as fast as they are, actions that go through services.

@admin.register(Job)
class JobAdmin(StaffAdmin):
    ...
"""

from photonranch.admin import people  # noqa: F401  (Django looks for what is registered here)
