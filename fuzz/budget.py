"""How much is sent, and from which seed: the same seed sends the same requests in the same order.

FUZZ_SEED       2026 unless set
FUZZ_SECONDS    180 unless set; the requests of each kind share it
FUZZ_REQUESTS   the most that are sent in all; 0, the default, means as many as the time allows
BASE_URL        a server that runs already, instead of one of its own; then also FUZZ_USER_TOKEN,
                    FUZZ_ADMIN_TOKEN and FUZZ_SITE_KEY, as whom to ask besides as nobody
"""

import os
import time
from dataclasses import dataclass, field
from random import Random

SEED = int(os.environ.get("FUZZ_SEED", "2026"))
SECONDS = float(os.environ.get("FUZZ_SECONDS", "180"))
REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "0"))
BASE_URL = os.environ.get("BASE_URL", "").rstrip("/")

# Of the whole: the rest is for what follows links, and for looking at the lists afterwards.
OF_MUTATIONS = 0.6
OF_LINKS = 0.25


def random_for(name: str) -> Random:
    return Random(f"{SEED} {name}")


@dataclass
class Share:
    """A part of the budget. Time begins with the first look."""

    part: float
    sent: int = 0
    ends: float = field(default=0.0)

    def take(self) -> bool:
        """Whether one more request may be sent."""
        now = time.monotonic()
        self.ends = self.ends or now + SECONDS * self.part
        self.sent += 1
        return now < self.ends and (not REQUESTS or self.sent <= max(1, REQUESTS * self.part))
