"""The demo sites hold what the frontend, the WEMA's client and the commands need of a configuration."""

from typing import Any

import pytest

from jobs import commands
from photonranch.errors import BadRequest
from sitecfg import demo, keys, services
from sitecfg.models import Site, SiteKey
from sky import night_events
from testing.cast import Api, Person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loaded(db: None) -> None:
    assert demo.load_into_empty()


@pytest.fixture
def sites(api: Api) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = api.get("/api/all/config").json()
    return found


def test_it_works(api: Api, sites: dict[str, Any]) -> None:
    assert set(sites) == {"saf", "safw"}
    events = api.get("/api/events?site=saf")
    assert events.status_code == 200
    assert set(events.json()) >= set(night_events.EVENT_NAMES) - {"Moon Rise", "Moon Set"}


def test_it_is_loaded_into_an_empty_database_only() -> None:
    Site.objects.filter(code="safw").delete()
    assert not demo.load_into_empty()
    assert list(Site.objects.values_list("code", flat=True)) == ["saf"]


def test_the_frontend_shows_them(sites: dict[str, Any]) -> None:
    """It drops whatever has no WEMA in the answer, and fails where a key below is missing."""
    for code, found in sites.items():
        assert found["wema_name"] in sites
        assert found["instance_type"] == ("wema" if found["wema_name"] == code else "obs")
        assert found["name"]
        assert {"observing_conditions", "enclosure"} <= set(found["defaults"])
    assert sites["safw"]["TZ_database_name"] == "America/Denver"
    for key in ("latitude", "longitude", "elevation", "reference_ambient", "reference_pressure"):
        assert isinstance(sites["safw"][key], float)


def test_every_default_is_a_device(sites: dict[str, Any]) -> None:
    obs, wema = sites["saf"], sites["safw"]
    for kind, name in obs["defaults"].items():
        section = wema if kind in ("observing_conditions", "enclosure") else obs
        assert name in section[kind], kind
    assert set(obs["device_roles"].values()) - {None} <= {n for t in obs["device_types"] for n in obs[t]}


def test_what_the_frontend_reads_of_the_devices(sites: dict[str, Any]) -> None:
    obs = sites["saf"]
    camera = obs["camera"]["camera_1_1"]
    assert camera["camera_size_x"] > camera["camera_size_y"] > 0
    assert isinstance(camera["settings"]["bin_modes"][0], list)
    assert camera["settings"]["default_area"] in camera["settings"]["areas_implemented"]
    filters = [row[0] for row in obs["filter_wheel"]["filter_wheel1"]["settings"]["filter_data"]]
    assert obs["filter_wheel"]["filter_wheel1"]["settings"]["default_filter"] in filters
    for kind in ("mount", "camera", "filter_wheel", "focuser", "rotator", "screen", "selector", "sequencer"):
        assert obs[kind]


def test_the_wema_s_client_starts(sites: dict[str, Any]) -> None:
    """What it reads of each of its observatories, outside of any error handling."""
    for code in sites["safw"]["obsp_ids"]:
        assert sites[code]["camera"]["camera_1_1"]["settings"]["dark_exposure"] == 180
        assert sites[code]["eve_sky_flat_sunset_offset"] == -45.0


def test_commands_find_their_devices(api: Api, admin: Person) -> None:
    for device, instance in {"camera": "camera_1_1", "focuser": "focuser1", "mount": "mount1"}.items():
        body = {
            "site": "saf",
            "device": device,
            "instance": instance,
            "action": "stop_now",
            "required_params": {},
            "optional_params": {},
        }
        assert api.post("/jobs/newjob", body, as_=admin).status_code == 200
        refused = api.post("/jobs/newjob", {**body, "instance": "none"}, as_=admin)
        assert refused.status_code == 400
        assert refused.content.decode().startswith(f"instance: saf has no {device} named 'none'")


def test_a_configuration_that_lists_no_devices_refuses_no_command(api: Api) -> None:
    api.put("/api/mrc1/config", {"name": "the least"})
    commands.check(Site.objects.get(code="mrc1"), "camera", "any", "expose", {})
    api.put("/api/mrc1/config", {"name": "more", "device_types": ["mount"]})
    with pytest.raises(BadRequest, match="no device of the type 'camera'"):
        commands.check(Site.objects.get(code="mrc1"), "camera", "any", "expose", {})


def test_sites_of_the_same_codes_that_are_somebodys_are_not_the_demo(sites: dict[str, Any]) -> None:
    assert demo.is_here()

    services.put_configuration("saf", {**sites["saf"], "owner_alias": ["WER"]})
    assert not demo.is_here()

    services.delete_configuration("safw")
    assert not demo.is_here()


def test_keys_are_made_where_they_are_asked_for_and_those_of_earlier_starts_go(settings: Any) -> None:
    assert demo.make_keys() == {}
    settings.REQUIRE_SITE_KEYS = True
    theirs, _ = keys.make(SiteKey.Scope.SITE, "saf", by="ada")

    first, second = demo.make_keys(), demo.make_keys()

    assert second.keys() == {"saf", "safw", "pipe"}
    assert all(keys.find(key) is None for key in first.values())
    for code, key in second.items():
        found = keys.find(key)
        assert found is not None
        assert found.site == ("" if code == "pipe" else code)
    assert SiteKey.objects.filter(pk=theirs.pk).exists()
    assert SiteKey.objects.count() == 4
