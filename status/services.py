"""Everything that changes status. Every post is pushed, with the whole merged document, as `sitestatus`."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from photonranch.db.batches import delete_in_batches
from photonranch.errors import TooLarge, Unavailable
from photonranch.excerpts import excerpt
from photonranch.lenient_json import dumps
from sitecfg.models import Site
from status import documents
from status.models import MINUTE_MS, LastSeen, Phase, Status, WeatherSample
from status.serializers import phase_object, status_object
from streams.services import publish

# A real document has some 12 kB. Merging never forgets within a day, so something has to end it.
MOST_BYTES = 1024 * 1024
# Posts that meet a `clear_all_status` may have to look again for the row that was cleared under them.
TRIES = 5
BATCH = 1000

FORGET_AFTER_MS = 7 * 86_400_000
KEEP_PHASES_S = 7 * 86_400
KEEP_LAST_SEEN = timedelta(days=365)
KEEP_WEATHER_MS = 48 * 3_600_000


# --- Status ------------------------------------------------------------------------------------------------


def report(site: str, status_type: str, post: dict[str, Any]) -> Status:
    """Merge a partial `post` into what is known of `status_type` at `site`, and push the result.

    Posts that meet wait for each other at the row: none loses what another said, and each is later than the
    one before, by a timestamp that grows even where the clock stands still or jumps back.
    """
    shared = status_type in documents.SHARED
    source = Status.objects.shared_by_wema(site).filter(status_type=status_type).first() if shared else None
    with transaction.atomic():
        status = _locked(site, status_type)
        now_ms = max(time.time_ns() // 1_000_000, status.server_timestamp_ms + 1)
        status.server_timestamp_ms = now_ms
        status.document = documents.joined(
            status_type, status.document, post, now_ms, source.document if source else None
        )
        _check_size(status)
        _save(status)
        if status_type == documents.WEATHER_TYPE:
            _sample(status)
        _push(status, to_observatories=shared)
    return status


def _locked(site: str, status_type: str) -> Status:
    """The row, made when there is none, and nobody else's until the transaction ends."""
    for _ in range(TRIES):
        found = Status.objects.of_type(site, status_type).select_for_update().first()
        if found is not None:
            return found
        Status.objects.bulk_create([Status(site=site, status_type=status_type)], ignore_conflicts=True)
    raise Unavailable("The status is being cleared just now; please try again.")


def _check_size(status: Status) -> None:
    if len(dumps(status.document)) > MOST_BYTES:
        raise TooLarge(f"status: {excerpt(status)} would be larger than {MOST_BYTES} bytes.")


def _save(status: Status) -> None:
    if status.status_type == documents.WEATHER_TYPE:
        status.wx_ok = documents.wx_ok(status.document)
    status.save(update_fields=["server_timestamp_ms", "wx_ok", "document"])


def _sample(status: Status) -> None:
    """Keep what was measured just now, in the row of its minute: one statement, and none for a copy."""
    columns = documents.measured(status.document, status.server_timestamp_ms)
    if not columns:
        return
    minute = status.server_timestamp_ms // MINUTE_MS
    WeatherSample.objects.bulk_create(
        [WeatherSample(site=status.site, minute=minute, **columns)],
        update_conflicts=True,
        unique_fields=["site", "minute"],
        # The others were measured earlier in this minute, and stay.
        update_fields=list(columns),
    )


def _push(status: Status, *, to_observatories: bool) -> None:
    data = status_object(status)
    publish(status.site, "sitestatus", data)
    if to_observatories:
        # The web page loses its socket to the WEMA when it comes back from the WEMA's own page.
        below = Site.objects.filter(wema=status.site).exclude(code=status.site)
        for code in below.values_list("code", flat=True):
            publish(code, "sitestatus", data)


def clear(site: str) -> int:
    """Forget all status of `site`; returns how many types there were."""
    return Status.objects.filter(site=site).delete()[0]


def forget(status: Status) -> None:
    """Forget one type of status of a site, as `clear` forgets all."""
    Status.objects.filter(pk=status.pk).delete()


# --- Phases ------------------------------------------------------------------------------------------------


def say_phase(site: str, message: str) -> Phase:
    """Keep what a site says it is doing, and push it as topic `phase_status`."""
    phase = Phase.objects.create(site=site, message=message, timestamp=time.time())
    publish(site, "phase_status", phase_object(phase))
    return phase


def remove_phase(phase: Phase) -> None:
    """Remove one before its time: staff, in the admin."""
    phase.delete()


def write_calls(calls: Mapping[tuple[str, str], datetime]) -> None:
    """Keep when sites made calls, (site, call) -> when, in one statement; raises what the database raises."""
    # In the order of the index: two processes that write at once wait for each other and never in a ring.
    rows = [LastSeen(site=site, endpoint=call, at=at) for (site, call), at in sorted(calls.items())]
    LastSeen.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["site", "endpoint"], update_fields=["at"]
    )


def forget_calls(seen: LastSeen) -> None:
    """Forget when a site made a call, as of one that is gone; the next call is noted again."""
    seen.delete()


# --- By the clock ------------------------------------------------------------------------------------------


def forget_silent_devices() -> int:
    """Drop values that were not reported for a week although their document was; returns from how many.

    A site that is off keeps what it last said: what counts is the time between a value and its document.
    """
    changed = 0
    for site, status_type in list(Status.objects.values_list("site", "status_type")):
        changed += _forget_silent(site, status_type)
    return changed


@transaction.atomic
def _forget_silent(site: str, status_type: str) -> bool:
    status = Status.objects.of_type(site, status_type).select_for_update().first()
    if status is None:
        return False
    left = documents.without_forgotten(status.document, status.server_timestamp_ms - FORGET_AFTER_MS)
    if left == status.document:
        return False
    status.document = left
    _save(status)
    return True


def expire() -> int:
    """Remove phases older than a week, weather older than two days and calls of sites not heard for a year.

    Returns how many rows that were.
    """
    now = time.time()
    phases = delete_in_batches(Phase.objects.before(now - KEEP_PHASES_S), BATCH)
    samples = delete_in_batches(WeatherSample.objects.before(int(now * 1000) - KEEP_WEATHER_MS), BATCH)
    return phases + samples + LastSeen.objects.before(timezone.now() - KEEP_LAST_SEEN).delete()[0]
