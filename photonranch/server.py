"""What daphne must be kept from: reading bodies that are not its own."""

import sys
from typing import Any

from daphne import http_protocol


class OpaqueRequest(http_protocol.WebRequest):
    """Daphne's request, whose body nobody looks into on the way.

    Twisted parses whatever calls itself a form before anybody asks for it: an upload is taken apart twice,
    and what it cannot parse gets its own empty 400. It goes by the Content-Type, so it does not see one.
    """

    content_types: list[bytes] | None = None

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
        self.content_types = self.requestHeaders.getRawHeaders(b"content-type")
        self.requestHeaders.removeHeader(b"content-type")
        super().requestReceived(command, path, version)

    def process(self) -> Any:
        if self.content_types:
            self.requestHeaders.setRawHeaders(b"content-type", self.content_types)
        return super().process()


def opaque_requests() -> None:
    """Use it, if the server of this process is daphne."""
    if "daphne.server" in sys.modules:
        http_protocol.WebRequest = OpaqueRequest
