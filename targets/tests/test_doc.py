"""docs/targets.md: every command in it is answered."""

import json
import shlex

import pytest

from testing.cast import Api
from testing.live import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]

TEXT = (ROOT / "docs" / "targets.md").read_text()
BLOCKS = [block.partition("```")[0] for block in TEXT.split("```sh\n")[1:]]
COMMANDS = [f"curl {each.strip()}" for block in BLOCKS for each in block.split("curl ") if each.strip()]


def test_there_are_commands() -> None:
    assert len(COMMANDS) >= 8


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_answered(api: Api, command: str) -> None:
    words = shlex.split(command)
    path = words[1].removeprefix("localhost:8000")
    body = json.loads(words[words.index("-d") + 1]) if "-d" in words else None

    answer = api.get(path) if body is None else api.post(path, body)

    assert answer.status_code == 200
