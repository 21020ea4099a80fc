"""After all that: the pages for people open, and the server logged nothing that it did not foresee."""

import re
from collections import Counter, deque
from collections.abc import Iterator

import httpx
import pytest
from django.contrib import admin

from fuzz.target import STAFF, FuzzTarget, manage

LINK = re.compile(r"""href=["'](/[^"'#\s]*)""")
FAILURE = re.compile(
    r"^Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*(?P<error>\S.*)$", re.MULTILINE
)
# Of the pages that others lead to.
MAX_PAGES = 120
TIMEOUT_S = 30


@pytest.fixture(scope="module")
def staff(there: FuzzTarget) -> Iterator[httpx.Client]:
    if there.server is None:
        pytest.skip(f"no account for the admin of {there.url}")
    manage(there, "createsuperuser", "--no-input", "--username=ada", "--email=ada@localhost", **STAFF)
    with httpx.Client(base_url=there.url, timeout=TIMEOUT_S, trust_env=False) as client:
        client.get("/admin/login/")
        form = {
            "username": "ada",
            "password": STAFF["DJANGO_SUPERUSER_PASSWORD"],
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
        }
        assert client.post("/admin/login/", data=form).status_code == 302
        yield client


def test_every_list_of_the_admin_opens(staff: httpx.Client) -> None:
    paths = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]
    answers = {path: staff.get(path).status_code for path in paths}

    assert set(answers.values()) == {200}, answers


def test_every_page_that_they_lead_to_opens(there: FuzzTarget, staff: httpx.Client) -> None:
    """The pages of rows, too, whatever stands in these."""
    waiting, seen, statuses = deque(["/", "/pipe", "/admin/"]), {"/", "/pipe", "/admin/"}, Counter[int]()
    failed = []
    while waiting and sum(statuses.values()) < MAX_PAGES:
        path = waiting.popleft()
        answer = staff.get(path)
        statuses[answer.status_code] += 1
        there.kinds["page"] += 1
        if answer.status_code >= 500:
            failed.append(f"{path}: {answer.status_code} {answer.text[:200]}")
        if answer.headers.get("content-type", "").startswith("text/html"):
            found = [link.replace("&amp;", "&") for link in LINK.findall(answer.text)]
            new = [link for link in dict.fromkeys(found) if link not in seen and "logout" not in link]
            # A few of each page, so that one long list is not all that is looked at.
            waiting.extend(new[:25])
            seen.update(new)

    assert failed == []
    assert statuses[200] > 20


def test_nothing_was_logged_that_it_did_not_foresee(there: FuzzTarget) -> None:
    if there.server is None:
        pytest.skip(f"the log of {there.url} is elsewhere")
    errors = Counter(found["error"][:200] for found in FAILURE.finditer(there.server.output))

    assert not errors, "\n".join(f"{count} × {error}" for error, count in errors.most_common(20))
