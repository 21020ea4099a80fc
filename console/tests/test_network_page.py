"""The page of the network as the server renders it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from console.tests.reading import facts
from images.models import Image
from photonranch.lenient_json import loads
from status.models import Phase
from testing.cast import ADMIN, ALICE, BOB, Api, a_command, an_event

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 7, 11, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def night() -> Any:
    with time_machine.travel(NIGHT, tick=False) as clock:
        yield clock


def put(api: Api, code: str, **changes: Any) -> None:
    configuration = {
        "instance_type": "obs",
        "name": f"Observatory {code}",
        "latitude": 35.554,
        "longitude": -105.87,
        "TZ_database_name": "America/Denver",
        **changes,
    }
    assert api.put(f"/api/{code}/config", configuration).status_code == 200


def post(api: Api, site: str, status_type: str, **status: Any) -> None:
    body = {"statusType": status_type, "status": status}
    assert api.post(f"/status/{site}/status", body).status_code == 200


def page(client: Client) -> str:
    answer = client.get("/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def everything(api: Api, code: str) -> None:
    """A site that has all there is to show."""
    put(api, code)
    post(api, code, "device", mount={"mount1": {"altitude": 60}})
    post(api, code, "enclosure", enclosure={"enclosure1": {"shutter_status": "Open"}})
    post(api, code, "weather", observing_conditions={"one": {"wx_ok": "Yes", "temperature_C": 8}})
    api.post("/status/phase_status", {"site": code, "message": "Taking flats"})
    event = an_event(NIGHT - timedelta(minutes=5), 60, site=code, creator="Alice")
    assert api.post("/calendar/newevent", event, as_=ALICE).status_code == 200
    assert api.post(f"/jobs/newjob?site={code}", a_command(site=code), as_=ADMIN).status_code == 200
    Image.objects.create(
        base_filename=f"{code}-cam-20260711-00000001",
        site=code,
        instrument="cam",
        data_type="EX",
        capture_date=NIGHT - timedelta(minutes=3),
        jpg="EX10.jpg",
        thumbnail="EX11.jpg",
        listed=True,
        filter_used="w",
        exposure_time=60,
    )


def test_it_works(api: Api, client: Client) -> None:
    everything(api, "saf")

    found = facts(page(client), "saf")
    assert found["online"] == "Online"
    assert found["roof"] == "Open"
    assert (found["weather"], found["weather-why"]) == ("Good", "8\u00a0°C")
    assert found["sky"] == "Night"
    assert (found["phase"], found["phase-at"]) == ("Taking flats", "now")
    assert found["holder"] == "Alice until 06:55"
    assert found["waiting"] == "1 waiting"
    assert "saf-cam-20260711-00000001" in found["image"]
    assert "3 min ago" in found["image"]


def test_a_site_that_fell_silent_says_since_when(api: Api, client: Client, night: Any) -> None:
    everything(api, "saf")
    night.shift(timedelta(hours=3))

    found = facts(page(client), "saf")
    assert (found["online"], found["online-since"]) == ("Offline", "since 3 h ago")
    assert found["phase"] == "Not said"
    assert found["holder"] == "Nobody"


def test_a_site_that_only_put_its_configuration(api: Api, client: Client) -> None:
    put(api, "saf", latitude=None, longitude=None)

    found = facts(page(client), "saf")
    assert found["online"] == "Never heard from"
    assert found["sky"] == "Place unknown"
    assert found["image"] == "No image yet"


def test_an_observatory_stands_where_and_as_its_wema(api: Api, client: Client) -> None:
    put(api, "safw", instance_type="wema")
    put(api, "saf", wema_name="safw", latitude=None, longitude=None)
    post(api, "saf", "device", mount={"mount1": {"altitude": 60}})
    post(api, "safw", "enclosure", enclosure={"enclosure1": {"shutter_status": "Closed"}})

    found = facts(page(client), "saf")
    assert found["online"] == "Online"
    assert found["roof"] == "Closed"
    assert found["sky"] == "Night"


def test_the_number_of_queries_is_the_same_for_many_sites(
    api: Api, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    everything(api, "saf")
    page(client)
    with django_assert_num_queries(8):
        page(client)

    for n in range(30):
        everything(api, f"site{n}")
    page(client)
    with django_assert_num_queries(8):
        html = page(client)
    assert html.count("<article") == 31


def test_a_few_sites_stand_together_and_more_by_their_kind(api: Api, client: Client) -> None:
    put(api, "safw", instance_type="wema")
    put(api, "saf", wema_name="safw")
    assert re.findall(r"<h2 [^>]*>(.*?)</h2>", page(client)) == ["Sites"]
    put(api, "mrc1")
    put(api, "mrc2")
    assert re.findall(r"<h2 [^>]*>(.*?)</h2>", page(client)) == ["Observatories", "Weather and enclosures"]


def test_what_sites_send_is_escaped(api: Api, client: Client) -> None:
    nasty = "</script><script>alert('1')</script>\"&'"
    put(api, "saf", name=nasty)
    post(api, "saf", "enclosure", enclosure={"enclosure1": {"shutter_status": nasty}})
    api.post("/status/phase_status", {"site": "saf", "message": nasty})

    html = page(client)
    assert "<script>alert" not in html
    assert "&lt;/script&gt;&lt;script&gt;alert(&#x27;1&#x27;)" in html
    [live] = re.findall(r'<script id="network" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert loads(live.encode())["sites"][0]["enclosure"]["enclosure1"]["shutter_status"]["val"] == nasty


def test_an_address_is_not_shown_whole(api: Api, client: Client) -> None:
    put(api, "saf")
    event = an_event(NIGHT, 60, creator="bob@example.org", title="bob@example.org")
    api.post("/calendar/newevent", event, as_=BOB)

    assert "example.org" not in page(client)


def test_an_old_phase_is_not_shown(api: Api, client: Client) -> None:
    put(api, "saf")
    Phase.objects.create(site="saf", message="Yesterday", timestamp=NIGHT.timestamp() - 3601)

    assert facts(page(client), "saf")["phase"] == "Not said"


def test_an_empty_network_says_how_to_begin(client: Client) -> None:
    html = page(client)

    assert "No site yet" in html
    assert "curl -X PUT http://testserver/api/tst/config" in html
    assert "network.js" not in html


def test_the_command_it_names_works(api: Api, client: Client) -> None:
    said = page(client).replace("&#x27;", "'").replace("&quot;", '"')
    body = re.findall(r"-d '(\{.*?\})'", said, re.DOTALL)[0]
    assert api.put("/api/tst/config", loads(body.encode())).status_code == 200

    assert facts(page(client), "tst")["online"] == "Never heard from"


class TestEveryPage:
    @pytest.mark.parametrize("path", ["/", "/pipe", "/sign-in", "/sites/nowhere"])
    def test_lets_nothing_in_from_elsewhere(self, client: Client, path: str) -> None:
        answer = client.get(path)
        policy = dict(rule.split(" ", 1) for rule in answer["Content-Security-Policy"].split("; "))

        assert policy["default-src"] == policy["form-action"] == "'self'"
        assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
        assert "unsafe" not in answer["Content-Security-Policy"]
        html = answer.content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=", html)
        assert not re.search(r"<script(?![^>]*(\ssrc=|application/json))", html)

    def test_is_nobodys_but_the_viewers(self, client: Client) -> None:
        answer = client.get("/")
        assert set(answer["Cache-Control"].split(", ")) == {"no-cache", "private"}

    def test_takes_no_post(self, client: Client) -> None:
        assert [client.post(path).status_code for path in ("/", "/pipe", "/sites/saf")] == [405] * 3

    def test_shows_who_is_signed_in(self, client: Client) -> None:
        client.force_login(User.objects.create_user("carol", first_name="<i>Carol"))
        html = client.get("/").content.decode()
        assert "&lt;i&gt;Carol" in html
        assert "Sign out" in html


class TestSigningIn:
    @pytest.fixture(autouse=True)
    def carol(self) -> None:
        User.objects.create_user("carol", password="correct horse")

    def test_it_works(self, client: Client) -> None:
        body = {"username": "carol", "password": "correct horse", "next": "/pipe"}
        assert client.post("/sign-in", body).headers["Location"] == "/pipe"
        assert client.post("/sign-out").headers["Location"] == "/"

    @pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org", "javascript:alert(1)"])
    def test_it_leads_to_no_other_host(self, client: Client, elsewhere: str) -> None:
        body = {"username": "carol", "password": "correct horse", "next": elsewhere}
        assert client.post("/sign-in", body).headers["Location"] == "/"

    def test_a_form_of_another_page_is_refused(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        body = {"username": "carol", "password": "correct horse"}
        assert strict.post("/sign-in", body).status_code == 403

    def test_a_link_signs_nobody_out(self, client: Client) -> None:
        client.force_login(User.objects.get(username="carol"))
        assert client.get("/sign-out").status_code == 405
        assert "Sign out" in client.get("/").content.decode()
