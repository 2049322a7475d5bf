"""`capture --redact` on a real host: no plain byte is written, and what is written is what redacting the plain file gives."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from snapshot.store.reader import list_snapshots
from snapshot.store.reference import parse
from tests.lab.bottle import Bottle
from tests.requirements import require_bottles
from tests.snapshot.redact.law import hold_files
from tests.snapshot.store.altering import alter
from tests.snapshot.store.test_signatures import make_key

BUILD = """
ip link add brpayments type bridge
ip addr add 10.77.66.1/24 dev brpayments
ip addr add fd77:6655:4433::1234:5678/64 dev brpayments
ip link set brpayments up
ip link set brpayments alias 'rack seventeen, door of Zoltan'
ip netns add billingspace
ip link add vethbillingx type veth peer name eth0 netns billingspace
ip link set vethbillingx master brpayments up
ip -n billingspace link set eth0 address 02:42:4d:42:00:02 up
ip -n billingspace addr add 10.77.66.2/24 dev eth0
ip -n billingspace route add default via 10.77.66.1
iptables -N ZOLTANCHAIN
iptables -A FORWARD -s 10.77.66.2/32 -i brpayments -m comment --comment "for zoltanaccount" -j ZOLTANCHAIN
iptables -A ZOLTANCHAIN -p tcp --dport 8443 -j ACCEPT
"""
CHANGE = """
ip -n billingspace link set eth0 mtu 1400
ip route add 10.88.77.0/24 via 10.77.66.2
iptables -A ZOLTANCHAIN -d 10.88.77.9/32 -j DROP
"""
SECRET = re.compile(
    rb"payments|billing|zoltan|seventeen|10\.77\.66|10\.88\.77|fd77:6655|4433::1234|4d:42:00:02|\x0a\x4d\x42|0a4d42",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as bottle:
        bottle.sh(BUILD)
        bottle.settle()
        key = bottle.folder / "key"
        assert bottle.netlapse("redact", "--new-key", str(key)).returncode == 0
        for side in ("before", "after"):
            bottle.capture("plain", "--label", side, "--note", "Zoltan asked for it")
            options = ("--label", side, "--note", "Zoltan asked for it", "--redact", "--key-file", str(key))
            bottle.capture("redacted", *options)
            if side == "before":
                bottle.sh(CHANGE)
        yield bottle


def test_no_plain_byte_is_written(bottle: Bottle) -> None:
    assert SECRET.search((bottle.folder / "plain").read_bytes())
    assert SECRET.findall((bottle.folder / "redacted").read_bytes()) == []
    assert (bottle.folder / "redacted").stat().st_mode & 0o777 == 0o600


def test_redacted_and_signed_at_once(bottle: Bottle) -> None:
    """Two snapshots of one file: no plain byte is in it, nor where the signer's key is. A third one has to be signed too."""
    owner = bottle.folder / "zoltan"
    owner.mkdir()
    for name in ("billing", "other"):
        make_key(owner / name, "-t", "ed25519", comment="zoltan@payments")
    signing, path = owner / "billing", bottle.folder / "both"
    private = ("--note", "Zoltan asked for it", "--redact", "--key-file", str(bottle.folder / "key"))
    for label in ("before", "after"):
        bottle.capture("both", "--label", label, *private, "--sign", str(signing))
        bottle.sh("ip link set brpayments mtu 1300")
    bottle.sh("ip link set brpayments mtu 1500")
    report = _verified(bottle, path, f"{signing}.pub", code=0)
    assert report["verdict"] == "intact"
    assert [[one["status"] for one in each["signatures"]] for each in report["snapshots"]] == [["good"], ["good"]]
    entries = list_snapshots(path)
    assert [entry.header.label for entry in entries] == ["before", "after"]
    assert None not in {entry.header.redacted_with for entry in entries}
    changed, code = bottle.diff(f"{path}@before", f"{path}@after")
    assert (code, [c["kind"] for c in changed["changes"] if c["cause"] is None]) == (1, ["link"])

    content = path.read_bytes()
    with closing(sqlite3.connect(path)) as connection:
        made = [text.encode() for (text,) in connection.execute("SELECT signature FROM signature ORDER BY id")]
    assert len(made) == 2
    for signature in made:
        assert signature in content
        # Bytes as good as random, which could spell anything.
        content = content.replace(signature, b"")
    assert SECRET.findall(content) == []

    _verified(bottle, path, f"{owner / 'other'}.pub", code=3)
    before = path.read_bytes()
    bottle.capture("both", *private)
    problems = _verified(bottle, path, f"{signing}.pub", code=3)["problems"]
    assert [(one["snapshot"], one["message"]) for one in problems] == [(3, "it is not signed")]
    path.write_bytes(before)
    alter(path, "UPDATE link_row SET mac = '02:00:00:00:00:01' WHERE number = 1")
    assert _verified(bottle, path, f"{signing}.pub", code=3)["verdict"] != "intact"


def _verified(bottle: Bottle, path: Path, key: str, *, code: int) -> dict[str, Any]:
    done = bottle.netlapse("verify", str(path), "--key", key, "-f", "json")
    assert done.returncode == code, done.stdout + done.stderr
    return dict(json.loads(done.stdout))


def test_it_is_what_redacting_the_plain_file_gives(bottle: Bottle) -> None:
    """Links, addresses, routes and rules, column for column; and the diff of it is the redacted diff."""
    later = bottle.folder / "later"
    done = bottle.netlapse(
        "redact", str(bottle.folder / "plain"), "-o", str(later), "--key-file", str(bottle.folder / "key")
    )
    assert done.returncode == 0, done.stderr
    rows = []
    for path in (later, bottle.folder / "redacted"):
        with closing(sqlite3.connect(path)) as connection:
            found = set()
            for kind in ("link", "address", "route", "rule", "firewall", "sysctl"):
                names = [row[1] for row in connection.execute(f'PRAGMA table_info("{kind}")')][2:]
                columns = ", ".join(f'"{name}"' for name in names)
                found |= {(kind, *row) for row in connection.execute(f'SELECT {columns} FROM "{kind}"')}
            rows.append(found)
    assert rows[0] == rows[1]


def test_the_diff_of_it_is_the_redacted_diff(bottle: Bottle) -> None:
    from snapshot.redact.files import redact_file
    from tests.snapshot.redact.law import BY

    target = bottle.folder / "by-tests"
    redact_file(bottle.folder / "plain", target, BY)
    sides = (f"{path}@{side}" for path in (bottle.folder / "plain", target) for side in ("before", "after"))
    assert hold_files(*map(parse, sides)) >= 3


@pytest.mark.parametrize(("options", "says"), [
    (("--redact",), "--redact takes a key"),
    (("--key-file", "KEY"), "--redact takes a key"),
    (("--redact", "--key-file", "NONE"), "no such key file"),
])  # fmt: skip
def test_it_takes_a_key(bottle: Bottle, options: tuple[str, ...], says: str) -> None:
    words = {"KEY": str(bottle.folder / "key"), "NONE": str(bottle.folder / "none")}
    done = bottle.netlapse("capture", "-o", str(bottle.folder / "new"), *(words.get(word, word) for word in options))
    assert done.returncode in (2, 3)
    assert says in done.stderr
    assert not (bottle.folder / "new").exists()


def test_plain_and_redacted_snapshots_do_not_come_into_one_file(bottle: Bottle) -> None:
    key = bottle.folder / "key"
    other = bottle.folder / "other"
    if not other.exists():
        assert bottle.netlapse("redact", "--new-key", str(other)).returncode == 0
    for name, options in (
        ("plain", ("--redact", "--key-file", str(key))),
        ("redacted", ()),
        ("redacted", ("--redact", "--key-file", str(other))),
    ):
        before = (bottle.folder / name).read_bytes()
        done = bottle.netlapse("capture", "-o", str(bottle.folder / name), "--append", *options)
        assert (done.returncode, "would not be alike" in done.stderr) == (2, True), done.stderr
        assert (bottle.folder / name).read_bytes() == before


def test_no_temporary_file_is_left(bottle: Bottle) -> None:
    assert not list(Path(bottle.folder).glob(".netlapse-*"))
