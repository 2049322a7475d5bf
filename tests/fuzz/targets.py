"""What is fuzzed: everything that reads bytes of somebody else's making. A target is given bytes, and raises only for a defect.

``make fuzz`` runs them under Atheris; the suite replays what is kept of that in ``corpus/``.
"""

from __future__ import annotations

import math
import os
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyze.filters.config import read_config
from analyze.filters.grammar import read_rule
from analyze.plan.document import Source
from analyze.plan.grammar import read_plan
from snapshot.collect.firewall import reading as firewall
from snapshot.collect.firewall.payload import Header, pack
from snapshot.collect.netlink.transport import NetlinkError, messages
from snapshot.model.errors import NetlapseError
from snapshot.model.json import canonical
from snapshot.store import bundles
from snapshot.store.columns import CODECS, parse_json
from snapshot.store.errors import DamagedError
from snapshot.store.reader import list_snapshots, load_whole
from snapshot.store.reference import SnapshotRef, parse
from snapshot.store.seal import SEAL_BYTES, seal
from snapshot.store.unpacking import packed_with, unpacked
from snapshot.store.writer import create
from snapshot.store.zstd import ZstdCompressor
from tests.analyze.test_changes import classic
from tests.snapshot.collect import test_garbled as garbled
from tests.snapshot.collect.firewall import test_telling as listings
from tests.snapshot.store.captures import of_host

ROOT = Path(__file__).resolve().parents[2]
TELLERS = ("nft", "ipset", "arptables-legacy", "ebtables-legacy", "iptables-nft")


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is done with bytes, and what to begin with."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    longest: int = 4096


class _Place:
    """A file in memory for what is read from files, and a good snapshot to make bad ones of."""

    def __init__(self) -> None:
        memory = Path("/dev/shm")
        self._folder = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
        self.path = Path(self._folder.name) / "fuzzed"
        good = Path(self._folder.name) / "good"
        create(good, of_host(classic(), label="before"))
        self.good = good.read_bytes()[:-SEAL_BYTES]


_places: list[_Place] = []


def _place() -> _Place:
    if not _places:
        _places.append(_Place())
    return _places[0]


def load(data: bytes) -> None:
    """A file: the bytes themselves, or edits of a good file. Each is a place (3 bytes), a length and what is put there.

    Whoever alters a file on purpose seals it anew, and so is done here.
    """
    place = _place()
    kind, rest = data[:1], data[1:]
    whole = rest if kind == b"r" else edited(place.good, rest)
    place.path.write_bytes(whole)
    seal(place.path)
    try:
        for entry in list_snapshots(place.path):
            load_whole(SnapshotRef(path=place.path, name=str(entry.id)))
    except NetlapseError as error:
        assert "\n" not in str(error)


def edited(good: bytes, edits: bytes) -> bytes:
    """A good file with some bytes of it replaced; an edit of no length cuts it off there."""
    whole = bytearray(good)
    at = 0
    while at + 4 <= len(edits):
        place, length = int.from_bytes(edits[at : at + 3], "big") % len(good), edits[at + 3] % 32
        at += 4
        if not length:
            return bytes(whole[:place])
        piece = edits[at : at + length]
        whole[place : place + len(piece)] = piece
        at += length
    return bytes(whole)


def _files() -> Iterator[bytes]:
    yield b"e"
    yield b"e" + (5000).to_bytes(3, "big") + b"\x00"
    for page in range(len(_place().good) // 4096):
        yield b"e" + (page * 4096).to_bytes(3, "big") + b"\x08" + _place().good[page * 4096 :][:8]
    yield b"rSQLite format 3\x00" + bytes(200)
    yield b"r" + _place().good[:100]


def unpack(data: bytes) -> None:
    """A compressed file."""
    handle = os.memfd_create("fuzzed")
    try:
        os.pwrite(handle, data, 0)
        way = packed_with(data[:16])
        if way is not None:
            unpacked(handle, way, len(data))
    except NetlapseError as error:
        assert str(error)
    finally:
        os.close(handle)


def _packed() -> Iterator[bytes]:
    import gzip

    for text in (b"", b"snapshot" * 50, bytes(5000)):
        compressor = ZstdCompressor()
        yield compressor.compress(text, compressor.FLUSH_FRAME)
        yield gzip.compress(text, mtime=0)
    yield b"\x5a\x2a\x4d\x18\x04\x00\x00\x00abcd"


def netlink(data: bytes) -> None:
    """Messages of one kind, as the kernel sends them: the kind's number, then a length and a message, several times."""
    if not data:
        return
    kind = garbled.KINDS[data[0] % len(garbled.KINDS)]
    payloads = []
    at = 1
    while at + 2 <= len(data):
        (length,) = struct.unpack_from(">H", data, at)
        payloads.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    there, failure = garbled.told(kind, tuple(payloads))
    assert there == (failure is None)


def _messages() -> Iterator[bytes]:
    for kind, payload in garbled.MESSAGES:
        yield bytes([garbled.KINDS.index(kind)]) + struct.pack(">H", len(payload)) + payload


def transport(data: bytes) -> None:
    """A buffer as the socket filled it."""
    try:
        messages("fuzzed", bytearray(data), len(data))
    except NetlinkError as error:
        assert str(error)


def _buffers() -> Iterator[bytes]:
    for _, payload in garbled.MESSAGES[:20]:
        yield struct.pack("=IHHII", 16 + len(payload), 16, 2, 1, 1) + payload
    yield struct.pack("=IHHIIi", 20, 3, 2, 1, 1, 0)
    yield struct.pack("=IHHIIi", 20, 2, 0, 1, 1, -22)


def listing(data: bytes) -> None:
    """What a host's own tool wrote of its firewall."""
    if not data:
        return
    tool = TELLERS[data[0] % len(TELLERS)]
    tables = (("ip", "filter"), ("ip", "t")) if tool == "nft" else (("ip", "filter"),)
    payload = pack(Header(backend=tool, family="ip", tables=tables), data[1:])
    try:
        list(firewall.told(payload))
    except NetlinkError as error:
        assert str(error)


def _listings() -> Iterator[bytes]:
    texts = [value for value in vars(listings).values() if isinstance(value, str | bytes)]
    for text in texts:
        raw = text.encode() if isinstance(text, str) else text
        if raw.count(b"\n") > 2:
            for tool in range(len(TELLERS)):
                yield bytes([tool]) + raw[:3000]
    yield b'\x04*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 10.0.0.1 -m comment --comment "a \\" b" -j DROP\nCOMMIT\n'


def columns(data: bytes) -> None:
    """A row of a kind, with values of any type, as SQLite may give them: a fact, which comes out again, or damaged."""
    if not data:
        return
    names = sorted(CODECS)
    codec = CODECS[names[data[0] % len(names)]]
    row: list[Any] = []
    at = 1
    for _ in codec.columns:
        what, length = data[at : at + 1] or b"\0", data[at + 1] if at + 1 < len(data) else 0
        raw = data[at + 2 : at + 2 + length]
        at += 2 + length
        row.append(_value(what[0] % 6, raw))
    try:
        fact = codec.decode(row)
    except DamagedError as error:
        assert str(error)
        return
    again = codec.decode(codec.encode(fact))
    assert again == fact


def _value(kind: int, raw: bytes) -> Any:
    match kind:
        case 0:
            return None
        case 1:
            return int.from_bytes(raw[:8].ljust(8, b"\0"), "big", signed=True)
        case 2:
            number = struct.unpack(">d", raw[:8].ljust(8, b"\0"))[0]
            return None if math.isnan(number) else number
        case 3:
            return raw
        case _:
            return raw.decode("utf-8", "replace")


def _rows() -> Iterator[bytes]:
    for number, name in enumerate(sorted(CODECS)):
        pieces = [bytes([number])]
        for column in CODECS[name].columns:
            if column.type == "INTEGER":
                pieces.append(b"\x01\x08" + bytes(8))
            else:
                text = b"[]" if column.sequence else b"{}" if column.json else b"eth0"
                pieces.append(bytes([4, len(text)]) + text)
        yield b"".join(pieces)


def json_text(data: bytes) -> None:
    """A column of JSON: read and bounded, or damaged. What is read has a canonical form that reads as the same."""
    try:
        value = parse_json(data.decode("utf-8", "replace"))
    except DamagedError as error:
        assert str(error)
        return
    assert parse_json(canonical(value)) == value


def plan(data: bytes) -> None:
    """A plan file."""
    try:
        read_plan(Source(name="plan", data=data))
    except NetlapseError as error:
        assert str(error)


def _plans() -> Iterator[bytes]:
    for path in sorted((ROOT / "docs").glob("plan.md")):
        blocks = path.read_text(encoding="utf-8").split("```yaml\n")[1:]
        for block in blocks:
            text = block.partition("```")[0]
            yield text.encode()[:4000]
            yield b"format: netlapse/plan\nversion: 1\n" + text.encode()[:4000]


def config(data: bytes) -> None:
    """A configuration file."""
    path = _place().path
    path.write_bytes(data)
    try:
        read_config(path)
    except NetlapseError as error:
        assert str(error)


def _configs() -> Iterator[bytes]:
    for block in (ROOT / "docs" / "filters.md").read_text(encoding="utf-8").split("```toml\n")[1:]:
        yield block.partition("```")[0].encode()


def words(data: bytes) -> None:
    """What is written on a command line: a rule, and a snapshot's name."""
    text = data.decode("utf-8", "replace")
    for read in (lambda: read_rule(text, "--ignore"), lambda: parse(text)):
        try:
            read()
        except NetlapseError as error:
            assert str(error)
        except ValueError as error:
            assert "null" in str(error), "no name on a command line has a NUL"


def bundle(data: bytes) -> None:
    """A bundle, before it is compressed. What is read of one gives the same bundle again."""
    try:
        found = bundles.read(data)
    except NetlapseError as error:
        assert str(error)
        return
    assert bundles.read(bundles.made(found.generator, found.members.values())) == found


def _bundles() -> Iterator[bytes]:
    member = bundles.Member(name="a.netlapse", role="snapshot", data=b"x")
    yield bundles.made("t", [])
    yield bundles.made("t", [member, bundles.Member(name="b", role="damaged", data=b"", of="a")])


TARGETS: dict[str, Target] = {
    "bundle": Target(run=bundle, seeds=_bundles, longest=8192),
    "load": Target(run=load, seeds=_files, longest=2000),
    "unpack": Target(run=unpack, seeds=_packed),
    "columns": Target(run=columns, seeds=_rows),
    "json": Target(
        run=json_text, seeds=lambda: [b"{}", b'{"a":[1,-2.5e3,null,true,"\\u00e4\\ud83d\\ude00"]}', b"[[[]]]"]
    ),
    "netlink": Target(run=netlink, seeds=_messages),
    "transport": Target(run=transport, seeds=_buffers),
    "listing": Target(run=listing, seeds=_listings),
    "plan": Target(run=plan, seeds=_plans),
    "config": Target(run=config, seeds=_configs),
    "words": Target(run=words, seeds=lambda: [b"kind=route,dst=10.0.0.0/8", b"kind=neighbour,dev=eth*", b"file@label"]),
}
