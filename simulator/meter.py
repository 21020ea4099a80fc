"""How the server did: requests, how long they took, how many failed. Bounded, however long it runs."""

import math
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic

# A latency is counted in a class 5 % wide: percentiles are right to that, from 0.1 ms up.
STEP = math.log(1.05)
SHORTEST_S = 1e-4


@dataclass
class Tally:
    """What was counted since `began` (monotonic seconds)."""

    began: float = field(default_factory=monotonic)
    latencies: Counter[int] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)

    def add(self, call: str, seconds: float, failure: str) -> None:
        self.latencies[math.ceil(math.log(max(seconds, SHORTEST_S) / SHORTEST_S) / STEP)] += 1
        self.calls[call] += 1
        if failure:
            self.failures[f"{call}: {failure}"] += 1

    @property
    def requests(self) -> int:
        return self.calls.total()

    def percentile(self, percent: float) -> float:
        """Seconds within which so many percent of the requests were answered; 0 when there were none."""
        wanted, found = self.requests * percent / 100, 0
        for step in sorted(self.latencies):
            found += self.latencies[step]
            if found >= wanted:
                return SHORTEST_S * math.exp(step * STEP)
        return 0.0

    def line(self) -> str:
        """`1234 requests in 10 s: 123/s, p50 3 ms, p95 12 ms, p99 25 ms, 0 failed`."""
        seconds = max(monotonic() - self.began, 1e-3)
        shown = ", ".join(f"p{percent} {self.percentile(percent) * 1000:.0f} ms" for percent in (50, 95, 99))
        return (
            f"{self.requests} requests in {seconds:.0f} s: {self.requests / seconds:.0f}/s, {shown}, "
            f"{self.failures.total()} failed"
        )


class Meter:
    """Counts from the start, and since the last look."""

    def __init__(self) -> None:
        self.total = Tally()
        self.recent = Tally()

    def add(self, call: str, seconds: float, failure: str = "") -> None:
        for tally in (self.total, self.recent):
            tally.add(call, seconds, failure)

    def look(self) -> Tally:
        """What was counted since the last look."""
        found, self.recent = self.recent, Tally()
        return found

    def summary(self) -> str:
        """The whole run: its line, the calls by number, what failed and how often."""
        calls = [f"  {count:7}  {call}" for call, count in self.total.calls.most_common()]
        failures = [f"  {count:7}  {failure}" for failure, count in self.total.failures.most_common()]
        return "\n".join([self.total.line(), *calls, *(["failed:", *failures] if failures else [])])
