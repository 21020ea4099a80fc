"""The rules of the edge hold with nginx in front: paths, hosts, errors, sockets, bounds."""

import json
import os
import re
import socket
import ssl
import subprocess
import sys
from contextlib import ExitStack
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import boto3
import pytest
from websockets.sync.client import connect

from testing.cast import ADMIN, ALICE, a_command
from testing.live import ROOT
from testing.nginx import FRONTEND_HOST, HOST, OLD_HOSTS, Production, ServicePart, production
from testing.stack import eventually

pytestmark = [pytest.mark.drill]

LOG = json.dumps({"site": "saf", "log_message": "hello \U0001f52d"}).encode()
ORIGIN = {"Origin": "https://www.photonranch.org"}


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]


def call(there: Production, method: str, path: str, body: Any = b"", /, **headers: str) -> Answer:
    """`path` goes out byte for byte; httpx would tidy it."""
    line = HTTPSConnection("127.0.0.1", there.port, timeout=60, context=there.nginx.trust)
    try:
        line.request(method, path, body, {"Host": HOST, **headers})
        answer = line.getresponse()
        found: dict[str, str] = {}
        for name, value in answer.getheaders():
            found[name.lower()] = f"{found[name.lower()]}, {value}" if name.lower() in found else value
        return Answer(answer.status, answer.read(), found)
    finally:
        line.close()


def pool_of(there: Production, path: str) -> str:
    """Which kind of server the last request for `path` went to."""

    def logged() -> list[str]:
        lines = [json.loads(line) for line in there.nginx.access_log.read_text().splitlines()]
        return [str(line["pool"]) for line in lines if line["path"] == path]

    return eventually(logged)[-1]


# --- Paths and hosts ---------------------------------------------------------------------------------------


def test_it_works(there: Production) -> None:
    answer = call(there, "POST", "/jobs/newjob", json.dumps(a_command()), **there.as_(ALICE))

    assert answer.status == 200
    assert json.loads(answer.body)["site"] == "saf"
    assert [
        line["site"] for line in json.loads(call(there, "POST", "/jobs/getnewjobs", '{"site": "saf"}').body)
    ] == ["saf"]


@pytest.mark.parametrize("path", ["/logs/newlog", "//logs/newlog", "/logs/newlog/", "//logs//newlog//"])
def test_slashes(there: Production, path: str) -> None:
    assert call(there, "POST", path, LOG).status == 200


@pytest.mark.parametrize("name", ["a/b", "a b#c?d", "grüße %41", "x//y", "100%", "+&="])
def test_a_queue_keeps_its_name(there: Production, name: str) -> None:
    path = f"/api/pipe/queue/{quote(name, safe='')}"
    assert call(there, "POST", "/api/pipe/queue", json.dumps({"queue_name": name})).status == 200
    item = {"queue_name": name, "payload": {"n": 1}, "sender": "tester"}
    assert call(there, "POST", "/api/pipe/enqueue", json.dumps(item)).status == 200

    [waiting] = json.loads(call(there, "GET", path).body)
    taken = json.loads(call(there, "POST", f"{path}/dequeue").body)

    assert (waiting["queue_name"], taken["queue_name"]) == (name, name)
    assert pool_of(there, f"{path}/dequeue") == "live"


@pytest.mark.parametrize(
    ("host", "path", "body"),
    [
        ("logs", "/dev/newlog", LOG),
        ("logs", "/test/newlog/", LOG),
        ("logs", "/logs/newlog", LOG),
        ("logs", "//prod//newlog", LOG),
        ("logs", "/newlog", LOG),
        ("logs", "/dev/recent-logs?site=saf", None),
        ("jobs", "/jobs/getnewjobs", b'{"site": "saf"}'),
        ("projects", "/projects/get-all-projects", b""),
        ("api", "/dev/all/config", None),
        ("api", "/api/pipe/queues", None),
        (
            "calendar",
            "/dev/siteevents",
            b'{"site": "saf", "start": "2026-11-20T00:00:00Z", "end": "2026-11-21T00:00:00Z"}',
        ),
        ("status", "/status/allopenstatus", None),
    ],
)
def test_an_old_host_and_stage(there: Production, host: str, path: str, body: bytes | None) -> None:
    method = "GET" if body is None else "POST"
    answer = call(there, method, path, body or b"", Host=f"{host}.photonranch.org")

    assert answer.status == 200, answer
    stage_gone = re.sub(r"^/+(dev|test|prod|" + host + r")?/*", "/", path)
    here = call(there, method, f"/{host}{stage_gone}", body or b"")
    assert here.status == 200
    if method == "GET":
        assert answer.body == here.body


@pytest.mark.parametrize("path", ["/dev?site=saf", "/datastream/?site=saf", "?site=saf", "/?site=saf"])
def test_the_old_address_of_the_stream(there: Production, path: str) -> None:
    with opened(there, path, "datastream.photonranch.org") as watching:
        publish(there, "saf", path)
        assert json.loads(watching.recv(timeout=20))["data"] == path


def test_a_stage_is_a_name_like_any_other_on_the_one_host(there: Production) -> None:
    """A site may be called `test`: only the old hosts have stages."""
    assert call(there, "PUT", "/api/test/config", b'{"name": "x"}').status == 200
    assert json.loads(call(there, "GET", "/api/test/config").body)["configuration"] == {"name": "x"}


def test_a_host_that_is_not_ours(there: Production) -> None:
    answer = call(there, "GET", "/healthz", Host="evil.example")

    assert answer.status == 400
    assert b"ALLOWED_HOSTS" in answer.body


def test_a_program_that_signs_what_it_sends() -> None:
    """The signature covers host, port and path."""
    with production(env={"SQS_ACCESS_KEY_ID": "key", "SQS_SECRET_ACCESS_KEY": "secret"}) as signed:
        sqs = boto3.client(
            "sqs",
            region_name="us-east-1",
            endpoint_url=f"https://127.0.0.1:{signed.port}/sqs",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
            verify=str(signed.nginx.folder / "cert.pem"),
        )
        with opened(signed, "/datastream?site=saf") as watching:
            sqs.send_message(
                QueueUrl=f"https://127.0.0.1:{signed.port}/sqs/1/datastreamIncomingQueue-dev",
                MessageBody='{"site": "saf", "topic": "t", "data": "signed"}',
            )
            assert '"signed"' in str(watching.recv(timeout=20))


# --- The web frontend --------------------------------------------------------------------------------------


def frontend(there: Production, path: str, method: str = "GET", body: Any = b"", /) -> Answer:
    return call(there, method, path, body, Host=FRONTEND_HOST)


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/about", "/site/saf/observe", "/image/saf-sq001-20261119-00000012", "/data/auth0|1"),
        *("/profile", "/adminonly", "/info/reservations", "/notfound", "/logout?x=1", "/jobsearch", "/apis"),
    ],
)
def test_a_page_of_the_frontends_router_is_its_start_page(there: Production, path: str) -> None:
    answer = frontend(there, path)

    assert (answer.status, answer.headers["content-type"]) == (200, "text/html")
    assert b"The frontend" in answer.body
    # A new build is seen at once.
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("path", "kind", "lifetime"),
    [
        ("/js/app.1a2b3c.js", "application/javascript", "max-age=31536000"),
        ("/css/app.1a2b3c.css", "text/css", "max-age=31536000"),
        ("/data/messier.json", "application/json", "no-cache"),
    ],
)
def test_a_file_of_the_frontend(there: Production, path: str, kind: str, lifetime: str) -> None:
    answer = frontend(there, path)

    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["cache-control"] == lifetime


def test_a_script_that_is_gone_is_no_page(there: Production) -> None:
    assert frontend(there, "/js/app.old.js").status == 404


def test_the_services_answer_under_the_frontends_name(there: Production) -> None:
    """Each of the addresses in its configuration, and nothing else of the server."""
    assert json.loads(frontend(there, "/api/all/config").body) == json.loads(
        call(there, "GET", "/api/all/config").body
    )
    window = b'{"site": "saf", "start": "2026-11-20T00:00:00Z", "end": "2026-11-21T00:00:00Z"}'
    assert json.loads(frontend(there, "/calendar/siteevents", "POST", window).body) == []
    assert frontend(there, "/projects/get-all-projects", "POST").status == 200
    assert frontend(there, "/status/allopenstatus").status == 200
    assert frontend(there, "/logs/newlog", "POST", LOG).status == 200
    assert frontend(there, "/jobs/newjob", "POST", b"{}").status == 401
    assert b"The frontend" not in frontend(there, "/quickanalysis/statistics", "POST", b"{}").body
    assert frontend(there, "/api/upload/file", "POST", b"x").status == 400
    assert frontend(there, "/metrics").status == 404
    assert b"The frontend" in frontend(there, "/admin/").body
    with opened(there, "/datastream?site=saf", FRONTEND_HOST) as watching:
        publish(there, "saf", "to the frontend")
        assert json.loads(watching.recv(timeout=20))["data"] == "to the frontend"


# --- Which kind of server ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "pool"),
    [
        ("POST", "/api/download", "live"),
        ("POST", "/api//downloadzip/", "live"),
        ("GET", "/api/product/x/y.zip", "live"),
        ("POST", "/api/pipe/queue/a/b/dequeue", "live"),
        ("POST", "/datastream/send", "web"),
        ("POST", "/quickanalysis/statistics", "live"),
        ("GET", "/api/pipe/queues", "web"),
        ("GET", "/api/downloads", "web"),
        ("GET", "/healthz", "web"),
    ],
)
def test_what_waits_goes_to_the_servers_that_can(
    there: Production, method: str, path: str, pool: str
) -> None:
    call(there, method, path)

    assert pool_of(there, path) == pool


def test_a_long_poll_holds_no_thread(there: Production) -> None:
    """More wait at once than the servers have threads, and everybody else is served meanwhile."""
    call(there, "POST", "/api/pipe/queue", b'{"queue_name": "slow"}')
    waiting = [
        HTTPSConnection("127.0.0.1", there.port, timeout=60, context=there.nginx.trust) for _ in range(40)
    ]
    for line in waiting:
        line.request("POST", "/api/pipe/queue/slow/dequeue", '{"wait_s": 30}', {"Host": HOST})

    assert call(there, "GET", "/api/pipe/queues").status == 200
    items = [{"payload": number, "sender": "t"} for number in range(40)]
    batch = {"queue_name": "slow", "sender": "t", "items": items}
    assert call(there, "POST", "/api/pipe/enqueue_batch", json.dumps(batch)).status == 200
    got = sorted(json.loads(line.getresponse().read())["payload"] for line in waiting)

    assert got == list(range(40))
    for line in waiting:
        line.close()


# --- Sockets -----------------------------------------------------------------------------------------------


def opened(there: Production, path: str, host: str = HOST) -> Any:
    """A websocket through nginx, by the name of `host`."""
    tcp = socket.create_connection(("127.0.0.1", there.port), timeout=30)
    tls = there.nginx.trust
    slash = path if path.startswith("/") else f"/{path}"
    return connect(f"wss://{host}{slash}", sock=tcp, ssl=tls, server_hostname=host, open_timeout=30)


def publish(there: Production, site: str, data: Any) -> None:
    frame = json.dumps({"site": site, "topic": "testing", "data": data})
    assert call(there, "POST", "/datastream/send", frame, **there.as_(ADMIN)).status == 200


def test_a_frame_from_any_process_reaches_sockets_on_all(there: Production) -> None:
    """Each of the four server processes is told to publish; twelve sockets lie on both that serve sockets."""
    headers = there.as_(ADMIN)
    with ExitStack() as stack:
        sockets = [stack.enter_context(opened(there, "/datastream?site=saf")) for _ in range(12)]
        assert [sockets_of(part) for part in there.live] == [6, 6]
        for part in [*there.web, *there.live]:
            with part.client() as client:
                frame = {"site": "saf", "topic": "testing", "data": part.name}
                assert client.post("/datastream/send", json=frame, headers=headers).status_code == 200
            received = [json.loads(each.recv(timeout=20)) for each in sockets]
            assert [frame["data"] for frame in received] == [part.name] * 12
            assert len({frame["id"] for frame in received}) == 1


def sockets_of(part: ServicePart) -> int:
    """How many connections a server has, as the kernel counts them."""
    table = Path("/proc/net/unix").read_text().splitlines()
    established = "03"
    return sum(1 for line in table if line.endswith(str(part.socket)) and line.split()[5] == established)


def test_a_page_of_another_origin_may_watch(there: Production) -> None:
    tcp = socket.create_connection(("127.0.0.1", there.port), timeout=30)
    origin: Any = "https://www.photonranch.org"
    with connect(
        f"wss://{HOST}/datastream?site=saf", sock=tcp, ssl=there.nginx.trust, origin=origin
    ) as watching:
        publish(there, "saf", 1)
        assert watching.recv(timeout=20)


# --- Errors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("POST", "/logs/newlog", b" " * 5_600_000, 413, b"The body is larger than 5242880 bytes."),
        ("POST", "/logs/newlog", b" " * 7_000_000, 413, b"The body is larger than this server takes."),
        ("POST", "/api/upload/file", b"x", 400, b""),
        ("GET", "/" + "x" * 70_000, b"", 414, b"The address is too long."),
        ("GET", "/logs/%00", b"", 400, b"cannot be read"),
        ("GET", "/metrics", b"", 404, b"Not Found"),
        ("GET", "//metrics/x", b"", 404, b"Not Found"),
        ("GET", "/%6detrics", b"", 404, b"Not Found"),
        ("GET", "/x/../readyz", b"", 404, b"Not Found"),
        ("GET", "/.media/keys/secret_key", b"", 404, b"Not Found"),
        ("GET", "/.photonranch-says", b"", 404, b"Not Found"),
    ],
)
def test_errors_are_sentences_that_any_page_may_read(
    there: Production, method: str, path: str, body: bytes, status: int, says: bytes
) -> None:
    answer = call(there, method, path, body, **ORIGIN)

    assert answer.status == status
    assert says in answer.body
    assert b"<" not in answer.body
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_preflight(there: Production) -> None:
    answer = call(there, "OPTIONS", "/jobs/newjob", **ORIGIN, **{"Access-Control-Request-Method": "POST"})

    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"


def test_one_address_cannot_take_every_connection(there: Production) -> None:
    """What is too much is refused with a sentence, and the next request is served."""
    lines = [
        HTTPSConnection("127.0.0.1", there.port, timeout=60, context=there.nginx.trust) for _ in range(530)
    ]
    call(there, "POST", "/api/pipe/queue", b'{"queue_name": "crowd"}')
    refused = None
    for line in lines:
        line.request("POST", "/api/pipe/queue/crowd/dequeue", '{"wait_s": 30}', {"Host": HOST})
    refused = call(there, "GET", "/healthz")
    for line in lines:
        line.close()

    assert refused.status == 429
    assert refused.body == b"Too many requests from this address; please slow down."
    assert refused.headers["retry-after"] == "5"
    assert eventually(lambda: call(there, "GET", "/healthz").status == 200)


# --- The rest of the edge ----------------------------------------------------------------------------------


def test_a_request_can_be_followed(there: Production) -> None:
    call(there, "GET", "/api/all/config", **{"X-Request-ID": "follow-me-1234"})
    call(there, "GET", "/api/all/config", **{"X-Request-ID": 'x" "y'})

    def logged() -> list[str]:
        lines = [json.loads(line) for line in there.nginx.access_log.read_text().splitlines()]
        return [line["request_id"] for line in lines if line["path"] == "/api/all/config"][-2:]

    assert eventually(lambda: len(logged()) == 2 and logged()[0] == "follow-me-1234")
    assert re.fullmatch("[0-9a-f]{32}", logged()[1])


def test_the_log_keeps_no_secrets(there: Production) -> None:
    call(there, "GET", "/api/file/ptr-data/x.jpg?expires=1&signature=very-secret")

    assert pool_of(there, "/api/file/ptr-data/x.jpg") == "web"
    assert "very-secret" not in there.nginx.access_log.read_text()


def test_health_and_measures_are_for_those_who_reach_the_processes(there: Production) -> None:
    """A container's own question, and what nginx refuses to strangers."""
    env = {"PATH": os.environ["PATH"], "ALLOWED_HOSTS": HOST}
    question = [sys.executable, str(ROOT / "deploy" / "healthy.py")]

    def healthy(listen: str) -> int:
        return subprocess.run(
            question, env={**env, "LISTEN": listen}, capture_output=True, check=False
        ).returncode

    for part in (*there.web, *there.live):
        assert healthy(str(part.socket)) == 0
        with part.client() as client:
            # No worker runs here, which it says.
            assert client.get("/readyz").status_code == 503
    assert healthy(str(there.run / "nobody.sock")) == 1
    assert healthy("127.0.0.1:1") == 1
    for path in ("/readyz", "/metrics"):
        assert call(there, "GET", path).status == 404


def test_long_answers_are_packed(there: Production) -> None:
    for number in range(30):
        call(there, "POST", "/logs/newlog", json.dumps({"site": "gz", "log_message": f"{number} " * 50}))
    answer = call(there, "GET", "/logs/recent-logs?site=gz", **{"Accept-Encoding": "gzip"})

    assert answer.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["vary"]


def test_plain_http_leads_people_on_and_tells_programs(there: Production) -> None:
    import httpx

    base = f"http://127.0.0.1:{there.nginx.http_port}"
    page = httpx.get(f"{base}/admin/?x=1", headers={"Host": HOST})
    program = httpx.post(f"{base}/logs/newlog", content=LOG, headers={"Host": HOST})

    assert (page.status_code, page.headers["location"]) == (308, f"https://{HOST}/admin/?x=1")
    assert (program.status_code, program.text) == (400, "This server speaks HTTPS only.")
    assert program.headers["access-control-allow-origin"] == "*"


def test_tls_is_of_today(there: Production) -> None:
    old = ssl.create_default_context()
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.minimum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(("127.0.0.1", there.port)) as tcp,
        old.wrap_socket(tcp, server_hostname=HOST) as line,
    ):
        cipher = line.cipher()
        assert cipher
        assert cipher[0].startswith("ECDHE")


def test_behind_another_proxy() -> None:
    """Whoever ends TLS in front is believed what it says of the client; the server sees both."""
    with production("behind-proxy", env={"ENVIRONMENT": "development", "PUBLIC_URL": ""}) as plain:
        asked = {"object_name": "saf-sq003ms-20260711-00000012-EX10.jpg"}
        headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
        form = plain.http.post("/api/upload", json=asked, headers=headers).json()
        logged = eventually(lambda: plain.nginx.access_log.read_text())

    assert json.loads(logged.splitlines()[-1])["client"] == "203.0.113.9"
    # Without PUBLIC_URL the server's own address comes from the request.
    assert form["url"].endswith(f"//{HOST}/api/upload/file")


def test_the_configuration_says_nothing_odd(there: Production, tmp_path: Path) -> None:
    """`nginx -t`, where a warning counts; and no placeholder was forgotten."""
    rendered = "".join(path.read_text() for path in (there.nginx.folder / "conf.d").iterdir())
    known = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    tested = subprocess.run(
        ["nginx", "-t", *there.nginx.arguments], capture_output=True, text=True, env=known, check=False
    )

    assert "${" not in rendered
    assert tested.returncode == 0, tested.stderr
    assert "[warn]" not in tested.stderr.replace('[warn] the "user"', "")


def test_every_old_host_is_known() -> None:
    template = (ROOT / "deploy/nginx/10-photonranch.conf.template").read_text()

    for host in OLD_HOSTS:
        name = host.partition(".")[0]
        assert f"{name}.${{NGINX_OLD_DOMAIN}} {name};" in template
