"""Whether the server process at LISTEN serves: its exit code says so. The image has no curl."""

import os
import socket
import sys

TIMEOUT_S = 4


def connection(listen: str) -> socket.socket:
    if "/" not in listen:
        host, _, port = listen.rpartition(":")
        return socket.create_connection((host.replace("0.0.0.0", "127.0.0.1"), int(port)), TIMEOUT_S)  # noqa: S104
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(TIMEOUT_S)
    line.connect(listen)
    return line


def main() -> int:
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    try:
        with connection(os.environ["LISTEN"]) as line:
            line.sendall(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return 0 if b" 200 " in line.recv(100).partition(b"\r\n")[0] else 1
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
