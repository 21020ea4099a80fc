"""The server's settings with the peers' bare views beside it; `BENCH_BARE=1` takes the middleware out."""

import os

from photonranch.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
if os.environ.get("BENCH_BARE"):
    MIDDLEWARE = []
LOGGING = {"version": 1, "root": {"level": "ERROR"}}
