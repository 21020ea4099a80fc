"""The table of commands in docs/observatories.md, which is the telescopes' own vocabulary."""

import re
from pathlib import Path

from simulator.commands import ACTIONS
from simulator.commands.scripts import SCRIPTS

DOC = Path(__file__).parents[2] / "docs" / "observatories.md"


def test_what_the_simulator_understands_is_what_is_documented() -> None:
    """But for its screen and selector, which the telescopes' program does not serve."""
    table = DOC.read_text().partition("## The vocabulary of commands")[2].partition("\n## ")[0]
    told = set(re.findall(r"`([^`]+)`", table))
    # Written with an ellipsis there.
    pairs = {"configure_pointing_reference_off", "obs_configure_auto_center_off"}
    for device, actions in ACTIONS.items():
        if device not in ("screen", "selector"):
            assert set(actions) - pairs <= told, device
    assert set(SCRIPTS) <= told
