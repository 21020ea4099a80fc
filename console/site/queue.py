"""A site's commands as its page lists them: a word for each state, and when the site says it will be done."""

from typing import Any, Final

from jobs import states
from jobs.models import Job, JobReport

SHOWN: Final = 40
_MOST_PARAMS: Final = 6

# State -> the word that people read, and the tone of its badge.
WORDS: Final[dict[str, tuple[str, str]]] = {
    states.UNREAD: ("waiting", ""),
    states.ALTERNATE: ("waiting", ""),
    states.RECEIVED: ("fetched", "busy"),
    states.COMPLETE: ("done", "good"),
    "COMPLETED": ("done", "good"),
    "DONE": ("done", "good"),
    "FAILED": ("failed", "bad"),
    "ERROR": ("failed", "bad"),
    "ABORTED": ("aborted", "bad"),
    "STOPPED": ("stopped", "bad"),
    states.CANCELED: ("cancelled", "bad"),
    "CANCELLED": ("cancelled", "bad"),
    states.EXPIRED: ("expired", "bad"),
}


def word(status: str) -> tuple[str, str]:
    """The word and the tone of a state; observatories name the states of their work as they like."""
    return WORDS.get(status.upper(), (status.replace("_", " ").lower(), "busy"))


def rows(site: str) -> list[dict[str, Any]]:
    """The newest jobs of `site`, newest first."""
    jobs = list(Job.objects.newest(site, SHOWN))
    ends = _ends(jobs)
    return [_row(job, ends.get(job.ulid)) for job in jobs]


def _row(job: Job, ends_ms: int | None) -> dict[str, Any]:
    said, tone = word(job.status)
    return {
        "ulid": job.ulid,
        "status": job.status,
        "word": said,
        "tone": tone,
        "title": title(job.device_type, job.action),
        "details": details(job.required_params, job.optional_params),
        "user_name": job.user_name,
        "timestamp_ms": job.timestamp_ms,
        "ends_ms": ends_ms,
    }


def title(device: str, action: str) -> str:
    name = action.replace("_", " ")
    return name if device in ("", "all") else f"{device.replace('_', ' ')}: {name}"


def details(required: dict[str, Any], optional: dict[str, Any]) -> str:
    """What was asked for, in a line: the parameters that say something."""
    told = [
        f"{key.replace('_', ' ')} {str(value)[:40]}"
        for key, value in {**required, **optional}.items()
        if isinstance(value, str | int | float)
        and not isinstance(value, bool)
        and key in TOLD
        and value != ""
    ]
    return ", ".join(told[:_MOST_PARAMS])


# Parameters that people know a command by; the others are the machines' business.
TOLD: Final = (
    "time", "count", "filter", "filter_name", "image_type", "object", "object_name", "ra", "dec", "az", "alt",
    "position", "script", "mode", "enclosure_mode", "user_provided_reason",
)  # fmt: skip


def _ends(jobs: list[Job]) -> dict[str, int]:
    """Of jobs that are being worked on: when the site said they would be done, unix ms."""
    working = [job.ulid for job in jobs if states.stage(job.status) == states.WORKING]
    if not working:
        return {}
    reports = JobReport.objects.filter(job__in=working, applied=True).order_by("received_at", "pk")
    ends: dict[str, int] = {}
    for report in reports:
        seconds = estimate(report.seconds_until_complete)
        if seconds is not None:
            ends[report.job_id] = int(report.received_at.timestamp() * 1000 + seconds * 1000)
        else:
            ends.pop(report.job_id, None)
    return ends


def estimate(said: Any) -> float | None:
    """Seconds, from a number or its text; None for none (-1) and for what is no time."""
    try:
        seconds = float(said)
    except (TypeError, ValueError):
        return None
    return seconds if 0 <= seconds < 86_400 * 7 else None


def as_json() -> dict[str, Any]:
    """The words, for the script."""
    return {"words": WORDS, "told": TOLD, "shown": SHOWN, "stages": states.STAGE}
