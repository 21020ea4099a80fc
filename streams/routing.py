"""Where sockets are served."""

from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.urls import re_path

from streams.consumers import DatastreamConsumer


class NothingHere(AsyncWebsocketConsumer):
    """Refuses the handshake, as an unknown path does over HTTP."""

    channel_layer_alias = "none"

    async def connect(self) -> None:
        await self.close()


websocket_urls: list[Any] = [
    re_path(r"^/*datastream/*$", DatastreamConsumer.as_asgi()),
    re_path(r"", NothingHere.as_asgi()),
]
