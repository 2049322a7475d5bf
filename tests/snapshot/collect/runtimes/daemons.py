"""Daemons that misbehave: real listeners at real sockets, answering as no engine should."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.snapshot.collect.runtimes.listeners import listener

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
    """A daemon at a socket in ``folder`` that speaks HTTP; gives its URL."""

    def answer(handler: socketserver.StreamRequestHandler, over: threading.Event) -> None:
        while line := handler.rfile.readline():
            path = line.split()[1].decode()
            while handler.rfile.readline().strip():
                pass
            talk(path, handler.wfile.write, over)

    with listener(folder, answer, "docker.sock") as url:
        yield url
