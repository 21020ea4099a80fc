"""Found by every Python with this folder in its PYTHONPATH: the clock is behind by what a file says.

What durations are measured with (time.monotonic) goes on as ever, as it does when a machine's clock is set.
"""

import os
import threading
import time

import time_machine

CLOCK_FILE = os.environ.get("DRILL_CLOCK", "")
LOOK_S = 0.05


def follow(set_back_by: float = 0.0) -> None:
    traveller = time_machine.travel(time.time() - set_back_by, tick=True).start()
    waits = threading.Event().wait
    while True:
        with open(CLOCK_FILE) as file:
            wanted = float(file.read())
        if wanted != set_back_by:
            traveller.shift(set_back_by - wanted)
            set_back_by = wanted
        waits(LOOK_S)


def look() -> float:
    with open(CLOCK_FILE) as file:
        return float(file.read())


if CLOCK_FILE:
    threading.Thread(target=follow, args=(look(),), name="clock", daemon=True).start()
    # In a child of this process no thread goes on: it keeps the clock as it was.
    os.register_at_fork(
        after_in_child=lambda: threading.Thread(target=follow, args=(look(),), daemon=True).start()
    )
