"""413 for what is too large, whoever reads it: a view of ours, a form of Django's, a door of Amazon's."""

import pytest
from django.test import Client
from pytest_django import Settings

LARGE = b"x" * (6 * 1024 * 1024)
FORM = b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\n' + LARGE + b"\r\n--x--\r\n"
MULTIPART = "multipart/form-data; boundary=x"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "body", "content_type"),
    [
        ("/jobs/getnewjobs", LARGE, "application/json"),
        ("/api/upload/file", FORM, MULTIPART),
        ("/admin/login/", FORM, MULTIPART),
        ("/admin/login/", b"a=" + LARGE, "application/x-www-form-urlencoded"),
        ("/sign-in", b"a=" + LARGE, "application/x-www-form-urlencoded"),
    ],
)
def test_it_is_said(path: str, body: bytes, content_type: str) -> None:
    answer = Client(raise_request_exception=False).generic("POST", path, body, content_type)

    assert answer.status_code == 413
    assert len(answer.content) < 300


def files(count: int, name: bytes) -> bytes:
    part = b'--x\r\nContent-Disposition: form-data; name="file%d"; filename="%b"\r\n\r\n1\r\n'
    return b"".join(part % (number, name) for number in range(count)) + b"--x--\r\n"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "name"),
    [
        # Its second file is refused by itself; those without a name of their own count all the same.
        ("/api/upload/file", b"."),
        ("/admin/login/", b"x"),
        ("/sign-in", b"x"),
    ],
)
def test_too_many_files_in_one_form(path: str, name: bytes, settings: Settings) -> None:
    most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
    assert isinstance(most, int)
    client = Client(raise_request_exception=False)

    as_many_as_may, more = (
        client.generic("POST", path, files(count, name), MULTIPART) for count in (most, most + 1)
    )

    assert as_many_as_may.status_code < 413
    assert (more.status_code, len(more.content) < 300) == (413, True)


@pytest.mark.django_db
def test_a_file_that_is_too_large(settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 1_000_000
    file = FORM.replace(b'name="key"', b'name="file"; filename="x"')
    assert Client().generic("POST", "/api/upload/file", file, MULTIPART).status_code == 413
