"""What changes of a firewall between two captures, and while it is read. On a real kernel, with the real tools."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab import firewalls
from tests.lab.bottle import Bottle
from tests.lab.waiting import wait_for
from tests.requirements import require_bottles

READ = """
import json, sys
from snapshot.collect.firewall.source import read_firewall, tell_firewall
from snapshot.collect.netlink.transport import Requests
told = []
with Requests() as requests:
    for _ in range(int(sys.argv[1])):
        taken = read_firewall(requests, {})
        # A listing of two moments may not add up with the rules' handles: then it is not told at all.
        facts = [] if taken.torn else tell_firewall(taken.payloads, {})
        texts = [fact.text for fact in facts if getattr(fact, "object", "") == "rule"]
        told.append({"torn": taken.torn, "attempts": taken.attempts, "rules": texts})
print(json.dumps(told))
"""

GENERATIONS = """
import json
from snapshot.collect.firewall.look import tables_of_files
from snapshot.collect.firewall.source import read_firewall
from snapshot.collect.netlink.netfilter import Netfilter
from snapshot.collect.netlink.transport import Requests
with Netfilter() as netfilter, Requests() as requests:
    before = netfilter.generation()
    assert len(read_firewall(requests, {}).payloads) == 6
    legacy = {family: sorted(names) for family, names in tables_of_files().items()}
    print(json.dumps([before, netfilter.generation(), legacy]))
"""

CHURN = r"""
for port in 1000 2000; do
    { echo 'flush ruleset'; echo 'table inet t { chain c {'
      for i in $(seq 200); do echo "tcp dport $((port + i)) accept"; done; printf '}\n}\n'; } >$FOLDER/$port
done
nft -f $FOLDER/1000 && touch $FOLDER/churning
while :; do nft -f $FOLDER/2000; nft -f $FOLDER/1000; done
"""

ONCE = """#!/bin/sh
{nft} "$@" || exit
[ -e {folder}/done ] || {{ touch {folder}/done; {nft} add rule inet t c tcp dport 2 accept; }}
"""


@pytest.fixture
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as made:
        yield made


def read(bottle: Bottle, times: int = 1) -> list[dict[str, Any]]:
    return list(json.loads(bottle.run(sys.executable, "-c", READ, str(times)).stdout))


def digests(path: Path, kind: str) -> list[str]:
    with sqlite3.connect(path) as file:
        return [row[0] for row in file.execute("SELECT digest FROM section WHERE kind = ? AND rows > 0", (kind,))]


def test_counters_that_moved_leave_the_firewall_as_it_was(bottle: Bottle) -> None:
    bottle.sh(firewalls.IPTABLES + firewalls.NATIVE + firewalls.LEGACY + firewalls.IPSETS + firewalls.TRAFFIC)
    path = bottle.capture()
    (before,), counters = digests(path, "firewall"), digests(path, "counter")
    bottle.sh(firewalls.TRAFFIC)
    bottle.capture()
    assert digests(path, "firewall") == [before]
    assert len(digests(path, "counter")) == len(counters) + 1


def test_the_order_in_which_sets_were_filled_does_not_matter(bottle: Bottle) -> None:
    names = ("a", "b")
    numbers = list(range(1, 300))
    for name, order in zip(names, (numbers, numbers[::-1]), strict=True):
        ports = ", ".join(str(number) for number in order)
        lines = "".join(f"add s 10.0.{number // 200}.{number % 200}\n" for number in order)
        bottle.sh(f"ip netns add {name}")
        bottle.sh(f"ip netns exec {name} nft 'add table ip t; add set ip t s {{ type inet_service; }}'")
        bottle.sh(f"ip netns exec {name} nft 'add element ip t s {{ {ports} }}'")
        bottle.sh(f"ip netns exec {name} ipset restore <<'END'\ncreate s hash:ip\n{lines}END")
    assert len(digests(bottle.capture(), "firewall")) == 1


def test_a_rule_that_moved_is_the_same_at_another_position(bottle: Bottle) -> None:
    def rules(path: Path) -> dict[str, int]:
        return {f["text"]: f["position"] for f in bottle.show(path, "--kind", "firewall") if f["object"] == "rule"}

    bottle.sh("for port in 1 2 3; do iptables-nft -A INPUT -p tcp --dport $port -j ACCEPT; done")
    before = rules(bottle.capture("before"))
    bottle.sh("iptables-nft -D INPUT 3; iptables-nft -I INPUT -p tcp --dport 3 -j ACCEPT")
    after = rules(bottle.capture("after"))
    words = [f"-p tcp -m tcp --dport {port} -j ACCEPT" for port in (1, 2, 3)]
    assert [before[rule] for rule in words] == [0, 1, 2]
    assert [after[rule] for rule in words] == [1, 2, 0]


def test_a_change_while_it_was_listed_makes_it_read_again(bottle: Bottle) -> None:
    bottle.sh("nft 'add table inet t; add chain inet t c; add rule inet t c tcp dport 1 accept'")
    real = bottle.folder / "nft"
    shutil.copy(shutil.which("nft") or "/usr/sbin/nft", real)
    script = bottle.folder / "script"
    script.write_text(ONCE.format(nft=real, folder=bottle.folder), encoding="ascii")
    script.chmod(0o755)
    bottle.sh(f"mount --bind {script} $(readlink -f $(command -v nft))")
    (told,) = read(bottle)
    assert told == {"torn": False, "attempts": 2, "rules": ["tcp dport 1 accept", "tcp dport 2 accept"]}


def test_under_churn_a_ruleset_is_one_moments_or_called_torn(bottle: Bottle) -> None:
    churn = bottle.spawn(
        "env", f"FOLDER={bottle.folder}", "sh", "-ec", CHURN, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for("the churn", (bottle.folder / "churning").exists)
        told = read(bottle, 15)
    finally:
        churn.kill()
        churn.wait()
    whole = [[f"tcp dport {port + number} accept" for number in range(1, 201)] for port in (1000, 2000)]
    assert all(one["torn"] or one["rules"] in whole for one in told)
    assert any(one["attempts"] > 1 for one in told), "no reading was disturbed: this was no churn"


def test_reading_leaves_the_firewall_as_it_was(bottle: Bottle) -> None:
    bottle.sh(firewalls.IPTABLES + firewalls.NATIVE + "iptables-legacy -A INPUT -j ACCEPT")
    before, after, legacy = json.loads(bottle.run(sys.executable, "-c", GENERATIONS).stdout)
    assert before == after > 0
    assert legacy == {"ip": ["filter"]}
