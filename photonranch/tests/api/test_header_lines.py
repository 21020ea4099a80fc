"""Headers that Django reads before any view: whatever stands in them, a call is answered."""

import encodings
from typing import Any

import pytest
from django.test import Client, RequestFactory

from photonranch.api.header_lines import LONGEST_TYPE, without_backslashes
from testing.cast import ALICE, SITE, Api

CHARSETS = [
    "idna", "punycode", "undefined", "utf-7", "utf-16", "utf-32-be", "unicode_escape", "raw_unicode_escape",
    "zlib", "base64", "hex", "rot13", "bz2", "uu", "quopri", "mbcs", "oem", "cp037", "latin-1", "ascii",
    "utf-8-sig", "nothing",
    "../etc/passwd", "os", "é", "", " ", "x" * 900, "utf-8; charset=idna", '"idna"', '"', "\\",
]  # fmt: skip
PARAMETERS = [
    *(f"charset={charset}" for charset in CHARSETS), "charset*=idna''x", "x*=foo''bar", "x*0*=idna''a; x*1=b",
    "x*=''",
    "boundary*=idna''x", "x*=", "*=", "=", ";", ";" * 60_000, '"' + ";" * 60_000, "x=" * 30_000,
    '\\"' * 30_000,
    "boundary=" + "b" * 60_000,
]  # fmt: skip
FORM = '--x\r\nContent-Disposition: form-data; name="username"\r\n\r\nalice\r\n--x--\r\n'


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.django_db
@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda parameter: parameter[:30])
@pytest.mark.parametrize(
    "media", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json"]
)
def test_no_content_type_breaks_a_form_or_a_call(client: Client, media: str, parameter: str) -> None:
    content_type = f"{media}; {parameter}"
    for path in (
        "/api/upload/file",
        "/admin/login/",
        "/sign-in",
        "/sqs",
        "/jobs/getnewjobs",
        "/api/upload/events",
    ):
        answer = client.generic("POST", path, FORM.encode(), content_type=content_type)
        assert answer.status_code < 500, path


@pytest.mark.django_db
def test_a_body_is_json_in_utf_8_whatever_its_type_says(api: Api) -> None:
    for charset in CHARSETS:
        answer = api.client.generic(
            "POST",
            "/logs/newlog",
            '{"site": "saf", "log_message": "π"}'.encode(),
            f"application/json; charset={charset}",
        )
        assert answer.json()["message"] == "π"


def read(content_type: str) -> Any:
    return RequestFactory().generic("POST", "/", b"x", content_type)


def test_strange_names_leave_nothing_behind() -> None:
    """Python keeps every name of an encoding that it was ever asked for."""
    before = len(encodings._cache)
    for number in range(100):
        read(f"text/plain; charset=strange{number}")
        read(f"text/plain; x*=strange{number}''y")

    assert len(encodings._cache) == before


def test_a_type_that_can_be_read_is_read() -> None:
    request = read('Multipart/Form-Data; boundary="a;b"; charset=idna')

    assert request.content_type == "multipart/form-data"
    assert request.content_params == {"boundary": "a;b", "charset": "idna"}
    assert request.encoding is None
    assert read(f"text/plain; x={'y' * LONGEST_TYPE}").content_type == ""


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("a=1; b=2", "a=1; b=2"),
        ('a="\\\\"; b=2', " b=2"),
        ("\\", ""),
        ("", ""),
        ('a=1;x="\\101";b=2', "a=1;b=2"),
    ],
)
def test_cookies_with_a_backslash_are_left_out(line: str, left: str) -> None:
    assert without_backslashes(line) == left


@pytest.mark.django_db
def test_cookies_that_take_time_take_none(api: Api) -> None:
    cookie = 'sessionid="' + '\\"' * 30_000 + '"'
    answer = api.send("POST", "/jobs/getrecentjobs", {"site": SITE}, ALICE, Cookie=cookie)
    assert answer.status_code == 200
    assert "sessionid" not in answer.wsgi_request.COOKIES
