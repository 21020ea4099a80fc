"""Requests per second of newlog, newjob and an empty getnewjobs, beside the barest views with the same SQL.

    python -m bench.bench_rest [--seconds 3] [--rounds 3] [--servers daphne granian]

Servers on one core, the clients on another. SQLite always; PostgreSQL (psycopg's pool) and Redis where
BENCH_DATABASE_URL and BENCH_REDIS_URL, or the usual local addresses, answer.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack

from bench.load import prepared, requests_per_second
from bench.servers import CLIENT_CORE, pin, server

AIM = 0.5
LOG = {"site": "saf", "log_message": "Slewing to M31.", "log_level": "INFO", "timestamp": 1752262800.12}
JOB = {
    "site": "saf", "device": "camera", "instance": "camera_1_1", "action": "expose", "user_name": "alice",
    "user_id": "alice", "user_roles": [], "timestamp": 1795215496,
    "required_params": {"time": "1", "image_type": "light", "smartstack": True, "substack": True},
    "optional_params": {"count": "1", "bin": "\"optimal\"", "filter": "w", "area": [], "dither": "off"},
}  # fmt: skip
CALLS = {
    "newlog": ("/logs/newlog", LOG),
    "newjob": ("/jobs/newjob", JOB),
    "getnewjobs": ("/jobs/getnewjobs", {"site": "idle"}),
}


def databases() -> dict[str, dict[str, str]]:
    found = {"SQLite": {"DATABASE_URL": "", "REDIS_URL": ""}}
    postgres = os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/photonranch_bench")
    redis = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/9")
    try:
        import psycopg

        base, _, name = postgres.replace("postgres://", "postgresql://").rpartition("/")
        with psycopg.connect(f"{base}/postgres", autocommit=True, connect_timeout=2) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        found["PostgreSQL + Redis"] = {"DATABASE_URL": postgres, "REDIS_URL": redis}
    except psycopg.OperationalError as error:
        print(f"PostgreSQL is left out: {error}")
    return found


def measure(kind: str, name: str, environment: dict[str, str], args: argparse.Namespace, bearer: str) -> None:
    with ExitStack() as stack:
        ours, _ = stack.enter_context(server(kind, **environment))
        bare, _ = stack.enter_context(server(kind, **environment, BENCH_BARE="1"))
        for call, (path, body) in CALLS.items():
            text = json.dumps(body).encode()
            mine = prepared(path, text, {"Authorization": f"Bearer {bearer}"} if call == "newjob" else None)
            peer = prepared(f"/bare/{call}", text)
            best = {"ours": 0.0, "bare": 0.0}
            for _ in range(args.rounds):
                best["bare"] = max(best["bare"], requests_per_second(bare, peer, seconds=args.seconds))
                best["ours"] = max(best["ours"], requests_per_second(ours, mine, seconds=args.seconds))
            ratio = best["ours"] / best["bare"]
            verdict = "" if ratio >= AIM else f"   BELOW the aim of {AIM:.0%}"
            rates = f"{best['ours']:6.0f}/s  bare {best['bare']:6.0f}/s  {ratio:4.0%}"
            print(f"{kind:8} {name:19} {call:11} {rates}{verdict}", flush=True)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--servers", nargs="*", default=["daphne", "uvicorn", "granian"])
    args = parser.parse_args(arguments)
    pin(CLIENT_CORE)
    for name, environment in databases().items():
        with tempfile.TemporaryDirectory(prefix="photonranch-bench-") as folder:
            # One folder for all servers of a database: the same SQLite file, the same issuer key.
            environment = {**environment, "VAR_DIR": folder, "DEMO": "0"}
            prepare = [sys.executable, "manage.py", "migrate", "-v0"]
            subprocess.run(prepare, check=True, env={**os.environ, **environment})
            script = (
                "import django; django.setup(); from datetime import timedelta; "
                "from photonranch.auth.tokens import issue_token; "
                "print(issue_token('alice', lifetime=timedelta(hours=2)))"
            )
            bearer = subprocess.run(
                [sys.executable, "-c", script],
                check=True, capture_output=True, text=True,
                env={**os.environ, **environment, "DJANGO_SETTINGS_MODULE": "bench.settings"},
            ).stdout.strip()  # fmt: skip
            for kind in args.servers:
                measure(kind, name, environment, args, bearer)


if __name__ == "__main__":
    main()
