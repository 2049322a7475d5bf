"""Support bundles: made of checked files, the same bytes for the same input, and read without being unpacked."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from analyze.bundle.command import compressed
from analyze.bundle.reading import files_of
from analyze.verifying import verification
from snapshot.store import bundles
from snapshot.store.bundles import Member, made, read
from snapshot.store.errors import FileError
from snapshot.store.reader import list_snapshots
from snapshot.store.unpacking import unpacked
from snapshot.store.writer import create
from tests.acceptance.forked import Done, run
from tests.analyze.test_changes import classic
from tests.snapshot.store.altering import alter
from tests.snapshot.store.captures import before_and_after, of_host
from tests.snapshot.store.compressing import zstd

LATER = "2026-01-01T03:10:00.000000Z"


def netlapse(*command: object) -> Done:
    (done,) = run([[*map(str, command)]])
    return done


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("host") / "node 1.netlapse"
    before_and_after(path)
    return path


@pytest.fixture(scope="module")
def one(host: Path) -> Path:
    out = host.with_name("one.tar.zst")
    done = netlapse("bundle", host, "-o", out)
    assert (done.code, done.stdout) == (0, ""), done
    return out


@pytest.fixture(scope="module")
def several(host: Path) -> Path:
    out = host.with_name("several.tar.zst")
    other = host.with_name("other.netlapse.zst")
    other.write_bytes(zstd(host.read_bytes()))
    folder = host.with_name("sub")
    folder.mkdir()
    same = folder / "node@1.netlapse"
    shutil.copyfile(host, same)
    assert netlapse("bundle", host, other, same, "-o", out).code == 0
    return out


def test_a_bundle_has_what_the_page_says(one: Path, host: Path, tmp_path: Path) -> None:
    assert one.stat().st_mode & 0o777 == 0o600
    subprocess.run(["tar", "--zstd", "-xf", one, "-C", tmp_path], check=True)
    folder = tmp_path / "netlapse-bundle"
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json", "node-1.netlapse", "node-1.html", "node-1.verify.json",
    }  # fmt: skip
    assert (folder / "node-1.netlapse").read_bytes() == host.read_bytes()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest["members"]:
        data = (folder / entry["name"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["size"], entry["sha256"])
    verified = json.loads((folder / "node-1.verify.json").read_text(encoding="utf-8"))
    assert (verified["file"], verified["verdict"]) == ("node-1.netlapse", "intact")
    assert "<html" in (folder / "node-1.html").read_text(encoding="utf-8")


def test_the_same_input_gives_the_same_bytes(one: Path, host: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / host.name
    shutil.copyfile(host, elsewhere)
    os.utime(elsewhere, (1, 1))
    assert netlapse("bundle", elsewhere, "-o", tmp_path / "again.tar.zst").code == 0
    assert (tmp_path / "again.tar.zst").read_bytes() == one.read_bytes()


READING = [
    ["ls", "{}"], ["show", "{}"], ["show", "{}@before", "-f", "json"], ["check", "{}"], ["diff", "{}@before", "{}@after"],
    ["plan", "{}@1", "{}@2"], ["report", "{}", "-o", "-"], ["verify", "{}"],
]  # fmt: skip


def test_it_reads_as_the_file_in_it(one: Path, several: Path, host: Path) -> None:
    places = [
        str(host),
        str(one),
        f"{one}/node-1.netlapse",
        f"{several}/node-1-2.netlapse",
        f"{several}/other.netlapse",
    ]
    asked = [[word.format(place) for word in command] for command in READING for place in places]
    found = run(asked)
    for number in range(len(READING)):
        expected, *others = found[number * len(places) : (number + 1) * len(places)]
        assert expected.stderr == ""
        for place, done in zip(places[1:], others, strict=True):
            assert (done.code, done.stderr) == (expected.code, ""), done
            shown = done.stdout.replace(f"{one}/node-1.netlapse", str(host)).replace(place, str(host))
            assert shown == expected.stdout


def test_of_several_one_has_to_be_named_and_all_are_listed(several: Path) -> None:
    names = ["node-1.netlapse", "node-1-2.netlapse", "other.netlapse"]
    done = netlapse("show", several)
    assert done.code == 3
    assert all(f"{several}/{name}" in done.stderr for name in names)
    done = netlapse("show", f"{several}/gone.netlapse")
    assert done.code == 3
    assert "not in the bundle" in done.stderr
    listed = netlapse("ls", several)
    assert listed.code == 0
    assert all(f"{several}/{name}" in listed.stdout for name in names)
    verified = netlapse("verify", several, "-f", "json")
    assert verified.code == 0
    assert [(v["file"], v["verdict"]) for v in json.loads(verified.stdout)] == [
        (f"{several}/{name}", "intact") for name in sorted(names)
    ]


def test_a_bundle_is_unpacked_once_however_many_files_are_in_it(
    several: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger's bundle may hold a thousand small files and a large one: a command would unpack that a thousand times."""
    times = []

    def counted(handle: int, way: str, size: int) -> bytearray:
        times.append(way)
        return unpacked(handle, way, size)

    monkeypatch.setattr("snapshot.store.contents.unpacked", counted)
    mine = tmp_path / "mine.tar.zst"
    shutil.copyfile(several, mine)
    files, _ = files_of(mine)
    assert [verification(file, None).verdict for file in files] == ["intact"] * 3
    assert times == ["zstd"]
    # Another file of that name is looked at anew.
    shutil.copyfile(several, tmp_path / "next")
    (tmp_path / "next").replace(mine)
    assert len(files_of(mine)[0]) == 3
    assert times == ["zstd"] * 2


def test_nothing_is_ever_replaced(host: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.tar.zst"
    out.write_bytes(b"mine")
    assert netlapse("bundle", host, "-o", out).code == 2
    assert out.read_bytes() == b"mine"
    link = tmp_path / "link.tar.zst"
    link.symlink_to(tmp_path / "elsewhere")
    assert netlapse("bundle", host, "-o", link).code == 2
    for name in ("bundle.tar.gz", "bundle.zip", "other.netlapse"):
        done = netlapse("bundle", host, "-o", tmp_path / name)
        assert done.code == 2
        assert "NAME.tar.zst" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.tar.zst", "mine.tar.zst"]


@pytest.mark.parametrize("sealed", [True, False], ids=["altered", "flipped"])
def test_damaged_files_go_in_only_if_that_is_wanted(host: Path, tmp_path: Path, sealed: bool) -> None:
    bad = tmp_path / "bad.netlapse"
    shutil.copyfile(host, bad)
    if sealed:
        alter(bad, "UPDATE address_row SET address = '10.66.6.6/24' WHERE number = 1")
    else:
        data = bytearray(bad.read_bytes())
        data[5000] ^= 1
        bad.write_bytes(data)
    out = tmp_path / "out.tar.zst"
    done = netlapse("bundle", host, bad, "-o", out)
    assert done.code == 3
    assert "--damaged" in done.stderr
    assert not out.exists()
    done = netlapse("bundle", host, bad, "-o", out, "--damaged")
    assert done.code == 0, done
    assert "goes in as it is" in done.stderr
    assert netlapse("show", out).code == 0
    done = netlapse("verify", out)
    assert done.code == 3
    assert "bad.damaged" in done.stdout + done.stderr
    assert netlapse("show", f"{out}/bad.damaged").code == 3


def test_the_doctor_is_asked_of_this_host_only(host: Path, one: Path, tmp_path: Path) -> None:
    """The demo's file was captured elsewhere, and what is captured here and now was not."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    here = tmp_path / "here.netlapse"
    capture = of_host(classic())
    from dataclasses import replace

    create(here, replace(capture, header=replace(capture.header, boot_id=boot)))
    for options, there in (((), True), (("--no-doctor",), False)):
        out = tmp_path / f"{there}.tar.zst"
        assert netlapse("bundle", here, "-o", out, *options).code == 0
        listed = subprocess.run(["tar", "--zstd", "-tf", out], check=True, capture_output=True, text=True).stdout
        assert ("doctor.txt" in listed) == there


def plain(path: Path) -> bytes:
    return subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout


def tar(*members: tarfile.TarInfo, data: bytes = b"", **options: object) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", **options) as archive:  # type: ignore[call-overload]
        for member in members:
            member.size = len(data) if member.isreg() else 0
            archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


def info(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


def _swapped(whole: bytes) -> bytes:
    return whole.replace(b"node-1.html", b"node-2.html", 1)


ARCHIVES: dict[str, Callable[[bytes], bytes]] = {
    "a tar file of others": lambda _: tar(info("netlapse-bundle/manifest.json"), data=b"{}"),
    "a link": lambda _: tar(info("netlapse-bundle/manifest.json", tarfile.SYMTYPE, "/etc/shadow")),
    "a hard link": lambda _: tar(info("netlapse-bundle/manifest.json", tarfile.LNKTYPE, "/etc/shadow")),
    "a device": lambda _: tar(info("netlapse-bundle/manifest.json", tarfile.CHRTYPE)),
    "a way out": lambda _: tar(info("netlapse-bundle/../../x"), data=b"x"),
    "an absolute name": lambda _: tar(info("/etc/passwd"), data=b"x"),
    "a long name": lambda _: tar(info("netlapse-bundle/" + "x" * 300), data=b"x", format=tarfile.GNU_FORMAT),
    "extended headers": lambda _: tar(info("netlapse-bundle/\u00e4" * 9), data=b"x", format=tarfile.PAX_FORMAT),
    "cut off": lambda whole: whole[: len(whole) // 2],
    "without its end": lambda whole: whole[:-1024],
    "with more behind it": lambda whole: whole + bytes(512),
    "a member of another name": _swapped,
    "a member twice": lambda whole: whole[:-1024] * 2 + bytes(1024),
    "other bytes in a member": lambda whole: whole.replace(b"</html>", b"</hTml>", 1),
    "another manifest": lambda whole: whole.replace(b'"version": 1', b'"version": 2', 1),
    "a manifest that nests": lambda whole: made_with(b"[" * 100_000),
    "no members": lambda _: bytes(1024),
    "a size beyond its end": lambda whole: whole[:124] + b"77777777777" + whole[135:],
}  # fmt: skip


def made_with(manifest: bytes) -> bytes:
    return bundles._header("manifest.json", len(manifest)) + manifest + bytes(-len(manifest) % 512) + bytes(1024)


@pytest.mark.parametrize("what", ARCHIVES)
@pytest.mark.parametrize("pack", [compressed, bytes], ids=["compressed", "plain"])
def test_archives_that_are_not_as_netlapse_makes_them_are_refused(
    one: Path, tmp_path: Path, what: str, pack: Callable[[bytes], bytes]
) -> None:
    whole = plain(one)
    bad = ARCHIVES[what](whole)
    assert bad != whole
    path = tmp_path / "bundle"
    path.write_bytes(pack(bad))
    for name in (path, path / "node-1.netlapse"):
        with pytest.raises(FileError) as told:
            list_snapshots(name)
        assert "\n" not in str(told.value)
    assert [found.name for found in tmp_path.iterdir()] == ["bundle"]


@pytest.mark.parametrize("packed", [True, False])
def test_any_changed_bit_of_a_bundle_is_found(one: Path, tmp_path: Path, *, packed: bool) -> None:
    """Zstandard can say some things in several ways (RFC 8878): a changed bit of it is found unless the very same comes out."""
    tar = plain(one)
    whole = one.read_bytes() if packed else tar
    path = tmp_path / "flipped"
    found = 0
    for at in range(0, len(whole), 97 if packed else 997):
        raw = bytearray(whole)
        raw[at] ^= 1 << (at % 8)
        path.write_bytes(raw)
        try:
            list_snapshots(path)
        except FileError:
            found += 1
        else:
            assert packed, at
            assert plain(path) == tar, at
    assert found > 100


def test_an_uncompressed_bundle_is_read_too(one: Path, host: Path, tmp_path: Path) -> None:
    path = tmp_path / "bundle.tar"
    path.write_bytes(plain(one))
    assert list_snapshots(path) == list_snapshots(host) == list_snapshots(path / "node-1.netlapse")


def test_what_is_made_is_read_as_it_was(tmp_path: Path) -> None:
    members = [Member(name=f"m{number}", role="snapshot", data=bytes(number * 100)) for number in range(20)]
    found = read(made("x", reversed(members)))
    assert [bytes(member.data) for member in found.members.values()] == [
        bytes(member.data) for member in sorted(members, key=lambda member: member.name)
    ]


def test_a_name_that_no_file_can_have_is_refused_in_words(host: Path, tmp_path: Path) -> None:
    done = netlapse("bundle", host, "-o", tmp_path / f"{'x' * 300}.tar.zst")
    assert (done.code, done.stdout) == (3, "")
    assert "File name too long" in done.stderr
    assert "report it" not in done.stderr
