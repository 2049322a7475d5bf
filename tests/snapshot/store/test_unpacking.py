"""Compressed snapshot files: read wherever a file is, known by their bytes, and never unpacked beyond what is sensible."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import zlib
from pathlib import Path

import pytest

from analyze.compose import compose
from analyze.loading import load as load_pair
from snapshot.store import unpacking
from snapshot.store.errors import DamagedError, FileError, NotOursError
from snapshot.store.reader import list_snapshots, load, load_whole
from snapshot.store.reference import parse
from snapshot.store.writer import append, check_target
from tests.analyze.test_changes import classic
from tests.snapshot.store.captures import before_and_after, of_host
from tests.snapshot.store.compressing import Pack, skippable, zeros, zstd

WAYS: dict[str, Pack] = {
    "zstd": zstd,
    "zstd-checked": lambda data: zstd(data, checksum_flag=1),
    "zstd-frames": lambda data: zstd(data[:5000]) + skippable() + zstd(data[5000:]),
    "zstd-skippable-first": lambda data: skippable() + zstd(data),
    "gzip": gzip.compress,
    "gzip-members": lambda data: gzip.compress(data[:7]) + gzip.compress(data[7:]),
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plain") / "host.netlapse"
    before_and_after(path)
    return path


def compressed(plain: Path, folder: Path, pack: Pack, name: str = "any name") -> Path:
    path = folder / name
    path.write_bytes(pack(plain.read_bytes()))
    return path


@pytest.mark.parametrize("way", WAYS)
def test_a_compressed_file_reads_as_what_is_in_it(plain: Path, tmp_path: Path, way: str) -> None:
    path = compressed(plain, tmp_path, WAYS[way])
    assert list_snapshots(path) == list_snapshots(plain)
    for snap in ("", "@before", "@1", "@last"):
        assert load(parse(f"{path}{snap}")) == load(parse(f"{plain}{snap}"))
        assert load_whole(parse(f"{path}{snap}")) == load_whole(parse(f"{plain}{snap}"))


@pytest.mark.parametrize("way", WAYS)
def test_two_files_of_which_any_is_compressed_are_compared(plain: Path, tmp_path: Path, way: str) -> None:
    path = compressed(plain, tmp_path, WAYS[way])
    other = compressed(plain, tmp_path, zstd, "other")

    def report(before: Path, after: Path) -> object:
        return compose(load_pair(parse(f"{before}@before"), parse(f"{after}@after")), "test")

    expected = report(plain, plain)
    assert report(path, path) == report(plain, path) == report(path, plain) == report(path, other) == expected


@pytest.mark.parametrize("pack", [zstd, gzip.compress], ids=["zstd", "gzip"])
def test_every_truncation_is_found(plain: Path, tmp_path: Path, pack: Pack) -> None:
    path = compressed(plain, tmp_path, pack)
    whole = path.read_bytes()
    for length in [*range(1, 40), *range(40, len(whole), 397), *range(len(whole) - 20, len(whole))]:
        path.write_bytes(whole[:length])
        with pytest.raises(FileError) as told:
            list_snapshots(path)
        assert str(told.value).startswith(f"{path}: ")


@pytest.mark.parametrize("pack", [zstd, gzip.compress], ids=["zstd", "gzip"])
def test_what_stands_behind_the_end_is_refused(plain: Path, tmp_path: Path, pack: Pack) -> None:
    for behind in (b"\0", b"more", plain.read_bytes(), gzip.compress(b"x") if pack is zstd else zstd(b"x")):
        path = compressed(plain, tmp_path, lambda data, behind=behind: pack(data) + behind)  # type: ignore[misc]
        with pytest.raises(DamagedError, match="something else stands behind"):
            list_snapshots(path)
    for twice in (pack(plain.read_bytes()) * 2, pack(plain.read_bytes()) + pack(b"x")):
        path.write_bytes(twice)
        with pytest.raises(DamagedError):
            list_snapshots(path)


@pytest.mark.parametrize("pack", [zstd, gzip.compress], ids=["zstd", "gzip"])
def test_a_bomb_is_not_unpacked_and_the_bound_is_told(tmp_path: Path, pack: Pack) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(zeros(pack, 2**30))
    with pytest.raises(FileError, match="more than 250 times its size"):
        list_snapshots(path)
    # Without being packed too well: to reach the bound itself would take half a gigabyte.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpacking, "MOST_UNPACKED", 2**20)
        path.write_bytes(pack(os.urandom(2**20 + 1)))
        with pytest.raises(FileError, match=r"more than 1 MiB.*unpack it yourself"):
            list_snapshots(path)


def test_many_pieces_of_nothing_take_no_time(tmp_path: Path) -> None:
    path = tmp_path / "pieces"
    for data in (skippable(b"") * 100_000, zstd(b"") * 100_000, gzip.compress(b"") * 100_000):
        path.write_bytes(data)
        with pytest.raises(FileError, match="in more than 10,000 pieces"):
            list_snapshots(path)


def test_a_frame_that_asks_for_much_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "window"
    path.write_bytes(b"\x28\xb5\x2f\xfd\x00" + bytes([(31 - 10) << 3]) + bytes(100))
    with pytest.raises(DamagedError, match="too much memory"):
        list_snapshots(path)


def test_a_frame_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    """It says that four thousand million million bytes come, and a few do."""
    path = tmp_path / "lies"
    path.write_bytes(b"\x28\xb5\x2f\xfd\xc0\x00" + (2**52).to_bytes(8, "little") + b"\x29\x00\x00" + b"hello")
    with pytest.raises(FileError):
        list_snapshots(path)


@pytest.mark.parametrize(
    ("pack", "told"),
    [(lzma.compress, "compressed with xz"), (bz2.compress, "compressed with bzip2"), (zlib.compress, "not an SQLite file")],
)  # fmt: skip
def test_other_ways_to_compress_are_named(plain: Path, tmp_path: Path, pack: Pack, told: str) -> None:
    with pytest.raises(NotOursError, match=told):
        list_snapshots(compressed(plain, tmp_path, pack))


def test_what_was_compressed_twice_or_holds_nothing_is_no_snapshot(plain: Path, tmp_path: Path) -> None:
    for pack in (lambda data: zstd(gzip.compress(data)), lambda _: zstd(b""), lambda _: gzip.compress(b"text")):
        with pytest.raises(NotOursError, match="not a netlapse file"):
            list_snapshots(compressed(plain, tmp_path, pack))


@pytest.mark.parametrize("pack", [zstd, gzip.compress], ids=["zstd", "gzip"])
def test_nothing_is_added_to_a_compressed_file(plain: Path, tmp_path: Path, pack: Pack) -> None:
    path = compressed(plain, tmp_path, pack)
    before = path.read_bytes()
    for attempt in (
        lambda: check_target(path, append=True, label="more"),
        lambda: append(path, of_host(classic(), label="more")),
    ):
        with pytest.raises(FileError, match="compressed, or a bundle: unpack it"):
            attempt()
    assert path.read_bytes() == before


def test_nothing_is_left_behind(plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = compressed(plain, tmp_path, zstd)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    list_snapshots(path)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
