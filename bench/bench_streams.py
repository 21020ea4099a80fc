"""A thousand sockets on one site, beside nginx's nchan and Channels' own groups.

    python -m bench.bench_streams [rounds]

All server processes run on the first core, the clients on the second. Rounds alternate between the peers, and
the best of each counts: another program on the machine disturbs one round, not all.
"""

import asyncio
import json
import os
import socket
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import django

# Settings are read from the environment when Django is set up, which our own modules need.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "photonranch.settings")
os.environ.setdefault("LOG_LEVEL", "WARNING")
django.setup()

from django.conf import settings  # noqa: E402

from bench import nchan  # noqa: E402
from bench.sockets import Crowd, allow_many_files  # noqa: E402
from streams.frames import encode  # noqa: E402
from streams.layers import RedisLayer  # noqa: E402
from testing.live import Kind, Process, Server, running, running_redis  # noqa: E402

SOCKETS = 1000
POSTS = 25
POST_EVERY_S = 0.2
SATURATED_S = 3.0
# Published frames that may be under way: enough that nobody idles, few enough that nobody is dropped (the
# hub's send queues hold 1000 frames, the mailboxes of Channels' groups 100).
WINDOW = 100
WINDOW_OF_GROUPS = 16
SITE = "bench"
PATH = f"/datastream?site={SITE}"
MESSAGE = {"site": SITE, "log_message": "x" * 100, "timestamp": 1795215496}


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    allow_many_files()
    pin(os.getpid(), 1)
    if not nchan.available():
        print("nginx with nchan is not installed here (Debian: nginx, libnginx-mod-nchan): no comparison.")
    print(f"{SOCKETS} sockets on one site; best of {rounds} alternating rounds")
    memory()
    delays(rounds)
    saturation(rounds)


# Delay: a message posted over REST, its row committed, its frame at every socket


def delays(rounds: int) -> None:
    kinds: tuple[Kind, ...] = ("uvicorn", "daphne")
    best: dict[str, tuple[float, float]] = {}
    for _ in range(rounds):
        for kind in kinds:
            keep_best(best, kind, delay_of_ours(kind))
            if nchan.available():
                keep_best(best, f"nchan, fed by {kind}", delay_of_nchan(kind))
    print("\nDelay from the POST to the frame at a socket, 5 posts a second: median / 99 % in ms")
    for name, (median, p99) in sorted(best.items()):
        print(f"  {name:24} {median:7.1f} {p99:7.1f}")
    for kind, aim in (("uvicorn", 1.5), ("daphne", 5.0)):
        if (peer := best.get(f"nchan, fed by {kind}")) is not None:
            print(f"  {kind} : nchan  {best[kind][0] / peer[0]:.2f}  (aim: at most {aim})")


def keep_best(best: dict[str, tuple[float, float]], name: str, found: tuple[float, float]) -> None:
    best[name] = min(best.get(name, found), found)


def delay_of_ours(kind: Kind) -> tuple[float, float]:
    with ours(kind) as server:
        return measure_delay(server, Crowd(server.address, PATH, SOCKETS))


def delay_of_nchan(kind: Kind) -> tuple[float, float]:
    with nchan.running_nchan() as (nginx, address):
        pin_all(nginx, 0)
        url = f"http://{address[0]}:{address[1]}/pub"
        env = {"DJANGO_SETTINGS_MODULE": "bench.settings_nchan", "NCHAN_URL": url}
        with ours(kind, env) as server:
            return measure_delay(server, Crowd(address, "/sub", SOCKETS))


def measure_delay(server: Server, crowd: Crowd) -> tuple[float, float]:
    body = json.dumps(MESSAGE).encode()
    head = f"POST /logs/newlog HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    post = head.encode() + body
    delays: list[float] = []
    with socket.create_connection(server.address) as rest:
        for number in range(POSTS + 5):
            arrived: dict[int, float] = {}
            started = time.perf_counter()
            rest.sendall(post)
            while len(arrived) < SOCKETS and time.perf_counter() - started < 5:
                crowd.read(0.05, arrived)
            assert len(arrived) == SOCKETS, f"only {len(arrived)} of {SOCKETS} got the frame"
            rest.recv(65536)
            if number >= 5:  # the first ones warm up
                delays += [(when - started) * 1000 for when in arrived.values()]
            time.sleep(max(0.0, POST_EVERY_S - (time.perf_counter() - started)))
    crowd.close()
    return statistics.median(delays), statistics.quantiles(delays, n=100)[98]


# Saturation: frames published as fast as they are taken


def saturation(rounds: int) -> None:
    peers: dict[str, Callable[[], float]] = {
        "hub, uvicorn": lambda: saturate_hub("uvicorn"),
        "hub, daphne": lambda: saturate_hub("daphne"),
        "Channels groups": lambda: saturate_groups("core"),
        "Channels groups, pub/sub": lambda: saturate_groups("pubsub"),
    }
    if nchan.available():
        peers["nchan"] = saturate_nchan
    best = dict.fromkeys(peers, 0.0)
    for _ in range(rounds):
        for name, measure in peers.items():
            best[name] = max(best[name], measure())
    print("\nDeliveries a second, saturated")
    for name, rate in best.items():
        print(f"  {name:24} {rate:9,.0f}")
    hub = best["hub, uvicorn"]
    print(f"  hub : Channels groups as documented  {hub / best['Channels groups']:.1f}  (aim: at least 20)")
    print(f"  hub : Channels groups over pub/sub   {hub / best['Channels groups, pub/sub']:.1f}")
    if nchan.available():
        print(f"  hub : nchan  {hub / best['nchan']:.0%}  (aim: at least 20 %)")


def saturate_hub(kind: Kind) -> float:
    with running_redis() as redis, ours(kind, {"REDIS_URL": redis.url}) as server:
        layer = RedisLayer(hosts=[redis.url], prefix=settings.STREAM_PREFIX)
        frame = encode(SITE, "userstatus", MESSAGE)
        return measure_rate(Crowd(server.address, PATH, SOCKETS), lambda: layer.publish(SITE, frame))


def saturate_groups(kind: str) -> float:
    from bench import channels_peer

    with running_redis() as redis:
        env = {**os.environ, "REDIS_URL": redis.url, "PEER": kind}
        env.pop("DJANGO_SETTINGS_MODULE")
        command = [sys.executable, "-m", "uvicorn", "bench.channels_peer:application", "--port=0"]
        server = Process(command, env)
        try:
            port = int(server.wait_for(r"running on http://127.0.0.1:(\d+)")[1])
            pin_all(server, 0)
            crowd = Crowd(("127.0.0.1", port), "/", SOCKETS)
            os.environ["REDIS_URL"] = redis.url
            backend = channels_peer.layers(kind)["default"]
            with asyncio.Runner() as runner:
                layer = _layer(backend)
                message = {"type": "say", "text": json.dumps(MESSAGE)}

                def publish() -> None:
                    runner.run(layer.group_send(channels_peer.GROUP, message))

                return measure_rate(crowd, publish, WINDOW_OF_GROUPS)
        finally:
            os.environ.pop("REDIS_URL", None)
            server.stop()


def _layer(backend: dict[str, Any]) -> Any:
    from django.utils.module_loading import import_string

    return import_string(backend["BACKEND"])(**backend["CONFIG"])


def saturate_nchan() -> float:
    with nchan.running_nchan() as (nginx, address):
        pin_all(nginx, 0)
        crowd = Crowd(address, "/sub", SOCKETS)
        body = json.dumps(MESSAGE).encode()
        post = f"POST /pub HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        with socket.create_connection(address) as http:
            http.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

            def publish() -> None:
                # Its answers are not waited for: acknowledgements of small packets may take 40 ms.
                http.sendall(post)
                with suppress(BlockingIOError):
                    http.recv(65536, socket.MSG_DONTWAIT)

            return measure_rate(crowd, publish)


def measure_rate(crowd: Crowd, publish: Callable[[], object], window: int = WINDOW) -> float:
    """Deliveries a second while `publish` is called whenever less than `window` frames are under way."""
    publish()
    if not crowd.read_until(1):
        raise RuntimeError("nothing arrives")
    crowd.quiet()
    size = crowd.bytes // SOCKETS  # of one frame at one socket
    crowd.bytes, published = 0, 0
    started = time.perf_counter()
    while time.perf_counter() < started + SATURATED_S:
        if published - crowd.bytes / (size * SOCKETS) < window:
            publish()
            published += 1
            crowd.read(0)
        else:
            crowd.read(0.01)
    rate = crowd.bytes / size / (time.perf_counter() - started)
    if crowd.closed:
        print(f"  ({crowd.closed} sockets were closed under the load)")
    crowd.close()
    return rate


# Memory


def memory() -> None:
    print("\nMemory per idle socket")
    for kind in ("uvicorn", "daphne"):
        with ours(kind) as server:
            Crowd(server.address, PATH, 50).close()
            before = server.memory_kb()
            crowd = Crowd(server.address, PATH, SOCKETS)
            print(f"  {kind:8} {(server.memory_kb() - before) / SOCKETS:5.1f} KiB")
            crowd.close()


# Servers and cores


@contextmanager
def ours(kind: Kind, env: dict[str, str] | None = None) -> Iterator[Server]:
    arguments = ["--no-access-log"] if kind == "uvicorn" else []
    with running(kind, *arguments, env={"LOG_LEVEL": "WARNING", **(env or {})}) as server:
        pin_all(server, 0)
        yield server


def pin_all(process: Process, core: int) -> None:
    """All threads and children of a process, those that are to come included."""
    pin(process.pid, core)
    for children in Path(f"/proc/{process.pid}/task").glob("*/children"):
        for child in children.read_text().split():
            pin(int(child), core)


def pin(pid: int, core: int) -> None:
    if (os.cpu_count() or 1) > core:
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {core})


if __name__ == "__main__":
    main()
