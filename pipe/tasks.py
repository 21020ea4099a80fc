from celery import shared_task

from pipe import services


@shared_task
def return_ended() -> None:
    services.return_ended()


@shared_task
def purge() -> None:
    services.purge()


@shared_task
def sample_depths() -> None:
    services.sample_depths()
