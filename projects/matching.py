"""Which exposure of a project a frame counts for: pure, over the project's object and the frame as taken.

The first of the frame's kind, filter and time that still lacks frames. Telescopes take the filter that they
have of those that mean the same; a project that names both means them apart.
"""

from collections.abc import Mapping, Sequence

from images.taken import Taken, kind_of
from photonranch.lenient_json import Json
from projects import progress

Request = Mapping[str, Json]

# Of the time that was asked for.
TOLERANCE = 0.01
# Taken with the shutter closed: what is in front of it does not matter. A bias has no time either.
DARK_KINDS = ("dark", "bias")
# Names of one band, at one telescope or another: what is not in the wheel is taken through one that is.
SAME_FILTER = (
    ("u", "ju", "up"),
    ("b", "jb", "pb", "blue"),
    ("v", "jv", "pg", "green"),
    ("r", "rp", "rc", "pr", "red"),
    ("i", "ip", "ic"),
    ("z", "zp", "zs"),
    ("g", "gp"),
    ("ha", "h"),
    ("o3", "o"),
    ("s2", "s"),
    ("cr", "c"),
    ("w", "l", "lum", "pl", "clear", "air", "focus"),
)
_GROUPS = {name: group for group in SAME_FILTER for name in group}
# Of a camera without a wheel.
NO_FILTER = ("", "none", "no filter")


class NoMatch(Exception):
    """The frame counts for nothing in this project; the text says why."""


def exposure_for(document: progress.Document, taken: Taken) -> int:
    """The index of the exposure that `taken` counts for; raises NoMatch."""
    requests = progress.exposures(document)
    chosen = [index for index, request in enumerate(requests) if _is_kind(request, taken)]
    if not chosen:
        raise NoMatch(f"The project asks for no {taken.kind} frames.")
    chosen = _of_filter(requests, chosen, taken)
    if not chosen:
        raise NoMatch(f"The project asks for no {taken.kind} frames through {taken.filter or 'no filter'}.")
    chosen = _of_time(requests, chosen, taken)
    left = progress.lists(document)[1]
    for index in chosen:
        if left[index] > 0:
            return index
    raise NoMatch("The project has all the frames of this kind, filter and exposure time already.")


def fits(request: Request, taken: Taken) -> bool:
    """Whether a frame counts for an exposure, wherever it stands and whatever it lacks."""
    try:
        return exposure_for({"exposures": [{**request, "count": 1}]}, taken) == 0
    except NoMatch:
        return False


def counts_as_stack(document: progress.Document, index: int, taken: Taken) -> bool:
    """Whether a frame counts for that exposure together with the others of its smart stack."""
    return _is_stack_of(_seconds(progress.exposures(document)[index]), taken)


def _is_kind(request: Request, taken: Taken) -> bool:
    return kind_of(str(request.get("imtype") or "light")) == taken.kind


def _of_filter(requests: Sequence[Request], among: list[int], taken: Taken) -> list[int]:
    if taken.kind in DARK_KINDS:
        return among
    wanted = {index: _filter(requests[index].get("filter")) for index in among}
    here = _filter(taken.filter)
    anything = [index for index in among if wanted[index] in NO_FILTER]
    same = [index for index in among if wanted[index] == here]
    if not same:
        same = [index for index in among if wanted[index] in _GROUPS.get(here, ())]
    return sorted({*anything, *same})


def _filter(name: Json) -> str:
    return str(name or "").strip().lower()


def _of_time(requests: Sequence[Request], among: list[int], taken: Taken) -> list[int]:
    """Raises NoMatch when no exposure is as long, or when the frame's stack is not complete."""
    if taken.kind == "bias":
        return among
    if taken.seconds is None:
        raise NoMatch("Its header does not say how long it was exposed.")
    times = {index: _seconds(requests[index]) for index in among}
    if stacked := [index for index in among if _is_stack_of(times[index], taken)]:
        if len(taken.stack) < taken.stack_length:
            raise NoMatch(
                f"Of its smart stack of {taken.stack_length} frames {len(taken.stack)} are here: it counts "
                "as one when it is complete."
            )
        return stacked
    single = [index for index in among if _is_as_long(times[index], taken.seconds)]
    if not single:
        raise NoMatch(f"The project asks for no such frames of {taken.seconds:g} s.")
    return single


def _seconds(request: Request) -> float | None:
    try:
        return float(str(request.get("exposure")))
    except ValueError:
        return None


def _is_as_long(wanted: float | None, seconds: float) -> bool:
    # 59.4 is within one percent of 60, and 60 - 59.4 is 0.6000000000000014.
    return wanted is not None and round(abs(seconds - wanted), 9) <= TOLERANCE * abs(wanted)


def _is_stack_of(wanted: float | None, taken: Taken) -> bool:
    """Whether a telescope divides `wanted` seconds into as many of that length, the last one whole."""
    if wanted is None or taken.seconds is None or taken.stack_length < 2:
        return False
    one_less, total = (
        taken.seconds * count * (1 + TOLERANCE) for count in (taken.stack_length - 1, taken.stack_length)
    )
    return one_less < wanted <= total
