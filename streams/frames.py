"""Stream frames: numbered per site, encoded once.

A frame is the text `{"id": 1795215496123456, "topic": "jobs", "site": "saf", "data": {…}}`. Its id grows per
site and never repeats: it is the time of publishing in microseconds since 1970, or one more than the last id
where that is not larger. So ids go on growing over restarts, lost backlogs and clocks that jump back, and
stay within the whole numbers that JavaScript holds exactly (2^53) until the year 2255.

What a request set off carries that request's id at its end, as `"request_id"`.
"""

import time
from typing import Any, NamedTuple

from django.conf import settings

from photonranch.lenient_json import dumps
from photonranch.observe import tracing


class StreamFrame(NamedTuple):
    """One numbered frame; `after` is the id of the site's frame before it (0: none known)."""

    site: str
    after: int
    id: int
    text: str


def encode(site: str, topic: str, data: Any) -> bytes:
    """A frame without its opening and id, which are put in front where the number is given."""
    frame = {"topic": topic, "site": site, "data": data}
    if request_id := tracing.request_id():
        frame["request_id"] = request_id
    return dumps(frame)[1:]


def now_us() -> int:
    return time.time_ns() // 1000


def oldest_kept() -> int:
    """Frames with a smaller id are too old to be asked for again."""
    return now_us() - settings.STREAM_BACKLOG_S * 1_000_000
