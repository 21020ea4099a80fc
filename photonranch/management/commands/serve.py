"""`manage.py serve`: the whole server in one process, as `make run` starts it."""

from argparse import ArgumentParser
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command


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

    def handle(self, *args: Any, **options: Any) -> None:
        # Daphne first: it brings Twisted's event loop, which must be in place before anything uses another.
        from streams.server import PatientServer  # isort: skip

        from photonranch import asgi, auth
        from photonranch.embedded import background
        from sitecfg import demo

        call_command("migrate", interactive=False, verbosity=0)
        if auth.uses_own_issuer():
            auth.own_key()
        if settings.DEMO:
            demo.load_into_empty()

        def ready() -> None:
            asgi.started()
            for host, port in server.listening_addresses:
                self.say_where(host, port)

        host = options["host"].replace(":", r"\:")
        server = PatientServer(
            application=asgi.application,
            endpoints=[f"tcp:port={options['port']}:interface={host}"],
            ready_callable=ready,
            # A browser page stays open for days; a socket that is gone is found by its unanswered pings.
            websocket_timeout=-1,
            ping_interval=options["ping"],
            ping_timeout=options["ping"],
            # Of what is sent and received, as uvicorn's default; what clients say comes in one small frame.
            websocket_max_message_size=16 * 1024 * 1024,
            websocket_max_frame_size=64 * 1024,
            http_timeout=120,
            server_name="photonranch",
        )
        # Daphne says why it cannot listen, in its log, and ends as if all were well.
        refused: list[str] = []

        def not_listening(failure: Any) -> None:
            refused.append(failure.getErrorMessage())
            server.stop()

        server.listen_error = not_listening
        with nullcontext() if settings.REDIS_URL else background():
            server.run()
        if refused:
            raise CommandError(f"{refused[0]} Another --port or --host (PORT, HOST) may be free.")

    def say_where(self, host: str, port: int) -> None:
        base = f"http://{'localhost' if host in ('0.0.0.0', '::') else host}:{port}"  # noqa: S104
        self.stdout.write(
            f"\nPhoton Ranch is ready.\n"
            f"  the API, explained   {base}/api/docs\n"
            f"  the admin            {base}/admin/  (first: python manage.py createsuperuser)\n"
            f"  a site's stream      {base.replace('http', 'ws', 1)}/datastream?site=saf\n"
            f"  a token to try with  python manage.py token alice --role admin\n"
        )
        self.stdout.flush()
