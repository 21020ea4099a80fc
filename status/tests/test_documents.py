"""The pure part: what a post becomes, how it joins what is known, what is shown."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from status import documents
from status.documents import Document

NOW_MS = 1_752_262_800_123

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
# Few names, so that posts meet.
keys = st.sampled_from(["mount", "eastpier", "val", "timestamp", "humidity_%", ""])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=5,
)
posts = st.dictionaries(keys, scalars | st.dictionaries(keys, scalars | st.dictionaries(keys, values)))


def leaves(document: Document) -> dict[tuple[str, str, str], Any]:
    """Path of three -> what stands there."""
    return {
        (kind, name, key): value
        for kind, instances in document.items()
        if isinstance(instances, dict)
        for name, inner in instances.items()
        if isinstance(inner, dict)
        for key, value in inner.items()
    }


def test_it_works() -> None:
    first = {"mount": {"eastpier": {"altitude": 41.5, "message": "-"}}, "send_heartbeat": False, "screen": {}}
    known = documents.joined("device", {}, first, 1000)
    known = documents.joined("device", known, {"mount": {"eastpier": {"altitude": 42.0}}}, 2000)

    assert known == {
        "mount": {
            "eastpier": {
                "altitude": {"val": 42.0, "timestamp": 2000},
                "message": {"val": "-", "timestamp": 1000},
            }
        },
        "send_heartbeat": False,
        "screen": {},
    }


@given(posts)
def test_exactly_what_stands_at_depth_three_is_wrapped(post: Document) -> None:
    wrapped = documents.wrapped(post, NOW_MS)

    assert leaves(wrapped) == {
        path: {"val": value, "timestamp": NOW_MS} for path, value in leaves(post).items()
    }
    assert _without_leaves(wrapped) == _without_leaves(post)


def _without_leaves(document: Document) -> Document:
    return {
        kind: {name: "…" if isinstance(inner, dict) else inner for name, inner in instances.items()}
        if isinstance(instances, dict)
        else instances
        for kind, instances in document.items()
    }


@pytest.mark.parametrize(
    "bare",
    [
        {"obs_settings": {"lowest_altitude": -5, "sun_safety_mode": True}},
        {"owm_report": '["a", "b"]'},
        {"forecast": [{"rain": {"1h": 0.2}}]},
        {"timestamp": 876131400.062, "current_fwhm_seeing": None},
        {"observing_conditions": {"observing_conditions1": None}},
    ],
)
def test_two_levels_stay_bare(bare: Document) -> None:
    assert documents.wrapped(bare, NOW_MS) == bare


@given(posts, posts)
def test_a_merge_says_all_that_the_newer_one_says(old: Document, new: Document) -> None:
    known = documents.merged(old, new)

    assert known.keys() == old.keys() | new.keys()
    assert documents.merged(known, new) == known
    for path, value in leaves(new).items():
        kind, name, key = path
        if not isinstance(value, dict):
            assert known[kind][name][key] == value


@given(posts, posts)
def test_a_merge_loses_nothing_that_the_newer_one_does_not_name(old: Document, new: Document) -> None:
    known = documents.merged(old, new)

    for key in old.keys() - new.keys():
        assert known[key] == old[key]
    for key in old.keys() & new.keys():
        if isinstance(old[key], dict) and isinstance(new[key], dict):
            assert known[key] == documents.merged(old[key], new[key])
        else:
            assert known[key] == new[key]


@given(posts)
def test_nothing_merged_changes_nothing(document: Document) -> None:
    assert documents.merged(document, {}) == document
    assert documents.merged({}, document) == document


@given(posts, posts)
def test_arguments_are_never_changed(old: Document, new: Document) -> None:
    before = copy.deepcopy((old, new))

    documents.joined("device", old, new, NOW_MS, old)
    documents.without_forgotten(old, NOW_MS)
    documents.complete("weather", old)
    documents.together([old, new])

    assert (old, new) == before


# --- Copies ------------------------------------------------------------------------------------------------


def test_a_copied_value_keeps_the_time_at_which_its_source_reported_it() -> None:
    wema = documents.wrapped(
        {"enclosure": {"enclosure1": {"shutter_status": "Open", "dome_azimuth": 1}}}, 1000
    )
    copied = {"enclosure": {"enclosure1": {"shutter_status": "Open", "dome_azimuth": 2, "mine": "x"}}}

    stamps = {
        key: leaf["timestamp"]
        for (_, _, key), leaf in leaves(documents.wrapped(copied, 9000, source=wema)).items()
    }
    assert stamps == {"shutter_status": 1000, "dome_azimuth": 9000, "mine": 9000}


@pytest.mark.parametrize(("said", "copied"), [(True, 1), (1, 1.0), ("1", 1), (0, False), (None, 0)])
def test_only_the_very_same_value_is_a_copy(said: Any, copied: Any) -> None:
    wema = documents.wrapped({"weather": {"station": {"wx_hold": said}}}, 1000)
    post = {"weather": {"station": {"wx_hold": copied}}}

    assert documents.wrapped(post, 9000, source=wema)["weather"]["station"]["wx_hold"]["timestamp"] == 9000


@given(posts, posts)
def test_a_source_changes_times_and_no_values(post: Document, source: Document) -> None:
    source = documents.wrapped(source, NOW_MS - 5)
    wrapped = documents.wrapped(post, NOW_MS, source)

    for path, leaf in leaves(wrapped).items():
        assert leaf["val"] == leaves(post)[path]
        assert leaf["timestamp"] in (NOW_MS, NOW_MS - 5)


# --- Forecasts ---------------------------------------------------------------------------------------------

hours = st.integers(min_value=-200, max_value=100)
entries = st.builds(lambda hour, n: entry(hour, temperature=n), hours, st.integers(0, 9))


def entry(hour: int, **more: Any) -> dict[str, Any]:
    when = datetime.fromtimestamp(NOW_MS // 3_600_000 * 3600, UTC) + timedelta(hours=hour)
    return {"utc_long_form": when.isoformat().replace("+00:00", "Z"), **more}


def test_a_newer_entry_replaces_the_older_one_for_the_same_hour() -> None:
    old = [entry(1, quality=1), entry(2, quality=1)]
    new = [entry(2, quality=5), entry(3, quality=5)]

    assert documents.merged_forecast(old, new, NOW_MS / 1000) == [entry(1, quality=1), *new]


@pytest.mark.parametrize(
    "same",
    ["2025-07-11T05:00:00Z", "2025-07-11T05:00:00+00:00", "2025-07-11T05:00:00", "2025-07-11T07:00:00+02:00"],
)
def test_an_hour_may_be_written_in_several_ways(same: str) -> None:
    old = [{"utc_long_form": "2025-07-11T05:00:00.000Z", "a": 1}]
    new = [{"utc_long_form": same, "a": 2}]

    assert documents.merged_forecast(old, new, 1752210000) == new


@pytest.mark.parametrize(("hour", "kept"), [(-95, True), (-96, True), (-97, False), (48, True)])
def test_ninety_six_hours_are_kept(hour: int, kept: bool) -> None:
    assert documents.merged_forecast([entry(hour)], [], NOW_MS / 1000) == ([entry(hour)] if kept else [])


@given(st.lists(entries), st.lists(entries))
def test_a_forecast_has_each_hour_once_in_order_and_the_newest_word(old: list[Any], new: list[Any]) -> None:
    kept = documents.merged_forecast(old, new, NOW_MS / 1000)

    hours_kept = [documents.hour_of(one) for one in kept]
    assert hours_kept == sorted(set(hours_kept), key=lambda hour: hour or 0)
    last_word = {one["utc_long_form"]: one for one in [*old, *new]}
    assert all(last_word[one["utc_long_form"]] == one for one in kept)
    assert documents.merged_forecast(kept, new, NOW_MS / 1000) == kept


@given(st.lists(values | st.dictionaries(st.just("utc_long_form"), values)), st.lists(entries))
def test_entries_without_an_hour_are_kept_from_the_newest_post_only(odd: list[Any], good: list[Any]) -> None:
    kept = documents.merged_forecast([], [*odd, *good], NOW_MS / 1000)
    kept = documents.merged_forecast(kept, good, NOW_MS / 1000)

    assert all(documents.hour_of(one) is not None for one in kept)


@given(
    st.text()
    | st.datetimes().map(str)
    | st.sampled_from(["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
)
def test_no_text_breaks_the_reading_of_an_hour(text: str) -> None:
    hour = documents.hour_of({"utc_long_form": text})

    assert hour is None or isinstance(hour, int)


# --- What is shown -----------------------------------------------------------------------------------------


@given(posts)
def test_the_keys_that_pages_need_are_always_there(document: Document) -> None:
    for status_type, key in documents.NEEDED.items():
        assert isinstance(documents.complete(status_type, document)[key], dict)
    assert isinstance(documents.complete("forecast", document)["forecast"], list)
    for key in documents.NEEDED_TOGETHER:
        assert isinstance(documents.together([document])[key], dict)
    assert documents.complete("device", document) == document


@pytest.mark.parametrize(
    ("verdicts", "ok"),
    [
        (["Yes"], True),
        (["yes"], True),
        (["True"], True),
        (["true"], True),
        ([True], True),
        (["No"], False),
        (["Unknown"], False),
        ([1], False),
        ([None], False),
        (["Yes", "No"], False),
        ([], False),
    ],
)
def test_the_weather_is_ok_when_every_station_says_yes(verdicts: list[Any], ok: bool) -> None:
    stations = {f"station{number}": {"wx_ok": verdict} for number, verdict in enumerate(verdicts)}
    document = documents.wrapped({"observing_conditions": {**stations, "odd": None, "dry": {"rain": 0}}}, 1)

    assert documents.wx_ok(document) is ok


@given(posts)
def test_no_document_breaks_the_verdict(document: Document) -> None:
    assert documents.wx_ok(document) in (True, False)


@given(posts, posts)
def test_what_was_reported_lately_is_not_forgotten(old: Document, new: Document) -> None:
    known = documents.merged(documents.wrapped(old, NOW_MS - 10), documents.wrapped(new, NOW_MS))
    left = documents.without_forgotten(known, NOW_MS)

    assert left.keys() == known.keys()
    assert all(leaf["timestamp"] >= NOW_MS for leaf in leaves(left).values() if documents.is_leaf(leaf))
    assert documents.without_forgotten(known, NOW_MS - 10) == known
