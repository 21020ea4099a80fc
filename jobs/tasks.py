from celery import shared_task

from jobs import services


@shared_task
def expire_unread() -> None:
    services.expire_unread()
