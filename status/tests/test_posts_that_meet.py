"""Posts that come at the same time."""

import pytest

from conftest import Published
from status import services
from status.models import Status
from testing.cast import at_once

pytestmark = pytest.mark.django_db(transaction=True)

POSTERS = 8
EACH = 10


def test_none_loses_a_key_that_another_set(published: Published) -> None:
    def posts(poster: int) -> None:
        for number in range(EACH):
            services.report("saf", "device", {"mount": {f"m{poster}": {f"k{number}": number}}})

    at_once(POSTERS, posts)

    mount = Status.objects.get().document["mount"]
    assert {name: {key: leaf["val"] for key, leaf in leaves.items()} for name, leaves in mount.items()} == {
        f"m{poster}": {f"k{number}": number for number in range(EACH)} for poster in range(POSTERS)
    }


def test_the_first_posts_of_a_site_make_one_row(published: Published) -> None:
    at_once(POSTERS, lambda poster: services.report("new", "device", {f"k{poster}": poster}))

    assert Status.objects.get().document == {f"k{poster}": poster for poster in range(POSTERS)}


def test_each_post_is_later_than_every_one_it_contains(published: Published) -> None:
    def post(poster: int) -> Status:
        return services.report("saf", "device", {f"k{poster}": poster})

    posted = at_once(POSTERS, post)

    in_order = sorted(posted, key=lambda status: status.server_timestamp_ms)
    assert len({status.server_timestamp_ms for status in in_order}) == POSTERS
    assert [len(status.document) for status in in_order] == list(range(1, POSTERS + 1))


def test_posts_survive_being_cleared_in_between(published: Published) -> None:
    def work(number: int) -> None:
        for _ in range(EACH):
            if number == 0:
                services.clear("saf")
            else:
                services.report("saf", "device", {f"k{number}": number})

    at_once(4, work)
    services.report("saf", "device", {"last": 1})

    assert Status.objects.get().document["last"] == 1
