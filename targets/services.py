"""Everything that changes people's lists of targets, and the satellites that they may name."""

import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from photonranch.auth.callers import Caller
from photonranch.errors import BadRequest, Conflict, NotFound
from photonranch.lenient_json import Json, dumps
from targets.models import Satellite, TargetList

MAX_TARGETS = 1000
MAX_TARGET_BYTES = 4000


@transaction.atomic
def create_list(owner: Caller, name: str, targets: list[Json]) -> TargetList:
    """Keep a new list. Raises Conflict when its owner has as many as one may keep."""
    if TargetList.objects.filter(user_id=owner.user_id).count() >= TargetList.objects.all().MAX_ROWS:
        raise Conflict(f"You have {TargetList.objects.all().MAX_ROWS} lists; please remove one first.")
    return TargetList.objects.create(user_id=owner.user_id, name=name, targets=checked(targets))


@transaction.atomic
def change_list(owner: Caller, number: int, name: str | None, targets: list[Json] | None) -> TargetList:
    """Give a list of one's own another name, other targets, or both."""
    changed = own_list(owner, number)
    changed.name = changed.name if name is None else name
    changed.targets = changed.targets if targets is None else checked(targets)
    changed.save(update_fields=["name", "targets", "changed_at"])
    return changed


@transaction.atomic
def add_target(owner: Caller, number: int, target: Json) -> TargetList:
    """Append one; a target of the same name takes the new one's place."""
    changed = own_list(owner, number)
    (added,) = checked([target])
    others = [each for each in changed.targets if each["name"] != added["name"]]
    changed.targets = checked([*others, added])
    changed.save(update_fields=["targets", "changed_at"])
    return changed


@transaction.atomic
def delete_list(owner: Caller, number: int) -> None:
    own_list(owner, number).delete()


@transaction.atomic
def share_list(owner: Caller, number: int) -> TargetList:
    """Make a link for everybody who has it; the one that is there stays."""
    shared = own_list(owner, number)
    if shared.share_key is None:
        shared.share_key = secrets.token_urlsafe(24)
        shared.save(update_fields=["share_key"])
    return shared


@transaction.atomic
def stop_sharing(owner: Caller, number: int) -> TargetList:
    """Whoever has the link sees nothing any more; another one will be another."""
    kept = own_list(owner, number)
    kept.share_key = None
    kept.save(update_fields=["share_key"])
    return kept


def own_list(owner: Caller, number: int) -> TargetList:
    """A list of one's own, its row locked; raises NotFound for any other."""
    found = TargetList.objects.select_for_update().filter(pk=number, user_id=owner.user_id).first()
    if found is None:
        raise NotFound("There is no such list of yours.")
    return found


def checked(targets: list[Json]) -> list[dict[str, Any]]:
    """The targets as they are kept. Raises BadRequest with the number of the first that is wrong."""
    if len(targets) > MAX_TARGETS:
        raise BadRequest(f"targets: at most {MAX_TARGETS}, not {len(targets)}.")
    return [_checked(number, target) for number, target in enumerate(targets)]


def _checked(number: int, target: Json) -> dict[str, Any]:
    if isinstance(target, str):
        target = {"name": target}
    if not isinstance(target, Mapping):
        raise BadRequest(f"targets.{number}: must be a name or an object.")
    name = target.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > 200:
        raise BadRequest(f"targets.{number}.name: must be text of 1 to 200 characters.")
    if len(dumps(dict(target))) > MAX_TARGET_BYTES:
        raise BadRequest(f"targets.{number}: larger than {MAX_TARGET_BYTES} bytes.")
    return dict(target)


# --- Satellites --------------------------------------------------------------------------------------------


def keep_satellite(satellite: Satellite) -> None:
    """Keep a satellite's elements, new or renewed."""
    satellite.save()


def remove_satellite(satellite: Satellite) -> None:
    satellite.delete()
