"""What status promises together with the calendar, the commands and the site keys."""

from typing import Any

import pytest

from sitecfg import keys
from status import services
from status.models import Status
from testing.cast import SITE, Api

pytestmark = pytest.mark.django_db

WINDOW = {"site": SITE, "start": "2026-11-20T00:00:00Z", "end": "2026-11-22T00:00:00Z"}
FROM_ELSEWHERE = {"Origin": "https://elsewhere.example"}


@pytest.fixture
def known(published: Any) -> None:
    services.report(SITE, "device", {"mount": {"eastpier": {"altitude": 41.5}}})


def test_the_calls_of_a_telescope_are_remembered_by_name(api: Api, published: Any) -> None:
    assert api.post("/jobs/getnewjobs", {"site": SITE}).status_code == 200
    assert api.post("/calendar/siteevents", WINDOW).status_code == 200

    said = api.get("/status/lastseen").content.decode()
    assert '"getnewjobs"' in said
    assert '"siteevents"' in said


@pytest.mark.parametrize("site", [SITE, "mrc1"])
def test_the_site_s_own_key_clears_its_status_from_any_page(api: Api, known: None, site: str) -> None:
    key = keys.make("site", site)[1]
    headers = {"Authorization": f"Bearer {key}", **FROM_ELSEWHERE}
    answer = api.client.get(f"/status/{SITE}/clear_all_status", headers=headers)

    own = site == SITE
    assert answer.status_code == (200 if own else 403)
    assert Status.objects.exists() is not own
