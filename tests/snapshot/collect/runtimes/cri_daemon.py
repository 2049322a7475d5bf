"""A CRI runtime that says what it is told to say: a real gRPC server at a real socket, in a process of its own.

What it says is a mapping from a method, or METHOD/ID, to its answers in order, the last one for ever after.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from google.protobuf.message import Message

from tests.lab.waiting import wait_for

Said = Message | str
"""A message, or the name of a gRPC status, or "silence"."""


@contextmanager
def cri_daemon(folder: Path, says: Mapping[str, Sequence[Said]]) -> Iterator[str]:
    """A daemon at a socket in ``folder``; gives its URL."""
    path, script = folder / "cri.sock", folder / "script.json"
    written = {
        key: [said if isinstance(said, str) else {"message": said.SerializeToString().hex()} for said in answers]
        for key, answers in says.items()
    }
    script.write_text(json.dumps(written), encoding="utf-8")
    process = subprocess.Popen([sys.executable, "-m", "tests.snapshot.collect.runtimes.cri_daemon", path, script])
    try:
        wait_for("the daemon", path.exists)
        yield f"unix://{path}"
    finally:
        process.kill()
        process.wait()


def main(path: str, script: str) -> None:
    """Serve."""
    import threading
    from concurrent.futures import ThreadPoolExecutor

    import grpc

    says = json.loads(Path(script).read_text(encoding="utf-8"))

    def answer(method: str, question: bytes, context: grpc.ServicerContext) -> bytes:
        # Every question's first field is an id, or there is none: tag, length, text.
        number = question[2 : 2 + question[1]].decode() if question else ""
        answers = says.get(f"{method}/{number}") or says.get(method) or ["UNIMPLEMENTED"]
        said = answers.pop(0) if len(answers) > 1 else answers[0]
        if said == "silence":
            threading.Event().wait()
        if isinstance(said, str):
            context.abort(grpc.StatusCode[said], f"it is {said.lower()}")
        return bytes.fromhex(said["message"])

    class Handler(grpc.GenericRpcHandler):
        def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes] | None:
            method = str(details.method).rpartition("/")[2]
            return grpc.unary_unary_rpc_method_handler(lambda question, context: answer(method, question, context))

    server = grpc.server(ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((Handler(),))
    server.add_insecure_port(f"unix:{path}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main(*sys.argv[1:])
