"""The wiring: settings, the edge every request passes, who is calling, the Celery app, the servers."""

from photonranch.celery import app as celery_app

__all__ = ["celery_app"]
