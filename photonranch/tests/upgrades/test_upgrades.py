"""From a filled database of the first release to this version: the same answers, and it goes on."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from photonranch.api.views import ApiView
from photonranch.tests.upgrades import releases
from testing.network import ASKS

# Asked by no test of upgrades, and why.
NOT_ASKED = {
    "healthz": "asks nothing",
    "api": "asks nothing",
    ".well-known/jwks.json": "the server's own key, not the database's",
    "api/file/<path:key>": "asked by its link",
    "api/product/<str:product_id>/<str:filename>": "made to be downloaded, kept 48 hours",
    "api/downloadzip": "orders a file that a worker makes",
    "api/control_room/<str:site>/restart": "restarts the room",
    "status/<str:site>/clear_all_status": "clears it",
    "quickanalysis/statistics": "measures a frame's pixels",
    "quickanalysis/histogram-clipped": "measures a frame's pixels",
    "quickanalysis/lineprofile": "measures a frame's pixels",
    "quickanalysis/stars": "measures a frame's pixels",
    "api/upload/file": "takes a file; its signature says whose",
    "api/upload/events": "takes a store's notifications",
    "api/pipe/queue/<path:queue_name>/dequeue": "takes an item",
    "readyz": "asks the services",
    "metrics": "counts of this process",
    "api/targets/resolve": "the catalogue that comes along, not the database's",
    "api/targets/nph-sesame.jsonp": "the same",
    "api/targets/lists": "the first release had none",
    "api/targets/lists/<int:number>": "the first release had none",
    "api/targets/lists/<int:number>/export.csv": "the first release had none",
    "api/targets/lists/<int:number>/export.skylist": "the first release had none",
    "api/targets/shared/<str:key>": "the first release had none",
    "api/visibility": "computed",
    "api/visibility.svg": "computed",
    "api/visibility.png": "computed",
}
# Pictures may come to look better.
MAY_CHANGE = ("GET /api/sky/",)


def expected(call: str, body: Any) -> Any:
    """What the first release answered, as today's says it; CHANGELOG.md tells of each difference."""
    if call.startswith("GET /logs/recent-logs"):
        return [{**message, "timestamp": str(int(message["timestamp"]))} for message in body]
    return body


def still_said(before: Any, now: Any, where: str) -> Iterator[str]:
    """What was answered then and is not now. Keys may have come; none may have gone or changed."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key, value in before.items():
            if key not in now:
                yield f"{where}.{key} is gone"
            else:
                yield from still_said(value, now[key], f"{where}.{key}")
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for number, (one, other) in enumerate(zip(before, now, strict=True)):
            yield from still_said(one, other, f"{where}[{number}]")
    elif before != now and not (where.startswith("GET /api/events") and a_second_apart(before, now)):
        yield f"{where}: {before!r:.100} became {now!r:.100}"


def a_second_apart(before: Any, now: Any) -> bool:
    """The sky's times: the first release knew UT1 to 0.2 s, and tells them in whole seconds."""
    if isinstance(before, str) and isinstance(now, str):
        return abs(datetime.fromisoformat(before) - datetime.fromisoformat(now)) <= timedelta(seconds=1)
    return isinstance(before, float) and isinstance(now, float) and abs(before - now) < 1e-5


def parsed(answer: Any) -> Any:
    status, body = answer
    return [status, json.loads(body) if body[:1] in ("{", "[") else body]


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    found = []
    for call, answer in before.items():
        if call.startswith(MAY_CHANGE):
            found += [call] if now[call][0] != answer[0] else []
        else:
            status, body = parsed(answer)
            found += still_said([status, expected(call, body)], parsed(now[call]), call)
    return found


@pytest.mark.drill
@pytest.mark.parametrize("engine", releases.ENGINES)
def test_the_first_release_upgrades(engine: str) -> None:
    with releases.empty(engine) as env:
        releases.restore(engine, env)
        releases.run(env, "manage.py", "migrate", "--verbosity=0")
        now = json.loads(releases.network(env, "answers"))

        assert differences(releases.answers(engine), now) == []
        releases.network(env, "use")
        releases.run(env, "manage.py", "migrate", "--check")


@pytest.mark.parametrize("engine", releases.ENGINES)
def test_the_first_release_was_in_use(engine: str) -> None:
    """An upgrade of nothing proves nothing."""
    said = releases.answers(engine)

    assert len(said) > 40
    assert [call for call, (status, _) in said.items() if status != 200] == []
    hollow = {call.split("?")[0].split(" {")[0] for call, (_, body) in said.items() if body in ("[]", "{}")}
    assert hollow <= {"POST /calendar/scheduler-observations", "GET /api/pipe/dead"}


def test_differences_are_found() -> None:
    before = {"GET /x": [200, '{"a": [1, {"b": 2}], "c": "text"}'], "GET /y": [200, "text"]}

    same = {"GET /x": [200, '{"a": [1, {"b": 2, "new": 1}], "c": "text", "new": 2}'], "GET /y": [200, "text"]}
    assert differences(before, same) == []
    earlier = {"GET /api/events/moon": [200, '[{"rise": "2026-11-20T22:07:31Z", "illumination": 0.736092}]']}
    later = {"GET /api/events/moon": [200, '[{"rise": "2026-11-20T22:07:32Z", "illumination": 0.736093}]']}
    assert differences(earlier, later) == []
    far = {"GET /api/events/moon": [200, '[{"rise": "2026-11-20T22:07:33Z", "illumination": 0.74}]']}
    assert len(differences(earlier, far)) == 2
    other = {"GET /x": [200, '{"a": [1, {}], "c": "Text"}'], "GET /y": [404, "text"]}
    assert len(differences(before, other)) == 3


def asking_views(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every path that answers a GET, or whose POST only asks."""
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from asking_views(entry, path)
            continue
        assert isinstance(entry, URLPattern)
        view = getattr(entry.callback, "view_class", getattr(entry.callback, "cls", None))
        if view is not None and issubclass(view, ApiView) and (hasattr(view, "get") or not view.changes):
            yield path, entry.callback


def test_every_call_that_only_asks_is_asked() -> None:
    """So that whoever adds one adds it to testing_network.ASKS, or says here why not."""
    asked = {str(resolve(path.partition("?")[0]).route) for _, path, _ in ASKS}
    writes_only_in_name = {path for path, _ in asking_views(get_resolver()) if path in NOT_ASKED}
    there = {path for path, _ in asking_views(get_resolver())}

    missing = there - asked - writes_only_in_name
    assert {path for path in missing if not path.startswith(("console", "admin"))} == set()
