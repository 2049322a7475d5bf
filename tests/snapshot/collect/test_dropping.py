"""What the agent may still do while it captures, and what the tools it runs may do and see: no more than that takes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from snapshot.collect.privileges import ADDING, READING
from tests.lab.bottle import ROOT, Bottle, environment
from tests.requirements import require_bottles

TELL = """#!/bin/sh
cat /proc/$PPID/status > {folder}/agent
cat /proc/self/status > {folder}/tool
cat /proc/self/limits > {folder}/limits
ls -l /proc/self/fd > {folder}/descriptors
env > {folder}/environment
exec /usr/sbin/nft "$@"
"""


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as bottle:
        bottle.sh("nft add table inet t")
        yield bottle


def told(bottle: Bottle, *options: str) -> Path:
    """A capture in which nft tells how it was run."""
    folder = bottle.folder / f"told{len(options)}"
    folder.mkdir()
    (folder / "nft").write_text(TELL.format(folder=folder), encoding="ascii")
    (folder / "nft").chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    done = bottle.netlapse(
        "capture", "-o", str(folder / "file"), *options, env=environment(PATH=path, LD_LIBRARY_PATH="/x")
    )
    assert done.returncode == 0, done.stderr
    return folder


def held(status: Path) -> dict[str, str]:
    return dict(re.findall(r"^(\w+):\s*(\S.*)$", status.read_text(encoding="utf-8"), re.MULTILINE))


def test_what_is_kept(bottle: Bottle) -> None:
    mask = sum(1 << number for number in READING.values())
    folder = told(bottle)
    agent, tool = held(folder / "agent"), held(folder / "tool")
    for who in (agent, tool):
        assert int(who["CapEff"], 16) == int(who["CapPrm"], 16) == int(who["CapBnd"], 16) == mask
        assert int(who["CapInh"], 16) == int(who["CapAmb"], 16) == 0
        assert who["NoNewPrivs"] == "1"
    assert re.search(r"Max core file size\s+1\s+1\s", (folder / "limits").read_text(encoding="ascii"))


def test_adding_to_a_file_takes_two_more(bottle: Bottle) -> None:
    mask = sum(1 << number for number in (*READING.values(), *ADDING.values()))
    assert int(held(told(bottle, "--append") / "agent")["CapEff"], 16) == mask


def test_a_tool_gets_no_descriptor_and_no_environment(bottle: Bottle) -> None:
    folder = told(bottle, "--label", "a")
    lines = [line.split() for line in (folder / "descriptors").read_text("utf-8").splitlines()[1:]]
    # ls itself has the folder open
    handles = {line[8]: line[10] for line in lines if not re.fullmatch(r"/proc/\d+/fd", line[10])}
    assert set(handles) == {"0", "1", "2"}, handles
    names = {line.partition("=")[0] for line in (folder / "environment").read_text("utf-8").splitlines()}
    assert names <= {"LC_ALL", "TZ", "PATH", "PWD", "SHLVL", "_", "OLDPWD"}, names


def test_no_tool_of_the_folder_one_is_in_is_run(bottle: Bottle) -> None:
    """With an empty PATH, or a relative one in it."""
    folder = bottle.folder / "somebodys"
    folder.mkdir()
    for name in ("nft", "ssh-keygen"):
        (folder / name).write_text(f"#!/bin/sh\ntouch {folder}/ran\nexit 1\n", encoding="ascii")
        (folder / name).chmod(0o755)
    bottle.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/key")
    for number, path in enumerate(("", ".", ":/usr/bin")):
        command = f"cd {folder} && PATH={path} PYTHONPATH={ROOT} exec {sys.executable} -m netlapse capture"
        command = f"{command} -o {folder}/{number} --sign {folder}/key"
        done = bottle.run("sh", "-c", command, check=False)
        assert done.returncode == 0, done.stderr
    assert not (folder / "ran").exists()


def test_root_of_a_user_namespace_drops_too_and_reads_everything_there(bottle: Bottle) -> None:
    script = (
        f"ip netns add blue; nft add table inet t; exec {sys.executable} -m netlapse capture -o {bottle.folder}/user"
    )
    mount = "mount -t tmpfs tmpfs /run && mkdir /run/netns"
    done = bottle.run("unshare", "-Urnmpf", "--mount-proc", "sh", "-ec", f"{mount}; {script}", check=False)
    assert done.returncode == 0, done.stderr
    assert "2 namespaces" in done.stderr
