"""OpenAPI's links: which values of an answer go into the next call."""

from typing import Any

# (call, name of the link, next call, its parameters, its body). What else a body takes is added.
LINKS: list[tuple[str, str, str, dict[str, str], dict[str, Any]]] = [
    # A beginning for what hangs on nothing, and would not be taken for one: it names users and sites.
    ("GET /api/all/config", "commanded", "POST /jobs/newjob", {}, {}),
    ("GET /api/all/config", "reserved", "POST /calendar/newevent", {}, {}),
    ("GET /api/all/config", "planned", "POST /projects/new-project", {}, {}),
    ("GET /api/all/config", "configured", "PUT /api/{site}/config", {}, {}),
    ("GET /api/all/config", "its room", "GET /api/control_room/{site}", {}, {}),
    ("GET /api/all/config", "its pictures", "POST /api/upload", {}, {}),

    ("POST /jobs/newjob", "started", "POST /jobs/startjob", {},
     {"site": "$response.body#/site", "ulid": "$response.body#/ulid"}),
    ("POST /jobs/newjob", "fetched", "POST /jobs/getnewjobs", {}, {"site": "$response.body#/site"}),
    ("POST /jobs/newjob", "listed", "POST /jobs/getrecentjobs", {}, {"site": "$response.body#/site"}),
    ("POST /jobs/getnewjobs", "reported", "POST /jobs/updatejobstatus", {},
     {"site": "$response.body#/0/site", "ulid": "$response.body#/0/ulid"}),
    ("POST /jobs/startjob", "ended", "POST /jobs/updatejobstatus", {},
     {"site": "$request.body#/site", "ulid": "$response.body#/ulid"}),
    ("POST /jobs/updatejobstatus", "again", "POST /jobs/updatejobstatus", {},
     {"site": "$request.body#/site", "ulid": "$response.body#/ulid"}),

    ("POST /api/pipe/queue", "filled", "POST /api/pipe/enqueue", {},
     {"queue_name": "$request.body#/queue_name"}),
    ("POST /api/pipe/queue", "filled at once", "POST /api/pipe/enqueue_batch", {},
     {"queue_name": "$request.body#/queue_name"}),
    ("POST /api/pipe/enqueue", "seen", "GET /api/pipe/queue/{queue_name}",
     {"path.queue_name": "$response.body#/queue_name"}, {}),
    ("POST /api/pipe/enqueue", "taken", "POST /api/pipe/queue/{queue_name}/dequeue",
     {"path.queue_name": "$response.body#/queue_name"}, {"lease_s": 60, "wait_s": 0}),
    ("POST /api/pipe/queue/{queue_name}/dequeue", "done", "POST /api/pipe/ack", {},
     {"receipt": "$response.body#/receipt"}),
    ("POST /api/pipe/queue/{queue_name}/dequeue", "given back", "POST /api/pipe/nack", {},
     {"receipt": "$response.body#/receipt"}),
    ("POST /api/pipe/queue/{queue_name}/dequeue", "takes longer", "POST /api/pipe/extend", {},
     {"receipt": "$response.body#/receipt"}),
    ("POST /api/pipe/extend", "done", "POST /api/pipe/ack", {}, {"receipt": "$response.body#/receipt"}),
    ("POST /api/pipe/extend", "longer still", "POST /api/pipe/extend", {},
     {"receipt": "$response.body#/receipt"}),
    ("POST /api/pipe/nack", "taken again", "POST /api/pipe/queue/{queue_name}/dequeue",
     {"path.queue_name": "work"}, {"lease_s": 60, "wait_s": 0}),
    ("POST /api/pipe/queue", "deleted", "DELETE /api/pipe/queue/{queue_name}",
     {"path.queue_name": "$request.body#/queue_name"}, {}),
    ("POST /api/pipe/status", "asked for", "GET /api/pipe/status/{pipe_id}",
     {"path.pipe_id": "$response.body#/pipe_id"}, {}),
    ("POST /api/pipe/status", "forgotten", "DELETE /api/pipe/status/{pipe_id}",
     {"path.pipe_id": "$response.body#/pipe_id"}, {}),

    ("POST /projects/new-project", "asked for", "POST /projects/get-project", {},
     {"project_name": "$request.body#/project_name", "created_at": "$request.body#/created_at"}),
    ("POST /projects/new-project", "changed", "POST /projects/modify-project", {},
     {"project_name": "$request.body#/project_name", "created_at": "$request.body#/created_at"}),
    ("POST /projects/new-project", "worked on", "POST /projects/add-project-data", {},
     {"project_name": "$request.body#/project_name", "created_at": "$request.body#/created_at"}),
    ("POST /projects/new-project", "scheduled", "POST /projects/add-project-event", {},
     {"project_name": "$request.body#/project_name", "created_at": "$request.body#/created_at"}),
    ("POST /projects/modify-project", "deleted", "POST /projects/delete-project", {},
     {"project_name": "$request.body#/project_name", "created_at": "$request.body#/created_at"}),
    ("POST /projects/add-project-data", "asked for", "POST /projects/get-project", {},
     {"project_name": "$request.body#/project_name", "created_at": "$request.body#/created_at"}),

    ("POST /calendar/newevent", "changed", "POST /calendar/modifyevent", {},
     {"event_id": "$request.body#/event_id"}),
    ("POST /calendar/newevent", "given a project", "POST /calendar/add-projects-to-events", {},
     {"events": ["$request.body#/event_id"]}),
    ("POST /calendar/newevent", "without a project", "POST /calendar/remove-project-from-events", {},
     {"events": ["$request.body#/event_id"]}),
    ("POST /calendar/newevent", "listed", "POST /calendar/siteevents", {},
     {"site": "$request.body#/site", "start": "2000-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z"}),
    ("POST /calendar/newevent", "deleted", "POST /calendar/delete", {},
     {"event_id": "$request.body#/event_id"}),
    ("POST /calendar/modifyevent", "deleted", "POST /calendar/delete", {},
     {"event_id": "$request.body#/event_id"}),

    ("PUT /api/{site}/config", "asked for", "GET /api/{site}/config",
     {"path.site": "$request.path.site"}, {}),
    ("PUT /api/{site}/config", "nights", "GET /api/events", {"query.site": "$request.path.site"}, {}),
    ("PUT /api/{site}/config", "deleted", "DELETE /api/{site}/config",
     {"path.site": "$request.path.site"}, {}),
    ("POST /status/{site}/status", "asked for", "GET /status/{site}/complete_status",
     {"path.site": "$request.path.site"}, {}),
    ("POST /status/{site}/status", "cleared", "GET /status/{site}/clear_all_status",
     {"path.site": "$request.path.site"}, {}),
    ("POST /status/phase_status", "asked for", "GET /status/phase_status/{site}",
     {"path.site": "$request.body#/site"}, {}),
    ("POST /logs/newlog", "listed", "GET /logs/recent-logs", {"query.site": "$request.body#/site"}, {}),
    ("POST /api/nightlog/{site}", "asked for", "GET /api/nightlog/{site}",
     {"path.site": "$request.path.site"}, {}),
    ("POST /api/nightlog/{site}", "removed", "DELETE /api/nightlog/{site}",
     {"path.site": "$request.path.site"}, {}),
    ("GET /api/control_room/{site}", "restarted", "GET /api/control_room/{site}/restart",
     {"path.site": "$request.path.site"}, {}),
    ("GET /api/control_room/{site}", "removed", "DELETE /api/control_room/{site}",
     {"path.site": "$request.path.site"}, {}),
]  # fmt: skip


def with_links(document: dict[str, Any]) -> dict[str, Any]:
    """The documentation, with LINKS in it."""
    for call, name, following, parameters, body in LINKS:
        link: dict[str, Any] = {
            "operationId": _call(document, following)["operationId"],
            "parameters": parameters,
        }
        if body:
            link["requestBody"] = body
        _call(document, call)["responses"]["200"].setdefault("links", {})[name] = link
    return document


def _call(document: dict[str, Any], name: str) -> dict[str, Any]:
    method, _, path = name.partition(" ")
    found: dict[str, Any] = document["paths"][path][method.lower()]
    return found
