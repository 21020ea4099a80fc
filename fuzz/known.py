"""Values that the server gave out (ids, receipts, names): sent back, they lead past the first check."""

from random import Random

from photonranch.lenient_json import Json
from testing.cast import ALICE, SITE

MAX_KEPT = 40
# The keys under which something is given out, and the keys that ask for it.
ASKED_AS = {
    "ulid": ("ulid",),
    "receipt": ("receipt",),
    "event_id": ("event_id", "events", "event"),
    "project_id": ("project_id",),
    "queue_name": ("queue_name",),
    "pipe_id": ("pipe_id",),
    "project_name": ("project_name",),
    "created_at": ("created_at",),
    "base_filename": ("base_filename", "filename"),
    "start": ("start", "start_date"),
    "end": ("end",),
    "key": ("key",),
    "signature": ("signature",),
    "expires": ("expires",),
    "user_id": ("user_id", "userid"),
}


class KnownValues:
    def __init__(self) -> None:
        self.values: dict[str, list[Json]] = {
            "site": [SITE, SITE, "mrc1"], "resourceId": [SITE], "queue_name": ["work"],
            "user_id": [ALICE.user_id], "userid": [ALICE.user_id],
            "status_type": ["device_status", "weather", "enclosure"], "wait_s": [0], "channel": ["1"],
            "number": ["5"], "pipe_id": ["pipe-1"], "project_name": ["m31"], "newStatus": ["STARTED"],
            "created_at": ["2026-11-20T22:58:14Z"], "project_id": ["m31#2026-11-20T22:58:14Z", "none#"],
            "lat": ["34.5"], "lng": ["-119"], "full_config": ["true"], "username": ["Alice"],
            "log_level": ["info"],
        }  # fmt: skip

    def one_of(self, name: str, random: Random) -> Json:
        values = self.values.get(name)
        return random.choice(values) if values else None

    def learn(self, answer: Json, depth: int = 0) -> None:
        """Keep what can be asked for again; of each the last MAX_KEPT."""
        if isinstance(answer, list):
            for item in answer[:3]:
                self.learn(item, depth + 1)
        elif isinstance(answer, dict) and depth < 4:
            for key, value in list(answer.items())[:50]:
                if isinstance(value, str) and len(value) < 300:
                    for name in ASKED_AS.get(key, ()):
                        self._keep(name, value)
                else:
                    self.learn(value, depth + 1)

    def _keep(self, name: str, value: str) -> None:
        kept = self.values.setdefault(name, [])
        if value not in kept:
            kept.append(value)
            del kept[:-MAX_KEPT]
