"""Every documented call, with requests that are nearly what it takes."""

import pytest

from fuzz.answers import RawAnswer, problems
from fuzz.budget import OF_MUTATIONS, Share, random_for
from fuzz.document import Operation, Plausible, operations
from fuzz.lists import EMPTY, LISTS
from fuzz.mutations import Mutator, Sent, encode
from fuzz.target import FuzzTarget

OPERATIONS = operations()
WEIGHTS = sum(operation.weight for operation in OPERATIONS)
# Where requests are not what HTTP allows, servers may answer for themselves.
NO_HTTP = {"header", "method", "content type"}
# Enough to see what is wrong.
MAX_SHOWN = 12


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_nothing_that_is_sent_makes_it_fail(there: FuzzTarget, operation: Operation) -> None:
    random = random_for(operation.name)
    mutator = Mutator(operation, Plausible(random, there.known), random)
    share = Share(OF_MUTATIONS * operation.weight / WEIGHTS)
    wrong: dict[str, str] = {}
    while share.take() and len(wrong) < MAX_SHOWN:
        request = mutator.next()
        caller = random.choice(list(there.callers))
        answer = there.send(request, caller)
        for problem in _problems(request, answer):
            wrong.setdefault(f"{problem} ({request.kind})", f"{_shown(request)} by {caller}\n    → {answer}")
    if operation.method != "GET":
        wrong |= look(there)

    assert not wrong, "\n" + "\n".join(f"{problem}: {what}" for problem, what in wrong.items())


def _problems(request: Sent, answer: RawAnswer) -> list[str]:
    is_http = request.kind not in NO_HTTP and len(request.url) < 8000
    has_body = request.method != "HEAD"
    return problems(answer, request.operation.responses, is_http=is_http, has_body=has_body)


def _shown(request: Sent) -> str:
    content = request.content or b""
    return f"{request.method} {request.url[:300]} {request.headers} {content[:600]!r} ({len(content)} bytes)"


def look(there: FuzzTarget) -> dict[str, str]:
    """The lists that do not answer now."""
    wrong = {}
    for method, path, body in LISTS:
        answer = there.ask(method, path, [], None if body is None else encode(body))
        there.count("list", answer, path)
        found = problems(answer, frozenset(), is_http=True, has_body=answer.status != 204)
        if found or (answer.status not in EMPTY and not (answer.status == 404 and "config" in path)):
            wrong[f"{method} {path} afterwards"] = f"{found} {answer}"
    return wrong
