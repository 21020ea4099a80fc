"""nginx with nchan, as the peer of the streams; and a layer that gives our frames to it."""

import getpass
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3

from streams.layers import InProcessLayer
from testing.live import Process

MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")

CONFIG = """
load_module {module};
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr notice;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 1000000;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location /pub {{ nchan_publisher; nchan_channel_id bench; nchan_message_buffer_length 1000; }}
        location /sub {{
            nchan_subscriber websocket;
            nchan_channel_id bench;
            nchan_subscriber_first_message newest;
        }}
    }}
}}
"""


def available() -> bool:
    return shutil.which("nginx") is not None and MODULE.exists()


@contextmanager
def running_nchan() -> Iterator[tuple[Process, tuple[str, int]]]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="photonranch-nchan-") as folder:
        user = f"user {getpass.getuser()};" if os.getuid() == 0 else ""
        config = Path(folder) / "nginx.conf"
        config.write_text(CONFIG.format(module=MODULE, user=user, folder=folder, port=port))
        process = Process(["nginx", "-c", str(config), "-p", folder], os.environ)
        try:
            process.wait_for("start worker process ")
            yield process, ("127.0.0.1", port)
        finally:
            process.stop()


class NchanLayer(InProcessLayer):
    """Publishes to nginx instead of to our own sockets (`bench/settings_nchan.py`)."""

    pool = urllib3.PoolManager(maxsize=4)

    def publish(self, site: str, body: bytes) -> int:
        self.pool.request("POST", os.environ["NCHAN_URL"], body=b"{" + body)
        return 0
