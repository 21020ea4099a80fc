"""The direction of imports: who may know whom. Read from the sources, for the apps there are and will be."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DOMAIN = {"images", "jobs", "logs", "pipe", "projects", "reservations", "status"}
# What every app stands on.
GROUND = {"photonranch", "sky", "sitecfg", "streams"}

# App -> the apps that it may import. The wiring (settings, urls, asgi, celery, tests) is not an app.
MAY_IMPORT: dict[str, set[str]] = {
    "photonranch": set(),
    "streams": {"photonranch"},
    # Pure functions: not even the wiring.
    "sky": set(),
    "sitecfg": {"photonranch", "sky", "streams"},
    **dict.fromkeys(DOMAIN, GROUND),
    "jobs": GROUND | {"reservations"},
    # They know each other through their services: an event names projects, a project its events.
    # And a frame that the archive has read counts for the project that it was taken for.
    "projects": GROUND | {"reservations", "images"},
    "reservations": GROUND | {"projects"},
    # A client like any other: it computes the sky itself, and knows nothing of how the server works.
    "simulator": {"photonranch", "sky", "sitecfg"},
    # Looks at frames that the archive keeps.
    "analysis": GROUND | {"images"},
    # The pages for staff show everything, so they know everybody.
    "console": GROUND | DOMAIN | {"analysis"},
}
# Where the apps are plugged together.
WIRING = (
    "photonranch/asgi.py",
    "photonranch/servers/serving.py",
    "photonranch/urls.py",
    "photonranch/management/",
)
# A site's key says who is calling; the key lies with the sites.
EXCEPTIONS = {("photonranch/auth/credentials.py", "sitecfg")}


def sources(app: str) -> Iterator[Path]:
    """The modules of `app` that run in the server."""
    for path in sorted((ROOT / app).rglob("*.py")):
        folders = path.relative_to(ROOT).parts[1:-1]
        if not {"tests", "migrations"} & set(folders):
            yield path


def imported(source: str) -> set[str]:
    """The top packages that a module imports, wherever in it, in whichever way."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module).partition(".")[0])
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            found |= {str(arg.value).partition(".")[0] for arg in node.args if isinstance(arg, ast.Constant)}
    return found


def packages() -> set[str]:
    return {path.parent.name for path in ROOT.glob("*/__init__.py")}


def test_it_works() -> None:
    assert imported("import jobs.views as x, os\ndef f():\n    from streams import y\nfrom . import z") == {
        "jobs",
        "os",
        "streams",
    }
    assert imported("importlib.import_module('console.views')") == {"console"}


def test_every_app_has_a_rule() -> None:
    here = {name for name in packages() if (ROOT / name / "apps.py").exists()}

    assert {"photonranch", "streams", "sitecfg", "logs", "jobs"} <= here
    assert here <= set(MAY_IMPORT)


@pytest.mark.parametrize("app", sorted(MAY_IMPORT))
def test_apps_import_in_one_direction(app: str) -> None:
    """An app that is not there yet imports nothing, and is held to its rule on the day it comes."""
    wrong = []
    for path in sources(app):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(WIRING):
            continue
        others = (imported(path.read_text()) & set(MAY_IMPORT)) - {app} - MAY_IMPORT[app]
        wrong += [f"{name} imports {other}" for other in sorted(others) if (name, other) not in EXCEPTIONS]

    assert wrong == []


def test_nothing_imports_the_console() -> None:
    """Not even what is no app: a broken page for staff must not stop the network."""
    paths = [path for package in packages() - {"console"} for path in sources(package)]

    assert [path.name for path in paths if "console" in imported(path.read_text())] == []


def test_views_write_through_services() -> None:
    """Every change of data has one front door, so that whoever watches hears of it."""
    changes = (".save(", ".create(", ".bulk_create(", ".delete(", ".update_or_create(", ".get_or_create(")
    wrong = [
        f"{path.relative_to(ROOT)}: {ast.unparse(node)[:60]}"
        for app in MAY_IMPORT
        for path in sources(app)
        if path.name == "views.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ".objects" in ast.unparse(node) and f".{_method(node)}(" in changes
    ]

    assert wrong == []


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""
