from celery import shared_task

from logs import services


@shared_task
def expire() -> None:
    services.expire()
