"""The admin's start page: the numbers that an operator asks for, each with the list behind it.

None of them takes longer as the tables grow: each is counted in an index that holds little, and to a limit.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from images.models import StoredVolume, Upload
from images.store import store
from jobs.models import Job
from logs.models import LogMessage
from photonranch.admin.display import Tone, age, list_path, size
from photonranch.api.instants import nearest
from photonranch.db.counting import MAX_COUNTED, capped, shown
from pipe.models import Item, Machine, now_ms
from reservations.models import Reservation
from sitecfg.models import Site
from status import lastseen
from status.models import ONLINE_S, LastSeen

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
# A site fetches its commands every few seconds; one that waits this long is not being fetched.
LONG_WAIT = timedelta(minutes=5)
FEW_PERCENT_FREE = 10
MOST_SITES = 500
MOST_SILENT = 20


@dataclass(frozen=True)
class Tile:
    """A number, and the list at `path` that it counts."""

    title: str
    value: str
    path: str
    note: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Silent:
    """A site that is not online, and since when; None: it was never heard of."""

    code: str
    path: str
    since: datetime | None


@dataclass(frozen=True)
class Section:
    title: str
    tiles: list[Tile]
    silent: list[Silent] = field(default_factory=list)
    more_silent: int = 0


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK: adds the sections that this user may see."""
    now = timezone.now()
    sections = [make(request.user.has_perm, now) for make in (_observing, _data, _pipe)]
    return {
        **context,
        "title": "Start",
        "sections": [section for section in sections if section.tiles],
        "now": now,
    }


# --- Observing ---------------------------------------------------------------------------------------------

May = Callable[[str], bool]


def _observing(may: May, now: datetime) -> Section:
    tiles: list[Tile] = []
    silent: list[Silent] = []
    if may("sitecfg.view_site"):
        total, silent = silent_sites(now)
        tiles.append(_online(total, len(silent)))
    if may("jobs.view_job"):
        tiles.append(_jobs(now))
    if may("reservations.view_reservation"):
        count = capped(Reservation.objects.now_on(now))
        tiles.append(
            Tile("Reservations now", shown(count), list_path("reservations.reservation", when="now"))
        )
    if may("logs.view_logmessage"):
        tiles.append(_errors(now))
    return Section("Observing", tiles, silent[:MOST_SILENT], max(0, len(silent) - MOST_SILENT))


def silent_sites(now: datetime) -> tuple[int, list[Silent]]:
    """How many sites there are, and those that are not online, the longest silent last."""
    lastseen.notebook.write()
    heard = LastSeen.objects.last_heard()
    codes = list(Site.objects.order_by("code").values_list("code", flat=True)[:MOST_SITES])
    since = now - timedelta(seconds=ONLINE_S)
    silent = [
        Silent(code, list_path("status.lastseen", site=code), heard.get(code))
        for code in codes
        if code not in heard or heard[code] < since
    ]
    never = datetime.min.replace(tzinfo=now.tzinfo)
    return len(codes), sorted(silent, key=lambda site: site.since or never, reverse=True)


def _online(total: int, silent: int) -> Tile:
    tone: Tone = "" if not total else "bad" if silent else "good"
    note = f"heard in the last {ONLINE_S // 60} min"
    return Tile("Sites online", f"{total - silent} of {total}", list_path("sitecfg.site"), note, tone)


def _jobs(now: datetime) -> Tile:
    count, oldest_ms = Job.objects.backlog()
    oldest = None if oldest_ms is None else nearest(oldest_ms / 1000)
    late = oldest is not None and now - oldest > LONG_WAIT
    note = f"the oldest from {age(oldest, now)}" if oldest else "all fetched"
    path = list_path("jobs.job", state="UNREAD")
    return Tile("Jobs waiting", shown(count), path, note, "wait" if late else "")


def _errors(now: datetime) -> Tile:
    # Among what came in the last hour: a busy night has some thousands in all.
    recent = LogMessage.objects.received_since(now - HOUR).order_by("-received_at").values("pk")[:MAX_COUNTED]
    count = capped(LogMessage.objects.filter(pk__in=recent).serious())
    path = list_path("logs.logmessage", level="serious")
    return Tile("Errors in the log", shown(count), path, "in the last hour", "bad" if count else "")


# --- Data --------------------------------------------------------------------------------------------------


def _data(may: May, now: datetime) -> Section:
    tiles: list[Tile] = []
    if may("images.view_upload"):
        failed = Upload.objects.failed_since(now - DAY)
        path = list_path("images.upload", state="failed")
        tiles.append(Tile("Failed ingests", shown(failed), path, "in the last 24 h", "bad" if failed else ""))
        waiting = capped(Upload.objects.filter(state=Upload.State.WAITING))
        tiles.append(Tile("Files to be read", shown(waiting), list_path("images.upload", state="waiting")))
    if may("images.view_storedvolume"):
        tiles += _storage(now)
    return Section("Data", tiles)


def _storage(now: datetime) -> Iterator[Tile]:
    total = StoredVolume.objects.total()
    path = list_path("images.storedvolume")
    if total.measured_at is None:
        yield Tile("Storage used", "–", path, "not measured yet")
    else:
        note = f"{total.files:,} files, measured {age(total.measured_at, now)}"
        yield Tile("Storage used", size(total.size_bytes), path, note)
    if store().local:
        disk = shutil.disk_usage(_existing(Path(settings.MEDIA_ROOT)))
        percent = 100 * disk.free // disk.total
        tone: Tone = "bad" if percent < FEW_PERCENT_FREE else ""
        yield Tile("Disk free", size(disk.free), path, f"{percent} % of {size(disk.total)}", tone)


def _existing(folder: Path) -> Path:
    """The folder, or the one that it will be made in."""
    return folder if folder.exists() else _existing(folder.parent)


# --- PIPE --------------------------------------------------------------------------------------------------


def _pipe(may: May, now: datetime) -> Section:
    tiles: list[Tile] = []
    if may("pipe.view_item"):
        depth = Item.objects.depth_summary()
        tiles += [
            Tile("Items waiting", shown(depth.waiting), list_path("pipe.queue")),
            Tile("Leased", shown(depth.leased), list_path("pipe.item", state="leased"), "being worked on"),
            Tile(
                "Dead", shown(depth.dead), list_path("pipe.item", state="dead"), "tried too often",
                "bad" if depth.dead else "",
            ),
        ]  # fmt: skip
    if may("pipe.view_machine"):
        machines = Machine.objects.count()
        stale = Machine.objects.stale(now_ms())
        note = f"of {machines} machines"
        tiles.append(
            Tile("Stale machines", str(stale), list_path("pipe.machine"), note, "bad" if stale else "")
        )
    return Section("PIPE", tiles)
