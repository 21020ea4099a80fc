"""Typed readings of the environment that stop the start with a sentence when a value is wrong.

`DEBUG=False` must not be true, a misspelt number must not become a default: every helper names the
variable and says what it takes. An empty variable is an unset one, as compose files pass it on.
"""

import os
import re
import secrets
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

# What may be a file or a local socket.
WITHOUT_HOST = {"postgres", "postgresql", "sqlite", "unix"}
TRUE = {"1", "true", "yes", "on"}
_PLACE = re.compile(r"([\w.-]+)=([\w.-]+)(?:/([\w.-]+))?")
FALSE = {"0", "false", "no", "off"}


def env_str(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def env_choice(name: str, default: str, choices: Collection[str]) -> str:
    value = env_str(name, default).upper()
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes one of {', '.join(choices)}.")
    return value


def env_bool(name: str, default: bool) -> bool:
    value = env_str(name)
    if not value:
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; it takes 1 or 0.")


def env_int(name: str, default: int, *, minimum: int = 0, maximum: int = 2**31) -> int:
    value = env_str(name)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes a whole number.") from None
    if not minimum <= number <= maximum:
        raise ImproperlyConfigured(f"{name} is {number}; it takes a number from {minimum} to {maximum}.")
    return number


def env_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in env_str(name, default).split(",") if part.strip()]


def env_places(name: str) -> dict[str, tuple[str, str]]:
    """`mrc1=mrc/0m31,saf=saf` → {"mrc1": ("mrc", "0m31"), "saf": ("saf", "")}."""
    places = {}
    for part in env_list(name):
        match = _PLACE.fullmatch(part)
        if not match:
            raise ImproperlyConfigured(
                f"{name} has {part!r}; it takes site=place or site=place/telescope, …."
            )
        places[match[1]] = match[2], match[3] or ""
    return places


def env_url(name: str, schemes: tuple[str, ...]) -> str | None:
    """A URL with one of `schemes`, or None when the variable is unset or empty."""
    value = env_str(name)
    if not value:
        return None
    try:
        parts = urlsplit(value)
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        raise ImproperlyConfigured(f"{name} is not a URL: its host or port is wrong.") from None
    if parts.scheme not in schemes or not value.lower().startswith(f"{parts.scheme}://"):
        raise ImproperlyConfigured(f"{name} must be a URL that starts with {' or '.join(schemes)}://.")
    if not port_is_one or not (parts.hostname or (parts.path and parts.scheme in WITHOUT_HOST)):
        raise ImproperlyConfigured(f"{name} is not a URL: its host or port is wrong.")
    return value


def env_folder(name: str, default: str, base: Path) -> Path:
    """A folder that this process may write to, made when it is not there; relative to `base`."""
    folder = (base / env_str(name, default)).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name}: {folder} cannot be made ({error.strerror}).") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"{name}: {folder} cannot be written to.")
    return folder


def env_database(name: str, default: Mapping[str, Any]) -> dict[str, Any]:
    """Django's database settings from a URL such as `postgres://user:password@host:5432/name`."""
    url = env_url(name, ("postgres", "postgresql", "sqlite"))
    if url is None:
        return dict(default)
    config = dict(environ.Env.db_url_config(url))
    if not config.get("NAME"):
        raise ImproperlyConfigured(f"{name} names no database: …://user:password@host:5432/name.")
    return config


def read_dotenv(path: Path) -> None:
    """Take settings from a `.env` file; what the environment already says wins."""
    if path.is_file():
        environ.Env.read_env(path)


def secret(name: str, path: Path) -> str:
    """The variable, or a random text kept in `path` since the first start (readable by its owner only)."""
    return env_str(name) or kept_once(path, lambda: secrets.token_urlsafe(50)).strip()


def kept_once(path: Path, make: Callable[[], str]) -> str:
    """The text in `path`; made by `make()`, for its owner only, when the file is not there yet.

    Two processes may start at once: each writes a file of its own and links it into place, which succeeds
    for one of them only, so both read the same text and never half of one.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        text = make()
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    text = path.read_text()
    if not text.strip():
        raise ImproperlyConfigured(f"{path} is empty. Bring it back from a backup, or remove it.")
    return text
