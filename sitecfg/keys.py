"""Site keys: made, shown once, recognised by their hash, revoked.

A key is 43 random characters behind `prk_`: 256 bits, which nobody tries out, so a plain SHA-256 is as
good as a slow password hash and costs a request nothing. It has no dots, which tells it from a user's token.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from sitecfg.models import SiteKey

PREFIX = "prk_"
SHOWN = 12
# How old the shown last use may be: a key is used several times a second, and a use costs no write.
LAST_USE_STEP = timedelta(minutes=10)


def make(scope: str, site: str = "", *, note: str = "", by: str = "") -> tuple[SiteKey, str]:
    """A new key: its row, and the key itself, which is nowhere else."""
    key = PREFIX + secrets.token_urlsafe(32)
    row = SiteKey.objects.create(
        scope=scope,
        site=site,
        start=key[:SHOWN],
        digest=_digest(key),
        note=note,
        made_at=timezone.now(),
        made_by=by,
    )
    return row, key


def find(key: str) -> SiteKey | None:
    """The row of a key that counts; notes its use. One query, by the unique digest."""
    row = SiteKey.objects.valid().filter(digest=_digest(key)).first()
    if row is not None:
        _note_use(row, timezone.now())
    return row


def revoke(key: SiteKey) -> None:
    """Refuse the key from now on; the first revocation's time stays."""
    SiteKey.objects.valid().filter(pk=key.pk).update(revoked_at=timezone.now())


def _note_use(row: SiteKey, now: datetime) -> None:
    if row.last_used_at is not None and now - row.last_used_at < LAST_USE_STEP:
        return
    # Of many requests that find it old at once, one writes.
    old = Q(last_used_at=None) | Q(last_used_at__lte=now - LAST_USE_STEP)
    SiteKey.objects.filter(old, pk=row.pk).update(last_used_at=now)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
