"""Damage by chance: in files of real hosts each single bit that changed and each cut is found, in words and in time.

`make damage` tries 10,000 and 1,000, on files captured then and there with each engine; the suite some, on files that are kept.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from snapshot.store.errors import FileError
from snapshot.store.reader import list_snapshots, load_whole
from snapshot.store.reference import parse
from snapshot.store.verifying import verify
from snapshot.store.writer import append, create
from tests.cases.captures import read_capture
from tests.lab.bottle import ROOT, Bottle
from tests.lab.containerd import Containerd
from tests.lab.docker import DockerHost
from tests.lab.podman import Podman
from tests.requirements import require_containerd, require_docker, require_podman

FLIPS, CUTS = int(os.environ.get("NETLAPSE_FLIPS", "100")), int(os.environ.get("NETLAPSE_CUTS", "20"))
SLOWEST = 10.0
"""Seconds that verifying a damaged file may take."""
RECORDED = ROOT / "tests" / "cases" / "pod-recreated"


def demo(path: Path) -> None:
    """The demo's."""
    shutil.copyfile(ROOT / "snapshot" / "demo" / "shipped.netlapse", path)


def recorded(path: Path) -> None:
    """A host with Docker that was recorded as JSON, written now."""
    create(path, read_capture(RECORDED / "before.json"))
    append(path, read_capture(RECORDED / "after.json"))


def docker(path: Path) -> None:
    require_docker()
    with Bottle() as bottle, DockerHost(bottle) as host:

        def change() -> None:
            host.remove_pod("web")
            host.pod("web", uid="2")

        host.pod("web")
        host.container("alone", "-p", "10.1.27.1:8082:80/udp")
        _captured(bottle, path, change, "docker")


def podman(path: Path) -> None:
    require_podman()
    with Bottle() as bottle:
        host = Podman(bottle)

        host.pod("shop", "cart", options=("-p", "8083:80"))
        host.container("solo")
        _captured(bottle, path, lambda: host.container("late"), "podman")


def containerd(path: Path) -> None:
    require_containerd()
    with Bottle() as bottle, closing(Containerd(bottle)) as runtime:
        pod = runtime.pod("web-1", "app", "side")

        def change() -> None:
            pod.remove()
            runtime.pod("web-1", uid="2")

        runtime.pod("web-2")
        _captured(bottle, path, change, "containerd")


def _captured(bottle: Bottle, path: Path, change: Callable[[], None], engine: str) -> None:
    """Two snapshots of one file, the second one signed; both have what the engine told of its containers."""
    key = bottle.folder / "signing"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    bottle.settle()
    bottle.capture("damaged", "--label", "before")
    change()
    bottle.settle()
    made = bottle.capture("damaged", "--label", "after", "--sign", str(key))
    for side in ("before", "after"):
        (told,) = load_whole(parse(f"{made}@{side}")).snapshot.runtimes
        assert told.runtime.name == engine
        assert {container.source for container in told.containers} == {"api"}
    shutil.copyfile(made, path)


CHEAP, ENGINES = (demo, recorded), (docker, podman, containerd)
HOSTS = (demo, *ENGINES) if "NETLAPSE_FLIPS" in os.environ else CHEAP


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.__name__)
def test_each_single_bit_and_each_cut_is_found(tmp_path: Path, host: Callable[[Path], None]) -> None:
    """By ``verify``, which reads all that can be read, and by what every command does first."""
    good, path = tmp_path / "good", tmp_path / "bad"
    host(good)
    assert verify(good).problems == ()
    data = good.read_bytes()
    seed = random.randrange(1 << 30)
    chance, slowest = random.Random(seed), 0.0
    flips, cuts = FLIPS // len(HOSTS), CUTS // len(HOSTS)
    for number in range(flips + cuts):
        if number < flips:
            at = chance.randrange(len(data) * 8)
            raw = bytearray(data)
            raw[at // 8] ^= 1 << at % 8
            what = f"bit {at} of {len(data)} bytes (seed {seed})"
        else:
            at = chance.randrange(len(data))
            raw = bytearray(data[:at])
            what = f"{at} of {len(data)} bytes (seed {seed})"
        path.write_bytes(raw)
        started = time.monotonic()
        try:
            assert verify(path).problems, f"not found: {what}"
        except FileError as error:
            assert "\n" not in str(error), what
        slowest = max(slowest, time.monotonic() - started)
        with pytest.raises(FileError) as refused:
            list_snapshots(path)
        assert "\n" not in str(refused.value), what
    assert slowest < SLOWEST
    print(f"{host.__name__}: {len(data)} bytes, {flips} bits and {cuts} cuts found, at most {slowest:.2f} s", end=" ")
