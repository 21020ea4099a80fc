"""The process that a frame is read and measured in: `python -m analysis.child`, a question in, an answer out.

What no check foresaw (a file that unpacks without end, a decoder's mistake) ends this process, by its bounds
on memory and time, and not the server that asked. The question is JSON on standard input:

    {"decoded": "/…/x.npy", "source": "/…/x.fits.fz" or null, "measure": "statistics", "with": {…}}

`decoded` is where the frame's pixels are kept; `source`, where they come from when they are not. The answer
is `{"answer": …}`, `{"refused": sentence, "lasting": bool}`, `{"full": true}` or `{"gone": true}`.
"""

import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

MEMORY_BYTES = 2 * 1024**3
CPU_S = 15
NICE = 10


def main() -> None:
    limit()
    json.dump(answer(json.load(sys.stdin)), sys.stdout, allow_nan=False)


def limit() -> None:
    """Bounds of this process. Address space counts what is mapped too: the frame once more."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer(question: dict[str, Any]) -> dict[str, Any]:
    from analysis.errors import NoRoom, Refused

    try:
        return _measured(question)
    except Refused as refusal:
        return {"refused": refusal.sentence, "lasting": refusal.lasting}
    except MemoryError:
        return {"refused": "it takes more memory than there is for this", "lasting": True}
    except NoRoom:
        return {"full": True}


def _measured(question: dict[str, Any]) -> dict[str, Any]:
    from analysis import measuring, reading
    from analysis.stars import stars

    measures: dict[str, Callable[..., Any]] = {
        "statistics": measuring.statistics,
        "histogram": measuring.histogram,
        "profile": measuring.profile,
        "stars": stars,
    }
    decoded = Path(question["decoded"])
    if not decoded.exists():
        if question["source"] is None:
            return {"gone": True}
        reading.decode(Path(question["source"]), decoded)
    image = reading.pixels(decoded)
    return {"answer": measures[question["measure"]](image, **question["with"])}


if __name__ == "__main__":
    main()
