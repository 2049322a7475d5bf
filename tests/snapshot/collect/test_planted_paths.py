"""Paths at which somebody in a mount namespace of his own put something else than a namespace: none of it is opened."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.lab.bottle import Bottle
from tests.requirements import require_bottles
from tests.snapshot.collect.test_namespaces import left_to_the_bottle

# A pipe that nobody writes to holds up whoever opens it. It hides a namespace that is bound at the same path.
HOSTILE = """
mount -t tmpfs tmpfs /mnt
for name in pipe other; do touch /mnt/$name; unshare --net=/mnt/$name true; done
mkfifo /mnt/fifo
mount --bind /mnt/fifo /mnt/pipe
echo ready
exec sleep 3600
"""


@pytest.fixture
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as bottle:
        yield bottle


def test_a_pipe_over_a_namespace_holds_nobody_up(bottle: Bottle) -> None:
    process = bottle.spawn("unshare", "-m", "--propagation", "private", "sh", "-ec", HOSTILE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        done = bottle.netlapse("capture", "-o", f"{bottle.folder}/file", "--timeout", "20", timeout=60)
        assert done.returncode == 5, done.stderr
        assert "another mount hides it" in done.stderr
        assert "2 namespaces" in done.stderr
    finally:
        left_to_the_bottle(process)


def test_nothing_but_a_namespace_is_opened(bottle: Bottle) -> None:
    """A watchdog, a tape, a pipe, a file of that number: what is opened has been seen to be of nsfs."""
    script = """
import errno, os, sys
from snapshot.collect.namespaces.census import open_bound
os.mkfifo("/run/fifo")
os.symlink("/run/netns/blue", "/run/link")
for path in ("/run/fifo", "/run/link", "/dev/null", "/etc/passwd"):
    try:
        os.close(open_bound(path))
        print(path, "was opened")
    except OSError as error:
        print(path, errno.errorcode[error.errno])
os.close(open_bound("/run/netns/blue"))
"""
    bottle.sh("ip netns add blue")
    told = bottle.run(sys.executable, "-c", script, timeout=20).stdout.splitlines()
    assert told == ["/run/fifo ESTALE", "/run/link ESTALE", "/dev/null ESTALE", "/etc/passwd ESTALE"]
