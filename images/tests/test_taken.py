"""How a frame was taken, by its header."""

from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import Published
from images.taken import Taken, kind_of, taken
from images.tests.frames import BASE, header_text, jpg, send, send_frame
from testing.cast import Api

pytestmark = pytest.mark.django_db


def of(api: Api, base: str = BASE, **header: Any) -> Taken:
    send_frame(api, base, **header)
    found = taken(base)
    assert found
    return found


def test_it_works(api: Api, published: Published) -> None:
    assert of(api, OBSTYPE="EXPOSE") == Taken(
        base_filename=BASE,
        site="saf",
        kind="light",
        filter="rp",
        seconds=30.0,
        middle=datetime(2026, 7, 11, 5, 12, 59, 123000, tzinfo=UTC),
    )


def test_without_a_header_nothing_is_known(api: Api, published: Published) -> None:
    assert taken(BASE) is None
    send(api, f"{BASE}-EX10.jpg", jpg())
    assert taken(BASE) is None


def test_a_header_without_a_date_does_not_say_when(api: Api, published: Published) -> None:
    undated: dict[str, Any] = {"DATE-OBS": None}
    assert of(api, **undated).middle is None


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ({}, "light"),
        ({"OBSTYPE": "EXPOSE"}, "light"),
        ({"OBSTYPE": "LIGHT", "IMAGETYP": "DARK"}, "light"),
        ({"IMAGETYP": "Light Frame"}, "light"),
        ({"IMAGETYP": "Dark Frame"}, "dark"),
        ({"OBSTYPE": "BIAS"}, "bias"),
        ({"OBSTYPE": "SKYFLAT"}, "skyflat"),
        ({"OBSTYPE": "POINTING"}, "pointing"),
        ({"OBSTYPE": ""}, "light"),
    ],
)
def test_telescopes_have_their_own_words_for_the_kind(
    api: Api, published: Published, header: dict[str, str], kind: str
) -> None:
    assert of(api, **header).kind == kind


@pytest.mark.parametrize(
    ("tail", "kind"), [("EX", "light"), ("E", "light"), ("EF", "focus"), ("EP", "pointing")]
)
def test_else_the_file_s_name_says_the_kind(api: Api, published: Published, tail: str, kind: str) -> None:
    send(api, f"{BASE}-{tail}10.jpg", jpg())
    send(api, f"{BASE}-{tail}00.txt", header_text())
    found = taken(BASE)
    assert found
    assert found.kind == kind


def test_forms_have_theirs() -> None:
    assert [kind_of(said) for said in ("light", "Expose", "autofocus", "focus", "dark", "bias")] == [
        "light", "light", "focus", "focus", "dark", "bias",
    ]  # fmt: skip


def test_short_exposures_that_are_added_up_count_for_the_light_they_gathered(
    api: Api, published: Published
) -> None:
    """EXPTIME is then the time between the first and the last: the middle lies between those."""
    found = of(api, EXPTIME=71.5, EFFEXPT=60.0)

    assert found.seconds == 60.0
    assert found.middle == datetime(2026, 7, 11, 5, 13, 19, 873000, tzinfo=UTC)


def test_a_smart_stack_is_what_is_here_of_it(api: Api, published: Published) -> None:
    bases = [f"saf-sq003ms-20260711-{counter:08d}" for counter in range(3)]
    stack = {"SMARTSTK": "110726051244", "SSTKLEN": 3}
    found = [of(api, base, SSTKNUM=number, **stack) for number, base in enumerate(bases)]
    of(api, "mrc1-sq003ms-20260711-00000001", SSTKNUM=0, **stack)

    assert [(frame.stack_length, frame.stack) for frame in found] == [
        (3, tuple(bases[:1])),
        (3, tuple(bases[:2])),
        (3, tuple(bases)),
    ]


@pytest.mark.parametrize("header", [{"SMARTSTK": "no", "SSTKLEN": 3}, {"SMARTSTK": "110726051244"}])
def test_a_frame_by_itself_is_in_no_stack(api: Api, published: Published, header: dict[str, Any]) -> None:
    found = of(api, **header)
    assert (found.stack_length, found.stack) == (1, ())
