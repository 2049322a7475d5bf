"""`netlapse verify` as text: the verdict first, and nothing of a stranger's file acts on a terminal."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reports.json import render_verification
from reports.model import SnapshotIdentity
from reports.safe import make_visible
from reports.text.verification import SHOWN, render
from reports.verification import Flaw, SignatureFound, Verification, VerifiedSnapshot
from tests.reports.html.test_snapshot import PROVENANCE
from tests.reports.samples import HOSTILE

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "docs" / "verify.schema.json").read_text(encoding="utf-8")
)
KEY = "SHA256:7yCcq1jp8HNnedzlYzpuIzIq1hfcfPngqPbLqM98kJ0"


def verified(*problems: Flaw, signatures: tuple[SignatureFound, ...] = (), text: str = "one") -> Verification:
    identity = SnapshotIdentity(
        id=1, label=text, note=text, host=text, started_at="2026-01-01T02:10:00.000000Z",
        finished_at="2026-01-01T02:10:00.362000Z", kernel=text, digest="d" * 64, status="torn", redacted_with=text,
        provenance=PROVENANCE,
    )  # fmt: skip
    snapshot = VerifiedSnapshot(identity=identity, signatures=signatures)
    return Verification(
        file=text, verdict="damaged" if problems else "intact", keys=(), sections=70, rows=1234, snapshots=(snapshot,),
        problems=problems,
    )  # fmt: skip


def test_an_intact_file_is_told_in_one_line_and_each_snapshot_in_a_few() -> None:
    lines = render(verified(), width=100, color=False).splitlines()
    assert lines[0] == "one: intact"
    assert lines[1].strip().startswith("1 snapshot, 70 sections, 1,234 rows: every digest holds")
    assert "1 one  one, 2026-01-01 02:10:00 UTC, torn" in lines
    assert f"    digest {'d' * 64}" in lines
    assert "    not signed" in lines
    assert "    clock: synchronised, by the kernel within 12 ms" in lines


@pytest.mark.parametrize(
    ("signature", "told"),
    [
        (SignatureFound(key=KEY, status="good"), f"signed by {KEY}"),
        (SignatureFound(key=KEY, status="bad"), f"BAD signature of {KEY}"),
        (
            SignatureFound(key=KEY, status="unchecked"),
            f"says that it is signed by {KEY}; not checked, for no --key was given",
        ),
        (SignatureFound(key=None, status="bad"), "BAD signature of something that is no signature"),
    ],
)
def test_what_is_known_of_a_signature_is_told(signature: SignatureFound, told: str) -> None:
    assert told in " ".join(render(verified(signatures=(signature,)), width=200, color=False).split())


@pytest.mark.parametrize(("ended", "moved"), [("02:11:00.362000Z", "+60.0 s"), ("02:09:50.362000Z", "-10.0 s")])
def test_a_clock_that_was_set_meanwhile_is_told(ended: str, moved: str) -> None:
    report = verified()
    (snapshot,) = report.snapshots
    identity = replace(snapshot.identity, finished_at=f"2026-01-01T{ended}")
    report = replace(report, snapshots=(replace(snapshot, identity=identity),))
    assert f"clock set: by {moved} while the capture ran" in render(report, width=100, color=False)
    assert "clock set" not in render(verified(), width=100, color=False)


@pytest.mark.parametrize("text", ["one", '"\\\n\u202e'])
def test_in_json_a_snapshot_is_one_object_as_the_schema_has_it(text: str) -> None:
    report = verified(signatures=(SignatureFound(key=KEY, status="good"),), text=text)
    (told,) = json.loads(render_verification(report))["snapshots"]
    assert list(told) == SCHEMA["$defs"]["snapshot"]["required"] == list(SCHEMA["$defs"]["snapshot"]["properties"])
    assert (told["id"], told["host"], told["redacted_with"], told["provenance"]) == (1, text, text, PROVENANCE)
    assert told["signatures"] == [{"key": KEY, "status": "good"}]


def test_provenance_that_cannot_be_read_is_null() -> None:
    (snapshot,) = verified().snapshots
    unread = replace(snapshot, identity=replace(snapshot.identity, provenance={}))
    (told,) = json.loads(render_verification(replace(verified(), snapshots=(unread,))))["snapshots"]
    assert told["provenance"] is None


def test_problems_come_first_and_say_where() -> None:
    problems = [
        Flaw(snapshot=None, scope="host", kind="route", message="its rows are not those that were written"),
        Flaw(snapshot=2, scope=None, kind=None, message="it is not signed"),
        *(Flaw(snapshot=number, scope=None, kind=None, message="x") for number in range(SHOWN)),
    ]
    asked = replace(verified(*problems), keys=(KEY,))
    assert render(asked, width=100, color=False).startswith("one: NOT as it was written, or NOT signed by the key\n")
    lines = render(verified(*problems), width=100, color=False).splitlines()
    assert lines[:3] == [
        "one: NOT as it was written",
        "  host: route: its rows are not those that were written",
        "  snapshot 2: it is not signed",
    ]
    assert "  and 2 more; -f json lists them" in lines


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_stranger_acts_on_a_terminal(text: str) -> None:
    shown = render(verified(Flaw(snapshot=1, scope=text, kind=text, message=text), text=text), width=100, color=False)
    assert all(character.isprintable() or character == "\n" for character in shown)
    assert make_visible(text).split()[0] in shown
