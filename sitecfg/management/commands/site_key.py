"""`manage.py site_key saf`: a key for a site's machines, printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from photonranch.api.fields import SITE_CODE
from sitecfg import keys
from sitecfg.models import SiteKey


class Command(BaseCommand):
    help = "Make a key for a site (site_key saf), for PIPE (--pipe) or for the datastream (--datastream)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("site", nargs="?", default="", help="the site that the key belongs to")
        parser.add_argument("--pipe", action="store_true", help="a key for PIPE's machines")
        parser.add_argument(
            "--datastream", action="store_true", help="a key that sends to all sites' watchers"
        )
        parser.add_argument("--note", default="", help="where it is used")
        parser.add_argument("--list", action="store_true", help="show the keys that count")
        parser.add_argument("--revoke", metavar="START", help="refuse the key that starts so")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self._list(options["site"])
        elif options["revoke"]:
            self._revoke(options["revoke"])
        else:
            self._make(**{name: options[name] for name in ("site", "pipe", "datastream", "note")})

    def _make(self, site: str, pipe: bool, datastream: bool, note: str) -> None:
        if (bool(site) + pipe + datastream) != 1:
            raise CommandError("Name one of: a site, --pipe, --datastream.")
        if site and not SITE_CODE.fullmatch(site):
            raise CommandError(f"{site!r} is not a site code.")
        scope = "pipe" if pipe else "datastream" if datastream else "site"
        row, key = keys.make(scope, site, note=note, by="manage.py")
        self.stdout.write(key)
        self.stderr.write(
            f"This is its only showing. It is sent as `Authorization: Bearer {row.start}…`,\n"
            f"or in the URL: https://{row.holder}:{row.start}…@host/"
        )

    def _list(self, site: str) -> None:
        found = SiteKey.objects.valid().order_by("scope", "site", "pk")
        for row in found.filter(site=site) if site else found:
            used = f"{row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never"
            self.stdout.write(f"{row.start}…  {row.holder:<12} last used {used}  {row.note}".rstrip())

    def _revoke(self, start: str) -> None:
        found = list(SiteKey.objects.valid().filter(start__startswith=start[: keys.SHOWN])[:2])
        if len(found) != 1:
            raise CommandError(
                f"{'Several keys start' if found else 'No key that counts starts'} with {start!r}."
            )
        keys.revoke(found[0])
        self.stdout.write(f"{found[0]} is refused from now on.")
