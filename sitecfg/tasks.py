from celery import shared_task

from sitecfg import nights, rooms, services


@shared_task
def compute_nights() -> None:
    nights.compute_ahead()
    nights.forget_past()


@shared_task
def compute_nights_of(site: str) -> None:
    nights.compute_standing_at(site)


@shared_task
def expire_notes() -> None:
    services.expire_notes()


@shared_task
def restart_control_rooms() -> None:
    rooms.restart_due()
