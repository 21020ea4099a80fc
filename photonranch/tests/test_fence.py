"""What reaches into a library stands in a few files, which say what that gains and how to be without it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(settings.BASE_DIR)
ROWS = re.findall(
    r"^\| `(\S+\.py)` \| ([\w, -]+) \| (.+) \| (.+) \|$",
    (ROOT / "docs" / "architecture.md")
    .read_text()
    .partition("## Clever, and fenced")[2]
    .partition("\n## ")[0],
    re.MULTILINE,
)
FENCED = [path for path, *_ in ROWS]
HEADINGS = ("Gain", "Version", "Upstream", "Guarded by", "Way back")
# Whose private attributes are touched in the fence alone. Django's and DRF's are in part meant for everybody.
CLOSED = {
    "asgiref",
    "autobahn",
    "celery",
    "channels",
    "channels_redis",
    "daphne",
    "kombu",
    "twisted",
    "uvicorn",
}
# Django's request behind DRF's: its documentation names it.
OPEN = {"_request"}
PINS = {
    str(canonicalize_name(requirement.name)): str(requirement.specifier).removeprefix("==")
    for requirement in map(
        Requirement,
        filter(
            None,
            (line.partition("#")[0].strip() for line in (ROOT / "requirements.in").read_text().splitlines()),
        ),
    )
}


def entries(path: str) -> dict[str, str]:
    """What the first lines of a file say under each of the headings."""
    text = ast.get_docstring(ast.parse((ROOT / path).read_text())) or ""
    parts = re.split(rf"^({'|'.join(HEADINGS)}): ", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], (" ".join(part.split()) for part in parts[1::2]), strict=True))


def versions(path: str) -> dict[str, str]:
    return {
        str(canonicalize_name(name)): version
        for name, version in (each.split() for each in entries(path)["Version"].split(", "))
    }


def sources() -> Iterator[str]:
    for top in ROOT.iterdir():
        if (top / "__init__.py").exists():
            for path in top.rglob("*.py"):
                if "tests" not in path.parts and "migrations" not in path.parts:
                    yield str(path.relative_to(ROOT))


def private_attributes(text: str) -> set[str]:
    """Names with one underscore in front that are asked of anything but `self`, `cls` and the file's own."""
    tree = ast.parse(text)
    own = {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    } | {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
        and isinstance(node.ctx, ast.Store)
    }
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and re.match(r"_[a-z]", node.attr)
        and not (isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"})
        and node.attr not in own | OPEN
    }


def uses_closed(text: str) -> bool:
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in imports if isinstance(node, ast.ImportFrom) and node.module}
    return any(name.partition(".")[0] in CLOSED for name in names)


def test_it_works() -> None:
    assert len(FENCED) > 8
    assert private_attributes("self._a = connection._socket\nconnection._a\nx.y") == {"_socket"}
    assert uses_closed("from kombu.transport import redis")
    assert sum(uses_closed((ROOT / path).read_text()) for path in sources() if path not in FENCED) > 3
    assert "_connparams" in private_attributes("class A:\n    def b(self): super()._connparams()")


@pytest.mark.parametrize("path", FENCED)
def test_it_says_what_it_is_good_for_and_how_to_be_without_it(path: str) -> None:
    assert list(entries(path)) == list(HEADINGS)
    assert re.search(r"\d|no ", entries(path)["Gain"])
    upstream = entries(path)["Upstream"]
    assert "https://" in upstream or upstream.startswith("none that we know")


@pytest.mark.parametrize(("path", "libraries"), [(path, libraries) for path, libraries, *_ in ROWS])
def test_it_is_about_the_versions_that_are_installed(path: str, libraries: str) -> None:
    """After an upgrade: is it still needed, does it still fit? Then write the new version there."""
    assert versions(path) == {name: PINS[name] for name in versions(path)}
    assert set(versions(path)) == {str(canonicalize_name(name)) for name in libraries.split(", ")}


@pytest.mark.parametrize(("path", "guards"), [(path, guards) for path, _, _, guards in ROWS])
def test_its_guards_are_there(path: str, guards: str) -> None:
    named = entries(path)["Guarded by"].split(", ")

    assert [each for each in named if not (ROOT / each).is_file()] == []
    assert set(re.findall(r"`(\S+)`", guards)) <= set(named)


def test_nothing_else_touches_what_a_library_keeps_for_itself() -> None:
    texts = {path: (ROOT / path).read_text() for path in sources() if path not in FENCED}
    touched = {path: private_attributes(text) for path, text in texts.items() if uses_closed(text)}

    assert {path: names for path, names in touched.items() if names} == {}
