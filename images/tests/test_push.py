"""A frame is pushed when it can be asked for, and never before: pages ask at once."""

from itertools import permutations
from typing import Any

import pytest

from conftest import Published
from images.services import ingest
from images.tests.frames import BASE, header_text, jpg, packed_fits, send
from streams.services import publish
from testing.cast import Api

pytestmark = pytest.mark.django_db

FILES = {
    "EX00.txt": header_text(),
    "EX00.fits.fz": packed_fits(),
    "EX10.jpg": jpg(),
}
PUSHED = {"s3_directory": "data", "base_filename": BASE, "site": "saf"}


@pytest.mark.parametrize("order", list(permutations(FILES)), ids=" ".join)
def test_from_its_picture_on_with_each_file(
    api: Api, published: Published, monkeypatch: pytest.MonkeyPatch, order: tuple[str, ...]
) -> None:
    answers: list[int] = []

    def page(site: str, topic: str, data: Any) -> None:
        publish(site, topic, data)
        if topic == "imagedata":
            answers.append(api.get(f"/api/image/{data['base_filename']}").status_code)

    monkeypatch.setattr(ingest, "publish", page)
    for tail in order:
        send(api, f"{BASE}-{tail}", FILES[tail])

    expected = len(order) - order.index("EX10.jpg")
    assert published.of("imagedata") == [PUSHED] * expected
    assert answers == [200] * expected


@pytest.mark.parametrize("tail", ["EX11.jpg", "EX20.jpg", "EX00.txt", "EX10.fits.fz"])
def test_other_files_alone_are_no_picture(api: Api, published: Published, tail: str) -> None:
    content = {"jpg": jpg(), "txt": header_text(), "fits": packed_fits()}[tail.split(".")[1]]
    send(api, f"{BASE}-{tail}", content)

    assert published.of("imagedata") == []
    assert api.get(f"/api/image/{BASE}").status_code == 404


def test_a_picture_that_comes_again_is_pushed_again(api: Api, published: Published) -> None:
    for shade in (40, 80):
        send(api, f"{BASE}-EX10.jpg", jpg(shade=shade))

    assert published.of("imagedata") == [PUSHED, PUSHED]
