"""What every app's admin.py stands on: lists that stay as fast as they are, actions that go through services.

@admin.register(Job)
class JobAdmin(StaffAdmin):
    ...
"""

from photonranch.admin.actions import Done, staff_action
from photonranch.admin.base import StaffAdmin, StaffInline
from photonranch.admin.dates import Dates
from photonranch.admin.filters import ChoiceFilter, Dropdown
from photonranch.admin.people import AuditAdmin, PeopleAdmin, TeamAdmin
from photonranch.admin.shown import age, as_json, at, label, link, list_link, size

__all__ = [
    "AuditAdmin",
    "ChoiceFilter",
    "Dates",
    "Done",
    "Dropdown",
    "PeopleAdmin",
    "StaffAdmin",
    "StaffInline",
    "TeamAdmin",
    "age",
    "as_json",
    "at",
    "label",
    "link",
    "list_link",
    "size",
    "staff_action",
]
