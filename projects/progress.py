"""How far a project has come: pure functions over the project's object.

`exposures[i]` asks for `count` frames; `project_data[i]` names those that were taken, `remaining[i]` says how
many are missing. Clients send lists of unequal length, and numbers as text.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from photonranch.excerpts import excerpt
from photonranch.lenient_json import Json
from projects.checks import MOST_ENTRIES

Document = dict[str, Json]
# More than a telescope takes in its life; sums stay numbers that every reader holds.
MOST_FRAMES = 10**9

MOST_IN_NAME = 255
# What follows a frame's counter in the names of its files: `-EX00`, `.fits.fz`.
_FILE = re.compile(r"(?:(?<=[0-9])-[A-Za-z]+[0-9]{2})?(?:\.(?:fits|fz|bz2|gz|jpe?g|txt|tiff?))*$")


@dataclass(frozen=True, slots=True)
class Line:
    """The progress of one exposure request, in frames."""

    exposure_index: int
    filter: str
    imtype: str
    exposure: Json
    wanted: int
    taken: int
    remaining: int


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a project, in frames; `percent` counts what no longer remains."""

    lines: tuple[Line, ...]

    @property
    def wanted(self) -> int:
        return sum(line.wanted for line in self.lines)

    @property
    def taken(self) -> int:
        return sum(line.taken for line in self.lines)

    @property
    def remaining(self) -> int:
        return sum(line.remaining for line in self.lines)

    @property
    def percent(self) -> int:
        """Whole percents, 100 only when nothing remains."""
        if not self.remaining:
            return 100 if self.lines else 0
        return max(0, (self.wanted - self.remaining) * 100 // self.wanted)

    def as_json(self) -> dict[str, Any]:
        return {
            "wanted": self.wanted,
            "taken": self.taken,
            "remaining": self.remaining,
            "percent": self.percent,
            "exposures": [asdict(line) for line in self.lines],
        }


def of(document: Document) -> Progress:
    requests = exposures(document)
    data, remaining = lists(document)
    return Progress(
        tuple(
            Line(
                exposure_index=index,
                filter=_shown(requests[index].get("filter")),
                imtype=_shown(requests[index].get("imtype")),
                exposure=_seconds(requests[index].get("exposure")),
                wanted=max(_frames(requests[index]) or 0, remaining[index]),
                taken=len(data[index]),
                remaining=remaining[index],
            )
            for index in range(len(requests))
        )
    )


def exposures(document: Document) -> list[Mapping[str, Json]]:
    """The exposure requests; of a project that has none, one empty request per line of its progress."""
    requests = _list(document, "exposures")
    if not requests:
        requests = [{}] * max(len(_list(document, "project_data")), len(_list(document, "remaining")))
    return [request if isinstance(request, Mapping) else {} for request in requests[:MOST_ENTRIES]]


def lists(document: Document) -> tuple[list[list[Json]], list[int]]:
    """project_data and remaining, one entry per exposure request at least; new lists."""
    data, remaining = _list(document, "project_data"), _list(document, "remaining")
    full_data = [list(taken) if isinstance(taken, list) else [] for taken in data]
    left = [whole(number) for number in remaining]
    for index, request in enumerate(exposures(document)):
        if index >= len(full_data):
            full_data.append([])
        if index >= len(left):
            left.append(None)
        if left[index] is None:
            left[index] = max(0, (_frames(request) or 0) - len(full_data[index]))
    return full_data, [max(0, number or 0) for number in left]


def add(document: Document, index: int, base_filename: str) -> bool:
    """Count a frame for the exposure request `index`, in place; False when it was counted before.

    Raises IndexError when there is no such request.
    """
    if not 0 <= index < len(exposures(document)):
        raise IndexError(index)
    data, left = lists(document)
    base = base_of(base_filename)
    if any(base_of(name) == base for name in data[index]):
        return False
    data[index].append(base_filename)
    _write(document, data, index, max(0, left[index] - 1))
    return True


def take_back(document: Document, index: int, base_filename: str) -> None:
    """Count a frame of the exposure request `index` no longer, in place."""
    data, left = lists(document)
    base = base_of(base_filename)
    data[index] = [name for name in data[index] if base_of(name) != base]
    wanted = _frames(exposures(document)[index]) if index < len(exposures(document)) else None
    most = max(0, (left[index] + 1) if wanted is None else wanted - len(data[index]))
    _write(document, data, index, min(left[index] + 1, most))


def _write(document: Document, data: list[list[Json]], index: int, now_left: int) -> None:
    """The others stay as they were written: numbers, or their text."""
    left = lists(document)[1]
    remaining = [*_list(document, "remaining"), *left][: len(left)]
    remaining[index] = now_left
    document["project_data"], document["remaining"] = data, remaining


def places(document: Document) -> dict[str, int]:
    """Frame → the exposure request that it counts for; of two the first."""
    found: dict[str, int] = {}
    for index, names in enumerate(lists(document)[0]):
        for name in names:
            found.setdefault(base_of(name), index)
    return found


def base_of(name: Json) -> str:
    """The frame that a name means: sites report it with and without the file's ending, or as a path."""
    plain = str(name).replace("\\", "/").rpartition("/")[2]
    # Projects come with names of any length; only short ones are looked through for an ending.
    return plain if len(plain) > MOST_IN_NAME else _FILE.sub("", plain)


def carry_over(old: Document, new: Document) -> None:
    """Give `new`, whose exposures were edited, the progress of `old`, in place.

    A request keeps what was taken for it when it did not change; where only its count did, that many more or
    fewer remain. Each old request is matched once: of two that are the same, each keeps its own.
    """
    if not _list(new, "exposures"):
        return  # what was taken stays, for when there are exposures again
    data, left = lists(old)
    before, after = exposures(old), exposures(new)
    source = _matched(before, after)
    new_data: list[list[Json]] = []
    remaining: list[int] = []
    for index, request in enumerate(after):
        match = source.get(index)
        count = _frames(request) or 0
        new_data.append([] if match is None else data[match])
        if match is None or not before[match]:
            remaining.append(max(0, count - len(new_data[index])))
        else:
            remaining.append(max(0, left[match] + count - (_frames(before[match]) or 0)))
    new["project_data"], new["remaining"] = new_data, remaining


def _matched(before: list[Mapping[str, Json]], after: list[Mapping[str, Json]]) -> dict[int, int]:
    """New index → old index: the same place first, then the same request elsewhere, then of another count."""
    source: dict[int, int] = {}
    for leave_out in ((), ("count",)):
        old, new = ([_plain(request, leave_out) for request in side] for side in (before, after))
        free = [index for index in range(len(old)) if index not in source.values()]
        places: dict[frozenset[tuple[str, str]], list[int]] = {}
        for index in free:
            if index < len(new) and index not in source and old[index] == new[index]:
                source[index] = index
            else:
                places.setdefault(old[index], []).append(index)
        for index in range(len(new)):
            if index not in source and (same := places.get(new[index])):
                source[index] = same.pop(0)
    # What was taken before it was said what to take belongs to that place.
    places_left = {index for index in range(len(before)) if not before[index]} - set(source.values())
    source |= {index: index for index in range(len(after)) if index not in source and index in places_left}
    return source


def _plain(request: Mapping[str, Json], leave_out: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """A request to compare: a form sends 60 as "60" and nothing as "", which is no change."""
    return frozenset(
        (key, _comparable(value))
        for key, value in request.items()
        if key not in leave_out and value not in (None, "")
    )


def _comparable(value: Json) -> str:
    try:
        return str(value if isinstance(value, bool) else float(value))
    except (TypeError, ValueError, OverflowError):
        return str(value)


def whole(value: Json) -> int | None:
    """A number, or its text, as a whole number; None when it is neither."""
    try:
        number = None if isinstance(value, bool | None) else int(float(value))
    except (TypeError, ValueError, OverflowError):
        return None
    return None if number is None else max(-MOST_FRAMES, min(number, MOST_FRAMES))


def _shown(value: Json) -> str:
    """Text for people and sockets: what a client put there may be anything, of any length."""
    return "" if value in (None, "") else excerpt(value)


def _seconds(value: Json) -> Json:
    """Seconds as the client sent them; what is neither number nor short text is none."""
    return excerpt(value) if isinstance(value, str) else value if isinstance(value, int | float) else None


def _frames(request: Mapping[str, Json]) -> int | None:
    return whole(request.get("count"))


def _list(document: Document, key: str) -> list[Json]:
    value = document.get(key)
    return value if isinstance(value, list) else []
