"""The network: every site at a glance."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from console import network, sun
from console.network import Card
from console.pages import Page

# Sites this near to each other, in degrees, are one mark on the map.
NEAR = 3.0
# The name of a mark takes about so much of the map, in its units, and has no room beyond this x.
NAME_WIDTH, NAME_HEIGHT, EASTERN = 90.0, 14.0, 640.0


@dataclass
class Mark:
    """A place on the map, and the sites that stand there."""

    point: sun.Point
    cards: list[Card]
    left: bool = False

    @property
    def x(self) -> float:
        return round(sun.on_map(self.point)[0], 1)

    @property
    def y(self) -> float:
        return round(sun.on_map(self.point)[1], 1)

    @property
    def first(self) -> Card:
        return self.cards[0]

    @property
    def names(self) -> str:
        """What there is room for; the mark's title has them all."""
        return f"{self.first.code} +{len(self.cards) - 1}" if len(self.cards) > 1 else self.first.code


class NetworkPage(Page):
    template_name = "console/network.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = network.gather(self.request, timezone.now())
        return super().get_context_data(
            **kwargs,
            network=found,
            marks=marks(found.observatories or found.wemas),
            night=[sun.darkness(found.sun, below) for below in (0.0, -6.0, -12.0, -18.0)],
            sun_x=round(sun.on_map(found.sun)[0], 1),
            sun_y=round(sun.on_map(found.sun)[1], 1),
            sun_where=where(found.sun),
            summary=summary(found.observatories or found.wemas),
            live={
                "sites": [card.live for card in found.cards],
                "now": int(found.now.timestamp() * 1000),
            },
        )


def marks(cards: list[Card]) -> list[Mark]:
    """The places of these sites; whoever is near to a place that is there already joins it."""
    found: list[Mark] = []
    for card in cards:
        if card.place is not None:
            near = [mark for mark in found if _near(card.place, mark.point)]
            if near:
                near[0].cards.append(card)
            else:
                found.append(Mark(card.place, [card]))
    for mark in found:
        # Its name stands to its left where the map ends, or another mark is in the way.
        mark.left = mark.x > EASTERN or any(
            0 < other.x - mark.x < NAME_WIDTH and abs(other.y - mark.y) < NAME_HEIGHT for other in found
        )
    return found


def summary(cards: list[Card]) -> list[tuple[str, str, int]]:
    """(name, what it is, of how many sites it is so), for the line under the heading."""
    return [
        ("online", "online", sum(card.online.tone == "good" for card in cards)),
        ("open", "with an open roof", sum(card.roof.tone == "good" for card in cards)),
        ("bad", "in bad weather", sum(card.weather.tone == "bad" for card in cards)),
        ("held", "held by somebody", sum(bool(card.holders) for card in cards)),
    ]


def _near(one: sun.Point, other: sun.Point) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < NEAR


def where(point: sun.Point) -> str:
    """As people write it: 19.8° S, 96.3° E."""
    latitude = f"{abs(point.latitude):.1f}° {'N' if point.latitude >= 0 else 'S'}"
    return f"{latitude}, {abs(point.longitude):.1f}° {'E' if point.longitude >= 0 else 'W'}"
