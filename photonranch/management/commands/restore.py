"""`manage.py restore FOLDER`: what `manage.py backup` made, into an empty database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, call_command

from photonranch.db import backups


class Command(BaseCommand):
    help = "Restore a backup into an empty database, while no server runs; then migrate it to this version."
    # The database is empty: there is nothing to check in it.
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = backups.bring_back(options["folder"])
        except backups.BackupError as error:
            raise CommandError(str(error)) from None
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write(f"Restored what was backed up at {made['made_at']} by version {made['version']}.")
