"""Files made on request: packed frames unpacked, TIFFs, zips. Made once, by one worker, kept a while.

A product's id is a digest of what it is made of and how, so the same question finds the same file. Its row
is the work's state: a worker claims it with one conditional UPDATE, gives a sign while it works, and
whoever finds a claim without a sign for LEASE takes it over.
"""

import hashlib
import json
import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections, transaction
from django.utils import timezone
from ulid import ULID

from images import names, pictures, zips
from images.errors import TooMany
from images.models import LEASE, Image, Product, Upload
from images.services.uploads import later
from images.store import NotStored, Stored, draft, store
from photonranch.api.outages import outage
from photonranch.errors import NotFound
from photonranch.excerpts import excerpt
from streams.services import publish

log = logging.getLogger(__name__)

State = Product.State
# A task may have been lost with its broker: whoever asks after this long starts another.
PATIENCE = timedelta(seconds=5)
SIGN_EVERY_S = 0.5
# What is done in one piece (a frame unpacked, a large zip sent to the store) gives a sign as well.
ALIVE_EVERY_S = 5.0
# How products are made; a change of it makes new ones.
EDITION = 3
IN_ONE_QUERY = 500
# Why a product failed that may succeed when it is asked for again.
NOT_NOW = "the store of files does not answer, or is full; please try again later"


class ClaimLost(Exception):
    """Someone else makes this product now."""


# --- What is asked for -------------------------------------------------------------------------------------


def find_file(directory: str, name: str) -> Stored:
    """The stored file of that name, or the one that stands in for it; raises NotFound."""
    if names.is_safe(name):
        for candidate in names.alternatives(name):
            for key in _keys(directory, candidate):
                if found := store().find(key):
                    return found
    raise NotFound(f"There is no file {excerpt(name)} in {directory}.")


def _keys(directory: str, name: str) -> list[str]:
    if directory != "info-images":
        return [names.key_of(directory, name)]
    return [names.key_of(directory, name, channel) for channel in names.CHANNELS]


def converted(stored: Stored, stretch: str | None) -> Product:
    """A frame as TIFF (`stretch`), or its plain file (None)."""
    name = stored.key.rpartition("/")[2]
    plain = names.without_packing(name)
    recipe: dict[str, Any] = {"key": stored.key, "at": stored.modified.isoformat(), "size": stored.size}
    if stretch:
        filename = f"{names.without_extension(plain)}-{stretch}.tif"
        return _ordered("tif", names.site_of(name), filename, {**recipe, "stretch": stretch}, stored.size)
    packing = names.packing_of(name)
    return _ordered("fits", names.site_of(name), plain, {**recipe, "packing": packing}, stored.size)


def zipped(site: str, start: datetime, end: datetime, size: str) -> Product:
    """An archive of a site's FITS files between two instants. `size`: small, large, or best, the larger of
    what a frame has. Raises NotFound and TooMany."""
    most: int = settings.ZIP_MAX_FILES
    found = Image.objects.with_fits(site, start, end).values_list(
        "base_filename", "fits_large", "fits_small"
    )[: most + 1]
    chosen = [f"{base}-{tail}" for base, large, small in found if (tail := _choice(size, large, small))]
    if len(chosen) > most:
        raise TooMany(f"More than {most} files; please ask for a shorter time.")
    members = sorted(_members(chosen))
    if not members:
        raise NotFound("No images match the query.")
    filename = f"{site}-{start:%Y%m%dT%H%M%S}-{end:%Y%m%dT%H%M%S}-{size}.zip"
    return _ordered("zip", site, filename, {"members": members}, sum(member[1] for member in members))


def _choice(size: str, large: str, small: str) -> str:
    return {"small": small, "large": large}.get(size, large or small)


def _members(chosen: list[str]) -> Iterator[tuple[str, int, str]]:
    """Name, bytes and moment of upload of each file that is there."""
    for at in range(0, len(chosen), IN_ONE_QUERY):
        keys = [names.key_of("data", name) for name in chosen[at : at + IN_ONE_QUERY]]
        for name, size, uploaded in Upload.objects.filter(key__in=keys).values_list(
            "filename", "size_bytes", "uploaded_at"
        ):
            yield name, size, uploaded.isoformat()


def _ordered(kind: str, site: str, filename: str, recipe: dict[str, Any], total: int) -> Product:
    """The product of this recipe; its making is started when nobody has."""
    question = json.dumps([EDITION, kind, filename, recipe], sort_keys=True)
    product_id = hashlib.sha256(question.encode()).hexdigest()[:40]
    now = timezone.now()
    new = Product(
        id=product_id, kind=kind, site=site[:40], filename=filename, recipe=recipe, total=total,
        created_at=now, touched_at=now, expires_at=now + timedelta(hours=settings.DOWNLOAD_KEEP_HOURS),
    )  # fmt: skip
    Product.objects.bulk_create([new], ignore_conflicts=True)
    with transaction.atomic():
        product = Product.objects.select_for_update().get(pk=product_id)
        # Its own timestamp tells whether this caller is the one whose row it became.
        to_make = _needs_making(product, new=product.created_at == now, now=now)
        product.touched_at = now if to_make else product.touched_at
        product.expires_at = new.expires_at
        product.save(update_fields=["state", "reason", "done", "touched_at", "expires_at"])
        if to_make:
            later("images.tasks.make", product_id)
    product.refresh_from_db(fields=["state", "reason", "done"])
    return product


def _needs_making(product: Product, *, new: bool, now: datetime) -> bool:
    if product.state == State.READY and store().find(product.file_key) is None:
        product.state = State.FAILED
    if product.state == State.FAILED:
        product.state, product.reason, product.done = State.WAITING, "", 0
        return True
    if product.state == State.WAITING:
        return new or product.touched_at < now - PATIENCE
    return product.state == State.BUILDING and abs(now - product.touched_at) > LEASE


# --- Making ------------------------------------------------------------------------------------------------


def make(product_id: str) -> None:
    """Make a product, unless it is made or someone is at it."""
    claim = _claimed(product_id)
    if not claim:
        return
    product = Product.objects.get(pk=product_id)
    try:
        with _alive(product_id, claim), draft() as target:
            _MAKERS[product.kind](product, target, Sign(product, claim))
            size = target.stat().st_size
            store().put(product.file_key, target)
    except ClaimLost:
        log.warning("%s is made by someone else now", product)
    except NotStored:
        _end(product, claim, State.FAILED, "the file was removed")
    except pictures.Unreadable as reason:
        # The same file has the same pixels tomorrow; another file of its name is another product.
        _end(product, claim, State.REFUSED, str(reason))
    except (OperationalError, InterfaceError):
        # Nobody can be told now; the work is given back, or found to be abandoned.
        _give_back(product_id, claim)
        raise
    except Exception as error:
        passing = NOT_NOW if outage(error) else f"it could not be made ({type(error).__name__})"
        _end(product, claim, State.FAILED, passing)
        raise
    else:
        _end(product, claim, State.READY, "", size)


def _claimed(product_id: str) -> str:
    """A fresh claim on the product, or nothing when it is ready, failed or in good hands."""
    now = timezone.now()
    claim = str(ULID())
    mine = Product.objects.filter(pk=product_id)
    free = mine.filter(state=State.WAITING) | mine.filter(state=State.BUILDING).silent(now)
    return claim if free.update(state=State.BUILDING, claim=claim, touched_at=now) else ""


def _give_back(product_id: str, claim: str) -> None:
    with suppress(OperationalError, InterfaceError):
        Product.objects.filter(pk=product_id, claim=claim).update(state=State.WAITING, done=0)


@contextmanager
def _alive(product_id: str, claim: str) -> Iterator[None]:
    """Say now and then that somebody is at it, while the body runs."""
    ended = Event()

    def say() -> None:
        while not ended.wait(ALIVE_EVERY_S):
            try:
                Product.objects.filter(pk=product_id, claim=claim).update(touched_at=timezone.now())
            except (OperationalError, InterfaceError):
                log.warning("the database does not answer, and may give %s to someone else", product_id)
            finally:
                connections.close_all()

    thread = Thread(target=say, name="alive", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class Sign:
    """Tells how far the work is: in the row, and to everybody who watches the site; not more often than
    needed.

    Raises ClaimLost when the work was given to someone else, or the product has expired.
    """

    def __init__(self, product: Product, claim: str) -> None:
        self.product = product
        self.claim = claim
        self.next_at = time.monotonic() + SIGN_EVERY_S

    def __call__(self, done: int) -> None:
        if time.monotonic() < self.next_at:
            return
        self.next_at = time.monotonic() + SIGN_EVERY_S
        mine = Product.objects.filter(pk=self.product.pk, claim=self.claim)
        if not mine.update(done=done, touched_at=timezone.now()):
            raise ClaimLost
        self.product.done = done
        announce(self.product)


def _end(product: Product, claim: str, state: State, reason: str, size: int = 0) -> None:
    with transaction.atomic():
        mine = Product.objects.filter(pk=product.pk, claim=claim)
        done = product.total if state == State.READY else product.done
        if mine.update(state=state, reason=reason, done=done, touched_at=timezone.now()):
            product.state, product.reason, product.done = state, reason, done
            announce(product)
    log.info("%s: %s, %d bytes %s", product, state, size, reason)


def announce(product: Product) -> None:
    """Push how far a download is, as topic `downloads`."""
    publish(product.site, "downloads", {"id": product.id, "filename": product.filename, **progress(product)})


def progress(product: Product) -> dict[str, Any]:
    return {"state": product.state, "done": product.done, "total": product.total}


def _make_fits(product: Product, target: Path, sign: Sign) -> None:
    with store().reading(product.recipe["key"]) as source:
        pictures.unpack(source, target, product.recipe["packing"])


def _make_tif(product: Product, target: Path, sign: Sign) -> None:
    with store().reading(product.recipe["key"]) as source:
        pictures.tiff(source, target, product.recipe["stretch"])


def _make_zip(product: Product, target: Path, sign: Sign) -> None:
    open_stored = store().reading
    members = (
        (name, size, partial(open_stored, names.key_of("data", name)))
        for name, size, _ in product.recipe["members"]
    )
    missing = zips.write(target, members, sign)
    if len(missing) == len(product.recipe["members"]):
        raise NotStored(product.filename)
    for name in missing:
        log.warning("%s: %s was removed meanwhile and is left out", product, name)


_MAKERS: dict[str, Callable[[Product, Path, Sign], None]] = {
    "fits": _make_fits,
    "tif": _make_tif,
    "zip": _make_zip,
}


# --- Looking after it --------------------------------------------------------------------------------------


def make_again(product_ids: Collection[str]) -> int:
    """Start those that failed or were refused once more, as the admin's action does; returns how many."""
    with transaction.atomic():
        ended = Product.objects.filter(pk__in=product_ids, state__in=[State.FAILED, State.REFUSED])
        again = list(ended.defer("recipe").order_by("pk").select_for_update())
        for product in again:
            product.state, product.reason, product.done = State.WAITING, "", 0
            product.touched_at = timezone.now()
            product.save(update_fields=["state", "reason", "done", "touched_at"])
            announce(product)
            later("images.tasks.make", product.pk)
    return len(again)


def resume() -> int:
    """Start again what was left unfinished, by a killed worker or a lost task; returns how many."""
    left = list(Product.objects.abandoned(timezone.now()).values_list("pk", flat=True)[:1000])
    for product_id in left:
        later("images.tasks.make", product_id, expires=LEASE.total_seconds())
    return len(left)
