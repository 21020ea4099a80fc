"""Channels' own group mechanism, as its documentation shows it: the peer of the hub."""

import os
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

GROUP = "bench"


def layers(kind: str) -> dict[str, Any]:
    # The pool of redis-py 8 stops at 100 connections: beyond, sockets would get a 500.
    host = {"address": os.environ["REDIS_URL"], "max_connections": 5000}
    backend = {"core": "channels_redis.core", "pubsub": "channels_redis.pubsub"}[kind]
    name = {"core": "RedisChannelLayer", "pubsub": "RedisPubSubChannelLayer"}[kind]
    return {"default": {"BACKEND": f"{backend}.{name}", "CONFIG": {"hosts": [host]}}}


class Watcher(AsyncWebsocketConsumer):
    groups = [GROUP]

    async def say(self, event: dict[str, str]) -> None:
        await self.send(text_data=event["text"])


if not settings.configured:
    settings.configure(CHANNEL_LAYERS=layers(os.environ.get("PEER", "pubsub")), SECRET_KEY="bench")

_watcher = Watcher.as_asgi()


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await _watcher(scope, receive, send)
