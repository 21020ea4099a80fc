"""Counts of what the streams of this process did, for Prometheus."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector


@dataclass
class StreamCounts:
    """`sockets` open now; `published` frames, which the broker took; `frames` handed out in this process, in
    so many `deliveries` to sockets; `dropped` sockets that did not read; `repaired` frames whose announcement
    was lost and which came from the backlog; `unsent` ones, which the broker did not take when they were due;
    `lost` those of them that were given up."""

    sockets: int = 0
    published: int = 0
    frames: int = 0
    deliveries: int = 0
    dropped: int = 0
    repaired: int = 0
    unsent: int = 0
    lost: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


metrics = StreamCounts()


class StreamCollector(Collector):
    """The same for Prometheus, read when somebody looks: counting stays a plain addition."""

    SAYS = {
        "published": "Frames that the broker took.",
        "frames": "Frames handed out to this process' sockets.",
        "deliveries": "Frames times the sockets that they were put in line for.",
        "dropped": "Sockets closed because they did not read.",
        "repaired": "Frames whose announcement was lost and which came from the backlog.",
        "unsent": "Frames that the broker did not take when they were due; they wait.",
        "lost": "Frames of those that were given up: nobody gets them any more.",
    }

    def collect(self) -> Iterator[Metric]:
        counted = metrics.as_dict()
        yield GaugeMetricFamily("photonranch_stream_sockets", "Sockets open.", counted["sockets"])
        for name, says in self.SAYS.items():
            yield CounterMetricFamily(f"photonranch_stream_{name}", says, counted[name])
