"""Which frame of a smart stack lists show."""

from django.db import transaction

from images.models import Image

NOT_STACKED = ("", "no")


def settle(site: str, name: str) -> None:
    """Of the frames of one smart stack with a picture, list the one that sums the most.

    In a transaction after the frame's own: whoever comes last sees every other. Rows are locked in one order,
    so two that meet wait and do not block each other.
    """
    if name in NOT_STACKED:
        return
    with transaction.atomic():
        stack = Image.objects.filter(site=site, smart_stack=name, stack_number__isnull=False)
        frames = list(stack.order_by("pk").select_for_update().only("jpg", "listed", "stack_number"))
        with_picture = [one for one in frames if one.jpg]
        top = max(with_picture, key=lambda one: (one.stack_number or 0, one.pk), default=None)
        for one in frames:
            if one.listed != (one is top):
                one.listed = one is top
                one.save(update_fields=["listed"])
