"""Hostile files: every command that reads refuses each in one line with exit code 3, in bounded time and memory."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from snapshot.store import reader
from snapshot.store.errors import FileError
from snapshot.store.reference import parse
from tests.acceptance.forked import ENDLESS, MEMORY, Done, run
from tests.acceptance.hostile_files import FILES

SHIPPED = Path(__file__).resolve().parents[2] / "snapshot" / "demo" / "shipped.netlapse"
Pair = tuple[list[str], list[str]]
LONGEST = 10.0
"""Seconds that a command may take to say no."""
MOST = 256 << 20
"""Bytes of memory that it may have for it: a quarter of what it can get, so that none says no for want of memory."""


def commands(path: Path, good: Path) -> list[list[str]]:
    """Every command that reads a file."""
    bad = str(path)
    out = ["-o", "-"]
    return [
        ["ls", bad], ["show", bad], ["show", bad, "-f", "json"], ["show", f"{bad}@2", "--kind", "route"], ["check", bad],
        ["diff", f"{bad}@1", f"{bad}@2"], ["diff", f"{good}@1", bad], ["diff", f"{bad}@1", f"{good}@2", "-f", "json"],
        ["report", bad, *out], ["report", f"{good}@1", bad, *out], ["plan", f"{bad}@1", f"{bad}@last"],
        ["verify", bad], ["bundle", bad, *out],
        ["redact", bad, "-o", f"{bad}-redacted", "--key-file", str(good.with_name("key"))],
    ]  # fmt: skip


def some(number: int, commands: list[Pair]) -> list[Pair]:
    """All of them in the full run (``make hostile``), else one for each file, in turn: they open files alike."""
    if os.environ.get("NETLAPSE_HOSTILE"):
        return commands
    return [commands[number % len(commands)]]


def refused(done: Done, path: Path) -> None:
    assert (done.code, done.signal) == (3, 0), done
    assert done.seconds < LONGEST, done
    assert done.memory < MOST, done
    assert "not enough memory" not in done.stdout + done.stderr, done
    if done.command[0] == "verify" and done.stdout:
        # Of what can be opened it lists what is wrong.
        assert f"{path.name}: NOT as it was written" in done.stdout
        assert done.stderr == ""
        return
    assert done.stdout == "", done
    assert len(done.stderr.splitlines()) == 1, done
    assert done.stderr.startswith("netlapse: "), done
    assert path.name in done.stderr, done
    assert "Traceback" not in done.stderr, done
    assert "Error:" not in done.stderr, done


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    (folder / "key").write_bytes(bytes(range(32)))
    (folder / "key").chmod(0o600)
    return shutil.copyfile(SHIPPED, folder / "good.netlapse")


def test_the_good_file_is_refused_by_no_command(good: Path) -> None:
    """Under the same limits: what is refused below is not refused for want of memory."""
    for done in run(commands(good, good)):
        assert done.signal == 0, done
        assert done.code in ((0, 1, 4, 5)), done
    good.with_name(f"{good.name}-redacted").unlink()


def test_every_hostile_file_is_refused_by_every_command(good: Path, tmp_path: Path) -> None:
    """Or, by a comparison with a good file, not used: what has the digest of something that was read is not read again."""
    asked: list[tuple[Path, list[str], list[str]]] = []
    for number, (name, make) in enumerate(FILES.items()):
        path = tmp_path / f"{number} {name}"
        shutil.copyfile(good, path)
        make(path)
        asked += [
            (path, bad, alike)
            for bad, alike in some(number, list(zip(commands(path, good), commands(good, good), strict=True)))
        ]
    harmless = {tuple(done.command): done for done in run(commands(good, good))}
    slowest, largest, unused = 0.0, 0, 0
    for (path, _, alike), done in zip(asked, run([command for _, command, _ in asked], timeout=3000), strict=True):
        slowest, largest = max(slowest, done.seconds), max(largest, done.memory)
        expected = harmless[tuple(alike)]
        if str(good) in " ".join(done.command) and done.code == expected.code:
            assert done.stdout.replace(str(path), str(good)) == expected.stdout
            unused += 1
            continue
        refused(done, path)
    print(
        f"{len(FILES)} files, {len(asked)} commands, at most {slowest:.1f} s and {largest / 2**20:.0f} MiB, {unused} unused"
    )
    assert largest < MOST


def test_nothing_is_added_to_a_hostile_file(good: Path, tmp_path: Path) -> None:
    """`capture --append`, which root runs: it is refused before anything of the host is read, and left as it is."""
    paths, before = [], []
    for number, (name, make) in enumerate(list(FILES.items())[:: 1 if os.environ.get("NETLAPSE_HOSTILE") else 4]):
        paths.append(tmp_path / f"{number} {name}")
        shutil.copyfile(good, paths[-1])
        make(paths[-1])
        before.append(paths[-1].read_bytes())
    asked = [["capture", "--append", "-o", str(path)] for path in paths]
    for path, raw, done in zip(paths, before, run(asked), strict=True):
        refused(done, path)
        assert path.read_bytes() == raw
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in paths}


def test_hostile_files_are_verified_as_what_they_are(good: Path, tmp_path: Path) -> None:
    """All of them in the full run, else every eighth: ``verify`` opens files as the others do, and then reads all there is."""
    chosen = list(FILES.items())[:: 1 if os.environ.get("NETLAPSE_HOSTILE") else 8]
    paths = [tmp_path / f"{number} {name}" for number, (name, _) in enumerate(chosen)]
    for path, (_, make) in zip(paths, chosen, strict=True):
        shutil.copyfile(good, path)
        make(path)
    for path, done in zip(paths, run([["verify", str(path)] for path in paths]), strict=True):
        assert (done.code, done.signal) == (3, 0), done
        assert f"{path}: NOT as it was written" in done.stdout or f"netlapse: {path}" in done.stderr, done
        assert "Traceback" not in done.stderr, done
        assert "Error:" not in done.stderr, done
        assert done.seconds < LONGEST, done
        assert done.memory < MOST, done
        assert "not enough memory" not in done.stdout + done.stderr, done


def test_the_limits_are_real(good: Path) -> None:
    """A command that wants more memory does not get it, and one that wants more time is ended by the kernel."""
    (starved,) = run([["show", str(good)]], memory=MEMORY // 64)
    # It ends in one way or another: where so little can be had, Python itself may fail.
    assert (starved.code, starved.signal) != (0, 0), starved
    assert starved.stdout == "", starved
    (endless,) = run([[ENDLESS]], cpu=1)
    assert endless.signal in (signal.SIGXCPU, signal.SIGKILL), endless
    assert MOST < MEMORY


def test_a_host_that_repeats_one_section_without_end_is_not_shown_as_a_whole(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small file can say of any number of namespaces that they have the very same thousands of rows."""
    monkeypatch.setattr(reader, "MOST_ROWS", 20)
    with pytest.raises(
        FileError, match=r"\d+ rows are too many to be told at once; ask for one kind of them with --kind"
    ):
        reader.load_whole(parse(str(good)))
    assert reader.load_whole(parse(str(good)), ["qdisc"]).rows
