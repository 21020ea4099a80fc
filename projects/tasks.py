from celery import shared_task

from projects import frames


@shared_task
def match_frame(base_filename: str) -> None:
    frames.match(base_filename)


@shared_task
def resume() -> None:
    frames.resume()
