"""`manage.py token alice --role admin`: a token of this server's own issuer, to try the API with."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management import BaseCommand, CommandError

from photonranch.auth import tokens

MAX_DAYS = 3650


class Command(BaseCommand):
    help = "Print a user token signed by this server's own issuer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user_id", help="who the token speaks for (its `sub`)")
        parser.add_argument(
            "--role", action="append", default=[], help="a role, such as admin; may be repeated"
        )
        parser.add_argument("--name", default="", help="the name that others see (default: the user id)")
        parser.add_argument("--days", type=float, default=30, help="how long it counts (default: 30)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not tokens.uses_own_issuer():
            raise CommandError(
                "Tokens come from another issuer here (AUTH_ISSUER, AUTH_JWKS_URL, AUTH_PUBLIC_KEY)."
            )
        if not 0 < options["days"] <= MAX_DAYS:
            raise CommandError(f"--days must be more than 0 and at most {MAX_DAYS}.")
        lifetime = timedelta(days=options["days"])
        self.stdout.write(
            tokens.issue_token(options["user_id"], options["role"], name=options["name"], lifetime=lifetime)
        )
