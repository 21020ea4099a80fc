"""Frames as JSON, for the doors through which other services send them."""

from typing import Any

from rest_framework import serializers

from photonranch.api.fields import JsonField, SiteField, TextField


class NewFrame(serializers.Serializer[Any]):
    """What other services send: the same three keys that the sockets receive."""

    site = SiteField(help_text="Whose watchers receive it.")
    topic = TextField(max_length=100, help_text="What it is about, such as weather.")
    data = JsonField(help_text="The content, passed on unchanged.")  # type: ignore[assignment]
