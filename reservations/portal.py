"""What the observation portal of an Observatory Control System plans at our sites.

`GET {OCS_PORTAL_URL}/api/schedule/`, with the filters site, telescope, end_after, start_before, limit and
offset, answers `{"next", "results": [{id, site, enclosure, telescope, start, end, state, name, submitter,
proposal, request: {…}, …}]}`; times are UTC.

The calendar of every visitor asks several times a minute: an answer is kept for KEEP_S for everybody, and
windows are asked for by whole days, so that visitors in different places ask the same. What is known goes on
being shown while the portal does not answer.
"""

import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

import urllib3
from django.conf import settings

from photonranch.bounded_http import TooLong, read_in_time
from reservations.schedules import Observation
from reservations.times import parse

log = logging.getLogger(__name__)

# For all pages of an answer together.
TIMEOUT_S = 5.0
PAGE, MOST_PAGES = 500, 4
PAGE_BYTES = 8 * 1024 * 1024
KEEP_S = 60.0
# How long it is left alone after it did not answer, and what is known is shown.
QUIET_S = 30.0
KEPT = 100
AT_ONCE = 3
LONGEST = timedelta(days=62)
DAY = timedelta(days=1)


class PortalFailure(Exception):
    """It did not answer as it should; the text says how, for the log."""


class Asked(NamedTuple):
    """A question to the portal. `first` and `last` are whole days."""

    site: str
    telescope: str
    first: datetime
    last: datetime


def observations(site: str, start: datetime, end: datetime) -> Iterator[Observation]:
    """What it plans at `site` from `start` to `end`; nothing where no portal is set, or it does not know the
    site."""
    place = _place_of(site)
    if not settings.OCS_PORTAL_URL or place is None:
        return
    first = start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    last = min(end, start + LONGEST).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    for item in answers.of(Asked(*place, first, last), _fetch):
        observation = _observation(item)
        if observation and parse(observation["start"]).at <= end and parse(observation["end"]).at >= start:
            yield observation


def _place_of(site: str) -> tuple[str, str] | None:
    """The portal's site and telescope for it. Without OCS_PORTAL_SITES each goes by its own code."""
    known: dict[str, tuple[str, str]] = settings.OCS_PORTAL_SITES
    return known.get(site) if known else (site, "")


def _observation(item: Any) -> Observation | None:
    """As clients are shown it; None for what cannot be shown."""
    try:
        start, end = parse(item["start"]), parse(item["end"])
        number, submitter = item["id"], str(item.get("submitter") or "")
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
    return {
        "event_id": str(number),
        "start": start.text,
        "end": end.text,
        "observation_state": str(item.get("state") or "PENDING"),
        "observation_data": item,
        "created_by": submitter,
        "user_id": submitter,
    }


# --- What is known -----------------------------------------------------------------------------------------


class Answers:
    """The last answer to each question. Who asks what is being asked already waits for that answer; no more
    than AT_ONCE questions are being asked."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.known: OrderedDict[Asked, tuple[float, list[Any]]] = OrderedDict()
        self.asking: dict[Asked, Future[list[Any]]] = {}
        self.quiet_until = 0.0

    def of(self, question: Asked, fetch: Callable[[Asked], list[Any]]) -> list[Any]:
        with self.lock:
            at, before = self.known.get(question, (-KEEP_S, []))
            now = _now()
            theirs = self.asking.get(question)
            if now - at < KEEP_S or (not theirs and (now < self.quiet_until or len(self.asking) >= AT_ONCE)):
                return before
            if not theirs:
                mine = self.asking[question] = Future()
        if theirs:
            return theirs.result()
        found = before
        try:
            found = fetch(question)
            self._keep(question, found)
        except PortalFailure as problem:
            log.warning("the observation portal does not answer, and what is known is shown: %s", problem)
            self.quiet_until = _now() + QUIET_S
        finally:
            with self.lock:
                del self.asking[question]
            mine.set_result(found)
        return found

    def _keep(self, question: Asked, found: list[Any]) -> None:
        with self.lock:
            self.known[question] = (_now(), found)
            self.known.move_to_end(question)
            while len(self.known) > KEPT:
                self.known.popitem(last=False)

    def forget(self) -> None:
        with self.lock:
            self.known.clear()
            self.quiet_until = 0.0


def _now() -> float:
    return time.monotonic()


answers = Answers()


# --- Asking ------------------------------------------------------------------------------------------------


def _fetch(question: Asked) -> list[Any]:
    """All pages. By offset: where a page says that the next one lies is not followed to another host."""
    deadline = time.monotonic() + TIMEOUT_S
    found: list[Any] = []
    for page in range(MOST_PAGES):
        answer = _page(question, page * PAGE, deadline)
        found += answer["results"]
        if not answer.get("next"):
            return found
    log.warning("%s: the observation portal plans more than the %d that are shown", question.site, len(found))
    return found


def _page(question: Asked, offset: int, deadline: float) -> dict[str, Any]:
    fields = {
        "site": question.site,
        **({"telescope": question.telescope} if question.telescope else {}),
        "end_after": f"{question.first:%Y-%m-%dT%H:%M:%S}",
        "start_before": f"{question.last:%Y-%m-%dT%H:%M:%S}",
        "limit": str(PAGE),
        "offset": str(offset),
    }
    token = settings.OCS_PORTAL_TOKEN
    try:
        asked = _outside().request(
            "GET",
            f"{str(settings.OCS_PORTAL_URL).rstrip('/')}/api/schedule/",
            fields=fields,
            headers={"Accept": "application/json", **({"Authorization": f"Token {token}"} if token else {})},
            preload_content=False,
            redirect=False,  # the token would go along
            timeout=urllib3.Timeout(total=max(0.01, deadline - time.monotonic())),
        )
        with closing(asked) as answer:
            text = read_in_time(answer, deadline, PAGE_BYTES)
        return _checked(answer.status, text)
    except (urllib3.exceptions.HTTPError, TooLong, ValueError) as error:
        raise PortalFailure(type(error).__name__) from None


def _checked(status: int, text: bytes) -> dict[str, Any]:
    if status == 400:
        # It knows no such site, which is no failure of it.
        return {"results": []}
    answer = json.loads(text) if status == 200 else {}
    if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
        raise PortalFailure(f"status {status}, without a list of results")
    return answer


@lru_cache(maxsize=1)
def _outside() -> urllib3.PoolManager:
    return urllib3.PoolManager(maxsize=AT_ONCE, retries=False)
