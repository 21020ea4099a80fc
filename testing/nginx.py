"""An installation as production runs it, for the tests of deploy/: nginx in front, and every process started
by deploy/start, from the files that operators use.

    with production() as there:
        there.http.get("/healthz")                 # through nginx, over TLS
        there.live[0].stop()                       # one of two, as in a rolling restart
"""

import os
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import override_settings

from testing.cast import Person
from testing.live import ROOT
from testing.parts import Guard, StackPart, eventually, free_port
from testing.stack import Stack, stack

HOST = "ranch.example.org"
FRONTEND_HOST = "observe.ranch.example.org"
OLD_HOSTS = [
    f"{name}.photonranch.org"
    for name in ("logs", "jobs", "projects", "api", "calendar", "status", "quickanalysis", "datastream")
]


class ServicePart(StackPart):
    """A process started by deploy/start: `web-1` listens on the socket file web-1.sock."""

    def __init__(
        self, guard: Guard, name: str, folder: Path, env: Mapping[str, str], ready: str = ""
    ) -> None:
        self.socket = folder / f"{name}.sock"
        self.ready = ready
        role = name.partition("-")[0]
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        own = {"LISTEN": str(self.socket), "PATH": path}
        super().__init__(guard, name, [str(ROOT / "deploy" / "start"), role], {**env, **own})

    def wait_until_ready(self) -> None:
        if self.ready:
            self.wait_for(self.ready)
        else:
            eventually(self._serves)

    def client(self) -> httpx.Client:
        """Past nginx, to this very process."""
        transport = httpx.HTTPTransport(uds=str(self.socket))
        return httpx.Client(base_url=f"http://{HOST}", transport=transport, timeout=30)

    def _serves(self) -> bool:
        assert self.process
        assert not self.process.ended, self.output
        # httpx loses a socket that cannot connect: a probe goes first.
        with closing(socket.socket(socket.AF_UNIX)) as probe:
            if probe.connect_ex(str(self.socket)):
                return False
        with self.client() as client:
            return client.get("/healthz").status_code == 200


class NginxPart(StackPart):
    """nginx with the configuration of deploy/, on free ports; `http` and `https` are its addresses."""

    def __init__(self, guard: Guard, folder: Path, kind: str, settings: Mapping[str, str]) -> None:
        self.folder = folder
        folder.mkdir()
        self.http_port, self.https_port = free_port(), free_port()
        self.access_log = folder / "access.log"
        self.trust = certificate(folder)
        own = {
            "NGINX_HTTP_LISTEN": f"127.0.0.1:{self.http_port}",
            "NGINX_HTTPS_LISTEN": f"127.0.0.1:{self.https_port}",
            "NGINX_CERTIFICATE": str(folder / "cert.pem"),
            "NGINX_CERTIFICATE_KEY": str(folder / "key.pem"),
            "NGINX_ACME": str(folder / "acme"),
            "NGINX_TEMP": str(folder / "temp"),
            "NGINX_ACCESS_LOG": str(self.access_log),
            "NGINX_FRONTEND_HOST": FRONTEND_HOST,
            "NGINX_FRONTEND": str(folder / "frontend"),
            **settings,
        }
        (folder / "temp").mkdir()
        shutil.copy(ROOT / "deploy" / "nginx.conf", folder)
        # Beside nginx.conf, where a distribution has it.
        shutil.copy("/etc/nginx/mime.types", folder)
        built_frontend(folder / "frontend")
        render = [str(ROOT / "deploy" / "nginx" / "render"), str(folder), kind]
        subprocess.run(render, env={**os.environ, **own}, check=True)
        user = unprivileged()
        if user:
            subprocess.run(["chown", "-R", user, folder], check=True)
        self.arguments = ["-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
        command = ["nginx", *self.arguments, "-g", "daemon off;"]
        super().__init__(guard, "nginx", command, {"PATH": f"{os.environ['PATH']}:/usr/sbin"}, user)

    def wait_until_ready(self) -> None:
        self.wait_for("start worker process ")


class Production:
    """Two of each kind of server process behind nginx. `http` speaks to it from outside."""

    def __init__(self, there: Stack, kind: str, nginx: Mapping[str, str]) -> None:
        self.stack = there
        # The path of a socket is at most 108 bytes.
        self.run = there.folder / "run"
        self.run.mkdir()
        (there.var / "media").mkdir(parents=True, exist_ok=True)
        names = [f"{role}-{number}" for role in ("web", "live") for number in (1, 2)]
        made = {name: ServicePart(there.guard, name, self.run, there.env) for name in names}
        self.web = [made["web-1"], made["web-2"]]
        self.live = [made["live-1"], made["live-2"]]
        servers = {
            f"NGINX_{role.upper()}_SERVERS": " ".join(
                f"server unix:{part.socket} max_fails=0;" for part in parts
            )
            for role, parts in (("web", self.web), ("live", self.live))
        }
        settings = {**servers, "NGINX_MEDIA": str(there.var / "media"), **nginx}
        self.nginx = NginxPart(there.guard, there.folder / "nginx", kind, settings)
        self.parts: list[StackPart] = [*self.web, *self.live, self.nginx]
        there.started += self.parts
        self.tls = kind == "tls"
        self.http = self.client()

    @property
    def port(self) -> int:
        return self.nginx.https_port if self.tls else self.nginx.http_port

    @property
    def ws(self) -> str:
        return f"{'wss' if self.tls else 'ws'}://127.0.0.1:{self.port}"

    def client(self, host: str = HOST) -> httpx.Client:
        scheme = "https" if self.tls else "http"
        return httpx.Client(
            base_url=f"{scheme}://127.0.0.1:{self.port}",
            headers={"Host": host},
            verify=self.nginx.trust,
            timeout=90,
            trust_env=False,
        )

    def as_(self, person: Person) -> dict[str, str]:
        """The header that says who is calling; the issuer goes by the name of the installation."""
        with override_settings(PUBLIC_URL=self.stack.env["PUBLIC_URL"]):
            return {"Authorization": f"Bearer {person.token}"}

    def add_worker(self, **env: str) -> ServicePart:
        worker = ServicePart(self.stack.guard, "worker", self.run, {**self.stack.env, **env}, r"@\S+ ready")
        self.stack.started.append(worker)
        return worker

    def start(self) -> None:
        for part in self.parts:
            part.launch()
        for part in self.parts:
            part.wait_until_ready()


@contextmanager
def production(
    kind: str = "tls", *, env: Mapping[str, str] | None = None, nginx: Mapping[str, str] | None = None
) -> Iterator[Production]:
    """Everything started, while the body runs. `kind`: tls or behind-proxy; `nginx`: NGINX_ variables."""
    own = {
        "ENVIRONMENT": "production",
        "TRUST_PROXY": "1",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": ",".join(["127.0.0.1", HOST, FRONTEND_HOST, *OLD_HOSTS]),
        "PUBLIC_URL": f"https://{HOST}",
        "X_ACCEL_REDIRECT": "/.media",
        **(env or {}),
    }
    with stack(env=own) as there:
        whole = Production(there, kind, nginx or {})
        whole.start()
        with whole.http:
            yield whole


def built_frontend(folder: Path) -> None:
    """Files as the web frontend's build leaves them."""
    for name, content in (
        ("index.html", "<!doctype html><title>The frontend</title>"),
        ("js/app.1a2b3c.js", "console.log('frontend')"),
        ("css/app.1a2b3c.css", "body { color: black }"),
        ("data/messier.json", "[]"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def unprivileged() -> str | None:
    """Whom nginx runs as: nobody who may write what the servers keep."""
    return "nobody" if os.geteuid() == 0 else None


def certificate(folder: Path) -> ssl.SSLContext:
    """Writes key.pem and cert.pem, signed by themselves; returns what trusts them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    names = [x509.DNSName(each) for each in (HOST, FRONTEND_HOST, *OLD_HOSTS)]
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([*names, x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(pem)
    (folder / "cert.pem").write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    return ssl.create_default_context(cafile=str(folder / "cert.pem"))
