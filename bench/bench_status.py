"""The hottest write: a mount-only status posted into a document of 12 kB, several times a second in a slew.

    python -m bench.bench_status
    DATABASE_URL=postgres://… REDIS_URL=redis://… python -m bench.bench_status

The peer is the barest Django view that does the same: JSON in, the same row locked, one key of its document
replaced, the row written, JSON out. Both run in turns, in one process, behind the same middleware, called as
a WSGI server calls them, each with its own transaction and commit. Printed are the medians and their ratio.
"""

import io
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import orjson
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from bench.database import prepared_database

WARM_UP = 100
PAIRS = 1500
SITES = 200

MOUNT = {
    "mount": {
        "eastpier": {
            **{f"rate_or_angle_{number}": number * 1.2345 for number in range(20)},
            "is_slewing": True,
            "message": "-",
        }
    },
    "timestamp": 876131400.062,
    "send_heartbeat": False,
    "current_fwhm_seeing": 2.1,
}


def a_whole_device_status() -> dict[str, Any]:
    """A post that becomes a document of about 12 kB."""
    others = {
        f"device_{number}": {f"instance_{number}": {f"reading_{key}": key * 0.5 for key in range(21)}}
        for number in range(9)
    }
    return {**MOUNT, **others}


@csrf_exempt
def barest(request: HttpRequest) -> HttpResponse:
    from status.models import Status

    body = json.loads(request.body)
    with transaction.atomic():
        status = Status.objects.select_for_update().get(site="saf", status_type=body["statusType"])
        status.document["mount"] = body["status"]["mount"]
        status.save(update_fields=["document"])
    return JsonResponse({})


def caller(url: str, body: bytes) -> Callable[[], None]:
    """Calls the application as a WSGI server does."""
    application = get_wsgi_application()

    def call() -> None:
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": url,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
        }
        said: list[str] = []

        def start_response(status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], object]:
            said.append(status)
            return len

        answer = application(environ, start_response)
        b"".join(answer)
        getattr(answer, "close", lambda: None)()
        assert said == ["200 OK"], said

    return call


def seconds_each(work: Callable[[], object], times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - started) / times


def measure() -> None:
    from status import services
    from status.models import Status
    from status.serializers import open_status

    services.report("saf", "device", a_whole_device_status())
    size = len(orjson.dumps(Status.objects.get().document))
    body = json.dumps({"statusType": "device", "status": MOUNT}).encode()
    ours, peer = caller("/status/saf/status", body), caller("/barest", body)
    for work in (ours, peer):
        seconds_each(work, WARM_UP)
    # In turns, call by call: what else the machine does meets both.
    pairs = [(seconds_each(ours, 1), seconds_each(peer, 1)) for _ in range(PAIRS)]
    our_ms, peer_ms = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    print(f"{connection.vendor}, document of {size} bytes, medians of {PAIRS} pairs of posts")
    print(f"  status post  {our_ms:.2f} ms")
    print(f"  barest view  {peer_ms:.2f} ms")
    print(f"  ratio        {our_ms / peer_ms:.2f}  (aim: at most 2.5)")

    document = Status.objects.get().document
    Status.objects.bulk_create(
        Status(site=f"site{site}", status_type=status_type, document=document, server_timestamp_ms=site)
        for site in range(SITES)
        for status_type in ("device", "weather", "enclosure", "obs_settings")
    )
    with CaptureQueriesContext(connection) as queries:
        open_status(Status.objects.ages(), 0)
    spent = seconds_each(lambda: bool(open_status(Status.objects.ages(), 0)), 20)
    print(f"allopenstatus, {SITES} sites: {len(queries)} query, {spent * 1000:.1f} ms")


def main() -> None:
    with prepared_database():
        from photonranch import urls

        urls.urlpatterns.append(path("barest", barest))
        measure()


if __name__ == "__main__":
    main()
