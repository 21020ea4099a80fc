"""What is imported is named, and what is installed is locked: with its version and the hash of every file."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(settings.BASE_DIR)
# What no server imports: it may need what requirements-dev.in adds.
FOR_TESTS = {"tests", "testing", "bench", "fuzz", ".ci", "conftest.py"}
NOT_OURS = {".venv", "node_modules", "site", "var"}
SETS = ("requirements", "requirements-dev")
LOCKED = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[\w.]+)(?: ; (?P<marker>[^\\]+?))?(?P<hashes>(?: \\\n    --hash=\S+)*)$"
)


def named(of: str) -> list[Requirement]:
    """The lines of `requirements.in`, or of `requirements-dev.in`."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / f"{of}.in").read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-c")]


def locked(of: str) -> list[re.Match[str]]:
    """The entries of the lock; an entry that reads differently fails."""
    text = re.sub(r"^#.*\n", "", (ROOT / f"{of}.txt").read_text(), flags=re.MULTILINE)
    entries = re.split(r"\n(?=\S)", text.strip())
    found = [LOCKED.match(entry) for entry in entries]
    assert [entry for entry, match in zip(entries, found, strict=True) if match is None] == []
    return [match for match in found if match]


def names(requirements: list[Requirement]) -> set[str]:
    return {str(canonicalize_name(requirement.name)) for requirement in requirements}


def python_files() -> Iterator[tuple[Path, bool]]:
    """Every file of ours, and whether it is there for tests alone."""
    for top in ROOT.iterdir():
        if top.name not in NOT_OURS:
            for path in top.rglob("*.py") if top.is_dir() else [top] if top.suffix == ".py" else []:
                yield path, bool(FOR_TESTS & set(path.relative_to(ROOT).parts))


def imported(path: Path) -> Iterator[str]:
    """The packages, by the first part of their names, that a file imports anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def distributions(package: str, known: Mapping[str, list[str]]) -> set[str]:
    """Who provides a package: who is called like it, where several put something into its folder."""
    providers = {str(canonicalize_name(each)) for each in known.get(package, [package])}
    return providers & {str(canonicalize_name(package))} or providers


def test_every_package_that_is_imported_is_named() -> None:
    known, ours = packages_distributions(), {path.stem for path in ROOT.iterdir()}
    server = names(named("requirements"))
    all_of_them = server | names(named("requirements-dev"))
    unnamed, looked_at = set(), 0
    for path, for_tests in python_files():
        for package in set(imported(path)) - ours - sys.stdlib_module_names:
            looked_at += 1
            if not distributions(package, known) & (all_of_them if for_tests else server):
                unnamed.add(f"{package}, by {path.relative_to(ROOT)}")

    assert looked_at > 500
    assert unnamed == set()


@pytest.mark.parametrize("of", SETS)
def test_what_is_named_has_one_version_and_the_lock_holds_it(of: str) -> None:
    versions = {canonicalize_name(entry["name"]): entry["version"] for entry in locked(of)}

    for requirement in named(of):
        assert str(requirement.specifier) == f"=={versions.get(canonicalize_name(requirement.name))}", (
            "make lock"
        )


@pytest.mark.parametrize("of", SETS)
def test_every_entry_of_the_lock_has_hashes_and_nothing_of_one_machine(of: str) -> None:
    for entry in locked(of):
        hashes = re.findall(r"--hash=(\S+)", entry["hashes"])
        assert hashes, entry["name"]
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), entry["name"]
    assert not re.search(r"://|^-|file:|^\s*/", (ROOT / f"{of}.txt").read_text(), re.MULTILINE)


def test_both_locks_agree() -> None:
    server = {(entry["name"], entry["marker"]): entry["version"] for entry in locked("requirements")}

    for entry in locked("requirements-dev"):
        assert server.get((entry["name"], entry["marker"]), entry["version"]) == entry["version"], entry[
            "name"
        ]


def test_what_a_package_brings_along_is_locked_too() -> None:
    """Else pip would refuse the whole file on a machine that has nothing yet."""
    entries = {canonicalize_name(entry["name"]) for of in SETS for entry in locked(of)}
    for requirement in [each for of in SETS for each in named(of)]:
        wanted = [{"extra": extra} for extra in ("", *requirement.extras)]
        for line in requires(requirement.name) or ():
            needed = Requirement(line)
            if needed.marker is None or any(map(needed.marker.evaluate, wanted)):
                assert canonicalize_name(needed.name) in entries, f"{needed.name}, for {requirement.name}"
