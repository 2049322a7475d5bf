"""More sockets than one datagram holds, while others of their hash chain come and go: none that stays is missed in silence."""

from __future__ import annotations

import json
import sys

from tests.lab.bottle import Bottle
from tests.requirements import require_bottles

BUSY = """
import json, os, resource, signal, socket, sys
from snapshot.collect.socket_record import unpacked
from snapshot.collect.sockets import take_sockets

resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))

def one(kind, connected=False):
    made = socket.socket(socket.AF_INET, kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", 8080))
    if kind == socket.SOCK_STREAM:
        made.listen(1)
    elif connected:
        made.connect(("127.0.0.1", 9))
    return made

steady = [one(kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM) for _ in range(300)]
inodes = {os.fstat(made.fileno()).st_ino for made in steady}
churn = os.fork()
if churn == 0:
    while True:
        passing = [one(kind, True) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM) for _ in range(20)]
        for made in passing:
            made.close()

def look():
    taken = take_sockets(None, {})
    told = [unpacked(payload)[0].inode for payload in taken.payloads]
    return taken.torn, len(inodes - set(told)), len(told) - len(set(told))

try:
    busy = [look() for _ in range(60)]
finally:
    os.kill(churn, signal.SIGKILL)
    os.wait()
print(json.dumps([busy, [look() for _ in range(5)]]))
"""


def test_a_socket_that_stays_is_told_once_or_the_kind_is_torn() -> None:
    require_bottles()
    with Bottle() as bottle:
        busy, quiet = json.loads(bottle.run(sys.executable, "-c", BUSY).stdout)
    assert all(torn or lost == 0 for torn, lost, _ in busy)
    assert any(torn for torn, _, _ in busy), "nothing was disturbed: this was no churn"
    assert quiet == [[False, 0, 0]] * 5
    assert all(doubled == 0 for _, _, doubled in busy)
