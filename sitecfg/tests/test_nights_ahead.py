"""Nights computed ahead, and read from where they are kept."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from conftest import Published
from photonranch.celery import app
from sitecfg import nights, services, tasks
from sitecfg.models import Night, Site
from sitecfg.places import UnknownSite, position_of
from sitecfg.tests.cast import obs_configuration, put_both, wema_configuration
from sky import night_events
from sky.night_events import Place
from testing.cast import Api

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
SAF = Place(35.554298, -105.870197, "America/Denver")


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def test_it_works(api: Api, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    put_both()
    computed = api.get("/api/events?site=saf").json()
    tasks.compute_nights()

    with django_assert_num_queries(1):
        kept = api.get("/api/events?site=saf").json()

    assert kept == computed
    assert list(kept) == list(computed)  # in order of time


def test_a_fortnight_is_kept_for_every_site() -> None:
    put_both()
    tasks.compute_nights()

    for site in ("saf", "safw"):
        days = list(Night.objects.filter(site=site).order_by("date").values_list("date", flat=True))
        assert days == [date(2026, 11, 19) + timedelta(days=n) for n in range(15)]
    assert [night.events for night in nights.nights_from("saf", date(2026, 11, 20), 14)] == [
        night.events for night in night_events.nights(SAF, date(2026, 11, 20), 14)
    ]


def test_a_kept_range_is_one_query(api: Api, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    put_both()
    tasks.compute_nights()
    with django_assert_num_queries(1):
        answer = api.get("/api/events/range?site=saf&start=2026-11-20&nights=14")
    assert len(answer.json()) == 14


def test_what_is_not_kept_is_computed_and_not_kept(api: Api) -> None:
    put_both()
    tasks.compute_nights()
    kept = Night.objects.count()

    far = datetime(2030, 1, 1, tzinfo=UTC)
    answer = api.get("/api/events", {"site": "saf", "when": far.timestamp()})
    assert answer.json() == night_events.night_events(SAF, *night_events.night_block(SAF, far))
    assert len(api.get("/api/events/range?site=saf&start=2026-11-10&nights=14").json()) == 14
    assert Night.objects.count() == kept


def test_computing_again_changes_nothing() -> None:
    put_both()
    tasks.compute_nights()
    first = list(Night.objects.order_by("pk").values())
    tasks.compute_nights()
    assert list(Night.objects.order_by("pk").values()) == first


def test_past_nights_are_forgotten() -> None:
    put_both()
    tasks.compute_nights()
    with time_machine.travel(NOW + timedelta(days=5), tick=False):
        tasks.compute_nights()
    days = list(Night.objects.filter(site="saf").order_by("date").values_list("date", flat=True))
    assert days == [date(2026, 11, 23) + timedelta(days=n) for n in range(16)]


def test_a_site_without_a_place_is_passed_over() -> None:
    put_both()
    services.put_configuration("lost", {"name": "nobody knows where"})

    assert nights.compute_ahead() == 2
    assert nights.compute_ahead(["nowhere"]) == 0


# --- When a site moves -------------------------------------------------------------------------------------


def test_moving_the_wema_moves_its_observatories(api: Api) -> None:
    put_both()
    tasks.compute_nights()
    services.put_configuration("safw", wema_configuration(latitude=-30))

    moved = Place(-30, SAF.longitude, SAF.time_zone)
    assert api.get("/api/events?site=saf").json() == night_events.night_events(
        moved, *night_events.night_block(moved, NOW)
    )


def test_every_change_has_the_worker_compute_again(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(app, "send_task", lambda name, args, **_: sent.append((name, args)))

    put_both()
    services.put_configuration("saf", obs_configuration())  # the same again
    assert sent == [("sitecfg.tasks.compute_nights_of", [code]) for code in ("safw", "saf")]
    assert sent[0][0] in app.tasks

    tasks.compute_nights_of("safw")
    assert set(Night.objects.values_list("site", flat=True)) == {"saf", "safw"}


def test_what_was_computed_for_the_old_place_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The WEMA moves between the computing and the keeping."""
    put_both()
    keep = nights._keep

    def move_first(code: str, place: Place, rows: list[Night]) -> bool:
        services.put_configuration("safw", wema_configuration(longitude=0))
        return keep(code, place, rows)

    monkeypatch.setattr(nights, "_keep", move_first)

    assert nights.compute_ahead(["saf"]) == 0
    assert not Night.objects.exists()


def test_a_site_that_loses_its_place_meanwhile_costs_a_line_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put_both()
    keep = nights._keep

    def lose_it_first(code: str, place: Place, rows: list[Night]) -> bool:
        services.put_configuration("safw", wema_configuration(latitude=None))
        return keep(code, place, rows)

    monkeypatch.setattr(nights, "_keep", lose_it_first)
    caplog.set_level("INFO", "sitecfg.nights")

    tasks.compute_nights_of("saf")

    assert not Night.objects.exists()
    assert "no nights for saf: Neither the configuration of saf nor its WEMA's has: latitude" in caplog.text


@pytest.mark.parametrize("step", ["_place_of", "_keep"])
def test_a_site_that_is_gone_meanwhile_costs_no_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    """Removed after the worker read that it is there: before its nights are computed, or kept."""
    put_both()
    go_on = getattr(nights, step)

    def remove_first(code: str, *args: Any) -> Any:
        if code == "saf":
            Site.objects.filter(code=code).delete()
        return go_on(code, *args)

    monkeypatch.setattr(nights, step, remove_first)
    caplog.set_level("INFO", "sitecfg.nights")

    tasks.compute_nights_of("safw")

    # The WEMA's are kept: one that is gone is no matter of the others'.
    assert set(Night.objects.values_list("site", flat=True)) == {"safw"}
    assert ("no nights for saf: There is no site 'saf'." in caplog.text) is (step == "_place_of")
    assert "Traceback" not in caplog.text


def test_a_deleted_site_has_no_nights(api: Api) -> None:
    put_both()
    tasks.compute_nights()
    api.delete("/api/saf/config")

    assert not Night.objects.filter(site="saf").exists()
    assert api.get("/api/events?site=saf").status_code == 500
    with pytest.raises(UnknownSite):
        position_of("saf")


def test_the_elevation_comes_from_the_wema_too() -> None:
    put_both()
    assert position_of("saf").elevation == 2187
    services.put_configuration("saf", obs_configuration(elevation=2190.5))
    assert position_of("saf").elevation == 2190.5
