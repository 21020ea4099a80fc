"""Whether files can be stored."""

import os
import shutil
from functools import lru_cache
from pathlib import Path
from typing import Any

from botocore.config import Config
from django.conf import settings
from django.core.files.storage import storages

from images.store import LocalStore, S3Store, store
from photonranch.observe.probes import Unhealthy

# With less the next frames would be refused one after the other.
LEAST_FREE = 256 * 1024**2
CONNECT_TIMEOUT_S = 1
READ_TIMEOUT_S = 2


def storage() -> None:
    """The folder takes files and has room, or the bucket answers; raises Unhealthy, or the store's error."""
    files = store()
    if isinstance(files, LocalStore):
        _folder(Path(files.backend.location))
    elif isinstance(files, S3Store):
        _client().head_bucket(Bucket=files.bucket)


def _folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Unhealthy("the folder of the files cannot be written to")
    if shutil.disk_usage(folder).free < LEAST_FREE:
        raise Unhealthy("the disk of the files is full")


@lru_cache(maxsize=1)
def _client() -> Any:
    """Less patient than the one that moves files, and trying once. Making it takes 100 ms, so it is kept."""
    configured = settings.STORAGES["default"]
    patience = Config(
        connect_timeout=CONNECT_TIMEOUT_S, read_timeout=READ_TIMEOUT_S, retries={"total_max_attempts": 1}
    )
    options = {
        **configured["OPTIONS"],
        "client_config": configured["OPTIONS"]["client_config"].merge(patience),
    }
    backend: Any = storages.create_storage({**configured, "OPTIONS": options})
    return backend.connection.meta.client
