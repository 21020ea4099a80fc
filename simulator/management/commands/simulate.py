"""`manage.py simulate`: observatories that are not there."""

import asyncio
import logging
import os
import signal
import sys
import threading
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from simulator import configuration
from simulator.network import Keys, Network, Plan

MOST_SITES = 500
MOST_SPEED = 1000.0


class Command(BaseCommand):
    help = (
        "Simulate observatories: they poll, post, expose and upload as real ones do, over HTTP. "
        "With --sites a load generator. See docs/simulator.md."
    )
    # It is a client: it needs neither the database nor what the checks look at.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        here = settings.PUBLIC_URL or f"http://127.0.0.1:{settings.PORT}"
        parser.add_argument("site", nargs="?", default="saf", help="its code (saf, the demo observatory)")
        parser.add_argument("--server", default=here, help=f"where the server is ({here})")
        parser.add_argument("--speed", type=float, default=1.0, help="how much faster than real (1)")
        parser.add_argument("--sites", type=int, default=1, help="so many: sim01, sim02 … and their WEMAs")
        parser.add_argument(
            "--sky",
            choices=("real", "open"),
            default="real",
            help="real: sun and a simulated weather decide; open: always dark and clear",
        )
        parser.add_argument(
            "--every",
            type=float,
            default=900.0,
            metavar="SECONDS",
            help="a frame of its own accord each so many simulated seconds, 0 for never (900)",
        )
        parser.add_argument(
            "--key",
            default=os.environ.get("SIMULATOR_KEY", ""),
            help="for strict mode: an admin's token, or saf=prk_…,safw=prk_…,pipe=prk_… (SIMULATOR_KEY)",
        )
        parser.add_argument(
            "--token",
            default=os.environ.get("SIMULATOR_TOKEN", ""),
            help="of a signed-in person, who writes the night log now and then (SIMULATOR_TOKEN)",
        )
        parser.add_argument("--for", type=float, dest="seconds", help="end after so many real seconds")
        parser.add_argument(
            "--report", type=float, metavar="SECONDS", help="a line that often (10 for several sites)"
        )
        parser.add_argument("--while-stdin-open", action="store_true", help="end when standard input does")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = self.plan(options)
        # A line for every request is no log.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        named = plan.sites[0].code if len(plan.sites) == 1 else f"{len(plan.sites)} sites"
        sky = "open" if plan.open_sky else "real"
        self.say(f"simulating {named} at {plan.server}, speed {plan.speed:g}, sky {sky}")
        network = Network(plan)
        many = len(plan.sites) > 1
        every = options["report"] if options["report"] is not None else 10.0 * many
        asyncio.run(self.run(network, every, options["seconds"], while_stdin=options["while_stdin_open"]))
        if every:
            self.say(network.meter.summary())

    def plan(self, options: dict[str, Any]) -> Plan:
        if urlsplit(options["server"]).scheme not in ("http", "https"):
            raise CommandError("--server must be an address such as http://127.0.0.1:8000.")
        if not 0 < options["speed"] <= MOST_SPEED:
            raise CommandError(f"--speed must be above 0 and at most {MOST_SPEED:g}.")
        if not 1 <= options["sites"] <= MOST_SITES:
            raise CommandError(f"--sites must be from 1 to {MOST_SITES}.")
        if not 0 <= options["every"] < 1e9:
            raise CommandError("--every must not be below 0.")
        one = options["sites"] == 1
        sites = [configuration.site(options["site"])] if one else configuration.many(options["sites"])
        return Plan(
            server=options["server"],
            sites=sites,
            speed=options["speed"],
            open_sky=options["sky"] == "open",
            every_s=options["every"],
            keys=Keys.parse(options["key"]),
            token=options["token"],
        )

    async def run(
        self, network: Network, report_s: float, seconds: float | None, *, while_stdin: bool
    ) -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: loop.call_soon_threadsafe(ended.set))
        if while_stdin:
            threading.Thread(target=_wait_for_stdin, args=(loop, ended), daemon=True).start()
        if seconds is not None:
            loop.call_later(seconds, ended.set)
        telling = asyncio.ensure_future(network.tell(report_s, self.say)) if report_s else None
        try:
            await network.run(ended)
        finally:
            if telling is not None:
                telling.cancel()

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _wait_for_stdin(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """A pipe from the process that started this one closes when that one ends, in whichever way."""
    while sys.stdin.buffer.read(1):
        pass
    loop.call_soon_threadsafe(ended.set)
