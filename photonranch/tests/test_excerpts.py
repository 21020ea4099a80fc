"""What an outsider chose is quoted in at most 200 characters, wherever it was put."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jwt.utils import base64url_encode
from pytest_django import Settings

from photonranch.excerpts import LONGEST, excerpt, quoted
from photonranch.observe.logs import LONGEST_LINE, JsonLines, TextLines
from testing.cast import ADMIN, Api

MARK = "Q"
LONG = MARK * 5_000
TOO_MUCH = re.compile(f"{MARK}{{{LONGEST + 1}}}")


@pytest.mark.parametrize(
    ("value", "shown"), [("saf", "saf"), (12, "12"), (None, "None"), ("x" * 200, "x" * 200)]
)
def test_what_is_short_stays_as_it_is(value: Any, shown: str) -> None:
    assert excerpt(value) == shown


def test_what_is_long_is_cut_and_says_so() -> None:
    assert excerpt("x" * 201) == "x" * 199 + "…"
    assert len(quoted("\n" * 5_000)) == LONGEST
    assert len(quoted(["x" * 5_000])) == LONGEST
    assert quoted("it's\n") == '"it\'s\\n"'


# --- Everywhere --------------------------------------------------------------------------------------------


@pytest.fixture
def lines(settings: Settings) -> Iterator[list[str]]:
    """What is logged meanwhile, at every level, as production writes it."""
    settings.ACCESS_LOG = True
    written: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    handler, root, ours = Kept(), logging.getLogger(), logging.getLogger("photonranch")
    handler.setFormatter(JsonLines())
    levels = root.level, ours.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def resolved(document: dict[str, Any], schema: Any) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for several in ("allOf", "oneOf", "anyOf"):
        if several in schema:
            return resolved(document, schema[several][0])
    return dict(schema)


def an_example(document: dict[str, Any], schema: Any) -> Any:
    """Some value that the schema allows, as far as the documentation tells."""
    schema = resolved(document, schema)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: an_example(document, of) for name, of in schema.get("properties", {}).items()}
        case "array":
            return [an_example(document, schema.get("items", {}))]
        case "integer" | "number":
            return 1
        case "boolean":
            return True
    return {"date-time": "2026-11-20T20:00:00Z", "date": "2026-11-20"}.get(schema.get("format", ""), "saf")


def bodies(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[Any]:
    """The documented body, with the long text in each of its fields in turn, in all, and beside them."""
    media = next(iter(operation.get("requestBody", {}).get("content", {}).values()), None)
    if media is None:
        yield {}
        return
    made = an_example(document, media["schema"])
    examples = [each["value"] for each in media.get("examples", {}).values() if "value" in each] or [made]
    yield LONG
    yield [LONG]
    for example in examples:
        if isinstance(example, dict):
            yield example
            yield from ({**example, name: LONG} for name in {**made, **example} if isinstance(made, dict))
            yield from ({**example, name: {LONG: LONG}} for name in example)
            yield from ({**example, name: [LONG]} for name in example)
            yield dict.fromkeys(example, LONG)
            yield {**example, LONG: LONG}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def paths(path: str) -> Iterator[str]:
    """`path` with the long text for each of its parts in turn, and without."""
    names = re.findall(r"\{(\w+)\}", path)
    plain = {name: {"number": "1", "channel": "1"}.get(name, "saf") for name in names}
    yield path.format(**plain)
    yield from (path.format(**{**plain, name: LONG}) for name in names)


def requests(document: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for method, path, operation in operations(document):
        queries = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
        for address in paths(path):
            yield method, address, {}
        plain = next(paths(path))
        yield from ((method, f"{plain}?{name}={LONG}", {}) for name in [*queries, LONG])
        if method != "GET":
            yield from ((method, plain, body) for body in bodies(document, operation))


@pytest.mark.django_db
def test_no_error_and_no_line_quotes_more_than_that(api: Api, lines: list[str]) -> None:
    document: dict[str, Any] = yaml.safe_load(api.get("/api/schema").content)
    api.client.raise_request_exception = False
    asked, wrong = 0, []
    for method, address, body in requests(document):
        response = api.send(method, address, body, as_=ADMIN)
        asked += 1
        where = f"{method} {address[:80]} {json.dumps(body)[:300]}"
        if response.status_code >= 400 and TOO_MUCH.search(response.content.decode(errors="replace")):
            wrong.append(f"answer {response.status_code}: {where}")
        if response.status_code == 500:
            wrong.append(f"500: {where}")
        wrong += [f"line: {where}: {line[:300]}" for line in lines if TOO_MUCH.search(line)]
        lines.clear()

    assert not wrong, "\n".join(wrong)
    assert asked > 500


def forged(**headers: Any) -> str:
    parts = {"alg": "RS256", **headers}, {"sub": "auth0|eve", "aud": "master", "exp": 4_102_444_800}
    return ".".join(base64url_encode(json.dumps(part).encode()).decode() for part in parts) + ".AAAA"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {forged(kid=LONG)}"},
        {"Authorization": f"Bearer {forged(kid=[LONG])}"},
        {"Authorization": f"Bearer {forged(kid={LONG: LONG})}"},
        {"Authorization": f"Bearer {forged(crit=[LONG])}"},
        {"Authorization": f"Bearer {forged(typ=LONG)}"},
        {"Authorization": f"Bearer {forged(alg=LONG)}"},
        {"Authorization": f"Bearer {forged(alg=[LONG])}"},
        {"Authorization": f"Bearer {LONG}"},
        {"Authorization": f"Basic {LONG}"},
        {"Authorization": f"{LONG} {LONG}"},
        {"Host": LONG},
        {"Origin": f"https://{LONG}"},
        {"Referer": f"https://{LONG}/"},
        {"Accept": f"{LONG}/json"},
        {"Accept-Language": LONG},
        {"Content-Type": f"{LONG}/json; charset={LONG}"},
        {"Cookie": f"sessionid={LONG}; csrftoken={LONG}; {LONG}={LONG}"},
        {"User-Agent": LONG},
        {"X-Request-ID": LONG},
        {"X-Forwarded-For": LONG},
        {"X-Amz-Target": f"AmazonSQS.{LONG}"},
        {"X-HTTP-Method-Override": LONG},
    ],
    ids=lambda headers: f"{next(iter(headers))}",
)
def test_nor_of_what_headers_say(api: Api, lines: list[str], headers: dict[str, str]) -> None:
    api.client.raise_request_exception = False
    for path in ("/jobs/newjob", "/sqs", "/admin/login/", "/sites/saf", f"/{LONG}", f"/admin/{LONG}/"):
        response = api.send("POST", path, {}, None, **headers)
        if response.status_code >= 400:
            assert not TOO_MUCH.search(response.content.decode(errors="replace")), path
        assert response.status_code != 500, path

    assert lines
    assert not [line[:300] for line in lines if TOO_MUCH.search(line)]


@pytest.mark.django_db
@pytest.mark.parametrize("method", [LONG, "BREW"])
def test_nor_of_the_method(api: Api, lines: list[str], method: str) -> None:
    response = api.send(method, "/jobs/newjob")

    assert response.status_code == 405
    assert not TOO_MUCH.search(response.content.decode())
    assert not [line[:300] for line in lines if TOO_MUCH.search(line)]


# --- Lines -------------------------------------------------------------------------------------------------


def a_record(message: str, *arguments: Any, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("some.logger", logging.WARNING, __file__, 1, message, arguments, None)
    vars(made).update(more)
    return made


@pytest.mark.parametrize("value", [LONG, [LONG], {LONG: 1}, ValueError(LONG), LONG.encode()])
@pytest.mark.parametrize("form", ["%s", "%r"])
def test_a_long_argument_is_cut_in_a_line_whatever_it_is(value: Any, form: str) -> None:
    made = a_record(f"before {form} after", value)
    for formatter in (JsonLines(), TextLines("{message}", style="{")):
        text = formatter.format(made)
        assert not TOO_MUCH.search(text)
        assert "before " in text
        assert re.search(r"…['}]* after", text)
    assert LONG in str(made.args)  # other handlers get it whole


def test_numbers_stay_numbers() -> None:
    assert TextLines("{message}", style="{").format(a_record("%05.1f %d", 2.25, 3)) == "002.2 3"
    named = logging.LogRecord("x", logging.INFO, __file__, 1, "%(a)d %(b)s", ({"a": 1, "b": LONG},), None)
    assert not TOO_MUCH.search(JsonLines().format(named))


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "\x01" * 100_000, "😀" * 100_000, "\ud800" * 100_000, '"' * 100_000]
)
def test_a_line_has_its_longest_however_it_was_made(text: str) -> None:
    made = a_record(text, path=text, site=text, topic=text)
    made.exc_text = None
    try:
        raise ValueError(f"{text[:150]}\n" * 1_000 + "at the end")
    except ValueError as error:
        made.exc_info = (ValueError, error, error.__traceback__)

    line = JsonLines().format(made)
    assert len(line.encode()) <= LONGEST_LINE
    parts = json.loads(line)
    assert parts["level"] == "WARNING"
    assert parts["error"].startswith("Traceback")
    assert parts["error"].endswith("\nat the end")
    assert len(TextLines("{message}", style="{").format(made).encode()) <= LONGEST_LINE


def test_half_of_a_secret_does_not_remain_where_a_line_is_cut() -> None:
    address = "postgres://ranch:hunter2-hunter2@db/ranch "
    for shift in range(0, 60, 7):
        made = a_record("x" * shift + address * 2_000)
        assert "hunter2" not in JsonLines().format(made)
        assert "hunter2" not in TextLines("{message}", style="{").format(made)
