"""Everything that changes configurations and night log notes. Keys, nights and rooms have their own files.

A note that was put up or taken down is pushed as topic `nightlog`.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from photonranch.celery import app
from photonranch.errors import NotFound
from photonranch.excerpts import quoted
from photonranch.lenient_json import Json
from sitecfg import configuration as reading
from sitecfg.models import Configuration, Night, NightNote, Site
from sitecfg.serializers import note as note_object
from streams.services import publish

# --- Configurations ----------------------------------------------------------------------------------------


def put_configuration(code: str, configuration: dict[str, Json], by: str = "") -> Site:
    """Keep `configuration` as what the site is from now on, and as a version with who and when.

    Putting what is there already changes nothing and makes no version: clients put theirs at every start.
    """
    with transaction.atomic():
        site, new = Site.objects.select_for_update().get_or_create(code=code)
        if not new and _alike(site.configuration, configuration):
            return site
        for column, value in reading.read(code, configuration)._asdict().items():
            setattr(site, column, value)
        site.configuration = configuration
        site.save()
        _forget_nights(site)
        _keep_version(code, configuration, by)
        transaction.on_commit(lambda: _send_to_worker(code), robust=True)
    return site


def delete_configuration(code: str, by: str = "") -> None:
    """Remove the site. Its versions stay, and one more says who removed it. Raises NotFound."""
    with transaction.atomic():
        site = Site.objects.light().select_for_update().filter(code=code).first()
        if site is None:
            raise NotFound(f"There is no site {quoted(code)}.")
        _forget_nights(site)
        site.delete()
        _keep_version(code, None, by)
        transaction.on_commit(lambda: _send_to_worker(code), robust=True)


def restore(version: Configuration, by: str) -> Site:
    """Make an earlier version the site's configuration again; it becomes the newest version."""
    if version.configuration is None:
        raise NotFound("This version says that the configuration was deleted; there is nothing to restore.")
    return put_configuration(version.site, version.configuration, by)


def _alike(one: Json, other: Json) -> bool:
    """Whether both are written alike; to Python 1, 1.0 and true are merely equal."""
    return bool(one == other) and repr(one) == repr(other)


def _forget_nights(site: Site) -> None:
    """Of everything that stands where this site stands."""
    codes = list(Site.objects.standing_at(site.code).values_list("code", flat=True))
    Night.objects.filter(site__in=codes).delete()


def _send_to_worker(code: str) -> None:
    """Have the nights of everything that stands there computed ahead again."""
    # No second attempt: requests compute what is missing, and the next round of the clock computes the rest.
    app.send_task("sitecfg.tasks.compute_nights_of", [code], retry=False)


def _keep_version(code: str, configuration: Json, by: str) -> None:
    Configuration.objects.create(
        site=code, configuration=configuration, put_at=timezone.now(), put_by=by[:255]
    )


# --- The night log -----------------------------------------------------------------------------------------


def write_note(site: str, note_data: dict[str, Json], *, hours: float, author: str) -> NightNote:
    """Put up a note in place of the one before. One statement: of two at once the later stays, whole.

    It is pushed as REST answers it.
    """
    now = timezone.now()
    note = NightNote(
        site=site,
        note_data=note_data,
        created_at=now,
        expires_at=now + timedelta(hours=hours),
        author=author[:255],
    )
    with transaction.atomic():
        NightNote.objects.bulk_create(
            [note],
            update_conflicts=True,
            unique_fields=["site"],
            update_fields=["note_data", "created_at", "expires_at", "author"],
        )
        publish(site, "nightlog", note_object(note))
    return note


@transaction.atomic
def remove_note(site: str) -> None:
    """Take the note down; what is pushed is a note without `note_data`."""
    if NightNote.objects.filter(site=site).delete()[0]:
        publish(site, "nightlog", {"site": site, "note_data": None})


def expire_notes() -> int:
    """Remove notes whose time is over (readers never see them); a site has one, so there are few."""
    return NightNote.objects.expired(timezone.now()).delete()[0]
