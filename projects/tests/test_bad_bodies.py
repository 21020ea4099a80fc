"""Whatever comes in, of projects or of the calendar: an answer or a sentence, never a failure of our own."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import Published
from projects.urls import urlpatterns as projects_urls
from reservations.urls import urlpatterns as calendar_urls
from testing.cast import ADMIN, Api, a_project

pytestmark = pytest.mark.django_db

PATHS = [f"/projects/{url.pattern}" for url in projects_urls] + [
    f"/calendar/{url.pattern}" for url in calendar_urls
]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["", "saf", "none#", "m31#x", "2026-11-22T04:00:00Z", "9999-12-31T23:59:59-01:00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
WHOLE: dict[str, Any] = {
    **a_project(),
    **json.loads(
        '{"event_id": "1", "site": "saf", "start": "2026-11-22T04:00:00Z", "end": "2026-11-22T05:00:00Z",'
        '"time": "2026-11-22T04:10:00Z", "exposure_index": 0, "base_filename": "saf-1",'
        '"project_id": "m31#x", "title": "", "creator": "", "creator_id": "", "reservation_note": "",'
        '"full_project_details": true}'
    ),
    "project_changes": a_project(project_name="m32"),
    "originalEvent": {"event_id": "1"},
    "modifiedEvent": {},
    "events": ["1"],
    "project_ids": ["m31#2026-11-20T22:58:14Z"],
}


@pytest.mark.parametrize("path", PATHS)
@settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes=st.dictionaries(st.sampled_from(sorted(WHOLE)), ODD, max_size=4), nested=ODD)
def test_it_is_answered(
    api: Api, published: Published, path: str, changes: dict[str, Any], nested: Any
) -> None:
    api.post("/projects/new-project", a_project())
    api.post("/calendar/newevent", {**WHOLE, "origin": "lco"}, as_=ADMIN)
    body = {**WHOLE, **changes}
    for inside in ("project_changes", "modifiedEvent"):
        if isinstance(body[inside], dict):
            body[inside] = {**body[inside], **changes, "project_constraints": nested}

    for sent in (body, nested):
        answer = api.post(path, json.dumps(sent).encode(), as_=ADMIN)
        assert answer.status_code in (200, 400, 403, 404, 405, 409), answer.content
