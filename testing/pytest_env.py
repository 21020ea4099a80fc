"""Loaded by pytest before anything else: tests keep their state in a folder of their own, never in `var/`."""

import atexit
import os
import secrets
import shutil
import signal
import tempfile

# What a shell starts in its background ignores Ctrl-C, and so would every server that a test starts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
folder = tempfile.mkdtemp(prefix="photonranch-test-")
atexit.register(shutil.rmtree, folder, ignore_errors=True)
os.environ["VAR_DIR"] = folder
os.environ["DEMO"] = "0"
# A Redis that tests share with anybody else (another test process, a developer's server) stays whole.
os.environ["REDIS_PREFIX"] = f"test-{secrets.token_hex(4)}"
# Tests of real concurrency keep a connection per thread.
os.environ.setdefault("DATABASE_POOL", "30")
for name in (
    "ENVIRONMENT",
    "TRUST_PROXY",
    "HSTS_SECONDS",
    "HSTS_SUBDOMAINS",
    "CSP_SOURCES",
    "CSP_REPORT_ONLY",
    "METRICS_TOKEN",
    "LOG_FORMAT",
    "ACCESS_LOG",
    "SECRET_KEY",
    "AUTH_ISSUER",
    "AUTH_AUDIENCE",
    "AUTH_JWKS_URL",
    "AUTH_PUBLIC_KEY",
    "REQUIRE_SITE_KEYS",
    "OPEN_PROJECT_WRITES",
    "ALLOWED_HOSTS",
    "DEBUG",
    "LOG_LEVEL",
    "PUBLIC_URL",
    "SQS_ACCESS_KEY_ID",
    "SQS_SECRET_ACCESS_KEY",
    "JITSI_URL",
    "REMOTEHQ_URL",
    "REMOTEHQ_TOKEN",
    "OCS_PORTAL_URL",
    "OCS_PORTAL_TOKEN",
    "OCS_PORTAL_SITES",
):
    # Empty is unset, and keeps a developer's .env from setting it.
    os.environ[name] = ""
