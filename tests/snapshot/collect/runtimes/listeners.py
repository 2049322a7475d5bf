"""Whatever listens where a CRI runtime should, and what it does instead of answering."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Talk = Callable[[socketserver.StreamRequestHandler, threading.Event], None]


@contextmanager
def listener(folder: Path, talk: Talk, name: str = "raw.sock") -> Iterator[str]:
    """Whatever listens at a socket of that name; gives its URL."""
    over = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            try:
                talk(self, over)
            except OSError:
                return

    path = folder / name
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


def silent(handler: socketserver.StreamRequestHandler, over: threading.Event) -> None:
    """Accepts and says nothing."""
    over.wait(60)


PREFACE = 24
SETTINGS = b"\0\0\0\4\0\0\0\0\0"
HEADERS = b"\0\0\x14\1\4\0\0\0\1\x88\x0f\x10\x10application/grpc"
DATA = b"\0\x40\0\0\0\0\0\0\1"
"""HTTP/2 (RFC 9113, RFC 7541): no settings; status 200 on the first stream; the head of 16,384 bytes of data on it."""


def trickling(handler: socketserver.StreamRequestHandler, over: threading.Event) -> None:
    """Speaks gRPC, but a byte at a time of an answer that would take for ever."""
    handler.wfile.write(SETTINGS)
    handler.rfile.read(PREFACE)
    kind = None
    while kind != HEADERS[3]:
        head = handler.rfile.read(9)
        if len(head) < 9:
            return
        kind = head[3]
        handler.rfile.read(int.from_bytes(head[:3], "big"))
    handler.wfile.write(HEADERS + DATA)
    while not over.wait(0.05):
        handler.wfile.write(b"\0")


def rubbish(handler: socketserver.StreamRequestHandler, over: threading.Event) -> None:
    """Speaks another language."""
    handler.wfile.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
