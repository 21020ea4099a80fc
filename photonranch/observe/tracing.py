"""One id per request, which follows what the request sets off: log lines, tasks, frames.

It lies in a context variable: asgiref copies the context into the threads that views run in, Celery's
messages carry it in a header, `streams.frames` puts it into frames.
"""

import os
import re
from contextvars import ContextVar, Token

HEADER = "X-Request-ID"
# What a proxy, or a client, may call a request. Anything else might be made to look like more than an id.
_SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_task: ContextVar[str] = ContextVar("task", default="")


def request_id() -> str:
    """The id of the request that this code runs for, at whatever remove; empty when there is none."""
    return _request_id.get()


def task() -> str:
    """The name and id of the task that this code runs in; empty outside of tasks."""
    return _task.get()


def accepted(proposed: str | None) -> str:
    """`proposed`, when it may serve as an id, or a new one."""
    return proposed if proposed and _SANE.fullmatch(proposed) else os.urandom(16).hex()


def begin(request_id: str) -> Token[str]:
    """Everything from here on belongs to that request, until `end` gets the token."""
    return _request_id.set(request_id)


def end(token: Token[str]) -> None:
    _request_id.reset(token)


def begin_task(request_id: str, name: str, task_id: str) -> None:
    """A worker's thread or process begins a task: what it had before is over."""
    _request_id.set(request_id)
    _task.set(f"{name}[{task_id}]")


def end_task() -> None:
    _request_id.set("")
    _task.set("")
