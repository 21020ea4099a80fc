"""Archives of many files: stored, not deflated (frames are compressed already), ZIP64 where needed.

Deterministic: the same files give the same bytes. Memory is one chunk, whatever the size. No Django here.
"""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

# Fits into a core's cache, so that what was read is still there to be summed and written: twice the speed of
# a megabyte.
CHUNK = 256 * 1024
# Members' times are part of the bytes, so they are all the same: the earliest that the format can say.
EPOCH = (1980, 1, 1, 0, 0, 0)

Member = tuple[str, int, Callable[[], AbstractContextManager[Path]]]


def write(target: Path, members: Iterable[Member], progress: Callable[[int], None]) -> list[str]:
    """Write an archive of `members` (name, size in bytes, how to open it); returns the names left out.

    A member whose opening raises LookupError is left out: it was removed since it was asked for. `progress`
    is called with the bytes written so far, at least once a chunk.
    """
    missing = []
    written = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, size, opened in members:
            about = zipfile.ZipInfo(name, EPOCH)
            about.external_attr = 0o644 << 16
            about.file_size = size
            try:
                with opened() as path, archive.open(about, "w", force_zip64=size >= 2**31) as member:
                    for chunk in _chunks(path):
                        member.write(chunk)
                        written += len(chunk)
                        progress(written)
            except LookupError:
                missing.append(name)
    return missing


def _chunks(path: Path) -> Iterator[memoryview]:
    """The file's bytes in one buffer used again and again."""
    buffer = memoryview(bytearray(CHUNK))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            yield buffer[:count]
