"""Daphne, set up for this project. Imported before anything that uses an event loop: it brings Twisted's."""

from collections.abc import Callable
from typing import Any

from photonranch.servers.daphne import DaphneServer  # isort: skip

from photonranch import asgi


def server(host: str, port: int, ping_s: int, ready: Callable[[list[tuple[str, int]]], None]) -> DaphneServer:
    """A server that will listen there. `ready` is called with its addresses once it does."""

    def listening() -> None:
        asgi.started()
        ready(made.listening_addresses)

    interface = host.replace(":", r"\:")
    made = DaphneServer(
        application=asgi.application,
        endpoints=[f"tcp:port={port}:interface={interface}"],
        ready_callable=listening,
        # A browser page stays open for days; a socket that is gone is found by its unanswered pings.
        websocket_timeout=-1,
        ping_interval=ping_s,
        ping_timeout=ping_s,
        # Of what is sent and received, as uvicorn's default; what clients say comes in one small frame.
        websocket_max_message_size=16 * 1024 * 1024,
        websocket_max_frame_size=64 * 1024,
        http_timeout=120,
        server_name="photonranch",
    )
    return made


def refusals(made: DaphneServer) -> list[str]:
    """Why it could not listen; filled while it runs, and stays empty when all is well.

    Daphne says it in its log alone, and ends as if nothing had happened.
    """
    reasons: list[str] = []

    def not_listening(failure: Any) -> None:
        reasons.append(failure.getErrorMessage())
        made.stop()

    made.listen_error = not_listening
    return reasons
