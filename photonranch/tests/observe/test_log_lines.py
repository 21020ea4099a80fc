"""Log lines: JSON that machines read, one per request where wanted, and never a secret."""

import io
import json
import logging
import random
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from photonranch.observe import logs, tracing
from photonranch.observe.logs import HIDDEN, JsonLines, TextLines, redacted
from testing.cast import ALICE, Api, a_command
from testing.live import running


@pytest.fixture(autouse=True)
def _secrets_of_this_test() -> Iterator[None]:
    logs.forget_secrets()
    yield
    logs.forget_secrets()


def record(message: str, *args: Any, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("some.logger", logging.WARNING, __file__, 1, message, args, None)
    vars(made).update(more)
    return made


def test_it_works() -> None:
    token = tracing.begin("0123456789abcdef")
    line = json.loads(JsonLines().format(record("%d of %s", 3, "four", route="jobs/newjob", status=200)))
    tracing.end(token)

    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "WARNING",
        "logger": "some.logger",
        "message": "3 of four",
        "request_id": "0123456789abcdef",
        "route": "jobs/newjob",
        "status": 200,
    }


def test_a_line_is_one_line_whatever_is_in_it() -> None:
    text = JsonLines().format(record("one\ntwo\r\u2028%s", {"a": object()}))

    assert "\n" not in text
    assert json.loads(text)["message"].startswith("one\ntwo")


def test_a_traceback_is_in_it() -> None:
    try:
        raise ValueError("postgres://ranch:hunter2-hunter2@db/ranch does not answer")
    except ValueError:
        made = record("it failed")
        made.exc_info = sys.exc_info()

    line = json.loads(JsonLines().format(made))

    assert "ValueError: postgres://[hidden]@db/ranch" in line["error"]
    assert "hunter2" not in str(line)


def test_what_libraries_add_stays_out() -> None:
    assert "request" not in json.loads(JsonLines().format(record("x", request="<GET /x?token=abc>")))


def test_a_line_for_people_ends_in_the_id() -> None:
    token = tracing.begin("0123456789abcdef")
    assert TextLines("{message}", style="{").format(record("hello")) == "hello [0123456789abcdef]"
    tracing.end(token)
    assert TextLines("{message}", style="{").format(record("hello")) == "hello"


SITE_KEY = "prk_" + "Ab1-" * 10
JWT = ALICE.token


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        (f"Authorization: Bearer {JWT}", JWT),
        (f"{{'HTTP_AUTHORIZATION': 'Bearer {JWT}'}}", JWT),
        (f"authorization: bearer {SITE_KEY}", SITE_KEY),
        ("Authorization: Basic c2FmOnBya19zZWNyZXQ=", "c2FmOnBya19zZWNyZXQ="),
        (f"token refused: {JWT}", JWT.split(".")[2]),
        (f"https://saf:{SITE_KEY}@ranch.example.org/status", SITE_KEY),
        ("https://saf:a@b:c@ranch.example.org/status", "a@b:c"),
        ("redis://:sesame-0001@redis:6379/0 refused", "sesame-0001"),
        ("GET /api/file/ptr-x.jpg?expires=1&signature=Zm9vYmFy_-x HTTP/1.1", "Zm9vYmFy_-x"),
        ("https://s3/x?X-Amz-Credential=AKIA%2F2026&X-Amz-Signature=00ff00ff", "00ff00ff"),
        ("https://s3/x?X-Amz-Credential=AKIA%2F2026&X-Amz-Signature=00ff00ff", "AKIA"),
        ("POST /api/store_events?token=open-sesame", "open-sesame"),
        ("GET /callback?state=1&code=auth-code-1234", "auth-code-1234"),
        (f"Authorization: Basic {JWT}", JWT.split(".")[2]),
        ("Bearer Bearer Basic open-sesame", "open-sesame"),
        ("GET /x?token=bearer open-sesame", "open-sesame"),
    ],
)
@pytest.mark.parametrize("formatter", [JsonLines(), TextLines("{message}", style="{")], ids=["json", "text"])
def test_no_secret_gets_through(formatter: logging.Formatter, said: str, secret: str) -> None:
    text = formatter.format(record("%s", said))

    assert secret not in text
    assert HIDDEN in text


# What the lines were cleaned with before: by looking behind and ahead, in a time that grew with the square.
LOOKING_BACK = re.compile(
    r"\bprk_[\w-]+|\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"
    r"|(?<=\bBearer )[^\s\"',\\]+|(?<=\bBasic )[A-Za-z0-9+/=_-]{6,}"
    r"|(?<=://)[^\s/?#\"'\\@]*:[^\s/?#\"'\\]*(?=@)"
    r"|(?<=[?&])(?:signature|token|code|key|password|secret|x-amz-signature)=[^&\s\"'\\#<>]+",
    re.IGNORECASE,
)
FRAGMENTS = [
    "Bearer ", "Basic ", "bearer ", "https://", "://", "user", "pw{}", "@", ":", "?", "&", "token=", "key=",
    "eyJab{}.cd", "eyJ", "prk_x{}", "-", "_", " ", '"', "'", "\\", "/", "#", "abcdef{}", "\n", "é", "<", ",",
    ".",
]  # fmt: skip


def test_whatever_was_hidden_by_looking_back_is_hidden() -> None:
    chance = random.Random(20261126)
    for _ in range(20_000):
        chosen = chance.choices(FRAGMENTS, k=chance.randrange(2, 12))
        said = "".join(fragment.format(chance.randrange(100, 1000)) for fragment in chosen)
        may_be_seen = set(re.findall(r"\d+", LOOKING_BACK.sub("", said)))
        assert set(re.findall(r"\d+", redacted(said))) <= may_be_seen, said


@pytest.mark.parametrize(
    "harmless",
    [
        "GET /datastream?site=saf&since=1795215496123456",
        "bearer of a key",
        "http://localhost:8000/admin/",
        "the key of saf was revoked",
        "mailto:alice@example.org at 10:30@saf",
        "2026-11-21T05:52:00.293Z",
    ],
)
def test_what_is_no_secret_stays(harmless: str) -> None:
    assert redacted(harmless).replace(HIDDEN, "") == harmless or harmless.startswith("bearer")


def test_the_installation_s_own_secrets_never_appear(settings: Settings) -> None:
    settings.REMOTEHQ_TOKEN = "rhq.token+with(signs"
    settings.METRICS_TOKEN = "metrics-token"
    settings.S3_SECRET_ACCESS_KEY = "s3/secret/key"
    logs.forget_secrets()

    text = redacted(f"{settings.SECRET_KEY} rhq.token+with(signs metrics-token s3/secret/key end")

    assert text == f"{HIDDEN} {HIDDEN} {HIDDEN} {HIDDEN} end"


# --- A line per request ------------------------------------------------------------------------------------


@pytest.fixture
def lines(settings: Settings, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    settings.ACCESS_LOG = True
    caplog.set_level(logging.INFO, "photonranch.access")
    return caplog


def access(lines: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [
        {name: vars(each)[name] for name in ("method", "path", "route", "status", "caller")}
        for each in lines.records
        if each.name == "photonranch.access"
    ]


@pytest.mark.django_db
def test_a_request_has_one_line(api: Api, lines: pytest.LogCaptureFixture) -> None:
    api.post("/jobs/newjob", a_command(), as_=ALICE)

    assert access(lines) == [
        {"method": "POST", "path": "/jobs/newjob", "route": "jobs/newjob", "status": 200, "caller": "user"}
    ]
    assert ALICE.user_id not in str([vars(each) for each in lines.records])


@pytest.mark.django_db
def test_neither_the_query_nor_a_line_end_is_in_it(api: Api, lines: pytest.LogCaptureFixture) -> None:
    api.get("/logs/recent-logs?site=saf&token=sesame")
    api.get("/not%0Aalice%20was%20here")

    assert [each["path"] for each in access(lines)] == ["/logs/recent-logs", "/not%0Aalice%20was%20here"]
    assert "sesame" not in lines.text


def test_without_access_log_there_is_none(
    api: Api, lines: pytest.LogCaptureFixture, settings: Settings
) -> None:
    settings.ACCESS_LOG = False
    api.get("/healthz")

    assert access(lines) == []


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the server's own handler writes."""
    handlers = logging.getLogger().handlers
    [console] = [each for each in handlers if isinstance(each.formatter, TextLines | JsonLines)]
    assert isinstance(console, logging.StreamHandler)
    stream = io.StringIO()
    monkeypatch.setattr(console, "stream", stream)
    return stream


@pytest.mark.parametrize(
    ("path", "headers"), [("/healthz", {"Host": "evil.example"}), ("/logs/recent-logs?" + "a=1&" * 1500, {})]
)
@pytest.mark.django_db
def test_what_is_refused_of_a_stranger_is_one_line(
    api: Api, written: io.StringIO, path: str, headers: dict[str, str]
) -> None:
    answer = api.send("GET", path, None, None, **headers)

    assert answer.status_code == 400
    [line] = written.getvalue().splitlines()
    assert " ERROR " not in line
    assert len(line) < 500


@pytest.mark.live
def test_uvicorn_s_own_lines_are_ours_and_its_access_log_is_silent() -> None:
    env = {"LOG_FORMAT": "json", "ACCESS_LOG": "1"}
    with running("uvicorn", env=env) as server:
        server.http.get("/logs/recent-logs?site=saf&token=sesame")
        server.wait_for('"route":"logs/recent-logs"')
        server.stop()

        written = [json.loads(line) for line in server.output.splitlines()]
        assert "sesame" not in server.output
        assert {line["logger"] for line in written} >= {"uvicorn.error", "photonranch.access"}
        assert "uvicorn.access" not in {line["logger"] for line in written}
