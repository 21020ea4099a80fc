"""The headers `Content-Type` and `Cookie`, read in a time that grows with their length, and without a 500.

Django and the standard library read them before any code of ours sees a request.

`Content-Type`: a character set that is no text (`charset=idna`, `x*=foo''y`) ended the request with a 500,
every new name of one stayed in Python's table of encodings for good, and 60 KB of semicolons behind a quote
took two seconds. We have one character set, UTF-8, as every client has; no other is looked at.

`Cookie`: Python before 3.11.10 takes back the backslashes of a quoted value in a time that grows with the
square (CVE-2024-7592): 60 KB took four seconds. No cookie of ours has one.

Gain: 60 KB in one of these headers cost a process two and four seconds, and cost it nothing now.
Version: Django 5.2.19
Upstream: https://github.com/python/cpython/issues/123067 (cookies);
    https://code.djangoproject.com/ticket/36991 (`Content-Type`)
Guarded by: photonranch/tests/api/test_header_lines.py
Way back: delete `without_backslashes` when the oldest Python served is 3.11.10, `read_content_type` when
    Django reads the header without a look at encodings, and their calls.
"""

from typing import Any

from django.http import HttpRequest
from django.utils.http import parse_header_parameters

# The longest boundary has 70 characters.
LONGEST_TYPE = 1024


def read_content_type(request: HttpRequest, meta: dict[str, Any]) -> None:
    """In place of `HttpRequest._set_content_type_params`. What cannot be read says nothing."""
    line = meta.get("CONTENT_TYPE", "")
    try:
        if len(line) > LONGEST_TYPE or "*" in line.partition(";")[2]:
            raise ValueError
        request.content_type, request.content_params = parse_header_parameters(line)
    except ValueError:
        meta["CONTENT_TYPE"] = ""
        request.content_type, request.content_params = "", {}


def without_backslashes(line: str) -> str:
    """A `Cookie` header without the cookies that have one."""
    if "\\" not in line:
        return line
    return ";".join(cookie for cookie in line.split(";") if "\\" not in cookie)


def install() -> None:
    # By name, because mypy knows methods as fixed.
    setattr(HttpRequest, "_set_content_type_params", read_content_type)  # noqa: B010
