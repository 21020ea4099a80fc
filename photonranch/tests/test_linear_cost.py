"""Nothing that reads strangers' text takes longer than in proportion to its length.

Each reader is fed inputs of one length, of four times and of sixteen times that, of kinds that make engines
go back again and again. What counts is how the processor time grows: from the second to the third some four
times, and sixteen times where an engine goes back.
"""

import ast
import re
import time
from collections.abc import Callable
from contextlib import suppress
from email.utils import parsedate
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.http.multipartparser import MultiPartParserError
from django.test import RequestFactory, override_settings
from django.urls import Resolver404, resolve
from django.utils.cache import get_conditional_response
from django.utils.translation.trans_real import parse_accept_lang_header
from drf_spectacular.renderers import OpenApiYamlRenderer
from prometheus_client.exposition import choose_encoder
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from whitenoise.responders import StaticFile

from console.site.status import NUMBER
from images import delivery, fitsfile, headers, names
from photonranch.api import instants, middleware
from photonranch.api.fields import SITE_CODE
from photonranch.api.header_lines import without_backslashes
from photonranch.auth.sessions import comes_from_another_page
from photonranch.excerpts import excerpt, quoted
from photonranch.lenient_json import NotJson, clean_text, dumps, loads
from photonranch.observe import tracing
from photonranch.observe import views as observe_views
from photonranch.observe.logs import redacted
from projects import progress
from sitecfg.angles import decimal_or_sexagesimal
from streams.sqs import operations, signatures
from streams.sqs.errors import SqsError
from streams.sqs.wire import QueryWire


class Reader(NamedTuple):
    """`read` takes a text; `texts` are made for a length."""

    read: Callable[[str], Any]
    texts: tuple[Callable[[int], str], ...]
    shortest: int = 4_000


def repeated(part: str, begin: str = "", end: str = "") -> Callable[[int], str]:
    return lambda length: begin + part * (length // len(part)) + end


def parsed_json(text: str) -> Any:
    try:
        return loads(text.encode(errors="surrogatepass"))
    except NotJson:
        return None


def instant(text: str) -> Any:
    try:
        return instants.from_either(text)
    except instants.NotATime:
        return None


def routed(text: str) -> Any:
    try:
        return resolve(middleware.plain_path(text))
    except Resolver404:
        return None


def frame_name(text: str) -> Any:
    try:
        return names.parse(text)
    except names.BadName:
        return None


def content_type(text: str) -> Any:
    return RequestFactory().generic("POST", "/", b"x", text).content_params


def header(text: str) -> Any:
    """Cards one to a line, in which a value may be of any length."""
    keywords = ("RA", "DEC", "CRVAL1", "EXPTIME", "DATE-OBS", "OBJECT")
    cards = "\n".join(f"{keyword:8}= {text}" for keyword in keywords)
    return headers.columns(headers.from_text(cards.encode()))


def header_text(text: str) -> Any:
    try:
        return headers.columns(headers.from_text(text.encode()))
    except headers.BadHeader:
        return None


DIGITS = (
    repeated("1", end="x"),
    repeated("1", "1:1:", "x"),
    repeated(" ", "1:", "x"),
    repeated("'", "'", "x"),
)
ADDRESSES = (
    repeated("a:", "://"),
    repeated("eyJ-"),
    repeated("://a"),
    repeated("Basic "),
    repeated("Bearer "),
    repeated("?key="),
    repeated("eyJa."),
    repeated("prk_"),
    repeated("@", "://a:"),
    repeated("Bearer a "),
    repeated("&token=a"),
    repeated("é"),
)
PATHS = (
    repeated("/"),
    repeated("/", "/api/pipe/queue", "x"),
    repeated("//", "/api/"),
    repeated("a/", "/api/pipe/queue/"),
    repeated("a", "/jobs/"),
    repeated("/dequeue", "/api/pipe/queue/x"),
    repeated("/", "/datastream"),
    repeated("1", "/api/"),
    repeated("%2F", "/api/image/"),
    repeated("-", "/sites/"),
)
JSON = (
    repeated("["),
    repeated('{"a":'),
    repeated("1"),
    repeated("1", "0."),
    repeated("\\u0041", '"', '"'),
    repeated("\\", '"'),
    repeated("\\ud800", '["', '"]'),
    repeated('"a",', "[", "1]"),
    repeated(" "),
    repeated("\x00"),
    repeated("9", "[1e", "]"),
)


def asked(**headers: str) -> HttpRequest:
    return RequestFactory().get("/", headers={name.replace("_", "-"): text for name, text in headers.items()})


def host(text: str) -> Any:
    with suppress(DisallowedHost):
        return asked(host=text).get_host()


def accepted(text: str) -> Any:
    """As the API's documentation chooses its form, pages theirs, and the metrics theirs."""
    request = asked(accept=text)
    with suppress(NotAcceptable):
        DefaultContentNegotiation().select_renderer(Request(request), [OpenApiYamlRenderer(), JSONRenderer()])
    return request.get_preferred_type(["text/html"]), choose_encoder(text)


def condition(text: str) -> Any:
    """Whether a file that somebody has is still the same: a frame, and a page's picture or script."""
    tags = asked(if_none_match=text, if_match=text, if_modified_since=text, if_unmodified_since=text)
    dates = asked(if_modified_since=text, if_unmodified_since=text)
    for request in (tags, dates):
        get_conditional_response(request, etag='"1-2"', last_modified=1)
    return delivery._still(text, '"1-2"', 1.0), parsedate(text)


def part_of_file(text: str) -> Any:
    with suppress(ValueError):
        StaticFile.parse_byte_range(text)
    return delivery._wanted(asked(range=text), 1000, '"1-2"', 1.0)


def came_from(text: str) -> Any:
    """Who stands between, and which page it is."""
    proxied = asked(x_forwarded_for=text, forwarded=text, x_forwarded_proto=text, x_forwarded_host=text)
    with override_settings(TRUST_PROXY=True):
        middleware.client_address(proxied)
    for page in (asked(origin=text), asked(referer=text)):
        comes_from_another_page(page)
    return proxied.is_secure(), observe_views._is_near(proxied)


def form(text: str, boundary: str = "x") -> Any:
    """A body of many parts, as a page's form or a file's is read."""
    kind = f"multipart/form-data; boundary={boundary}"
    request = RequestFactory().generic("POST", "/", text.encode(), kind)
    with suppress(MultiPartParserError, SuspiciousOperation):
        return request.POST, request.FILES


def form_of_few_characters(text: str) -> Any:
    """The same where what separates the parts is made of what the body repeats."""
    return form(text, "-"), form(text, "-" * 70), form(text, "a" * 69 + "b")


def sqs_form(text: str) -> Any:
    kind = "application/x-www-form-urlencoded"
    with suppress(SqsError):
        return QueryWire(RequestFactory().generic("POST", "/sqs", text.encode(), kind)).parameters


def layout_of_frame(text: str) -> Any:
    """One card after the other, then the end."""
    cards = "".join(text[at : at + 80].ljust(80) for at in range(0, len(text), 80))
    whole = "SIMPLE  =                    T".ljust(80) + cards + "END".ljust(80)
    with suppress(fitsfile.Unreadable):
        return fitsfile.first_image(BytesIO(whole.encode("latin-1", "replace")))


def card_of_frame(text: str) -> Any:
    return fitsfile._LAYOUT.fullmatch(text), fitsfile._value(text)


PART = '--x\r\nContent-Disposition: form-data; name="a"'
END = "\r\n--x--\r\n"
FORMS = (
    repeated("--x"),
    repeated("--x\r\n\r\n\r\n"),
    repeated(PART + "\r\n\r\n1\r\n", end=END),
    repeated(PART + '; filename="a"\r\n\r\n1\r\n', end=END),
    repeated("A: b; c\r\n", "--x\r\n", END),
    repeated(";", PART, "\r\n\r\n1" + END),
    repeated('\\"', PART + '; b="', "\r\n\r\n1" + END),
    repeated("\r\n--", PART + "\r\n\r\n", END),
    repeated("\r\n--", PART + '; filename="a"\r\n\r\n', END),
    repeated(" ", PART + '; filename="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n', END),
    repeated("../", PART + '; filename="', '"\r\n\r\n1' + END),
    repeated("-"),
    repeated("\r\n"),
)


READERS: dict[str, Reader] = {
    "log lines": Reader(redacted, ADDRESSES),
    "excerpts": Reader(lambda text: (excerpt(text), quoted(text)), (repeated("\n"), repeated("'\""))),
    "JSON": Reader(parsed_json, JSON, 20_000),
    "JSON out": Reader(dumps, (repeated("\ud800"), repeated("é")), 20_000),
    "text": Reader(clean_text, (repeated("\x00"), repeated("\x01a")), 20_000),
    "times": Reader(instant, (*DIGITS, repeated("2026-"), repeated(" "), repeated("."))),
    "paths": Reader(routed, PATHS),
    "a pipe queue's name": Reader(middleware.plain_path, PATHS),
    "site codes": Reader(SITE_CODE.fullmatch, (repeated("a"), repeated("-", "a", "!"))),
    "request ids": Reader(tracing.accepted, (repeated("a"), repeated(".", end="!"))),
    "names of frames": Reader(
        frame_name, (repeated("-"), repeated("1", "a-b-"), repeated("EX10.", "a-b-20260101-00000001-"))
    ),
    "names of medium jpgs": Reader(
        names._MEDIUM_JPG.fullmatch, (repeated("-a"), repeated("-EX10"), repeated("a", "-", ".jpg"))
    ),
    "safe names": Reader(names._SAFE.fullmatch, (repeated("a", end="/"), repeated("(", "a"))),
    "the end of names": Reader(
        names._LAST.fullmatch, (repeated(".a", "EX10", "!"), repeated("a"), repeated("1", "EX"))
    ),
    "tokens of a night": Reader(
        names._TOKEN.fullmatch, (repeated("1"), repeated("1234567x"), repeated("12345678.toke"))
    ),
    "a project's frames": Reader(
        progress.base_of, (repeated(".fits", end="x"), repeated("1-EX10"), repeated("-"))
    ),
    "FITS headers": Reader(header, DIGITS),
    "header text": Reader(
        header_text,
        tuple(
            map(
                repeated, (" ", "\n", "\n ", "A = '", "'", "= ", "ü", "CONTINUE  'a&'", "a", "DP1 = 'a.", "/")
            )
        ),
    ),
    "angles": Reader(decimal_or_sexagesimal, (*DIGITS, repeated(" "), repeated("1:"))),
    "status values": Reader(NUMBER.fullmatch, (*DIGITS, repeated(" ", end="x"), repeated(" ", "1", "x"))),
    "ranges": Reader(delivery._RANGE.fullmatch, (repeated("1", "bytes="), repeated("-", "bytes="))),
    "AWS signatures": Reader(
        signatures._AUTHORIZATION.fullmatch,
        (
            repeated(" ", "AWS4-HMAC-SHA256"),
            repeated("a", "AWS4-HMAC-SHA256 Credential="),
            repeated(";"),
            repeated("a;", "AWS4-HMAC-SHA256 Credential=a/20260101/a/sqs/aws4_request,SignedHeaders="),
            repeated("a/"),
        ),
    ),
    "SQS queues": Reader(
        lambda text: (operations.QUEUE.fullmatch(text), operations.ENTRY_ID.fullmatch(text)), (repeated("a"),)
    ),
    "Content-Type": Reader(
        content_type,
        (repeated(";", 'a/b; "'), repeated(";", "a/b"), repeated("x=", "a/b;"), repeated('\\"', "a/b; x=")),
    ),
    "Accept": Reader(
        accepted,
        (
            repeated("a/b,"),
            repeated(";"),
            repeated(",", "a/b"),
            repeated(";q=0", "a/b"),
            repeated('\\"', 'a/b; x="'),
            repeated("*/*;a=b,"),
            repeated(" ", "a/b", ","),
        ),
    ),
    "Accept-Language": Reader(
        parse_accept_lang_header, (repeated("a-"), repeated("de,"), repeated("de;q=0."), repeated("a"))
    ),
    "conditions": Reader(
        condition,
        (
            *DIGITS,
            repeated('"a",'),
            repeated('W/"'),
            repeated(" ", "Sat, 21 Nov 2026 02:00:00", "GMT"),
            repeated("Sat, "),
            repeated(","),
            repeated("a", end=", 21-Nov-26"),
            repeated(":", "21 Nov 2026 "),
            repeated("-"),
        ),
    ),
    "parts of files": Reader(
        part_of_file,
        (*DIGITS, repeated("1", "bytes="), repeated("1-2,", "bytes="), repeated(" ", "bytes=1-")),
    ),
    "proxies and pages": Reader(
        came_from,
        (
            repeated("1.2.3.4, "),
            repeated(","),
            repeated("for=a;"),
            repeated("["),
            repeated("a.", "http://"),
            repeated("@", "http://"),
            repeated(":", "http://["),
            repeated("#?/", "http://a"),
        ),
    ),
    "Host": Reader(
        host, (repeated("a."), repeated(":"), repeated("["), repeated("1", "[", "]"), repeated("@"))
    ),
    "forms": Reader(form, FORMS, 20_000),
    "forms of few characters": Reader(
        form_of_few_characters,
        (repeated("-"), repeated("\r\n-"), repeated("a"), repeated("a" * 69 + "c")),
        20_000,
    ),
    "SQS forms": Reader(
        sqs_form,
        (
            repeated("&"),
            repeated("a=b&"),
            repeated("%41", "Action="),
            repeated("%", "Action="),
            repeated("+", "Action="),
            repeated("=", "Action"),
            repeated("1", "SendMessageBatchRequestEntry.", ".Id=1"),
            repeated(".", "SendMessageBatchRequestEntry.1", "=1"),
            repeated("SendMessageBatchRequestEntry.1.Id=1&"),
        ),
    ),
    "layouts of frames": Reader(
        layout_of_frame,
        (
            repeated("BITPIX  = '"),
            repeated("NAXIS   =                   99".ljust(80)),
            repeated(("XTENSION= " + "'" * 9).ljust(80)),
            repeated("END".rjust(80)),
            repeated("NAXIS1  = 1D1D1D1D".ljust(80)),
            repeated(" "),
        ),
        20_000,
    ),
    # Longer than any card is, so that it does not hang on that alone.
    "cards of frames": Reader(
        card_of_frame,
        (
            *DIGITS,
            repeated("''", "'"),
            repeated("'a", "'"),
            repeated(" "),
            repeated("1", "NAXIS"),
            repeated("1D"),
        ),
    ),
    "cookies": Reader(
        lambda text: parse_cookie(without_backslashes(text)),
        (
            repeated('\\"', 'a="', '"'),
            repeated(";"),
            repeated("a=1;"),
            repeated("="),
            repeated("\\101", 'a="', '"'),
        ),
    ),
}

# What is compiled outside of READERS, and why no stranger's text can make it slow.
ELSEWHERE = {
    "photonranch/observe/logs.py": "RE2, see READERS",
    "photonranch/conf/env.py": "what the operator set, once at the start",
    "images/fitsfile.py": "in READERS",
    "images/capture_dates.py": "in READERS, by images.headers' public functions",
    "images/cards.py": "in READERS, by images.headers' public functions",
    "images/headers.py": "in READERS, by its public functions",
    "images/positions.py": "in READERS, by images.headers' public functions",
    "images/values.py": "in READERS, by images.headers' public functions",
    "sitecfg/angles.py": "in READERS",
    "images/names.py": "re.sub on names that is_safe has bounded to 200 characters; the rest is in READERS",
    "streams/routing.py": "anchored paths of sockets, of at most 64 KB, which have one place to begin",
    "console/site/status.py": "in READERS",
    "images/delivery.py": "in READERS",
    "photonranch/api/fields.py": "in READERS",
    "photonranch/lenient_json.py": "in READERS",
    "photonranch/api/middleware.py": "in READERS",
    "photonranch/observe/tracing.py": "in READERS",
    "projects/progress.py": "in READERS",
    "streams/sqs/signatures.py": "in READERS",
    "streams/sqs/operations.py": "in READERS",
}
# How many expressions each of these files has: one more has to be looked at, and this number with it.
COUNTED = {
    "console/site/status.py": 1,
    "images/delivery.py": 1,
    "images/fitsfile.py": 2,
    "images/capture_dates.py": 3,
    "images/cards.py": 12,
    "images/headers.py": 3,
    "images/names.py": 8,
    "images/positions.py": 6,
    "images/values.py": 1,
    "sitecfg/angles.py": 2,
    "photonranch/api/fields.py": 1,
    "photonranch/conf/env.py": 1,
    "photonranch/lenient_json.py": 1,
    "photonranch/api/middleware.py": 1,
    "photonranch/observe/logs.py": 3,
    "photonranch/observe/tracing.py": 1,
    "projects/progress.py": 1,
    "streams/routing.py": 2,
    "streams/sqs/signatures.py": 1,
    "streams/sqs/operations.py": 2,
}


def cost(read: Callable[[str], Any], text: str) -> float:
    """The least processor time of a few goes: what else the machine does only adds to it."""
    found = []
    for _ in range(4):
        began = time.thread_time()
        read(text)
        found.append(time.thread_time() - began)
    return min(found)


# Below this a difference is the clock's, not the reader's.
NOTHING_S = 0.004


@pytest.mark.parametrize("name", READERS)
def test_the_cost_grows_as_the_text_does(name: str) -> None:
    reader = READERS[name]
    for number, made in enumerate(reader.texts):
        small, middle, large = (cost(reader.read, made(reader.shortest * times)) for times in (1, 4, 16))
        assert large < NOTHING_S or large < 9 * max(middle, NOTHING_S / 4), (number, small, middle, large)


def test_this_would_see_an_engine_that_goes_back() -> None:
    slow = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)x")
    middle, large = (cost(slow.fullmatch, "1" * length + "y") for length in (2_000, 8_000))

    assert large > 9 * max(middle, NOTHING_S / 4)


COMPILES = re.compile(
    r"(re|re2)\.(compile|match|fullmatch|search|sub|subn|split|findall|finditer)|re_path|RegexValidator|RegexField"
)


def test_no_expression_is_forgotten() -> None:
    """One more in a file fails here: put what it reads into READERS, or say ELSEWHERE why not."""
    found: dict[str, int] = {}
    for path in sorted(Path(settings.BASE_DIR).glob("*/**/*.py")):
        name = str(path.relative_to(settings.BASE_DIR))
        if (
            re.match(r"\.|var/|simulator/|bench/|fuzz/|testing/", name)
            or "/tests/" in name
            or "/testing" in name
        ):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and COMPILES.fullmatch(
                ast.unparse(node.func).removeprefix("django.")
            ):
                found[name] = found.get(name, 0) + 1

    more = {name: number for name, number in found.items() if number > COUNTED.get(name, 0)}
    assert not more
    assert set(COUNTED) == set(ELSEWHERE)
