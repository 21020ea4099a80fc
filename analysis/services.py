"""Measuring a frame, by a child process with bounds, out of pixels that are kept for a while.

A frame is decoded once into an array on this machine's disk (settings.ANALYSIS_ROOT), which all server
processes find there: the calls that follow map it, and read what they look at. That a file cannot be read is
kept as well, so that nobody makes the server find out again and again.
"""

import hashlib
import json
import logging
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings

from images.errors import Unusable
from images.store import NotStored, Stored, store
from photonranch.errors import NoSpace, NotFound, Unavailable

log = logging.getLogger(__name__)

# How much of a processor a child may take it says itself (child.CPU_S); on a busy machine that takes longer.
TIME_S = 25.0
KEEP_S = 3600.0
KEEP_BYTES = 4 * 1024**3
# How pixels are decoded; a change of it decodes anew.
EDITION = 1
# Calls that ask for the same new frame at once wait for the one that decodes it. Some frames share a lock.
_decoding = [Lock() for _ in range(16)]


def measure(stored: Stored, what: str, options: dict[str, Any]) -> Any:
    """The answer to one question about a frame. Takes a second or two; touches no database.

    Raises Unusable, NotFound, NoSpace and Unavailable.
    """
    decoded = _place_of(stored)
    question = {"decoded": str(decoded), "source": None, "measure": what, "with": options}
    if not decoded.exists():
        _raise_known(decoded, stored)
        with _decoding[hash(decoded) % len(_decoding)]:
            if not decoded.exists():
                return _decoded_and_measured(stored, question, decoded)
    with suppress(FileNotFoundError):
        os.utime(decoded)
    answer = _ask(stored, question)
    if "gone" in answer:
        # It was made room for others a moment ago.
        return _decoded_and_measured(stored, question, decoded)
    return _said(stored, answer, decoded)


def _decoded_and_measured(stored: Stored, question: dict[str, Any], decoded: Path) -> Any:
    make_room()
    try:
        with store().reading(stored.key) as source:
            answer = _ask(stored, {**question, "source": str(source)})
    except NotStored:
        raise NotFound(f"full_filename: {_name(stored)} was removed.") from None
    return _said(stored, answer, decoded)


def _said(stored: Stored, answer: dict[str, Any], decoded: Path) -> Any:
    if "answer" in answer:
        return answer["answer"]
    if "full" in answer:
        raise NoSpace("The server has no space left for this; please try again later.")
    if "gone" in answer:
        raise Unavailable("The server cannot keep this frame just now; please try again.")
    if answer["lasting"]:
        _refusal_of(decoded).write_text(answer["refused"])
    raise Unusable(f"{_name(stored)} cannot be analysed: {answer['refused']}.")


def _raise_known(decoded: Path, stored: Stored) -> None:
    with suppress(FileNotFoundError):
        raise Unusable(f"{_name(stored)} cannot be analysed: {_refusal_of(decoded).read_text()}.")


def _refusal_of(decoded: Path) -> Path:
    return decoded.with_suffix(".refused")


def _name(stored: Stored) -> str:
    return stored.key.rpartition("/")[2]


def _place_of(stored: Stored) -> Path:
    """Another one when the file is sent anew."""
    folder = Path(settings.ANALYSIS_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    version = f"{EDITION} {stored.key} {stored.size} {stored.modified.isoformat()}"
    return folder / f"{hashlib.sha256(version.encode()).hexdigest()[:32]}.npy"


# --- The child ---------------------------------------------------------------------------------------------


def _ask(stored: Stored, question: dict[str, Any]) -> dict[str, Any]:
    """What the child answers; that it ended by its bounds is a refusal too."""
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "analysis.child"],
            input=json.dumps(question),
            capture_output=True,
            text=True,
            timeout=TIME_S,
            check=False,
            cwd=settings.BASE_DIR,
            # Nothing of ours goes along: no password is needed to measure a frame.
            env={"PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        )
    except subprocess.TimeoutExpired:
        log.warning("%s: analysing took longer than %g s", stored.key, TIME_S)
        raise Unavailable("The server is too busy for this just now; please try again later.") from None
    if ended.returncode:
        log.warning("%s: analysing ended with %d: %s", stored.key, ended.returncode, ended.stderr[-1000:])
        return {"refused": "it takes more memory or time than there is for this", "lasting": True}
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


# --- What is kept ------------------------------------------------------------------------------------------


def make_room() -> None:
    """Remove what nobody looked at for KEEP_S, and beyond KEEP_BYTES what was not looked at for longest."""
    files = sorted(_kept(), key=lambda about: about[1], reverse=True)
    total, oldest = 0, time.time() - KEEP_S
    for path, used_at, size in files:
        total += size
        if used_at < oldest or total > KEEP_BYTES:
            path.unlink(missing_ok=True)


def _kept() -> list[tuple[Path, float, int]]:
    found = []
    for path in Path(settings.ANALYSIS_ROOT).iterdir():
        with suppress(FileNotFoundError):
            about = path.stat()
            found.append((path, about.st_mtime, about.st_size))
    return found
