"""Loaded by pytest before anything else: tests keep their state in a folder of their own, never in `var/`."""

import atexit
import os
import shutil
import tempfile

folder = tempfile.mkdtemp(prefix="photonranch-test-")
atexit.register(shutil.rmtree, folder, ignore_errors=True)
os.environ["VAR_DIR"] = folder
os.environ["DEMO"] = "0"
# Tests of real concurrency keep a connection per thread.
os.environ.setdefault("DATABASE_POOL", "30")
for name in (
    "SECRET_KEY",
    "AUTH_ISSUER",
    "AUTH_AUDIENCE",
    "AUTH_JWKS_URL",
    "AUTH_PUBLIC_KEY",
    "REQUIRE_SITE_KEYS",
):
    os.environ.pop(name, None)
