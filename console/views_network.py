"""The network: every site at a glance."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from django.utils import timezone

from console import network, sun
from console.network import Card
from console.pages import Page

A_FEW = 3
# Sites this near to each other, in degrees, are one mark on the map.
NEAR = 3.0
# Of the letters of a name, in the map's units, and how far from its mark the name begins and how high it is.
LETTER, GAP, HEIGHT = 8.5, 11.0, 14.0
WIDTH = 360.0 * sun.UNITS
Side = Literal["right", "left", "hidden"]
SIDES: tuple[Side, Side] = ("right", "left")


class Box(NamedTuple):
    """A rectangle on the map, from its left upper corner."""

    x: float
    y: float
    width: float
    height: float = HEIGHT

    def meets(self, other: "Box") -> bool:
        apart = self.x + self.width <= other.x or other.x + other.width <= self.x
        return not (apart or self.y + self.height <= other.y or other.y + other.height <= self.y)


@dataclass
class Mark:
    """A place on the map, and the sites that stand there."""

    point: sun.Point
    cards: list[Card]
    side: Side = "right"

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

    @property
    def dot(self) -> Box:
        return Box(self.x - HEIGHT / 2, self.y - HEIGHT / 2, HEIGHT)

    def name_box(self, side: Side) -> Box:
        width = LETTER * len(self.names)
        return Box(self.x + GAP if side == "right" else self.x - GAP - width, self.y - HEIGHT / 2, width)


class NetworkPage(Page):
    template_name = "console/network.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = network.gather(self.request, timezone.now())
        return super().get_context_data(
            **kwargs,
            network=found,
            sections=sections(found),
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


def sections(found: network.Network) -> list[tuple[str, list[Card]]]:
    """The cards under their headings; a few stand together."""
    if len(found.cards) <= A_FEW:
        return [("Sites", found.cards)]
    both = [("Observatories", found.observatories), ("Weather and enclosures", found.wemas)]
    return [(title, cards) for title, cards in both if cards]


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
    _name(found)
    return found


def _name(found: list[Mark]) -> None:
    """Put each name where there is room; a name without room is shown when one points at its mark."""
    taken = [mark.dot for mark in found]
    for mark in found:
        mark.side = "hidden"
        for side in SIDES:
            box = mark.name_box(side)
            if box.x >= 0 and box.x + box.width <= WIDTH and not any(map(box.meets, taken)):
                mark.side = side
                taken.append(box)
                break


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
