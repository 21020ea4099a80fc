"""`manage.py serve`: the whole server in one process, as `make run` starts it."""

import os
import sys
from argparse import ArgumentParser
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

from photonranch.servers.supervised import SupervisedProcess

# The demo observatory: a little faster than life, so that a first command is done soon, and under a sky that
# is always dark, so that there are stars at any hour. Its own frames come every five minutes (900 s at three
# times the pace); the archive lets them expire after a week, when they are some 1.4 GB.
SIMULATE = ("simulate", "saf", "--speed", "3", "--sky", "open", "--every", "900", "--while-stdin-open")

# A server that runs for longer has no more notes written until it is started again.
DEMO_PERSON_STAYS = timedelta(days=90)


class Command(BaseCommand):
    help = (
        "Migrate the database and serve HTTP and websockets with daphne. Without REDIS_URL, Celery's worker "
        "and beat run in the same process; with it they are processes of their own."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST, help="where to listen (HOST)")
        parser.add_argument("--port", type=int, default=settings.PORT, help="0 takes a free one (PORT)")
        parser.add_argument(
            "--ping",
            type=int,
            default=20,
            metavar="SECONDS",
            help="how often a quiet socket is asked for a sign of life, and how long it has to give it (20)",
        )
        parser.add_argument(
            "--no-simulator",
            action="store_true",
            help="leave the demo observatory silent (DEMO=0 leaves the demo sites out, too)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # Daphne first: it brings Twisted's event loop, which must be in place before anything uses another.
        from photonranch.servers import serving  # isort: skip

        from photonranch.background.embedded import background

        prepare()
        # Made before the event loop runs, where no database may be asked; started when the address is known.
        supervised = None if options["no_simulator"] else simulator()

        def ready(addresses: list[tuple[str, int]]) -> None:
            for host, port in addresses:
                self.say_where(host, port)
            if supervised is not None:
                supervised.start("--server", address(*addresses[0]))

        server = serving.server(options["host"], options["port"], options["ping"], ready)
        refusals = serving.refusals(server)
        with supervised or nullcontext(), nullcontext() if settings.REDIS_URL else background():
            server.run()
        if refusals:
            raise CommandError(f"{refusals[0]} Another --port or --host (PORT, HOST) may be free.")

    def say_where(self, host: str, port: int) -> None:
        base = address(host, port)
        manage = f"{as_typed(sys.executable)} manage.py"
        self.stdout.write(
            f"\nPhoton Ranch is ready.\n"
            f"  the live console     {base}/\n"
            f"  the API, explained   {base}/api/docs\n"
            f"  the admin            {base}/admin/  (first: {manage} createsuperuser)\n"
            f"  a site's stream      {base.replace('http', 'ws', 1)}/datastream?site=saf\n"
            f"  a token to try with  {manage} token alice --role admin\n"
        )
        self.stdout.flush()


def prepare() -> None:
    """The database migrated, the issuer's key made, the demo sites put where there are none."""
    from photonranch.auth import tokens
    from sitecfg import demo

    call_command("migrate", interactive=False, verbosity=0)
    if tokens.uses_own_issuer():
        tokens.own_key()
    if settings.DEMO:
        demo.load_into_empty()


def simulator() -> SupervisedProcess | None:
    """The demo observatory, to run as a process of its own; None where there are no demo sites."""
    from sitecfg import demo

    if not (settings.DEMO and demo.is_here()):
        return None
    keys = ",".join(f"{code}={key}" for code, key in demo.make_keys().items())
    env = {
        **os.environ,
        "SIMULATOR_KEY": keys,
        "SIMULATOR_TOKEN": demo_person(),
        "PYTHONUNBUFFERED": "1",
    }
    return SupervisedProcess(
        "simulator", [sys.executable, str(settings.BASE_DIR / "manage.py"), *SIMULATE], env
    )


def demo_person() -> str:
    """A token of somebody without a role, who writes the demo's night log; none where others sign tokens."""
    from photonranch.auth import tokens

    if not tokens.uses_own_issuer():
        return ""
    return tokens.issue_token("demo|observer", name="Demo observer", lifetime=DEMO_PERSON_STAYS)


def address(host: str, port: int) -> str:
    """Where to point a browser on this machine, for a server that listens at `host`."""
    everywhere = host in ("0.0.0.0", "::")  # noqa: S104
    name = "localhost" if everywhere else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"


def as_typed(path: str) -> str:
    """A program's path as one would type it here: relative where it lies below the current folder."""
    program = Path(path)
    return os.path.relpath(program) if program.is_relative_to(Path.cwd()) else path
