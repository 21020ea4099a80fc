"""The flat field panel before the telescope: how bright it is, and whether it covers the telescope."""

from dataclasses import dataclass
from typing import Any, Self


@dataclass
class Screen:
    """`brightness` from `dimmest` to `brightest`, 0 when off. Covering, it keeps the sky's light out."""

    dimmest: float = 5.0
    brightest: float = 255.0
    brightness: float = 0.0
    covers: bool = False

    @classmethod
    def of(cls, configuration: dict[str, Any]) -> Self:
        """As a site's configuration has it; one that has none gets a panel that is never used."""
        return cls(float(configuration.get("minimum", 5)), float(configuration.get("saturate", 255)))

    @property
    def light(self) -> float:
        """The share of its full light that falls into the telescope."""
        return self.brightness / self.brightest if self.covers else 0.0

    def uncover(self) -> None:
        self.brightness, self.covers = 0.0, False

    def status(self) -> dict[str, Any]:
        # Web pages show the third word.
        return {
            "dark_setting": f"Screen is {'On' if self.brightness else 'Off'}",
            "bright_setting": round(self.brightness, 1),
            "screen_message": "Covers the telescope" if self.covers else "Open",
        }
