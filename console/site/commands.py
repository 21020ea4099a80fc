"""The everyday commands of a site as forms, made from its configuration.

A form is data; the template draws it, and the script (static/console/js/site/commands.js) sends what stands
in it to `newjob`, as every other client does. Names of fields say where a value goes: `required.time` is
`required_params.time`. Values go as text, because that is what the telescopes' clients read.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from photonranch.lenient_json import Json
from sitecfg.models import Site

MOST_CHOICES: Final = 60


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    kind: str = "text"  # or number, select, checkbox
    value: str = ""
    choices: tuple[str, ...] = ()
    unit: str = ""
    hint: str = ""
    least: str = ""
    most: str = ""
    required: bool = True
    pattern: str = ""


@dataclass(frozen=True)
class Command:
    """A button with what belongs to it. `question`: asked before it is sent, because it is hard to undo."""

    label: str
    device: str
    instances: tuple[str, ...]
    action: str
    fields: tuple[Field, ...] = ()
    required: dict[str, Json] = field(default_factory=dict)
    optional: dict[str, Json] = field(default_factory=dict)
    question: str = ""
    note: str = ""
    danger: bool = False


@dataclass(frozen=True)
class Panel:
    """Commands that go to one site: `site` is the observatory itself, or its WEMA."""

    title: str
    name: str
    site: str
    forms: tuple[Command, ...] = ()
    buttons: tuple[Command, ...] = ()


def panels(site: Site, wema: Site | None) -> list[Panel]:
    """What can be commanded at `site`, whose WEMA is `wema` (None: it has none, or is one)."""
    config = site.configuration if isinstance(site.configuration, dict) else {}
    if site.kind == Site.Kind.WEMA:
        return [_enclosure(site)]
    found = [_camera(site, config), _mount(site, config), _optics(site, config)]
    if wema is not None:
        found.append(_enclosure(wema))
    return [panel for panel in found if panel.forms or panel.buttons]


# Sent with every command, as the network's web page does: the first selector position, the main telescope.
_ALWAYS: Final[dict[str, Json]] = {"instrument_selector_position": 0, "telescope_selection": 1}
CANCEL_ALL = Command(
    "Cancel all commands",
    "all",
    ("all",),
    "cancel_all_commands",
    question="Stop what the observatory is doing, and take every waiting command off its queue?",
    danger=True,
)


def _camera(site: Site, config: dict[str, Json]) -> Panel:
    cameras = tuple(site.devices.get("camera", []))
    if not cameras:
        return Panel("Camera", "camera", site.code)
    settings = _part(_part(_part(config, "camera"), _default(site, config, "camera")), "settings")
    filters, filter_now = _filters(site, config)
    fields = [
        Field(
            "required.time",
            "Exposure",
            "number",
            "10",
            unit="s",
            least="0",
            most=_text(settings, "max_exposure"),
        ),
        Field("optional.count", "Count", "number", "1", least="1", most="999"),
        *([Field("optional.filter", "Filter", "select", filter_now, filters)] if filters else []),
        Field("required.image_type", "Type", "select", "light", ("light", "dark", "bias")),
        *_choices("optional.area", "Area", settings, "areas_implemented", _text(settings, "default_area")),
        Field("optional.object_name", "Object", value="", hint="Goes into the header", required=False),
    ]
    expose = Command(
        "Expose",
        "camera",
        cameras,
        "expose",
        tuple(fields),
        required={"smartstack": False, "substack": False},
        optional={**_ALWAYS, "dither": "off", "extract": "on", "zoom": "Full", "bin": '"optimal"'},
    )
    stop = Command("Stop the exposure", "camera", cameras[:1], "stop", optional=_ALWAYS)
    return Panel("Camera", "camera", site.code, (expose,), (stop,))


def _mount(site: Site, config: dict[str, Json]) -> Panel:
    mounts = tuple(site.devices.get("mount", []))
    if not mounts:
        return Panel("Mount", "mount", site.code)
    slew = Command(
        "Slew",
        "mount",
        mounts,
        "go",
        (
            Field("required.ra", "Right ascension", "ra", hint="Hours: 5 35 17.3 or 5.588"),
            Field("required.dec", "Declination", "dec", hint="Degrees: −5 23 28 or −5.391"),
            Field("optional.object", "Name", required=False, hint="Goes into the header"),
        ),
        required={"frame": "ICRS"},
        optional=_ALWAYS,
    )
    one = mounts[:1]
    buttons = (
        Command("Tracking on", "mount", one, "set_tracking_on", optional=_ALWAYS),
        Command("Tracking off", "mount", one, "set_tracking_off", optional=_ALWAYS),
        Command("Park", "mount", one, "park", optional=_ALWAYS, question="Park the mount?"),
        Command("Unpark", "mount", one, "unpark", optional=_ALWAYS),
        Command("Stop the mount", "mount", one, "stop", optional=_ALWAYS),
    )
    return Panel("Mount", "mount", site.code, (slew,), buttons)


def _optics(site: Site, config: dict[str, Json]) -> Panel:
    forms, buttons = [], []
    focusers = tuple(site.devices.get("focuser", []))
    if focusers:
        forms.append(
            Command(
                "Move the focus",
                "focuser",
                focusers,
                "move_relative",
                (Field("required.position", "By", "number", "10", unit="µm"),),
                optional=_ALWAYS,
            )
        )
    filters, filter_now = _filters(site, config)
    if filters:
        forms.append(
            Command(
                "Set the filter",
                "filter_wheel",
                tuple(site.devices.get("filter_wheel", [])),
                "set_name",
                (Field("required.filter_name", "Filter", "select", filter_now, filters),),
                optional=_ALWAYS,
            )
        )
    sequencers = tuple(site.devices.get("sequencer", []))[:1]
    if sequencers:
        buttons.append(Command("Autofocus", "sequencer", sequencers, "autofocus", optional=_ALWAYS))
        buttons.append(
            Command(
                "Stop the script",
                "sequencer",
                sequencers,
                "run",
                required={"script": "stopScript"},
                optional=_ALWAYS,
            )
        )
    return Panel("Focus and filters", "optics", site.code, tuple(forms), tuple(buttons))


def _enclosure(wema: Site) -> Panel:
    instances = tuple(wema.devices.get("enclosure", [])[:1]) or ("enclosure1",)
    mode = Command(
        "Set the mode",
        "enclosure",
        instances,
        "set_enclosure_mode",
        (
            Field(
                "required.enclosure_mode", "Mode", "select", "Automatic", ("Automatic", "Manual", "Shutdown")
            ),
        ),
        question="Change who decides about the roof?",
    )
    buttons = (
        Command(
            "Open the roof",
            "enclosure",
            instances,
            "open",
            question="Open the roof? Look at the weather first: instruments get wet.",
            danger=True,
        ),
        Command(
            "Close the roof",
            "enclosure",
            instances,
            "close",
            question="Close the roof? Exposures that are on are lost.",
            danger=True,
        ),
    )
    return Panel("Enclosure", "enclosure", wema.code, (mode,), buttons)


# --- Out of the configuration, read leniently ---------------------------------------------------------------


def _part(section: Json, key: str) -> dict[str, Json]:
    part = section.get(key) if isinstance(section, dict) else None
    return part if isinstance(part, dict) else {}


def _text(section: dict[str, Json], key: str) -> str:
    value = section.get(key)
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _default(site: Site, config: dict[str, Json], device: str) -> str:
    """The instance that a site names as its default, or its first."""
    named = _text(_part(config, "defaults"), device)
    instances = site.devices.get(device, [])
    return named if named in instances else next(iter(instances), "")


def _filters(site: Site, config: dict[str, Json]) -> tuple[tuple[str, ...], str]:
    """The names in the default wheel's `filter_data`, and the default filter."""
    wheel = _part(_part(config, "filter_wheel"), _default(site, config, "filter_wheel"))
    settings = _part(wheel, "settings")
    return _firsts(settings.get("filter_data")), _text(settings, "default_filter")


def _choices(name: str, label: str, settings: dict[str, Json], key: str, now: str) -> list[Field]:
    choices = _firsts(settings.get(key))
    return [Field(name, label, "select", now, choices)] if choices else []


def _firsts(rows: Json) -> tuple[str, ...]:
    """Of a list of texts, or of lists that begin with one."""
    found = []
    for row in rows if isinstance(rows, list) else []:
        first: Any = row[0] if isinstance(row, list) and row else row
        if isinstance(first, str) and first and first not in found:
            found.append(first)
    return tuple(found[:MOST_CHOICES])
