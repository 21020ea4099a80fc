"""Staff at the admin, for tests: who may do what, and what a page says after an action."""

import re
from html import unescape
from typing import Any

from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client


def superuser(name: str = "ada") -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser(name))
    return client


def staff(*permissions: str, name: str = "bob") -> Client:
    """Somebody who has these permissions only, each such as "jobs.view_job"."""
    user = User.objects.create_user(name, is_staff=True)
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, action: str, *rows: Model, confirmed: bool = True, query: str = "") -> str:
    """What the page says after an action on rows of one model, chosen in its list."""
    form: dict[str, Any] = {"action": action, "_selected_action": [row.pk for row in rows]}
    if confirmed:
        form["confirmed"] = "yes"
    return text(client.post(f"{list_of(rows[0])}{query}", form, follow=True))


def list_of(row: Model) -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/"


def offered(client: Client, row: Model) -> set[str]:
    """The names of the actions that a list offers to this user."""
    page = client.get(list_of(row)).content.decode()
    menu = re.search(r'<select name="action".*?</select>', page, re.DOTALL)
    return set(re.findall(r'<option value="(\w+)"', menu[0])) if menu else set()


def text(answer: Any) -> str:
    """What a page says, without its tags."""
    assert answer.status_code == 200, answer.status_code
    plain = unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return re.sub(r"\s+", " ", plain)
