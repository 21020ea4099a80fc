"""What operators copy and edit: compose, image, units and .env.example agree with the code and each other."""

import ast
import fnmatch
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.conf import settings

from testing.live import ROOT

DEPLOY = ROOT / "deploy"
SERVERS = ["web-1", "web-2", "live-1", "live-2"]
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


# --- .env.example ------------------------------------------------------------------------------------------


def explained() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def read_by_settings() -> set[str]:
    """The first argument of every env_…() and secret() in the settings."""
    tree = ast.parse((ROOT / "photonranch" / "settings.py").read_text())
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and (node.func.id.startswith("env_") or node.func.id == "secret")
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def read_by_scripts() -> set[str]:
    """`${NAME:…}` in what starts the processes, renders nginx's configuration, and in compose."""
    texts = [(DEPLOY / "start").read_text(), (DEPLOY / "nginx" / "render").read_text(), compose_text()]
    # The inner ones of compose's shell, and what compose itself sets.
    own = {"COMPOSE_PROFILES"}
    return {name for text in texts for name in re.findall(r"(?<!\$)\$\{([A-Z][A-Z0-9_]+)", text)} | own


def compose_text() -> str:
    return (ROOT / "docker-compose.yml").read_text()


def test_every_setting_is_explained() -> None:
    assert {"DATABASE_URL", "SECRET_KEY", "UPLOAD_MAX_BYTES"} <= read_by_settings()
    assert read_by_settings() - explained() == set()
    assert read_by_scripts() - explained() == set()


def test_nothing_is_explained_that_nobody_reads() -> None:
    assert explained() - read_by_settings() - read_by_scripts() == set()


def test_the_example_holds_no_secret() -> None:
    """Every line is a comment: copied as it is, it changes nothing."""
    lines = (ROOT / ".env.example").read_text().splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == []


# --- docker-compose.yml ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(compose_text())
    return loaded


def test_the_services(compose: dict[str, Any]) -> None:
    services = compose["services"]

    others = {"nginx", "worker", "beat", "prepare", "postgres", "redis", "minio", "bucket"}
    assert set(services) == {*SERVERS, *others}
    for name in SERVERS:
        assert services[name]["command"] == [name.partition("-")[0]]
        assert services[name]["environment"]["LISTEN"] == f"/run/photonranch/{name}.sock"
        pool = name.partition("-")[0].upper()
        assert f"/run/photonranch/{name}.sock" in services["nginx"]["environment"][f"NGINX_{pool}_SERVERS"]


def test_every_service_is_bounded_and_has_no_more_rights_than_it_needs(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["logging"]["options"]["max-size"], name
        if service["restart"] != "no":
            assert service["deploy"]["resources"]["limits"]["memory"], name
            assert "healthcheck" in service or name in SERVERS, name  # the image's own
    assert compose["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis", "minio"):
        assert compose["services"][name]["networks"] == ["inside"]
        assert "ports" not in compose["services"][name]


def test_what_is_needed_first_is_waited_for(compose: dict[str, Any]) -> None:
    for name in (*SERVERS, "worker", "beat"):
        needs = compose["services"][name]["depends_on"]
        assert needs["prepare"] == {"condition": "service_completed_successfully"}
        assert {needs[each]["condition"] for each in ("postgres", "redis")} == {"service_healthy"}
    for name in ("postgres", "redis", "minio"):
        assert compose["services"][name]["healthcheck"]["test"]


def test_secrets_come_from_the_environment(compose: dict[str, Any]) -> None:
    """A missing one stops compose with a sentence; none has a value here."""
    text = compose_text()

    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "PUBLIC_HOST"):
        assert re.search(rf"\$\{{{name}:\?", text)
    for service in compose["services"].values():
        for name, value in (service.get("environment") or {}).items():
            if re.search("PASSWORD|SECRET|TOKEN|_KEY_ID|ROOT_USER", name):
                assert str(value).startswith("${"), name


def test_what_compose_mounts_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"].values()
    sources = [volume.partition(":/")[0] for service in services for volume in service.get("volumes", [])]
    ours = [each.replace("${NGINX_KIND:-tls}", "tls") for each in sources if each.startswith("./deploy")]

    assert len(ours) == 6
    assert [path for path in ours if not (ROOT / path).is_file()] == []
    assert {each for each in sources if re.fullmatch("[a-z]+", each)} == set(compose["volumes"])
    # Every template is mounted; of the two servers, the one that NGINX_KIND names.
    templates = {f"./deploy/nginx/{path.name}" for path in (DEPLOY / "nginx").glob("*.template")}
    assert templates - set(ours) == {"./deploy/nginx/behind-proxy.conf.template"}


def test_compose_gives_what_nginx_needs(compose: dict[str, Any]) -> None:
    """The image's envsubst leaves what it does not know: a placeholder would stay."""
    used = {
        name
        for path in (DEPLOY / "nginx").glob("*.template")
        for name in re.findall(r"\$\{([A-Z_]+)\}", path.read_text())
    }
    given = set(compose["services"]["nginx"]["environment"])

    assert used <= given
    assert used <= set(
        re.findall(r"^export (NGINX_[A-Z_]+)=", (DEPLOY / "nginx/render").read_text(), re.MULTILINE)
    )


def test_nginx_takes_what_the_server_takes() -> None:
    """The limit of a whole form, in both places, is above that of the file in it."""
    limit = re.search(r"NGINX_UPLOAD_MAX:-(\d+)m", compose_text())
    assert limit
    assert limit[0] in (DEPLOY / "nginx" / "render").read_text()
    assert int(limit[1]) * 1024**2 >= settings.UPLOAD_MAX_BYTES + 64 * 1024


def test_the_time_to_stop_is_longer_than_what_is_waited_for(compose: dict[str, Any]) -> None:
    grace = int(re.search(r"^GRACE_S=(\d+)", (DEPLOY / "start").read_text(), re.MULTILINE)[1])  # type: ignore[index]

    assert grace > max(settings.ZIP_WAIT_S, 60)
    for name in SERVERS:
        assert int(compose["services"][name]["stop_grace_period"].removesuffix("s")) > grace
    for unit in ("web@", "live@"):
        text = (DEPLOY / "systemd" / f"photonranch-{unit}.service").read_text()
        assert int(re.search(r"TimeoutStopSec=(\d+)", text)[1]) > grace  # type: ignore[index]


# --- The image ---------------------------------------------------------------------------------------------


def left_out(path: str, patterns: list[str]) -> bool:
    """As .dockerignore has it: the last pattern that fits a path, or a folder above it, counts."""
    parts = path.split("/")
    above = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    out = False
    for pattern in patterns:
        wanted = pattern.removeprefix("!")
        deep = wanted.removeprefix("**/")
        for each in above:
            name = each.rpartition("/")[2] if wanted.startswith("**/") else each
            if fnmatch.fnmatchcase(name, deep):
                out = not pattern.startswith("!")
    return out


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder /app as `COPY . .` makes it."""
    folder = tmp_path_factory.mktemp("app")
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    secrets = [".env", "var/keys/secret_key", ".venv/bin/python", ".git/config", ".env.production"]
    assert all(left_out(path, patterns) for path in secrets)
    for path in listed:
        if not left_out(path, patterns) and (ROOT / path).is_file():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, folder / path)
    return folder


def test_the_image_holds_the_server_and_nothing_for_tests(image: Path) -> None:
    for config in apps.get_app_configs():
        if Path(config.path).parent == ROOT:
            assert (image / Path(config.path).relative_to(ROOT) / "__init__.py").exists(), config.name
    assert not list(image.rglob("tests"))
    assert not list(image.rglob("testing*.py"))
    assert (image / "deploy" / "start").exists()


def test_the_image_is_built_without_secrets(image: Path, tmp_path: Path) -> None:
    """The RUN line that proves that the settings can be read, done here."""
    assert "python manage.py check" in (ROOT / "Dockerfile").read_text()
    env = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "DEMO": "0"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=image,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_the_image_runs_as_nobody_in_particular() -> None:
    text = (ROOT / "Dockerfile").read_text()

    stages = text.split("\nFROM ")[1:]
    assert len(stages) == 2
    assert re.search(r"^USER 10001:10001$", stages[-1], re.MULTILINE)
    assert re.findall(r"apt-get install (.*?) \\", stages[-1]) == [
        "--yes --no-install-recommends postgresql-client-15"
    ]
    assert re.search(r'^ENTRYPOINT \["deploy/start"\]$', text, re.MULTILINE)
    assert not re.search(r"^(ARG|ENV).*(SECRET|PASSWORD|TOKEN)", text, re.MULTILINE)


# --- systemd -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_hardened(unit: Path) -> None:
    lines = unit.read_text().splitlines()

    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "PrivateTmp=yes"):
        assert line in lines
    assert "User=photonranch" in lines
    assert next(line for line in lines if line.startswith("ExecStart=")).startswith(
        "ExecStart=/opt/photonranch/deploy/start "
    )


@pytest.mark.skipif(
    not shutil.which("systemd-analyze") and not os.environ.get("CI"), reason="systemd is not installed"
)
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for path in (DEPLOY / "systemd").iterdir():
        text = path.read_text().replace("/opt/photonranch", str(ROOT))
        (tmp_path / path.name).write_text(text.replace("/etc/photonranch/env", str(tmp_path / "env")))
    (tmp_path / "env").touch()
    units = [str(tmp_path / path.name.replace("@.", "@1.")) for path in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", *units, str(tmp_path / "photonranch.target")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "photonranch" in line]

    assert (done.returncode, ours) == (0, [])
