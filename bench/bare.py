"""The peers: the barest Django views that do the same SQL; no checks, no push, no middleware."""

import json
import secrets
import time

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

CLOCK = (
    "INSERT INTO jobs_siteclock (site, last_ms) VALUES (%s, %s) ON CONFLICT (site) DO UPDATE SET last_ms = "
    "CASE WHEN jobs_siteclock.last_ms >= excluded.last_ms THEN jobs_siteclock.last_ms + 1 "
    "ELSE excluded.last_ms END RETURNING last_ms"
)
SITE = "SELECT code, kind, wema, devices FROM sitecfg_site WHERE code = %s LIMIT 1"
UNREAD = "SELECT 1 FROM jobs_job WHERE site = %s AND status = 'UNREAD' LIMIT 1"
LOG = (
    "INSERT INTO logs_logmessage (site, message, log_level, timestamp, received_at) "
    "VALUES (%s, %s, %s, %s, %s) RETURNING id"
)
JOB = (
    "INSERT INTO jobs_job (ulid, site, status, alternate_status, timestamp_ms, device_type, device_instance, "
    "action, required_params, optional_params, user_id, user_name, user_roles, seconds_until_complete) "
    "VALUES (%s, %s, 'UNREAD', 'UNREAD', %s, %s, %s, %s, %s, %s, 'alice', 'Alice', '[]', NULL)"
)
HOLDERS = """
    SELECT creator_id, by_scheduler FROM reservations_reservation
        WHERE "end" > %s AND start <= %s AND site = %s
    UNION
    SELECT creator_id, by_scheduler FROM reservations_reservation
        WHERE "end" > %s AND start <= %s AND site IN (
            SELECT code FROM sitecfg_site WHERE wema = %s AND code <> %s
        )
    LIMIT 1000
"""


def newlog(request: HttpRequest) -> HttpResponse:
    body = json.loads(request.body)
    with connection.cursor() as cursor:
        cursor.execute(
            LOG, [body["site"], body["log_message"], body["log_level"], body["timestamp"], timezone.now()]
        )
        cursor.fetchone()
    return JsonResponse(body)


def newjob(request: HttpRequest) -> HttpResponse:
    body = json.loads(request.body)
    with connection.cursor() as cursor:
        cursor.execute(SITE, [body["site"]])
        cursor.fetchone()
        now, site = connection.ops.adapt_datetimefield_value(timezone.now()), body["site"]
        cursor.execute(HOLDERS, [now, now, site, now, now, site, site])
        cursor.fetchall()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLOCK, [body["site"], time.time_ns() // 1_000_000])
        timestamp_ms = cursor.fetchone()[0]
        cursor.execute(
            JOB,
            [
                secrets.token_hex(13),
                body["site"],
                timestamp_ms,
                body["device"],
                body["instance"],
                body["action"],
                json.dumps(body["required_params"]),
                json.dumps(body["optional_params"]),
            ],
        )
    return JsonResponse(body)


def getnewjobs(request: HttpRequest) -> HttpResponse:
    body = json.loads(request.body)
    with connection.cursor() as cursor:
        cursor.execute(UNREAD, [body["site"]])
        cursor.fetchone()
    return JsonResponse([], safe=False)
