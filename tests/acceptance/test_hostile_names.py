"""Names and texts that strangers chose, on a real kernel: they are told as text and act on nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.bottle import ROOT, Bottle
from tests.requirements import require_bottles

LINKS = (
    b'"><b>x<b>',
    b"\x1b[31mred\x07",
    "é\u202eabc".encode(),
    b"\xff\xfe\x80",
    b"';DROP--",
    b"{{7*7}}",
    b"a\\u0041",
)
ALIAS = b"</script><script>alert(1)</script> \x1b]0;title\x07 \xe2\x80\xae"
NAMESPACES = (b"<img src=x>", b"new\nline", b"back\\slash", b"sp ace", b"\xc3\x28")


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as bottle:
        for name in LINKS:
            run(bottle, [b"ip", b"link", b"add", b"name", name, b"type", b"bridge"])
        run(bottle, [b"ip", b"link", b"set", b"dev", LINKS[0], b"alias", ALIAS])
        for name in NAMESPACES:
            run(bottle, [b"ip", b"netns", b"add", name])
        yield bottle


@pytest.fixture(scope="module")
def path(bottle: Bottle) -> Path:
    bottle.capture("hostile", "--label", "before", "--note", "<b>note</b>\x1b[2J")
    run(bottle, [b"ip", b"link", b"set", b"dev", LINKS[0], b"mtu", b"1400"])
    run(bottle, [b"ip", b"link", b"del", b"dev", LINKS[1]])
    run(bottle, [b"ip", b"netns", b"del", NAMESPACES[0]])
    return bottle.capture("hostile", "--label", "after")


def run(bottle: Bottle, command: list[bytes]) -> None:
    inside = [os.fsencode(word) for word in bottle.inside()]
    done = subprocess.run([*inside, *command], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_no_object_is_lost_for_its_name(bottle: Bottle, path: Path) -> None:
    facts = bottle.show(f"{path}@before")
    links = [link for link in facts["link"] if link["link_kind"] == "bridge"]
    assert len(links) == len(LINKS)
    assert {link["name"] for link in links} >= {LINKS[0].decode(), LINKS[1].decode(), r"\xff\xfe\x80"}
    assert next(link for link in links if link["name"] == LINKS[0].decode())["alias"] == ALIAS.decode()
    assert len(facts["namespace"]) == 1 + len(NAMESPACES)


@pytest.mark.parametrize("command", [
    ("show",), ("diff",), ("ls",), ("show", "--kind", "link"), ("diff", "-f", "markdown"), ("diff", "-f", "junit"),
], ids=" ".join)  # fmt: skip
def test_nothing_acts_on_the_terminal(path: Path, command: tuple[str, ...]) -> None:
    snaps = {"show": [f"{path}@before"], "diff": [f"{path}@before", f"{path}@after"], "ls": [str(path)]}[command[0]]
    done = subprocess.run(
        [sys.executable, "-m", "netlapse", command[0], *snaps, *command[1:]], check=False, capture_output=True, cwd=ROOT
    )
    assert done.returncode in (0, 1), done.stderr
    text = done.stdout.decode("utf-8")
    unseen = {character for character in text if not character.isprintable() and character != "\n"}
    assert unseen == set()
    if command[0] != "ls":
        assert "red" in text


def test_the_report_shows_them_as_text(bottle: Bottle, path: Path) -> None:
    report = bottle.folder / "report.html"
    bottle.netlapse("report", f"{path}@before", f"{path}@after", "-o", str(report), check=True)
    html = report.read_text(encoding="utf-8")
    for active in ("<b>x", "<b>note", "alert(1)</script>", "<img src=x>", "\x1b", "\x07", "\u202e"):
        assert active not in html, active
    assert "&lt;b&gt;x" in html


def test_the_changes_are_told_of_the_right_objects(bottle: Bottle, path: Path) -> None:
    report, code = bottle.diff(f"{path}@before", f"{path}@after")
    top = {(c["kind"], c["action"], c["name"]) for c in report["changes"] if c["cause"] is None}
    assert code == 1
    assert top == {
        ("link", "changed", LINKS[0].decode()),
        ("link", "removed", LINKS[1].decode()),
        ("namespace", "removed", NAMESPACES[0].decode()),
    }
