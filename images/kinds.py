"""As what a stored file is handed out.

Anybody may have sent it under any name. A browser shows only what can be no program: pictures made of pixels,
FITS and plain text. Everything else (`.html`, `.svg`, `.xml`, `.js`, `.pdf` …) is bytes to be saved, by
whichever way it leaves: from this server, through nginx or out of the object store.
"""

from typing import Final

BYTES: Final = "application/octet-stream"
SHOWN: Final = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "fits": "application/fits",
    "fz": "application/fits",
    "mp4": "video/mp4",
    "txt": "text/plain; charset=utf-8",
}


def kind_of(name: str) -> tuple[str, bool]:
    """The Content-Type of a file of this name, and whether a browser may show it."""
    content_type = SHOWN.get(name.rpartition(".")[2].lower()) if "." in name else None
    return content_type or BYTES, content_type is not None
