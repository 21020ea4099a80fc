"""GET /sites/{site}: what the page says before any script runs."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from conftest import Published
from images.models import Image
from jobs import services as jobs
from jobs.models import Job
from logs.services import add as say
from photonranch.auth.callers import Caller
from sitecfg import demo
from sitecfg.services import put_configuration, write_note
from status import services as status
from testing.cast import ALICE, SITE, WEMA, Api, a_command, an_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]

PATH = f"/sites/{SITE}"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
# One for each panel; the session, its user and their roles; who holds the site, for who is no admin.
MOST_QUERIES = 18


@pytest.fixture
def site() -> None:
    demo.load_into_empty()


def carol() -> User:
    return User.objects.create_user("carol", first_name="Carol", last_name="C.")


def admin() -> User:
    return User.objects.create_superuser("ada", first_name="Ada", last_name="A.")


def shown(path: str = PATH, user: User | None = None, code: int = 200) -> str:
    client = Client()
    if user:
        client.force_login(user)
    answer = client.get(path)
    assert answer.status_code == code
    return str(answer.content.decode())


def words(html: str) -> str:
    """What people read: no tags, no templates, one space between words."""
    bare = re.sub(r"<(template|script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", bare).split())


def page_data(html: str) -> Any:
    found = re.search(r'<script id="page" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def a_frame(number: int = 1, **changes: Any) -> Image:
    values: dict[str, Any] = {
        "base_filename": f"{SITE}-sq001-20261120-{number:08d}",
        "site": SITE,
        "instrument": "sq001",
        "data_type": "EX",
        "capture_date": timezone.now(),
        "jpg": "EX10.jpg",
        "fits_small": "EX10.fits.fz",
        "listed": True,
        "exposure_time": 30.0,
        "filter_used": "w",
        **changes,
    }
    return Image.objects.create(**values)


def a_job(caller: Caller | None = None, **changes: Any) -> Job:
    who = caller or Caller("user", ALICE.user_id, ALICE.name)
    return jobs.create_job(who, a_command(mount="mount1", **changes))


@pytest.mark.usefixtures("site")
def test_it_works(api: Api) -> None:
    status.report(SITE, "device", {"mount": {"mount1": {"altitude": 48.21, "is_parked": False}}})
    status.report(WEMA, "weather", {"observing_conditions": {"observing_conditions1": {"temperature_C": 4}}})
    status.say_phase(SITE, "Taking flats")
    say(SITE, "Cooling the camera.")
    a_job()
    a_frame()
    api.post("/calendar/newevent", an_event(datetime.now(UTC), 30), as_=ALICE)
    write_note(SITE, {"message": "Clouds later.", "username": "Ada"}, hours=12, author="ada")

    text = words(shown())

    for said in (
        "saf Apache Ridge Observatory (demo)",
        "Site Online",
        "Held by Alice",
        "Taking flats",
        "Night of ",
        "Sun Set",
        "Altitude 48.2°",
        "Parked no",
        "Temperature 4.0 °C",
        "Temperature: air °C 4.0 4.0 4.0",
        "waiting camera: expose time 1, image type light, count 1, filter w Alice",
        "Cooling the camera.",
        "saf-sq001-20261120-00000001",
        "Clouds later. Ada",
    ):
        assert said in text, said


@pytest.mark.usefixtures("site")
def test_an_empty_site_says_what_will_come() -> None:
    text = words(shown())

    assert "Site Never heard from" in text
    assert "Held by nobody" in text
    for promise in (
        "Commands appear here",
        "Pictures appear here",
        "appears here, of the last day",
        "appears here as soon as the site posts its status",
        "are drawn here once a weather station posts them",
        "Nobody has reserved this site tonight.",
        "No note.",
    ):
        assert promise in text


def test_a_site_without_a_configuration_that_sends_status() -> None:
    status.report("new1", "device", {"mount": {"m": {"altitude": 1}}})

    text = words(shown("/sites/new1"))

    assert "Altitude 1.0°" in text
    assert "when the site's configuration (or its WEMA's) says where it stands" in text
    assert "Forms for the everyday commands appear here" in text


@pytest.mark.parametrize("config", [{}, {"camera": 3, "defaults": []}, {"latitude": 99, "name": {"a": 1}}])
def test_an_odd_configuration_costs_no_page(config: dict[str, Any]) -> None:
    put_configuration("odd", config)

    assert "odd" in words(shown("/sites/odd"))


def test_an_unknown_site_is_told_on_a_page() -> None:
    html = shown("/sites/nowhere", code=404)

    assert "There is no site" in words(html)
    assert "To the network" in words(html)


@pytest.mark.usefixtures("site")
def test_what_sites_and_people_send_is_text(api: Api) -> None:
    status.report(
        SITE, "device", {HOSTILE: {HOSTILE: {HOSTILE: HOSTILE}}, "mount": {HOSTILE: {"message": HOSTILE}}}
    )
    status.report(SITE, "obs_settings", {"obs_settings": {HOSTILE: HOSTILE}})
    status.say_phase(SITE, HOSTILE)
    say(SITE, HOSTILE, log_level="warning")
    say(SITE, HOSTILE, log_level=HOSTILE[:40])
    a_job(required_params={"time": HOSTILE}, optional_params={"filter": HOSTILE})
    a_frame(filter_used=HOSTILE)
    event = an_event(datetime.now(UTC), 30, title=HOSTILE, reservation_note=HOSTILE)
    assert api.post("/calendar/newevent", event, as_=ALICE).status_code == 200
    write_note(SITE, {"message": HOSTILE, "username": HOSTILE}, hours=12, author="ada")
    put_configuration(SITE, {**configuration(), "name": HOSTILE})

    html = shown(user=admin())

    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert html.count("&lt;script&gt;alert") >= 10
    # Nothing ends an attribute early: every quote of it is escaped.
    assert "\"'>" not in html


def configuration() -> dict[str, Any]:
    text = (demo.FOLDER / "saf.json").read_text()
    return dict(json.loads(text))


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("who", [None, carol, admin], ids=["nobody", "carol", "admin"])
def test_few_queries_whatever_there_is(
    who: Callable[[], User] | None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        say(SITE, f"message {number}")
        a_frame(number, capture_date=timezone.now() - timedelta(minutes=number))
    for _ in range(50):
        job = a_job()
        jobs.report(SITE, job.ulid, status="EXPOSING", estimate=30)
    client = Client()
    if who:
        client.force_login(who())
    client.get(PATH)

    with django_assert_max_num_queries(MOST_QUERIES):
        html = client.get(PATH).content.decode()

    assert html.count('class="job"') == 40 + 1, "bounded, and one template"
    assert html.count('class="thumb"') == 24 + 1


class TestWhoMay:
    pytestmark = pytest.mark.usefixtures("site")

    def test_nobody_signed_in(self) -> None:
        html = shown()

        assert page_data(html)["may"]["command"] == "Sign in to do this."
        assert 'href="/sign-in?next=%2Fsites%2Fsaf"' in html
        assert page_data(html)["me"] == {"user_id": "", "user_name": "", "admin": False}

    def test_somebody(self) -> None:
        data = page_data(shown(user=carol()))

        assert data["may"] == {
            "command": "",
            "enclosure": "Commands to a weather and enclosure manager need the role admin.",
            "write": "",
        }
        assert data["me"] == {"user_id": "carol", "user_name": "Carol C.", "admin": False}

    def test_an_admin(self) -> None:
        assert page_data(shown(user=admin()))["may"] == {"command": "", "enclosure": "", "write": ""}

    def test_while_somebody_else_holds_the_site(self, api: Api) -> None:
        api.post("/calendar/newevent", an_event(datetime.now(UTC), 30), as_=ALICE)

        may = page_data(shown(user=carol()))["may"]
        assert may["command"].startswith("Someone else has a reservation at this site now")
        assert page_data(shown(user=admin()))["may"]["command"] == ""

    def test_at_a_wema(self) -> None:
        sentence = "Commands to a weather and enclosure manager need the role admin."

        assert page_data(shown(f"/sites/{WEMA}", carol()))["may"]["command"] == sentence
        assert page_data(shown(f"/sites/{WEMA}", admin()))["may"]["command"] == ""

    def test_the_page_says_what_the_call_would_say(self, api: Api) -> None:
        """The same rule, asked and applied: `newjob` refuses in the page's words."""
        api.post("/calendar/newevent", an_event(datetime.now(UTC), 30), as_=ALICE)
        user = carol()
        api.client.force_login(user)
        said = api.send("POST", "/jobs/newjob", a_command(instance="camera_1_1"), Origin="http://testserver")

        assert said.status_code == 401
        assert said.content.decode() == page_data(shown(user=user))["may"]["command"]

    def test_one_cancels_ones_own_reservations(self, api: Api) -> None:
        user = carol()
        api.post("/calendar/newevent", an_event(datetime.now(UTC), 30), as_=ALICE)

        def buttons(html: str) -> list[str]:
            listed = html[html.index('id="events-list"') : html.index('id="no-events"')]
            return re.findall(r"data-cancel( hidden)?", listed)

        assert buttons(shown(user=user)) == [" hidden"]
        assert buttons(shown(user=admin())) == [""]


@pytest.mark.usefixtures("site")
class TestRights:
    def ask(self, user: User | None = None, site: str = SITE) -> Any:
        client = Client()
        if user:
            client.force_login(user)
        return client.get(f"/sites/{site}/rights")

    def test_it_works(self) -> None:
        answer = self.ask(admin())

        assert answer.json() == {"command": "", "enclosure": "", "write": ""}
        assert "no-cache" in answer["Cache-Control"]
        assert "private" in answer["Cache-Control"]

    def test_for_nobody(self) -> None:
        assert set(self.ask().json().values()) == {"Sign in to do this."}

    def test_at_a_wema_and_nowhere(self) -> None:
        user = carol()

        assert self.ask(user, WEMA).json()["enclosure"].endswith("need the role admin.")
        assert self.ask(user, "nowhere").json() == {"command": "", "enclosure": "", "write": ""}

    def test_it_only_asks(self) -> None:
        assert Client().post(f"/sites/{SITE}/rights").status_code == 405


@pytest.mark.usefixtures("site")
def test_a_wema_has_a_roof_and_no_telescope() -> None:
    html = shown(f"/sites/{WEMA}", admin())
    text = words(html)

    assert "Observatories under it: saf" in text
    assert "Open the roof" in text
    assert "Cancel all commands" not in text
    for gone in ('id="images"', 'id="reservations"', 'id="viewer"'):
        assert gone not in html


@pytest.mark.usefixtures("site")
def test_links_to_the_local_store_are_the_page_s_own() -> None:
    """By whatever name the server is reached: the page loads pictures from nowhere else."""
    a_frame()

    html = shown()
    assert 'href="/api/file/ptr-data/saf-sq001-20261120-00000001-EX10.jpg?' in html
    assert page_data(html)["images"][0]["fits_10_name"] == "saf-sq001-20261120-00000001-EX10.fits.fz"


@pytest.mark.usefixtures("site")
def test_nothing_in_the_page_needs_an_inline_script_or_style() -> None:
    say(SITE, "x")
    html = shown(user=admin())

    assert re.findall(r"<[^>]+\s(?:style|on\w+)=", html) == []
    inline = [tag for tag in re.findall(r"<script[^>]*>", html) if "src=" not in tag]
    assert inline == ['<script id="page" type="application/json">']


@pytest.mark.usefixtures("site")
def test_a_message_with_an_impossible_time(published: Published) -> None:
    say(SITE, "from a clock gone mad", timestamp=1e18)

    assert "from a clock gone mad" in words(shown())


@pytest.mark.usefixtures("site")
def test_old_messages_and_notes_are_not_shown() -> None:
    say(SITE, "yesterday's", timestamp=timezone.now().timestamp() - 90_000)
    write_note(SITE, {"message": "over"}, hours=-1, author="ada")

    text = words(shown())
    assert "yesterday's" not in text
    assert "over " not in text.split("Night log")[-1].split("New note")[0].replace("everybody", "")
