"""Control rooms: one per site, made when first asked for, begun afresh every afternoon.

Making a room takes the provider some seconds. No transaction is held open meanwhile (on SQLite it would hold
up every other writer): whoever inserts the site's row makes the room, and the others wait until the row has
an address, or is gone because making failed, or is so old that its maker must have died.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as clock
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from photonranch.errors import NotFound
from photonranch.excerpts import excerpt
from sitecfg.models import ControlRoom
from sitecfg.places import find_position
from sitecfg.providers import Provider, RoomFailure, provider

log = logging.getLogger(__name__)

# Three calls to RemoteHQ of at most ten seconds each: after this nobody is making it any more.
MAKING_MOST = timedelta(seconds=45)
WAIT_S = 25.0
LOOK_EVERY_S = 0.1
RESTART_AT = clock(15)


def existing_room(site: str) -> ControlRoom | None:
    return ControlRoom.objects.ready(provider().name).filter(site=site).first()


def room_of(site: str, pause: Callable[[float], None] = time.sleep) -> ControlRoom:
    """The site's room; made when it has none. Raises RoomFailure."""
    maker = provider()
    give_up_at = time.monotonic() + WAIT_S
    while True:
        if room := existing_room(site):
            return room
        claimed_at = _claim(site, maker)
        if claimed_at is not None:
            return _make(site, maker, claimed_at)
        if time.monotonic() > give_up_at:
            raise RoomFailure(f"the room of {site} is being made for too long")
        pause(LOOK_EVERY_S)


def _claim(site: str, maker: Provider) -> datetime | None:
    """When this caller became the one that makes the room; None: somebody else is at it."""
    now = timezone.now()
    claim = {"provider": maker.name, "url": "", "claimed_at": now, "restarted_at": now}
    _, new = ControlRoom.objects.get_or_create(site=site, defaults=claim)
    if new:
        return now
    # Left by a maker that died, or a room at the provider that was used before.
    stale = Q(url="", claimed_at__lt=now - MAKING_MOST) | ~Q(provider=maker.name)
    taken = ControlRoom.objects.filter(stale, site=site).update(**claim)
    return now if taken else None


def _make(site: str, maker: Provider, claimed_at: datetime) -> ControlRoom:
    mine = ControlRoom.objects.filter(site=site, url="", claimed_at=claimed_at)
    try:
        room = maker.make(site)
    except BaseException:
        mine.delete()
        raise
    mine.update(**room._asdict(), restarted_at=timezone.now())
    return ControlRoom(
        site=site,
        provider=maker.name,
        claimed_at=claimed_at,
        restarted_at=claimed_at,
        **room._asdict(),
    )


def remove_room(site: str) -> bool:
    """Forget the site's room, here and at the provider; False when it has none.

    A provider that refuses is only logged: the next room of the site replaces whatever it left over.
    """
    room = ControlRoom.objects.filter(site=site).exclude(url="").first()
    if room is None or not ControlRoom.objects.filter(pk=site, slug=room.slug).delete()[0]:
        return False
    if room.provider == provider().name:
        try:
            provider().remove(room.slug)
        except RoomFailure as problem:
            log.warning("control room of %s: %s", site, problem)
    return True


def restart_room(site: str) -> ControlRoom:
    """Start what runs in the site's room afresh. Raises NotFound, and RoomFailure."""
    room = existing_room(site)
    if room is None:
        raise NotFound(f"no control room found for site {excerpt(site)}")
    room.config = provider().restart(site, room.slug)
    room.restarted_at = timezone.now()
    ControlRoom.objects.filter(site=site, slug=room.slug).update(
        config=room.config, restarted_at=room.restarted_at
    )
    return room


# --- By the clock ------------------------------------------------------------------------------------------


def restart_due() -> int:
    """Restart the rooms that have not begun afresh since 15:00 local time of their site; returns how many.

    Late is as good as on time, and a second call finds nothing to do: who moves `restarted_at` on does it.
    """
    now = timezone.now()
    return sum(_restart_if_due(room, now) for room in ControlRoom.objects.ready(provider().name))


def _restart_if_due(room: ControlRoom, now: datetime) -> bool:
    if room.restarted_at >= last_afternoon(room.site, now):
        return False
    mine = ControlRoom.objects.filter(site=room.site, restarted_at=room.restarted_at)
    if not mine.update(restarted_at=now):
        return False
    try:
        restart_room(room.site)
    except (RoomFailure, NotFound) as problem:
        log.warning("control room of %s: %s", room.site, problem)
        # Still due: the next round tries again.
        ControlRoom.objects.filter(site=room.site, restarted_at=now).update(restarted_at=room.restarted_at)
        return False
    return True


def last_afternoon(site: str, now: datetime) -> datetime:
    """The last 15:00 at the site that is not later than `now`; UTC's for a site whose zone nobody knows."""
    local = now.astimezone(_zone(site))
    today = datetime.combine(local.date(), RESTART_AT, tzinfo=local.tzinfo)
    return today if today <= now else datetime.combine(local - timedelta(days=1), RESTART_AT, local.tzinfo)


def _zone(site: str) -> ZoneInfo:
    position = find_position(site)
    try:
        return ZoneInfo(position.time_zone if position and position.time_zone else "UTC")
    except (OSError, ValueError, LookupError):
        return ZoneInfo("UTC")
