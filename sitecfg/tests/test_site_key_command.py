"""manage.py site_key."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from photonranch.auth.credentials import identify
from photonranch.errors import NotSignedIn
from sitecfg.models import SiteKey

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = StringIO()
    call_command("site_key", *words, stdout=out, stderr=StringIO())
    return out.getvalue().strip()


def test_it_works() -> None:
    key = run("saf", "--note", "the mount's computer")

    assert identify(f"Bearer {key}").site == "saf"
    assert SiteKey.objects.get().note == "the mount's computer"


def test_for_pipe_and_for_the_datastream() -> None:
    assert identify(f"Bearer {run('--pipe')}").kind == "pipe"
    assert identify(f"Bearer {run('--datastream')}").kind == "datastream"


def test_list_and_revoke() -> None:
    key = run("saf")
    run("--pipe")

    listed = run("--list").splitlines()
    assert [line.split()[:2] for line in listed] == [
        [SiteKey.objects.get(scope="pipe").start + "…", "pipe"],
        [key[:12] + "…", "saf"],
    ]
    run("--revoke", key[:10])
    assert run("saf", "--list") == ""
    with pytest.raises(NotSignedIn):
        identify(f"Bearer {key}")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("saf", "--pipe"),
        ("--pipe", "--datastream"),
        ("../etc",),
        ("--revoke", "prk_none"),
        ("--revoke", "prk_"),
    ],
)
def test_what_makes_no_sense_is_said(words: tuple[str, ...]) -> None:
    run("saf")
    run("saf")
    with pytest.raises(CommandError):
        run(*words)
    assert SiteKey.objects.valid().count() == 2
