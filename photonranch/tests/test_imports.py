"""The direction of imports: who may know whom. Read from the sources, for the apps there are and will be."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest
from django.apps import apps
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
    # Names and visibility, which people's commands, projects and reservations are judged by.
    "targets": GROUND,
    **dict.fromkeys(DOMAIN, GROUND),
    "jobs": GROUND | {"reservations", "targets"},
    # They know each other through their services: an event names projects, a project its events.
    # And a frame that the archive has read counts for the project that it was taken for.
    "projects": GROUND | {"reservations", "images", "targets"},
    "reservations": GROUND | {"projects", "targets"},
    # A client like any other: it computes the sky itself, and knows nothing of how the server works.
    "simulator": {"photonranch", "sky", "sitecfg"},
    # Looks at frames that the archive keeps.
    "analysis": GROUND | {"images"},
    # The pages for staff show everything, so they know everybody.
    "console": GROUND | DOMAIN | {"analysis", "targets"},
}
# Where the apps are plugged together.
WIRING = (
    "photonranch/asgi.py",
    "photonranch/servers/serving.py",
    "photonranch/urls.py",
    "photonranch/management/",
)
# Where Django and Celery are told the names of what they load.
NAMES = (*WIRING, "photonranch/settings.py", "photonranch/celery.py")
# The admin's menu, and a site's links to its rows elsewhere: models by their labels, and by nothing else.
LABELS = ("photonranch/conf/theme.py", "sitecfg/admin.py")
# Who may stand on the cast and the live servers of the tests.
TESTING = {"testing", "bench", "fuzz"}
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


# --- Strings that name an app ------------------------------------------------------------------------------


def strings(source: str) -> Iterator[str]:
    """The strings of a module, without its docstrings."""
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


def named(source: str, *, labels_too: bool = True) -> set[str]:
    """The apps that a module names in strings: "console.start_page.fill", "console/icon.svg"."""
    dotted = re.compile(rf"({'|'.join(MAY_IMPORT)})[./]\w[\w./-]*")
    found = [match for each in strings(source) if (match := dotted.fullmatch(each))]
    return {match[1] for match in found if labels_too or not _is_label(match[0])}


def _is_label(text: str) -> bool:
    app, _, model = text.partition(".")
    return model in {each._meta.model_name for each in apps.get_models() if each._meta.app_label == app}


def test_names_are_seen() -> None:
    assert named("CALLBACK = {'x': 'console.start_page.fill'}") == {"console"}
    assert named("icon = static('console/icon.svg')") == {"console"}
    assert named("def f():\n    'console.start_page'\n    return 'the console. Or so'") == set()
    menu = "MENU = ['jobs.job', 'console.start_page.fill', 'jobs.services']"
    assert named(menu, labels_too=False) == {"console", "jobs"}
    assert named("MENU = ['jobs.job', 'images.image']", labels_too=False) == set()


@pytest.mark.parametrize("app", sorted(MAY_IMPORT))
def test_apps_name_others_in_the_same_direction(app: str) -> None:
    wrong = []
    for path in sources(app):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(NAMES):
            continue
        others = named(path.read_text(), labels_too=name not in LABELS) - {app} - MAY_IMPORT[app]
        wrong += [f"{name} names {other}" for other in sorted(others)]

    assert wrong == []


# --- Circles -----------------------------------------------------------------------------------------------


def modules() -> dict[str, Path]:
    """Dotted name -> file, of everything that is no test."""
    paths = chain.from_iterable(sources(package) for package in packages())
    return {_dotted(path): path for path in paths}


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def needs(source: str, known: set[str]) -> set[str]:
    """The modules among `known` that a module imports, in functions too; not those that only types need."""
    found = set()
    for node in _walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            wholes = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= wholes & known or {str(node.module)}
    return found & known


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield child
            yield from _walk(child)


def circle(graph: dict[str, set[str]]) -> list[str]:
    """One circle among the modules, when there is one."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_circles_are_seen() -> None:
    known = {"a.one", "a.two", "b"}
    one = needs("def f():\n    from a.two import x", known)
    two = needs("from a import one\nif TYPE_CHECKING:\n    import b", known)

    assert (one, two) == ({"a.two"}, {"a.one"})
    assert set(circle({"a.one": one, "a.two": two})) == {"a.one", "a.two"}
    assert circle({"a.one": one, "a.two": set()}) == []


def test_no_modules_import_each_other() -> None:
    """Not even by way of others, or inside of functions: each stands on what is below it."""
    known = modules()

    assert circle({name: needs(path.read_text(), set(known)) - {name} for name, path in known.items()}) == []


# --- The ground, and what only tests stand on --------------------------------------------------------------


def test_the_sky_stands_alone() -> None:
    wrong = {p.name: imported(p.read_text()) & (packages() | {"django"}) - {"sky"} for p in sources("sky")}

    assert {name: others for name, others in wrong.items() if others} == {}


def test_only_tests_stand_on_testing() -> None:
    paths = chain.from_iterable(sources(package) for package in packages() - TESTING)
    uses = [_dotted(path) for path in paths if _uses_testing(path.read_text())]

    assert uses == []
    assert _uses_testing("def f():\n    from testing.cast import SITE")
    assert _uses_testing("PLUGIN = 'testing.pytest_env'")


def _uses_testing(source: str) -> bool:
    return "testing" in imported(source) or any(text.startswith("testing.") for text in strings(source))
