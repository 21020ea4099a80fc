"""Views authorise, validate, call and answer: services change the data, so that whoever watches hears."""

import ast
from functools import lru_cache
from pathlib import Path

import pytest

from photonranch.tests.test_imports import MAY_IMPORT, ROOT, sources

# What a class of views, or of the admin, derives from in the end.
VIEWS = {"View", "APIView", "TemplateView", "RedirectView", "ModelAdmin", "UserAdmin", "GroupAdmin"}
CHANGES = {
    "save",
    "create",
    "update",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}


# --- Which modules -----------------------------------------------------------------------------------------


def bases(tree: ast.AST) -> dict[str, set[str]]:
    """Class -> the last names of what it derives from."""
    return {
        node.name: {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases}
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }


@lru_cache(maxsize=1)
def view_classes() -> frozenset[str]:
    """The names of all classes that derive from a view, by way of however many others."""
    known = [item for path in _paths() for item in bases(ast.parse(path.read_text())).items()]
    found: set[str] = set()
    while more := {name for name, of in known if of & (VIEWS | found)} - found:
        found |= more
    return frozenset(found)


def routed(source: str) -> set[str]:
    """The modules whose names a urls.py hands to `path`: "images.views.find"."""
    tree = ast.parse(source)
    origin = {
        alias.asname or alias.name: (f"{node.module}.{alias.name}", str(node.module))
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_path(node)]
    views = [call.args[1] for call in calls]
    names = {part.id for view in views for part in ast.walk(view) if isinstance(part, ast.Name)}
    return {module for name in names & set(origin) for module in origin[name]}


def _is_path(call: ast.Call) -> bool:
    return ast.unparse(call.func) in ("path", "re_path") and len(call.args) > 1


@lru_cache(maxsize=1)
def view_modules() -> frozenset[str]:
    """The files that define a view, wherever they are, as "images/views/find.py"."""
    urls = {name for path in _paths() if path.name == "urls.py" for name in routed(path.read_text())}
    return frozenset(
        path.relative_to(ROOT).as_posix()
        for path in _paths()
        if ".".join(path.relative_to(ROOT).with_suffix("").parts) in urls
        or view_classes() & set(bases(ast.parse(path.read_text())))
    )


@lru_cache(maxsize=1)
def _paths() -> list[Path]:
    return [path for app in MAY_IMPORT for path in sources(app)]


# --- What they do ------------------------------------------------------------------------------------------


def writes(source: str) -> list[str]:
    """The calls that can change rows: of whatever is not a module of functions, such as `services`."""
    tree = ast.parse(source)
    modules = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if alias.name.rpartition(".")[2].islower()
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [ast.unparse(call) for call in calls if _changes(call.func, modules)]


def _changes(function: ast.expr, modules: set[str]) -> bool:
    if not isinstance(function, ast.Attribute) or function.attr.removeprefix("a") not in CHANGES:
        return False
    return not (isinstance(function.value, ast.Name) and function.value.id in modules)


def test_views_write_through_services() -> None:
    wrong = {name: found for name in view_modules() if (found := writes((ROOT / name).read_text()))}

    assert wrong == {}


PLANTED = [
    "Image.objects.filter(pk=1).update(site=site)",
    "Image.objects.create(site=site)",
    "image.save()",
    "image.save(update_fields=['site'])",
    "images.delete()",
    "Image.objects.bulk_create(rows)",
    "Image.objects.bulk_update(rows, ['site'])",
    "Image.objects.get_or_create(site=site)",
    "site.image_set.update_or_create(pk=1)",
    "self.get_queryset(request).delete()",
    "await image.asave()",
    "await Image.objects.acreate()",
]
# A file of views in a folder, one of control rooms, a page for people, actions in the admin.
FILES = ["images/views/find.py", "sitecfg/views/rooms.py", "console/views_network.py", "pipe/admin.py"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_write_is_seen(name: str, planted: str) -> None:
    own = (ROOT / name).read_text()
    source = f"{own}\n\nasync def planted(self, request, site, image, images, rows):\n    {planted}\n"

    assert name in view_modules()
    assert writes(source) == [planted.removeprefix("await ")]


def test_what_views_may_do_is_let_be() -> None:
    assert writes("from jobs import services\nservices.create(**body)\nservices.delete(caller, name)") == []
    assert writes("def delete(self, request): return Response(update(1))") == []


def test_functions_in_urls_are_views() -> None:
    urls = "from images.views import find as f\nfrom jobs.views import new\npath('x', f.find)\npath('y', new)"

    assert {"images.views.find", "jobs.views"} <= routed(urls)
    assert "analysis/views.py" in view_modules()
    assert "images/services/uploads.py" not in view_modules()
