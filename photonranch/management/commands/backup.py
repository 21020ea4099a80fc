"""`manage.py backup FOLDER`: the database, the keys and the files, while everything runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from photonranch.db import backups


class Command(BaseCommand):
    help = "Back up the database, the keys and the files into a folder, while everything runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder", type=Path, help="the same folder again takes only new and changed files"
        )
        parser.add_argument(
            "--without-files",
            action="store_true",
            help="leave the files out: an object store keeps its own versions",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = backups.take(options["folder"], files=not options["without_files"])
        except backups.BackupError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"Backed up ({made['engine']}, {made['copied']} files copied) at {made['made_at']}."
        )
