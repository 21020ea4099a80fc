"""Something of everything, so that what is sent meets rows and not only empty tables."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from fuzz.document import A_SITE
from fuzz.mutations import encode
from fuzz.target import FuzzTarget
from photonranch.lenient_json import Json, loads
from testing.cast import SITE, WEMA, a_command, a_project, an_event


def prepare(there: FuzzTarget) -> None:
    """By the network's own calls, as an admin where there is one. What a server refuses it goes without."""
    caller = "admin" if "admin" in there.callers else "nobody"
    soon = timezone.now() + timedelta(hours=1)
    project = a_project()
    calls: list[tuple[str, str, Json]] = [
        ("PUT", f"/api/{SITE}/config", A_SITE),
        ("PUT", f"/api/{WEMA}/config", {**A_SITE, "instance_type": "wema"}),
        ("POST", "/jobs/newjob", a_command()),
        ("POST", "/projects/new-project", project),
        ("POST", "/calendar/newevent", an_event(soon, project_id=f"m31#{project['created_at']}")),
        ("POST", "/logs/newlog", {"site": SITE, "log_message": "Parking.", "log_level": "info"}),
        ("POST", f"/status/{SITE}/status", {"statusType": "device", "status": {"mount": {"eastpier": {}}}}),
        ("POST", "/status/phase_status", {"site": SITE, "message": "Waiting", "timestamp": soon.timestamp()}),
        ("POST", f"/api/nightlog/{SITE}", {"note_data": "Clear."}),
        ("POST", "/api/pipe/queue", {"queue_name": "work"}),
        ("POST", "/api/pipe/enqueue", {"queue_name": "work", "payload": {"n": 1}, "sender": SITE}),
        ("POST", "/api/pipe/queue/work/dequeue", {"lease_s": 600}),
        ("POST", "/api/pipe/status", {"pipe_id": "pipe-1", "status": "online"}),
        ("POST", "/api/upload", {"object_name": f"{SITE}-sim-20261120-00000001-EX10.jpg"}),
    ]
    for method, path, body in calls:
        answer = there.ask(method, path, _headers(there, caller), encode(body))
        if answer.status == 200 and answer.content_type.startswith("application/json"):
            there.known.learn(loads(answer.body))


def _headers(there: FuzzTarget, caller: str) -> list[tuple[str, str]]:
    shown: Any = there.callers[caller]
    return [("Authorization", shown)] if shown else []
