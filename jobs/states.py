"""The states of a job, as data: a job only ever moves forward.

    UNREAD ──→ RECEIVED ──→ STARTED, EXPOSING … ──→ COMPLETE, FAILED …
      │ └──────────────────────────┴──────────────────→ (a step may be left out)
      └──→ CANCELED, EXPIRED           (before anybody fetched it)

Observatories name the states of their work as they like; whatever is not listed here is work in progress.
"""

UNREAD = "UNREAD"
RECEIVED = "RECEIVED"
STARTED = "STARTED"
COMPLETE = "COMPLETE"
CANCELED = "CANCELED"
EXPIRED = "EXPIRED"
# On the main queue's side of a job that only the reader of the alternate queue may fetch.
ALTERNATE = "ALTERNATE"

WAITING, FETCHED, WORKING, DONE = range(4)

STAGE = {
    UNREAD: WAITING,
    ALTERNATE: WAITING,
    RECEIVED: FETCHED,
    COMPLETE: DONE,
    "COMPLETED": DONE,
    "DONE": DONE,
    "FAILED": DONE,
    "ERROR": DONE,
    "ABORTED": DONE,
    "STOPPED": DONE,
    CANCELED: DONE,
    "CANCELLED": DONE,
    EXPIRED: DONE,
}


def stage(status: str) -> int:
    return STAGE.get(status.upper(), WORKING)


def may_follow(old: str, new: str) -> bool:
    """Whether a job in the state `old` moves to the reported state `new`.

    A report that comes late or again may not: the job stays as it is.
    """
    if stage(old) == DONE or stage(new) == WAITING:
        return False
    return stage(new) > stage(old) or stage(new) == WORKING
