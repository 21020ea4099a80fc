"""Strict mode: with REQUIRE_SITE_KEYS every write that needs no user is closed, in every app.

These tests walk all URL patterns, so that an app which comes later cannot forget it. Who adds a call has
three ways to satisfy them, and none of them is silence:

* it changes something: it asks one of the doors below who may;
* it only asks: its view says so (`changes = frozenset()`), and stays open;
* it is not an ApiView: it stands in OTHERS with the reason why it needs no door.
"""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from photonranch.api.views import ApiView
from testing.cast import Api

pytestmark = pytest.mark.django_db

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
DOORS = re.compile(
    r"\b(site_writer|site_keeper|pipe_writer|datastream_writer|known_caller|user_of|user_or_site_of|admin_of)\b"
)
# Views that are not ApiViews, and why nobody writes through them without a door.
OTHERS = {
    "healthz": "answers ok",
    "favicon.ico": "leads to a static file",
    ".well-known/jwks.json": "answers public keys",
    "api/schema": "answers the documentation",
    "api/docs": "answers the documentation",
    "admin": "Django's own users and CSRF tokens",
    "sqs": "signatures made with the server's SQS keys; closed without them",
}
# The console's pages, each by its whole path: they show, and what they change goes through the calls above.
PAGES = {
    "": "shows the network",
    "sites/<str:site>": "shows a site",
    "sites/<str:site>/rights": "tells what the caller may do there",
    "targets": "finds targets",
    "targets/<path:name>": "shows a target",
    "pipe": "shows PIPE",
    "sign-in": "Django's own users and CSRF tokens",
    "sign-out": "Django's own CSRF tokens",
}


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield path, getattr(entry.callback, "view_class", getattr(entry.callback, "cls", None))
        else:
            yield from patterns(entry, path)


def all_patterns() -> list[tuple[str, Any]]:
    return list(patterns(get_resolver()))


def api_calls() -> list[tuple[str, str, type[ApiView]]]:
    """Every path with every method that its view serves."""
    return [
        (path, method, view)
        for path, view in all_patterns()
        if view is not None and issubclass(view, ApiView)
        for method in ("GET", *UNSAFE)
        if hasattr(view, method.lower())
    ]


def example(path: str) -> str:
    """A path that the pattern matches."""
    return "/" + re.sub(r"<(\w+):\w+>", lambda kind: "1" if kind[1] == "int" else "saf", path)


def names(call: tuple[str, str, type[ApiView]]) -> str:
    return f"{call[1]} {call[0]}"


def only_asks(call: tuple[str, str, type[ApiView]]) -> bool:
    """It changes nothing, and asks no door by itself (as a GET may, where it comes to need somebody)."""
    _, method, view = call
    return method not in view.changes and not DOORS.search(inspect.getsource(getattr(view, method.lower())))


@pytest.mark.parametrize("call", [call for call in api_calls() if call[1] in call[2].changes], ids=names)
def test_every_change_is_closed_to_who_shows_nothing(
    api: Api, settings: Settings, call: tuple[str, str, type[ApiView]]
) -> None:
    path, method, view = call
    settings.REQUIRE_SITE_KEYS = True

    for shown in ("", "Bearer undefined", "Bearer not.a.token"):
        answer = api.send(method, example(path), {"site": "saf"}, Authorization=shown)
        assert answer.status_code == 401
        harmless = view.harmless_body
        assert answer.json() == ({"message": "Unauthorized"} if harmless is None else harmless)


@pytest.mark.parametrize("call", [call for call in api_calls() if call[1] in call[2].changes], ids=names)
def test_every_change_asks_a_door_who_may(call: tuple[str, str, type[ApiView]]) -> None:
    """That somebody is known is not enough: a key opens one site, a user is not every site's writer."""
    _, method, view = call
    source = inspect.getsource(getattr(view, method.lower()))
    called = re.findall(r"\b(_\w+)\(", source)
    helpers = [
        getattr(place, name)
        for place in (view, inspect.getmodule(view))
        for name in called
        if hasattr(place, name)
    ]
    assert any(DOORS.search(text) for text in (source, *map(inspect.getsource, helpers))), (
        f"{view.__name__}.{method.lower()} calls none of the doors of photonranch.auth; "
        "if it changes nothing, say so: changes = frozenset()"
    )


@pytest.mark.parametrize("call", [call for call in api_calls() if only_asks(call)], ids=names)
def test_what_only_asks_stays_open(
    api: Api, settings: Settings, call: tuple[str, str, type[ApiView]]
) -> None:
    path, method, _ = call
    settings.REQUIRE_SITE_KEYS = True

    assert api.send(method, example(path), {"site": "saf"}).status_code != 401


def test_nothing_else_is_served_but_what_is_known_here() -> None:
    others = {path for path, view in all_patterns() if view is None or not issubclass(view, ApiView)}
    others -= set(PAGES)
    assert {path for path in others if not any(path.startswith(known) for known in OTHERS)} == set()


def test_the_walk_finds_what_is_there() -> None:
    found = {names(call) for call in api_calls()}
    assert {
        "POST logs/newlog",
        "POST jobs/getnewjobs",
        "PUT api/<str:site>/config",
        "DELETE api/<str:site>/config",
        "GET api/control_room/<str:site>/restart",
        "POST datastream/send",
    } <= found


def test_a_view_is_closed_unless_it_says_otherwise() -> None:
    assert ApiView.changes == {"POST", "PUT", "PATCH", "DELETE"}
    assert ("POST jobs/getrecentjobs", frozenset()) in {
        (names(call), call[2].changes) for call in api_calls()
    }


def test_the_documentation_says_what_opens_each_call(api: Api) -> None:
    """A call with a door names what it takes; what only asks takes nothing, or a user's token."""
    document = yaml.safe_load(api.get("/api/schema").content)
    taken: dict[str, set[str]] = {}
    for call in api_calls():
        path, method, _ = call
        operation = (
            document["paths"].get("/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path), {}).get(method.lower())
        )
        if operation is not None and not only_asks(call):
            taken[names(call)] = {scheme for way in operation["security"] for scheme in way}
    with_users_alone = {call for call, schemes in taken.items() if schemes == {"userToken"}}

    assert {frozenset(schemes) for schemes in taken.values()} == {
        frozenset({"userToken"}),
        frozenset({"key", "keyInUrl", "userToken"}),
    }
    assert {"POST jobs/newjob", "POST projects/delete-project"} <= with_users_alone
    assert {
        "POST calendar/newevent",
        "POST jobs/getnewjobs",
        "PUT api/<str:site>/config",
        "POST datastream/send",
    } <= (taken.keys() - with_users_alone)
    assert set(document["components"]["securitySchemes"]) == {"userToken", "key", "keyInUrl"}
