from typing import Any, Self

from django.db import models

from photonranch.auth.callers import Caller
from sitecfg.fields import JsonTextField


class Satellites(models.QuerySet["Satellite"]):
    def named(self, name: str) -> "Satellite | None":
        """By its name in any case. Served by the unique "satellite_name"."""
        return self.filter(key=name.strip().lower()).first()

    def beginning_with(self, name: str, limit: int) -> Self:
        """In order of their names. Served by the unique "satellite_name"."""
        return self.filter(key__startswith=name.strip().lower()).order_by("key")[:limit]


class Satellite(models.Model):
    """An Earth satellite that people may name, by its two-line elements; staff renew them."""

    name = models.CharField(max_length=60, help_text="As people call it, such as ISS.")
    key = models.CharField(max_length=60, unique=True, editable=False, help_text="The name in lower case.")
    line1 = models.CharField(max_length=69, help_text="The first line of its elements, which begins with 1.")
    line2 = models.CharField(max_length=69, help_text="The second line, which begins with 2.")
    changed_at = models.DateTimeField(auto_now=True)

    objects = Satellites.as_manager()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.key = self.name.strip().lower()
        super().save(*args, **kwargs)


class TargetLists(models.QuerySet["TargetList"]):
    # Nobody reads more in one answer; a person may keep as many.
    MAX_ROWS = 200

    def of(self, caller: Caller) -> Self:
        """A person's own lists, the last changed first. Served by the index "target_list_owner"."""
        return self.filter(user_id=caller.user_id).order_by("-changed_at", "-pk")[: self.MAX_ROWS]

    def shared_by(self, key: str) -> "TargetList | None":
        """The list that this link shows. Served by the unique "share_key"."""
        return self.filter(share_key=key).first() if key else None


class TargetList(models.Model):
    """A person's targets under one name. Each target is the JSON object that its owner sent."""

    user_id = models.CharField(max_length=255, help_text="Whose it is: the user's `sub`.")
    name = models.CharField(max_length=100, help_text="What its owner calls it.")
    targets = JsonTextField(default=list, help_text="The targets in their order.")
    share_key = models.CharField(
        max_length=43, null=True, unique=True, blank=True, help_text="In the link that shows it; empty: none."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = TargetLists.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user_id", "-changed_at"], name="target_list_owner")]

    def __str__(self) -> str:
        return self.name
