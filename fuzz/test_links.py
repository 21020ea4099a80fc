"""One call after the other, with what the one before answered: what is made is changed, taken, deleted."""

from contextlib import suppress
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import Flaky
from schemathesis import Case, Response
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.stateful import run_state_machine_as_test
from schemathesis.generation.stateful.state_machine import StepInput, StepOutput

from fuzz.answers import RawAnswer, problems
from fuzz.budget import OF_LINKS, SEED, Share, random_for
from fuzz.document import Operation, Plausible, document, operations
from fuzz.links import with_links
from fuzz.target import FuzzTarget
from fuzz.test_mutations import look

# What a server answers depends on what it was sent before, which Hypothesis calls flaky: it is given few
# scenarios at a time, and begins anew with the next seed.
AT_ONCE = 5
STEPS = 12
# What no call takes leads nowhere.
OF_PLAUSIBLE = 0.7

schema = schemathesis.openapi.from_dict(with_links(document()), config=SchemathesisConfig())
OPERATIONS = {operation.name: operation for operation in operations()}
Machine: Any = schema.as_state_machine()


@pytest.mark.parametrize("caller", ["nobody", "user", "admin", "site"])
def test_whatever_follows_from_what_it_answered(there: FuzzTarget, caller: str) -> None:
    if caller not in there.callers:
        pytest.skip(f"no token of {caller} for {there.url}")
    wrong: dict[str, str] = {}
    with requests.Session() as session:
        session.trust_env = False
        _run(_steps(there, caller, session, wrong), Share(OF_LINKS / 4))
    wrong |= look(there)

    assert there.kinds[f"link followed as {caller}"]
    assert not wrong, "\n" + "\n".join(f"{problem}: {what}" for problem, what in wrong.items())


def _run(machine: Any, share: Share) -> None:
    here = settings(
        max_examples=AT_ONCE,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run = 0
    while share.take():
        with suppress(Flaky):
            run_state_machine_as_test(seed(SEED + run)(machine), settings=here)
        run += 1


def make_plausible(input: StepInput, plausible: Plausible) -> None:
    """Give a call what the network's programs would send, around what its link brought."""
    case, brought = input.case, {(location.value, name) for location, name in input.applied_parameters}
    operation: Operation = OPERATIONS[f"{case.method} {case.operation.path}"]
    for parameter in operation.parameters:
        name = parameter["name"]
        if parameter["in"] == "path" and ("path", name) not in brought:
            case.path_parameters[name] = plausible.text(name)
    if operation.body:
        body = plausible.body(operation)
        if isinstance(body, dict) and isinstance(case.body, dict):
            body |= {name: value for name, value in case.body.items() if ("body", name) in brought}
        case.body = body


def _steps(there: FuzzTarget, caller: str, session: requests.Session, wrong: dict[str, str]) -> Any:
    random = random_for(caller)
    plausible = Plausible(random, there.known)

    class Steps(Machine):
        kind = ""

        def step(self, input: StepInput) -> StepOutput:
            self.kind = f"link followed as {caller}" if input.is_applied else f"call as {caller}"
            if random.random() < OF_PLAUSIBLE:
                make_plausible(input, plausible)
            output: StepOutput = super().step(input)
            return output

        def call(self, case: Case[Any], **_: Any) -> Response:
            headers = {"Authorization": there.callers[caller]} if there.callers[caller] else {}
            if isinstance(case.body, dict) and "wait_s" in case.body:
                case.body["wait_s"] = 0
            return case.call(base_url=there.url, headers=headers, session=session, timeout=60)

        def validate_response(self, response: Response, case: Case[Any], *_: Any, **__: Any) -> None:
            kind = response.headers.get("content-type", [""])[0]
            answer = RawAnswer(response.status_code, kind, response.content, response.elapsed)
            name = f"{case.method} {case.operation.path}"
            there.count(self.kind, answer, name)
            documented = frozenset(case.operation.definition.raw["responses"])
            for problem in problems(answer, documented, is_http=True, has_body=case.method != "HEAD"):
                wrong.setdefault(f"{problem}: {name}", f"{case.as_curl_command()[:900]}\n    → {answer}")

    return Steps
