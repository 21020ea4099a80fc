"""The Celery app, and the table of what runs by the clock."""

import os

from celery import Celery

from photonranch.observe import working

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "photonranch.settings")

app = Celery("photonranch")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
working.join(app)

MINUTE = 60.0
HOUR = 60 * MINUTE

# What -> how often, in seconds. Each task is safe to run late, twice or not at all for a while.
app.conf.beat_schedule = {
    "expire-logs": {"task": "logs.tasks.expire", "schedule": HOUR},
    "compute-nights": {"task": "sitecfg.tasks.compute_nights", "schedule": 6 * HOUR},
    "restart-control-rooms": {"task": "sitecfg.tasks.restart_control_rooms", "schedule": 5 * MINUTE},
    "expire-night-notes": {"task": "sitecfg.tasks.expire_notes", "schedule": HOUR},
    "empty-deleted-queues": {"task": "pipe.tasks.purge", "schedule": MINUTE},
    "return-ended-leases": {"task": "pipe.tasks.return_ended", "schedule": MINUTE},
    "sample-depths": {"task": "pipe.tasks.sample_depths", "schedule": MINUTE},
    "sweep-uploads": {"task": "images.tasks.sweep", "schedule": 10 * MINUTE},
    "measure-storage": {"task": "images.tasks.measure", "schedule": 10 * MINUTE},
    "expire-images": {"task": "images.tasks.expire", "schedule": MINUTE},
    "expire-unread-jobs": {"task": "jobs.tasks.expire_unread", "schedule": MINUTE},
    "expire-status": {"task": "status.tasks.expire", "schedule": HOUR},
    "forget-silent-devices": {"task": "status.tasks.forget_silent_devices", "schedule": HOUR},
}
