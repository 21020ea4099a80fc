"""Our settings, with nchan in the place of our sockets."""

from photonranch.settings import *  # noqa: F403

CHANNEL_LAYERS = {"default": {"BACKEND": "bench.nchan.NchanLayer"}}
