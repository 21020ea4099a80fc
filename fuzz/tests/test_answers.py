"""The checks find what they are there for, and nothing else."""

from collections import Counter
from typing import Any

import pytest

from fuzz.answers import MAX_S, RawAnswer, problems
from fuzz.budget import random_for
from fuzz.document import Plausible, document, operations
from fuzz.known import KnownValues
from fuzz.links import LINKS, with_links
from fuzz.lists import LISTS
from fuzz.mutations import VALUES, Mutator, encode, put

DOCUMENTED = frozenset({"200", "400", "503"})


def found(status: int, kind: str, body: bytes, *, seconds: float = 0.1, is_http: bool = True) -> list[str]:
    return problems(RawAnswer(status, kind, body, seconds), DOCUMENTED, is_http=is_http)


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "application/json", b'{"a": [1, null]}'),
        (200, "text/plain; charset=utf-8", b"ok"),
        (204, "application/json", b""),
        (400, "text/plain; charset=utf-8", b"site: is not a site code."),
        (404, "application/json", b'{"message": "Not Found"}'),
        (503, "application/json", b"[]"),
        (503, "application/json", b'{"ready": false}'),
    ],
)
def test_what_is_right(status: int, kind: str, body: bytes) -> None:
    assert found(status, kind, body) == []


@pytest.mark.parametrize(
    ("status", "kind", "body", "problem"),
    [
        (500, "text/plain", b"Something is wrong.", "undocumented 500"),
        (200, "application/json", b'{"message": "Internal server error"}', "a failure that nobody foresaw"),
        (200, "application/json", b'{"a": NaN}', "not strict JSON"),
        (200, "application/json", b'{"a": "\xff"}', "not strict JSON"),
        (200, "application/json", b"", "not strict JSON"),
        (400, "application/json", b'{"detail": "no"}', "a refusal that is neither a sentence nor {message}"),
        (400, "application/json", b'["a: b."]', "a refusal that is neither a sentence nor {message}"),
        (404, "text/html", b"<h1>Not Found</h1>", "a refusal as text/html"),
        (400, "text/plain", b"", "a refusal as text/plain"),
        (0, "", b"", "no answer"),
        (299, "text/plain", b"x", "unknown status 299"),
    ],
)  # fmt: skip
def test_what_is_wrong(status: int, kind: str, body: bytes, problem: str) -> None:
    assert found(status, kind, body) == [problem]


def test_what_takes_too_long() -> None:
    assert found(200, "text/plain", b"ok", seconds=MAX_S + 1) == ["took 11 s"]


def test_a_server_may_refuse_by_itself_what_is_no_http() -> None:
    assert found(0, "", b"", is_http=False) == []
    assert found(400, "text/html", b"<h1>Bad</h1>", is_http=False) == []
    assert found(500, "text/html", b"<h1>Bad</h1>", is_http=False) != []


def test_every_kind_of_awkwardness_is_sent_and_the_same_seed_sends_the_same() -> None:
    def sent() -> list[Any]:
        [newjob] = [each for each in operations() if each.name == "POST /jobs/newjob"]
        random = random_for("x")
        mutator = Mutator(newjob, Plausible(random, KnownValues()), random)
        return [mutator.next() for _ in range(600)]

    first = sent()
    kinds = Counter(request.kind for request in first)
    assert set(VALUES) <= set(kinds)
    assert kinds["as documented"] < 100
    assert [(each.url, each.content, each.headers) for each in first] == [
        (each.url, each.content, each.headers) for each in sent()
    ]


def test_a_value_is_replaced_in_a_copy() -> None:
    body = {"a": [1, {"b": 2}]}

    assert put(body, ("a", 1, "b"), "x") == {"a": [1, {"b": "x"}]}
    assert body == {"a": [1, {"b": 2}]}
    assert b'"a": 1e999' in encode({"a": "literal 1e999"})


def test_what_an_answer_gave_out_is_asked_for() -> None:
    known = KnownValues()
    known.learn([{"ulid": "01ABC", "site": "saf"}])

    assert known.one_of("ulid", random_for("x")) == "01ABC"
    assert known.one_of("nothing of that name", random_for("x")) is None


def test_every_list_and_link_is_documented() -> None:
    paths = {operation.name for operation in operations()}
    shapes = {tuple(name.split(" ", 1)[1].split("/")) for name in paths}

    def fits(parts: tuple[str, ...], shape: tuple[str, ...]) -> bool:
        pairs = zip(parts, shape, strict=False)
        return len(parts) == len(shape) and all(part == word or word.startswith("{") for part, word in pairs)

    def is_documented(path: str) -> bool:
        parts = tuple(path.partition("?")[0].split("/"))
        return any(fits(parts, shape) for shape in shapes)

    assert [path for _, path, _ in LISTS if not is_documented(path)] == []
    linked = with_links(document())
    assert {call for call, *_ in LINKS} | {following for _, _, following, *_ in LINKS} <= paths
    assert "started" in linked["paths"]["/jobs/newjob"]["post"]["responses"]["200"]["links"]
