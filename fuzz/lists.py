"""Everything that shows what was stored: after whatever was sent, each still has to answer."""

from testing.cast import ALICE, SITE

YEARS = {"start": "2000-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z"}

# Method, path, body.
LISTS: list[tuple[str, str, dict[str, object] | None]] = [
    ("GET", "/healthz", None),
    ("GET", "/api/all/config", None),
    ("GET", f"/api/{SITE}/config", None),
    ("GET", f"/api/nightlog/{SITE}", None),
    ("GET", "/api/filtered_images", None),
    ("GET", f"/api/{SITE}/latest_images/50", None),
    ("GET", "/api/latest_image_all_sites", None),
    ("GET", f"/api/recentuploads?site={SITE}", None),
    ("GET", f"/api/infoimage/{SITE}/1", None),
    ("GET", "/api/pipe/queues", None),
    ("GET", "/api/pipe/depths", None),
    ("GET", "/api/pipe/leases", None),
    ("GET", "/api/pipe/dead", None),
    ("GET", "/api/pipe/statuses", None),
    ("GET", f"/status/{SITE}/complete_status", None),
    ("GET", f"/status/{SITE}/device_status", None),
    ("GET", f"/status/{SITE}/weather", None),
    ("GET", f"/status/{SITE}/weather/history", None),
    ("GET", f"/status/phase_status/{SITE}", None),
    ("GET", "/status/allopenstatus", None),
    ("GET", "/status/lastseen", None),
    ("GET", f"/logs/recent-logs?site={SITE}", None),
    ("GET", f"/projects/progress?user_id={ALICE.user_id}", None),
    ("POST", "/jobs/getrecentjobs", {"site": SITE, "timeRange": 1e12}),
    ("POST", "/projects/get-all-projects", None),
    ("POST", "/projects/get-user-projects", {"user_id": ALICE.user_id}),
    ("POST", "/calendar/siteevents", {"site": SITE, "full_project_details": True, **YEARS}),
    ("POST", "/calendar/scheduler-observations", {"site": SITE, **YEARS}),
    ("POST", "/calendar/user-events-ending-after-time", {"user_id": ALICE.user_id, "time": YEARS["start"]}),
]
# What answers without a body when there is nothing.
EMPTY = {200, 204}
