"""How long a server waits for what a client sends, and how much of it it takes.

A client that sends a byte a second holds a connection, and under WSGI a thread. nginx keeps such clients away
from the servers behind it; here they are let go also where no nginx is. Somebody on a bad line is not one of
them: after a first grace a body has to come at MIN_RATE, which any line does.

Only the head of a request has a fixed time: browsers and telescopes send it in one packet. daphne, which
strangers reach where no nginx is, keeps to it (photonranch.servers.daphne); uvicorn does not, and stands
behind nginx, which does.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

HEAD_S = 20.0
GRACE_S = 30.0
# Bytes a second, on the average since the grace ended.
MIN_RATE = 1024
# A refusal of a JSON body reads on so far, that the client hears it (photonranch.api); no further.
MAX_BODY_BYTES = 32 * 1024 * 1024
# The paths that take more, and how much; see `allow_body_up_to`.
_larger: dict[str, Callable[[], int]] = {}


class BodyRefused(Exception):
    """A body that is given up before it was complete."""

    status = 400
    sentence = ""


class BodyTooSlow(BodyRefused):
    status = 408
    sentence = "The body did not come fast enough."


class BodyTooLarge(BodyRefused):
    status = 413
    sentence = "The body is too large."


def allow_body_up_to(path: str, size: Callable[[], int]) -> None:
    """From an app's `ready`: `path` takes files, whose largest body has `size()` bytes."""
    _larger[_parts(path)] = size


def max_body_bytes(path: str) -> int:
    """How many bytes of a body are taken at all; what a call takes, its view decides, and says."""
    size = _larger.get(_parts(path))
    return MAX_BODY_BYTES if size is None else max(MAX_BODY_BYTES, size())


def _parts(path: str) -> str:
    """However many slashes are between them."""
    return "/".join(part for part in path.split("/") if part)


def announces_too_large(path: str, content_length: str | bytes | None) -> bool:
    """Whether a body is larger than what is taken, by its own Content-Length: nobody needs to wait for it."""
    # As bytes, which know no digits but those of ASCII; 20 of them are beyond every limit, and cost nothing.
    text = content_length.encode("latin-1", "replace") if isinstance(content_length, str) else content_length
    return text is not None and text.isdigit() and (len(text) > 20 or int(text) > max_body_bytes(path))


def body_deadline(began: float, size: int) -> float:
    """Until when, on the clock of `began`, the next byte has to come after `size` came."""
    return began + GRACE_S + size / MIN_RATE


# --- ASGI --------------------------------------------------------------------------------------------------


def receive_within_limits(receive: Callable[[], Awaitable[Any]], path: str) -> Callable[[], Awaitable[Any]]:
    """`receive`, which raises BodyRefused while the body comes.

    Afterwards, when it waits for a client to leave, it waits as long as it takes.
    """
    clock = asyncio.get_running_loop().time
    began, size, limit, complete = clock(), 0, max_body_bytes(path), False

    async def receive_in_time() -> Any:
        nonlocal size, complete
        if complete:
            return await receive()
        try:
            async with asyncio.timeout_at(body_deadline(began, size)):
                message = await receive()
        except TimeoutError:
            raise BodyTooSlow from None
        size += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        if size > limit:
            raise BodyTooLarge
        return message

    return receive_in_time


async def refuse(send: Callable[[Any], Awaitable[None]], refusal: BodyRefused) -> None:
    text = refusal.sentence.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"access-control-allow-origin", b"*"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
