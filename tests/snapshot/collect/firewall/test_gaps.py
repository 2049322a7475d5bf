"""A firewall that cannot be read is a gap that says why, never an empty firewall."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from snapshot.collect.firewall import tools
from snapshot.collect.netlink.transport import NetlinkError
from tests.lab.bottle import Bottle
from tests.requirements import require_bottles


@pytest.fixture
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as made:
        yield made


def gap(path: Path) -> tuple[str, str, str]:
    """The one gap of a capture: its kinds, its status and its reason. That its counts are missed as well is left out."""
    with sqlite3.connect(path) as file:
        gaps = file.execute(
            "SELECT kinds, status, error FROM coverage JOIN kind_set ON kind_set_id = kind_set.id WHERE status != 'complete'"
        ).fetchall()
    counts = [gap for gap in gaps if gap[0] == '["counter"]']
    assert all((status, "firewall" in error) == ("torn", True) for _, status, error in counts)
    ((kinds, status, error),) = (gap for gap in gaps if gap not in counts)
    return kinds, status, error


@pytest.mark.parametrize(
    ("tool", "rules", "seen"),
    [
        ("nft", "nft 'add table ip a; add table ip b'", "2 tables"),
        ("xtables-nft-multi", "iptables-nft -A INPUT -j ACCEPT", "1 table"),
        ("xtables-legacy-multi", "iptables-legacy -A INPUT -j ACCEPT", "1 legacy table"),
        ("ipset", "ipset create a hash:ip; ipset create b hash:ip", "2 ipsets"),
    ],
)
def test_a_missing_tool_is_named_with_what_it_would_have_told(bottle: Bottle, tool: str, rules: str, seen: str) -> None:
    bottle.sh(f"ip netns add blue; ip netns exec blue sh -ec '{rules.replace(chr(39), chr(34))}'")
    bottle.sh(f"mount --bind /dev/null $(readlink -f $(command -v {tool}))")
    kinds, status, error = gap(bottle.capture(code=5))
    assert (kinds, status) == ('["firewall"]', "failed")
    assert "install" in error
    assert seen in error
    # Where there are no rules, nobody misses a tool.
    assert bottle.show(bottle.folder / "snapshots", "--kind", "firewall") == []


@pytest.mark.parametrize(
    ("privilege", "rules"),
    [("net_admin", "nft add table ip t"), ("net_raw", "iptables-legacy -A INPUT -j ACCEPT")],
)
def test_without_the_privilege_it_says_which(bottle: Bottle, privilege: str, rules: str) -> None:
    bottle.sh(rules)
    file = bottle.folder / "file"
    agent = f"{sys.executable} -m netlapse capture -o {file} --kinds link,firewall"
    bottle.sh(f"setpriv --bounding-set -{privilege} {agent} || [ $? = 5 ]")
    kinds, status, error = gap(file)
    assert (kinds, status) == ('["firewall"]', "failed")
    assert f"CAP_{privilege.upper()}" in error


def test_a_tool_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "SECONDS", 0.2)
    with pytest.raises(NetlinkError, match="sleep did not come to an end"):
        tools.run("sleep", "1000")
    with pytest.raises(NetlinkError, match="sh did not come to an end"):
        tools.run("sh", "-c", "exec >&- 2>&-; exec sleep 1000")


def test_a_tool_that_hangs_costs_the_firewall_alone_however_short_the_time_and_is_not_left_behind(
    bottle: Bottle,
) -> None:
    bottle.sh(
        "nft add table ip t; mkdir /run/bin; printf '#!/bin/sh\\nexec sleep 1000\\n' >/run/bin/nft; chmod 755 /run/bin/nft"
    )
    file = bottle.folder / "file"
    agent = f"{sys.executable} -m netlapse capture -o {file} --timeout 2"
    bottle.sh(f"PATH=/run/bin:$PATH {agent} || [ $? = 5 ]")
    with sqlite3.connect(file) as opened:
        told = opened.execute("SELECT kinds, status, error FROM coverage JOIN kind_set ON kind_set_id = kind_set.id"
                              " WHERE kinds LIKE '%firewall%'").fetchall()  # fmt: skip
    ((kinds, status, error),) = told
    assert (kinds, status) == ('["firewall"]', "failed")
    assert "nft did not come to an end in its time" in error
    assert {link["name"] for link in bottle.show(file, "--kind", "link")} == {"lo"}
    assert bottle.sh("pgrep -f 'sleep 100[0]' || true") == ""


def test_a_tool_that_says_too_much_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "MOST_BYTES", 1000)
    with pytest.raises(NetlinkError, match="yes says more than"):
        tools.run("yes")


def test_a_tool_that_fails_is_quoted() -> None:
    with pytest.raises(NetlinkError, match=r"sh ended with 3 \(no such luck\)"):
        tools.run("sh", "-c", "echo no such luck >&2; exit 3")


def test_a_tool_hears_nothing_of_the_agents_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_PRELOAD_X", "secret")
    assert sorted(line.split(b"=")[0] for line in tools.run("env").splitlines()) == [b"LC_ALL", b"PATH", b"TZ"]
