"""A PostgreSQL server for the drills, made with the programs that are installed here."""

import atexit
import glob
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import psycopg

from testing.live import ROOT, START_TIMEOUT_S, Process
from testing.parts import Guard, StackPart, clean_environment, eventually, free_port


class PostgresPart(StackPart):
    """A PostgreSQL server on a port of its own, with the migrated database `photonranch`."""

    def __init__(self, guard: Guard, folder: Path) -> None:
        self.port = free_port()
        self.url = _postgres_url(self.port)
        subprocess.run(["cp", "-R", _prepared_cluster(), folder], check=True)
        _own(folder)
        super().__init__(
            guard, "postgres", _postgres(folder, self.port), _postgres_env(), _unprivileged_user()
        )

    def wait_until_ready(self) -> None:
        eventually(self._answers)

    def _answers(self) -> bool:
        assert self.process
        assert not self.process.ended, self.output
        try:
            psycopg.connect(self.url, connect_timeout=10).close()
        except psycopg.OperationalError:
            return False
        return True


@cache
def postgres_programs() -> Path | None:
    """The folder of initdb and postgres, which distributions keep out of the PATH; None without them."""
    known = sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
    config = shutil.which("pg_config")
    if config:
        answer = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        known.insert(0, answer.stdout.strip())
    if initdb := shutil.which("initdb"):
        known.append(str(Path(initdb).resolve().parent))
    folders = [Path(each) for each in known if os.access(f"{each}/initdb", os.X_OK)]
    return folders[0] if folders else None


@cache
def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root: whom it runs as, then."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _own(folder: Path) -> None:
    if user := _unprivileged_user():
        subprocess.run(["chown", "-R", user, folder], check=True)


@cache
def _prepared_cluster() -> Path:
    """A stopped cluster with the migrated database, to copy from: making one takes some seconds."""
    guard, base = Guard(), Path(tempfile.mkdtemp(prefix="photonranch-cluster-"))
    atexit.register(guard.close)
    guard.tell(str(base))
    base.chmod(0o755)
    folder, port = base / "data", free_port()
    folder.mkdir(mode=0o700)
    _own(folder)
    initdb = [f"{postgres_programs()}/initdb", "--auth=trust", "--username=photonranch", "--encoding=UTF8"]
    user, env = _unprivileged_user(), _postgres_env()
    subprocess.run(
        [*initdb, "--no-locale", "--no-sync", f"--pgdata={folder}"],
        user=user, env=env, cwd="/", check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    server = Process(_postgres(folder, port), env, start_new_session=True, user=user)
    guard.tell(f"+{server.pid}")
    try:
        server.wait_for("ready to accept connections", timeout_s=START_TIMEOUT_S)
        with psycopg.connect(_postgres_url(port, "postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE photonranch")
        migrate = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"]
        environment = {**clean_environment(), "DATABASE_URL": _postgres_url(port)}
        subprocess.run(migrate, env=environment, cwd=ROOT, check=True)
    finally:
        server.stop(signal.SIGINT)  # "fast": it ends the connections and writes everything down
        guard.tell(f"-{server.pid}")
    return folder


def _postgres(folder: Path, port: int) -> list[str]:
    options = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "shared_buffers": "32MB",
    }
    set_them = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    return [f"{postgres_programs()}/postgres", "-D", str(folder), *set_them]


def _postgres_url(port: int, name: str = "photonranch") -> str:
    return f"postgres://photonranch@127.0.0.1:{port}/{name}"


def _postgres_env() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
