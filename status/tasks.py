from celery import shared_task

from status import services


@shared_task
def forget_silent_devices() -> None:
    services.forget_silent_devices()


@shared_task
def expire() -> None:
    services.expire()
