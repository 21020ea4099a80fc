"""How log lines look: one JSON object each (production), or one line of text (a laptop); never a secret.

A line is cleaned as its last step, as text, whatever it was made of: a traceback of a library may quote an
address with a password as well as our own messages may.
"""

import copy
import logging
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
import re2
from django.conf import settings

from photonranch.excerpts import excerpt
from photonranch.observe import tracing

# What `extra={…}` of a logging call may add to a line. A list, because libraries put whole requests there.
FIELDS = ("method", "path", "route", "status", "ms", "caller", "site", "topic", "frame")

# Settings whose values never appear in a log, and those that are addresses with a password in them.
SECRETS = (
    "SECRET_KEY", "S3_SECRET_ACCESS_KEY", "S3_EVENTS_TOKEN", "SQS_SECRET_ACCESS_KEY", "REMOTEHQ_TOKEN",
    "METRICS_TOKEN", "OCS_PORTAL_TOKEN",
)  # fmt: skip
SHORTEST_SECRET = 6

# RE2 takes time in proportion to the text, whatever the text is; `re` was held for half a minute by thirty
# tokens of 11 KB that were made for it. RE2 looks neither ahead nor behind, so what stays of a match is
# captured: what stands before the secret and the @ behind it. On bytes: half a surrogate pair has no UTF-8.
_TOKEN = rb"[^\s\"',\\]"
_SCHEME = rb"\b(?:Bearer|Basic) "
_AUTHORIZATION = re2.compile(
    # What follows the scheme; and what follows that, where it ends in a scheme.
    rb"(?i)(\bBearer )(?:" + _TOKEN + rb"*" + _SCHEME + rb")*" + _TOKEN + rb"+"
    rb"|(\bBasic )(?:(?:" + _TOKEN + rb"*" + _SCHEME + rb")+" + _TOKEN + rb"+|[a-z0-9+/=_.\x80-\xff-]{6,})"
)
_TELLTALE = re2.compile(
    # Site keys, and JSON web tokens.
    rb"(?i)\bprk_[\w\x80-\xff-]+(?:\.[\w\x80-\xff-]+)*"
    rb"|\beyJ[\w\x80-\xff-]+\.[\w\x80-\xff-]+(?:\.[\w\x80-\xff-]*)?"
    # The password of an address, up to its last @.
    rb"|(://)[^\s/?#\"'\\@]*:[^\s/?#\"'\\]*(@)"
    # Parameters that open something to whoever knows them.
    rb"|([?&](?:signature|token|access_token|id_token|code|key|password|secret|x-amz-signature"
    rb"|x-amz-credential|x-amz-security-token|awsaccesskeyid)=)[^&\s\"'\\#<>]+"
)
HIDDEN = "[hidden]"

# What a line has at most, in bytes, and what of them its parts have where it would be longer.
LONGEST_LINE = 16 * 1024
_ROOM = {"message": 4 * 1024, "error": 7 * 1024}
_ROOM_OF_A_FIELD = 400
_LEFT_OUT = " […] "


def redacted(text: str) -> str:
    """`text` without anything that opens something."""
    plain = text.encode(errors="backslashreplace")
    known = _known_secrets()
    if known is not None:
        plain = known.sub(lambda _: HIDDEN.encode(), plain)
    plain = _AUTHORIZATION.sub(_hide_credential, plain)
    return str(_TELLTALE.sub(_hide, plain).decode())


def _hide_credential(match: Any) -> bytes:
    bearer, basic = match.groups(default=b"")
    return bytes(bearer + basic + HIDDEN.encode())


def _hide(match: Any) -> bytes:
    address, at, parameter = match.groups(default=b"")
    return bytes(address + parameter + HIDDEN.encode() + at)


@cache
def _known_secrets() -> Any:
    """The secrets of this installation, longest first: one may be part of another."""
    values = {str(getattr(settings, name, "") or "") for name in SECRETS}
    values.add(str(settings.DATABASES["default"].get("PASSWORD") or ""))
    values.add(urlsplit(settings.REDIS_URL or "").password or "")
    values |= {unquote(value) for value in values}
    secrets = sorted((value for value in values if len(value) >= SHORTEST_SECRET), key=len, reverse=True)
    return re2.compile(b"|".join(re2.escape(value.encode()) for value in secrets)) if secrets else None


def forget_secrets() -> None:
    """The settings have changed (tests change them)."""
    _known_secrets.cache_clear()


# --- Length ------------------------------------------------------------------------------------------------


def _with_excerpts(record: logging.LogRecord) -> logging.LogRecord:
    """`record`, or a copy of it with long arguments cut: libraries log what a request says of itself."""
    if not record.args:
        return record
    shown = copy.copy(record)
    if isinstance(record.args, dict):
        shown.args = _ShownNames((name, _shown(value)) for name, value in record.args.items())
    else:
        shown.args = tuple(_shown(value) for value in record.args)
    return shown


def _shown(value: Any) -> Any:
    """Numbers as they are, for `%d`; of the rest what `%s` or `%r` would make of it has its bound."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return excerpt(value)
    return _Shown(value)


class _Shown:
    """An argument of a log call, as text only when a line is made of it."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __str__(self) -> str:
        return excerpt(str(self.value))

    def __repr__(self) -> str:
        return excerpt(repr(self.value))


class _ShownNames(dict[str, Any]):
    """The arguments of a call by their names, which `logging` also takes a single dictionary for."""

    def __repr__(self) -> str:
        return excerpt(super().__repr__())


def _cut(text: str, limit: int) -> str:
    """`text` with its middle left out, so that it has at most `most` bytes in JSON (where a control character
    has six): a traceback begins with where it was called, and ends with what happened."""
    text = text.encode(errors="backslashreplace").decode()
    while (size := len(orjson.dumps(text))) > limit:
        length = min(len(text) * limit // size, limit) * 9 // 10
        text = text[: length // 3] + _LEFT_OUT + text[len(text) - length * 2 // 3 :]
    return text


def _shortened(line: dict[str, Any]) -> bytes:
    """`line` in LONGEST_LINE bytes. Its secrets are hidden first: half a secret is not known as one."""
    parts = {
        name: value
        if value is None or isinstance(value, bool | int | float)
        else _cut(redacted(str(value)), _ROOM.get(name, _ROOM_OF_A_FIELD))
        for name, value in line.items()
    }
    return orjson.dumps(parts)


class _Lines(logging.Formatter):
    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Line by line: the last ones say what was wrong with what a request brought."""
        return "\n".join(map(excerpt, super().formatException(ei).split("\n")))


class JsonLines(_Lines):
    """`{"time", "level", "logger", "message"}`, and where they are known `request_id`, `task`, `error` (a
    traceback) and the FIELDS."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    @staticmethod
    def converter(seconds: float | None) -> Any:
        import time

        return time.gmtime(seconds)

    def format(self, record: logging.LogRecord) -> str:
        line = self._parts(record)
        try:
            text = orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS)
        except orjson.JSONEncodeError:  # half a surrogate pair, or a number beyond 64 bits
            return _shortened(line).decode()
        return redacted(text.decode()) if len(text) <= LONGEST_LINE else _shortened(line).decode()

    def _parts(self, record: logging.LogRecord) -> dict[str, Any]:
        line: dict[str, Any] = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": _with_excerpts(record).getMessage(),
        }
        if request_id := tracing.request_id():
            line["request_id"] = request_id
        if task := tracing.task():
            line["task"] = task
        line |= {name: _shown(record.__dict__[name]) for name in FIELDS if name in record.__dict__}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return line


class TextLines(_Lines):
    """A line for people, with the request's id at its end."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(_with_excerpts(record))
        request_id = tracing.request_id()
        return _cut(redacted(f"{text} [{request_id}]" if request_id else text), LONGEST_LINE)


class RefusalsAreLines(logging.Filter):
    """What Django refuses of strangers, such as a query of a thousand parameters, is a warning of one line.

    It logs them as errors of ours, with a traceback: 4 KB of log for each.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security."):
            record.exc_info = record.exc_text = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True
