"""The typed readings of the environment."""

import multiprocessing
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from photonranch.conf import env

HTTP = ("http", "https")


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the variable X."""
    return lambda value: monkeypatch.setenv("X", value)


def test_it_works(says: Callable[[str], None]) -> None:
    says(" 5 ")
    assert (env.env_int("X", 1), env.env_str("X"), env.env_list("X")) == (5, "5", ["5"])


@pytest.mark.parametrize("empty", ["", "  "])
def test_empty_is_unset(says: Callable[[str], None], empty: str) -> None:
    says(empty)

    assert env.env_str("X", "default") == "default"
    assert env.env_bool("X", True) is True
    assert env.env_int("X", 7) == 7
    assert env.env_list("X", "a,b") == ["a", "b"]
    assert env.env_url("X", HTTP) is None
    assert env.env_choice("X", "INFO", ("INFO",)) == "INFO"
    assert env.env_database("X", {"ENGINE": "e"}) == {"ENGINE": "e"}


@pytest.mark.parametrize(
    ("value", "means"),
    [
        ("1", True),
        ("true", True),
        ("YES", True),
        ("On", True),
        ("0", False),
        ("False", False),
        ("no", False),
        ("off", False),
    ],
)
def test_booleans(says: Callable[[str], None], value: str, means: bool) -> None:
    says(value)

    assert env.env_bool("X", not means) is means


def test_lists(says: Callable[[str], None]) -> None:
    says(" a, ,b ,")

    assert env.env_list("X") == ["a", "b"]


@pytest.mark.parametrize(
    "url", ["http://h", "https://h:8443/x?y", "HTTPS://H", "http://[::1]:80/", "http://user:p%40ss@h"]
)
def test_urls(says: Callable[[str], None], url: str) -> None:
    says(url)

    assert env.env_url("X", HTTP) == url


@pytest.mark.parametrize(
    "url",
    [
        "h",
        "h:80",
        "//h",
        "ftp://h",
        "http:h",
        "http://",
        "http:///x",
        "http://h:port",
        "http://h:0",
        "http://h:99999",
        "http://[",
    ],
)
def test_wrong_urls(says: Callable[[str], None], url: str) -> None:
    says(url)

    with pytest.raises(ImproperlyConfigured, match=r"^X "):
        env.env_url("X", HTTP)


@pytest.mark.parametrize(
    ("url", "engine", "name"),
    [
        ("postgres://u:p%40@h:5432/n", "postgresql", "n"),
        ("postgresql:///n", "postgresql", "n"),
        ("sqlite:////tmp/x.sqlite3", "sqlite3", "/tmp/x.sqlite3"),
    ],
)
def test_databases(says: Callable[[str], None], url: str, engine: str, name: str) -> None:
    says(url)

    found = env.env_database("X", {})
    assert (found["ENGINE"], found["NAME"]) == (f"django.db.backends.{engine}", name)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: env.env_bool("X", False), "maybe"),
        (lambda: env.env_bool("X", False), "2"),
        (lambda: env.env_int("X", 1), "ten"),
        (lambda: env.env_int("X", 1), "1.5"),
        (lambda: env.env_int("X", 1), "-1"),
        (lambda: env.env_int("X", 1, maximum=65535), "65536"),
        (lambda: env.env_choice("X", "INFO", ("INFO", "ERROR")), "LOUD"),
        (lambda: env.env_database("X", {}), "mysql://h/n"),
        (lambda: env.env_database("X", {}), "postgres://h"),
        (lambda: env.env_database("X", {}), "postgres://h/"),
        (lambda: env.env_database("X", {}), "postgres://h:port/n"),
        (lambda: env.env_folder("X", "d", Path("/")), "/dev/null/x"),
        (lambda: env.env_folder("X", "d", Path("/")), "/dev/null"),
    ],
)
def test_a_wrong_value_is_a_sentence_that_names_the_variable(
    says: Callable[[str], None], read: Callable[[], Any], value: str
) -> None:
    says(value)

    with pytest.raises(ImproperlyConfigured, match=r"^X\b.*\.$"):
        read()


def test_a_password_is_not_in_the_sentence(says: Callable[[str], None]) -> None:
    says("mysql://user:hunter2@h/n")

    with pytest.raises(ImproperlyConfigured) as refused:
        env.env_database("X", {})
    assert "hunter2" not in str(refused.value)


def test_a_dotenv_fills_in_what_the_environment_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text('X="from the file"\nY=from the file\n# a comment\n\nZ=$X\n')
    monkeypatch.setenv("Y", "from the environment")
    for name in ("X", "Z"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)

    env.read_dotenv(tmp_path / ".env")
    env.read_dotenv(tmp_path / "none")

    assert (os.environ["X"], os.environ["Y"]) == ("from the file", "from the environment")


# --- kept_once ---------------------------------------------------------------------------------------------


def test_what_is_kept_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"

    assert env.kept_once(path, lambda: "first") == "first"
    assert env.kept_once(path, lambda: pytest.fail("made again")) == "first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_maker_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fails() -> str:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        env.kept_once(tmp_path / "secret", fails)

    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_not_taken_for_a_secret(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()

    with pytest.raises(ImproperlyConfigured, match="is empty"):
        env.kept_once(tmp_path / "secret", lambda: "x")


def _race(path: Path, number: int, ready: Any, start: Any, found: Any) -> None:
    def slowly() -> str:
        # Made between everybody's look and anybody's write: the worst moment to meet.
        ready.wait(30)
        return f"made by {number}, " + "x" * 100_000

    start.wait(30)
    found.put(env.kept_once(path, slowly))


def test_processes_that_start_at_once_keep_the_same(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    count = 4
    ready, start, found = context.Barrier(count), context.Barrier(count), context.Queue()
    racers = [
        context.Process(target=_race, args=(tmp_path / "secret", number, ready, start, found))
        for number in range(count)
    ]
    for racer in racers:
        racer.start()
    kept = [found.get(timeout=60) for _ in racers]
    for racer in racers:
        racer.join(60)

    assert set(kept) == {(tmp_path / "secret").read_text()}
    assert len(kept[0]) > 100_000
    assert list(tmp_path.iterdir()) == [tmp_path / "secret"]


def test_a_variable_wins_over_the_kept_secret(says: Callable[[str], None], tmp_path: Path) -> None:
    says("from the environment")
    assert env.secret("X", tmp_path / "secret") == "from the environment"
    assert list(tmp_path.iterdir()) == []

    says("")
    made = env.secret("X", tmp_path / "secret")
    assert len(made) > 50
    assert env.secret("X", tmp_path / "secret") == made


def test_places(says: Callable[[str], None]) -> None:
    says("mrc1=mrc/0m31, saf=saf")
    assert env.env_places("X") == {"mrc1": ("mrc", "0m31"), "saf": ("saf", "")}
    says("")
    assert env.env_places("X") == {}


@pytest.mark.parametrize("wrong", ["mrc1", "=mrc", "mrc1=", "mrc1=mrc/", "mrc1=mrc/a/b", "a=b c"])
def test_what_is_no_place_says_so(says: Callable[[str], None], wrong: str) -> None:
    says(wrong)

    with pytest.raises(ImproperlyConfigured, match=r"X has .*; it takes site=place"):
        env.env_places("X")
