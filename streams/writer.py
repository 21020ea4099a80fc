"""Empties one send queue into one socket, without a task where none is needed.

A send that the server takes at once, as nearly all are, is done where the frame arrives: no task of the
socket has to be woken for it (with 1000 sockets of a site, 1000 of them for every frame). Only a send that
has to wait, because the client does not read, gets a task; frames gather in the send queue meanwhile.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from photonranch.servers.direct import Direct
from streams.send_queue import SendQueue


class StartedCoroutine:
    """What is left of a coroutine that was begun by hand and waits for `first`."""

    def __init__(self, begun: Coroutine[Any, Any, Any], first: Any) -> None:
        self.begun = begun
        self.first = first

    def __await__(self) -> Generator[Any, Any, Any]:
        try:
            sent = yield self.first
        except BaseException as error:
            # The task that waits was cancelled: the coroutine hears of it where it stands.
            self.begun.throw(error)
            raise
        assert sent is None
        return (yield from self.begun.__await__())


class SocketWriter:
    """Sends what the send queue holds, in order, one frame after the other.

    `send(text)` gives the coroutine of one send; `failed(error)` is called once when one fails, and nothing
    is sent after it. `direct` is the short way into the same socket, taken while no send is under way.
    """

    def __init__(
        self,
        send_queue: SendQueue,
        send: Callable[[str], Coroutine[Any, Any, Any]],
        failed: Callable[[BaseException], None],
        direct: Direct | None = None,
    ) -> None:
        self.send_queue = send_queue
        self.send = send
        self.failed = failed
        self.slow: asyncio.Task[None] | None = None
        self.ended = False
        self.direct = send_queue.direct = direct
        send_queue.on_arrival = self.flush

    def flush(self) -> None:
        """Send all that can be sent without waiting."""
        while self.slow is None and not self.ended and (text := self.send_queue.next()) is not None:
            self._begin(self.send(text))

    def cancel(self) -> None:
        self._end()
        if self.slow is not None:
            self.slow.cancel()

    def _begin(self, sending: Coroutine[Any, Any, Any]) -> None:
        try:
            first = sending.send(None)
        except StopIteration:
            return
        except Exception as error:
            self._fail(error)
            return
        # Whatever comes now has to come after it.
        self.send_queue.direct = None
        self.slow = asyncio.get_running_loop().create_task(self._rest(StartedCoroutine(sending, first)))
        self.slow.add_done_callback(self._waited)

    async def _rest(self, rest: StartedCoroutine) -> None:
        await rest

    def _waited(self, task: asyncio.Task[None]) -> None:
        self.slow = None
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._fail(error)
        elif not self.ended:
            self.flush()
            if self.slow is None and not self.ended:
                self.send_queue.direct = self.direct

    def _fail(self, error: BaseException) -> None:
        if not self.ended:
            self._end()
            self.failed(error)

    def _end(self) -> None:
        self.ended = True
        self.send_queue.on_arrival = self.send_queue.direct = None
