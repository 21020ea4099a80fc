"""One look for all calls that wait; see also pipe/tests/test_waiting.py."""

import asyncio

from photonranch.api.watch import Counts, Watch


async def test_as_many_go_on_as_have_reason_to_the_longest_waiting_first() -> None:
    looks: list[Counts] = []

    def look(wanted: Counts) -> Counts:
        looks.append(wanted)
        return {"work": 1} if wanted == {"work": 3} else {}

    watch = Watch(look, every_s=0.01)
    answers = await asyncio.gather(*(watch.wait("work", seconds) for seconds in (20, 0.3, 0.3)))

    assert answers == [True, False, False]
    assert looks[0] == {"work": 3}
    assert not watch.waiters().waiting


async def test_a_look_that_fails_is_not_the_last() -> None:
    """A database that was away for a moment."""
    failures = [OSError("gone"), OSError("gone")]

    def look(wanted: Counts) -> Counts:
        if failures:
            raise failures.pop()
        return wanted

    assert await Watch(look, every_s=0.01).wait("work", 20)
    assert failures == []


async def test_the_looking_ends_with_the_last_call() -> None:
    watch = Watch(lambda _: {}, every_s=0.01)
    assert not await watch.wait("work", 0.03)

    task = watch.waiters().task
    assert task is not None
    await asyncio.wait_for(task, 20)
