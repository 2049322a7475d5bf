"""A process that asks a CRI runtime, line by line: METHOD and the question in hex; back comes "ok" and the answer, or "error".

A process of its own, since the tests fork, and what gRPC has running in a process does not survive that.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TypeVar

from google.protobuf.message import Message

from tests.lab.bottle import Bottle

A = TypeVar("A", bound=Message)


class CriClient:
    """The process, from outside. Close it when done.

    It runs in the bottle: what a runtime accepts of a client is a socket of the client's namespace, and the runtime holds it.
    """

    def __init__(self, bottle: Bottle, url: str) -> None:
        self._process = bottle.spawn(
            sys.executable, "-m", "tests.lab.cri_client", url, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, method: str, question: Message, answer: type[A]) -> A:
        """Ask; ``AssertionError`` with the runtime's words if it refuses."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{method} {question.SerializeToString().hex()}\n")
        self._process.stdin.flush()
        outcome, _, told = self._process.stdout.readline().rstrip("\n").partition(" ")
        assert outcome == "ok", f"{method}: {told}"
        return answer.FromString(bytes.fromhex(told))

    def close(self) -> None:
        """End it: it reads to the end of its input."""
        self._process.communicate()


def main(url: str) -> None:
    """Ask what comes in at standard input."""
    import grpc

    channel = grpc.insecure_channel(url, options=[("grpc.default_authority", "localhost")])
    for line in sys.stdin:
        method, _, question = line.rstrip("\n").partition(" ")
        try:
            # Without serializers: bytes in, bytes out.
            call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
                f"/runtime.v1.RuntimeService/{method}"
            )
            answer = call(bytes.fromhex(question), timeout=60)
            print("ok", answer.hex(), flush=True)
        except grpc.RpcError as error:
            print("error", " ".join(str(error).split()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
