"""The Celery app, and the table of what runs by the clock."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "photonranch.settings")

app = Celery("photonranch")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

MINUTE = 60.0
HOUR = 60 * MINUTE

# What -> how often, in seconds. Each task is safe to run late, twice or not at all for a while.
app.conf.beat_schedule = {
    "expire-logs": {"task": "logs.tasks.expire", "schedule": HOUR},
    "sweep-uploads": {"task": "images.tasks.sweep", "schedule": 10 * MINUTE},
    "expire-images": {"task": "images.tasks.expire", "schedule": MINUTE},
    "expire-unread-jobs": {"task": "jobs.tasks.expire_unread", "schedule": MINUTE},
}
