"""How log lines look: one JSON object each (production), or one line of text (a laptop); never a secret.

A line is cleaned as its last step, as text, whatever it was made of: a traceback of a library may quote an
address with a password as well as our own messages may.
"""

import logging
import re
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
from django.conf import settings

from photonranch.observe import tracing

# What `extra={…}` of a logging call may add to a line. A list, because libraries put whole requests there.
FIELDS = ("method", "path", "route", "status", "ms", "caller", "site", "topic", "frame")

# Settings whose values never appear in a log, and those that are addresses with a password in them.
SECRETS = (
    "SECRET_KEY", "S3_SECRET_ACCESS_KEY", "S3_EVENTS_TOKEN", "SQS_SECRET_ACCESS_KEY", "REMOTEHQ_TOKEN",
    "METRICS_TOKEN",
)  # fmt: skip
SHORTEST_SECRET = 6

_TELLTALE = re.compile(
    # Site keys, and JSON web tokens.
    r"\bprk_[\w-]+|\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"
    # What follows the scheme in an Authorization header.
    r"|(?<=\bBearer )[^\s\"',\\]+|(?<=\bBasic )[A-Za-z0-9+/=_-]{6,}"
    # The password of an address, up to its last @.
    r"|(?<=://)[^\s/?#\"'\\@]*:[^\s/?#\"'\\]*(?=@)"
    # Parameters that open something to whoever knows them.
    r"|(?<=[?&])((?:signature|token|access_token|id_token|code|key|password|secret|x-amz-signature"
    r"|x-amz-credential|x-amz-security-token|awsaccesskeyid)=)[^&\s\"'\\#<>]+",
    re.IGNORECASE,
)
HIDDEN = "[hidden]"


def redacted(text: str) -> str:
    """`text` without anything that opens something."""
    known = _known_secrets()
    if known is not None:
        text = known.sub(HIDDEN, text)
    return _TELLTALE.sub(lambda found: f"{found[1] or ''}{HIDDEN}", text)


@cache
def _known_secrets() -> re.Pattern[str] | None:
    """The secrets of this installation, longest first: one may be part of another."""
    values = {str(getattr(settings, name, "") or "") for name in SECRETS}
    values.add(str(settings.DATABASES["default"].get("PASSWORD") or ""))
    values.add(urlsplit(settings.REDIS_URL or "").password or "")
    values |= {unquote(value) for value in values}
    found = sorted((value for value in values if len(value) >= SHORTEST_SECRET), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, found))) if found else None


def forget_secrets() -> None:
    """The settings have changed (tests change them)."""
    _known_secrets.cache_clear()


class JsonLines(logging.Formatter):
    """`{"time", "level", "logger", "message"}`, and where they are known `request_id`, `task`, `error` (a
    traceback) and the FIELDS."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    @staticmethod
    def converter(seconds: float | None) -> Any:
        import time

        return time.gmtime(seconds)

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := tracing.request_id():
            line["request_id"] = request_id
        if task := tracing.task():
            line["task"] = task
        line |= {name: record.__dict__[name] for name in FIELDS if name in record.__dict__}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return redacted(orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode())


class TextLines(logging.Formatter):
    """A line for people, with the request's id at its end."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        request_id = tracing.request_id()
        return redacted(f"{text} [{request_id}]" if request_id else text)
