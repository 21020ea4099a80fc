"""Checks of answers: what none may be, whatever was asked."""

import json
from dataclasses import dataclass
from http import HTTPStatus

# Generous: these share a machine with the tests, and a zip is waited for.
MAX_S = 10.0
# Refusals that servers make before an application is asked: of what is no HTTP, or more than they take.
BY_THE_SERVER = {400, 405, 408, 411, 413, 414, 417, 431, 501, 505}
KNOWN_STATUS = {int(status) for status in HTTPStatus}


@dataclass(frozen=True)
class RawAnswer:
    """`status` 0: the connection was closed without an answer."""

    status: int
    content_type: str
    body: bytes
    seconds: float

    def __str__(self) -> str:
        return f"{self.status} {self.content_type!r} {self.body[:160]!r}"


def problems(
    answer: RawAnswer, documented: frozenset[str], *, is_http: bool, has_body: bool = True
) -> list[str]:
    """What is wrong with `answer`. `documented`: the statuses that the documentation names for this call.

    `is_http`: whether the request's head was one; of others a server may refuse in its own words, or hang up.
    """
    faults = []
    if answer.seconds > MAX_S:
        faults.append(f"took {answer.seconds:.0f} s")
    if answer.status == 0 or (not is_http and answer.status in BY_THE_SERVER):
        return faults if not is_http else [*faults, "no answer"]
    if answer.status not in KNOWN_STATUS:
        faults.append(f"unknown status {answer.status}")
    if answer.status >= 500 and str(answer.status) not in documented:
        faults.append(f"undocumented {answer.status}")
    if b"Internal server error" in answer.body:
        faults.append("a failure that nobody foresaw")
    if has_body and answer.status not in (204, 304):
        faults += _of_body(answer, says_so=answer.status >= 500 and str(answer.status) in documented)
    return faults


def _of_body(answer: RawAnswer, *, says_so: bool) -> list[str]:
    """`says_so`: a failure that the documentation names, and may give any object, as /readyz its parts."""
    kind = answer.content_type.partition(";")[0].strip()
    if kind == "application/json":
        value = _strict_json(answer.body)
        if value is NOT_JSON:
            return ["not strict JSON"]
        if answer.status < 400 or _is_refusal(value) or (says_so and isinstance(value, dict)):
            return []
        return ["a refusal that is neither a sentence nor {message}"]
    if answer.status < 400 or (kind == "text/plain" and _is_sentence(answer.body)):
        return []
    return [f"a refusal as {kind or 'nothing'}"]


NOT_JSON = object()


def _strict_json(text: bytes) -> object:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        value: object = json.loads(text.decode("utf-8"), parse_constant=refuse)
    except (ValueError, RecursionError):
        return NOT_JSON
    return value


def _is_refusal(value: object) -> bool:
    """`{"message": sentence}`; or `[]`, for callers that would misread anything else."""
    if value == []:
        return True
    return isinstance(value, dict) and isinstance(value.get("message"), str) and value["message"] != ""


def _is_sentence(text: bytes) -> bool:
    try:
        sentence = text.decode("utf-8").strip()
    except UnicodeDecodeError:
        return False
    return bool(sentence) and "<html" not in sentence.lower() and "Traceback" not in sentence
