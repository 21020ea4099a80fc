"""What the streams of this process did, counted."""

from dataclasses import asdict, dataclass


@dataclass
class Metrics:
    """`sockets` open now; `frames` handed out; `dropped` sockets that did not read; `repaired` frames whose
    announcement was lost and which came from the backlog; `unsent` ones, which the broker did not take."""

    sockets: int = 0
    frames: int = 0
    dropped: int = 0
    repaired: int = 0
    unsent: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


metrics = Metrics()
