"""Daemons that misbehave: real listeners at real sockets, answering as no engine should."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
Say = Callable[[bytes], object]
Talk = Callable[[str, Say, threading.Event], object]
"""What a daemon does with a request for a path: ``say`` sends bytes, the event is set when the test is over."""


def whole(body: object) -> bytes:
    """A complete answer."""
    data = json.dumps(body).encode()
    return HEADERS + b"Content-Length: %d\r\n\r\n" % len(data) + data


def refused(code: int, message: str) -> bytes:
    """An engine's error."""
    data = json.dumps({"message": message}).encode()
    return (
        b"HTTP/1.1 %d Error\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (code, len(data)) + data
    )


VERSION = whole({"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "Components": []})


@contextmanager
def daemon(folder: Path, talk: Talk) -> Iterator[str]:
    """A daemon at a socket in ``folder``; gives its URL."""
    over = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            try:
                while line := self.rfile.readline():
                    path = line.split()[1].decode()
                    while self.rfile.readline().strip():
                        pass
                    talk(path, self.wfile.write, over)
            except OSError:
                return

    path = folder / "docker.sock"
    with socketserver.ThreadingUnixStreamServer(str(path), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"unix://{path}"
        finally:
            over.set()
            server.shutdown()
            thread.join()
