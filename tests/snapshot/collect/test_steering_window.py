"""Nexthops, groups and traffic control that change while they are read are heard of; what is not there costs no dump."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.bottle import Bottle
from tests.requirements import require_bottles

KINDS = ("link", "nexthop", "vlan", "mdb", "qdisc", "class", "filter")

STEADY = """
ip link add br0 type bridge; ip addr add 10.0.0.1/24 dev br0; ip link set br0 up
ip link add v0 type veth peer name v1; ip link set v0 master br0 up; ip link set v1 up
tc qdisc add dev v1 root handle 1: htb
for i in $(seq 200); do echo "nexthop add id $i via 10.0.0.$i dev br0"; done | sed 's/10.0.0.1 /10.0.0.250 /' | ip -batch -
for i in $(seq 100); do echo "class add dev v1 parent 1: classid 1:$i htb rate 1mbit"; done | tc -batch -
"""

HEARD = f"""
import json, subprocess
from snapshot.collect.netlink.watch import Watch
told = {{}}
with Watch({KINDS}) as watch:
    def heard(name, words):
        subprocess.run(words.split(), check=True)
        told[name] = sorted(watch.drain())
    heard("nexthop", "ip nexthop add id 999 via 10.0.0.2 dev br0")
    heard("nexthop gone", "ip nexthop del id 999")
    heard("mdb", "bridge mdb add dev br0 port v0 grp 239.1.1.9 permanent")
    heard("mdb gone", "bridge mdb del dev br0 port v0 grp 239.1.1.9")
    heard("qdisc", "tc qdisc add dev v0 clsact")
    heard("filter", "tc filter add dev v0 ingress protocol ip prio 1 u32 match u32 0 0")
    heard("filter gone", "tc filter del dev v0 ingress protocol ip prio 1")
    heard("class", "tc class add dev v1 parent 1: classid 1:999 htb rate 1mbit")
    heard("class gone", "tc class del dev v1 parent 1: classid 1:999")
    heard("qdisc gone", "tc qdisc del dev v0 clsact")
    heard("nothing", "tc -s qdisc show")
print(json.dumps(told))
"""

ASKED = f"""
import json
from snapshot.collect.netlink import dumps
from snapshot.collect.netlink.transport import Requests
asked = []
class Counting(Requests):
    def dump(self, what, message, body):
        asked.append(what)
        return super().dump(what, message, body)
dumps.Requests = Counting
raw = dumps.read_namespace({KINDS})
print(json.dumps([asked, {{kind: reading.error for kind, reading in raw.readings.items()}}]))
"""

CHURNED = f"""
import json, sys, time
from snapshot.collect.decode import Decoding
from snapshot.collect.netlink.dumps import read_namespace
told = []
end = time.monotonic() + 20
while time.monotonic() < end and sum(one["nexthop"][2] > 1 for one in told) < 5:
    raw = read_namespace({KINDS})
    sections, failures = Decoding().namespace(raw.readings)
    found = {{"nexthop": [one.id for one in sections["nexthop"] if one.id <= 200],
             "class": [one.handle for one in sections["class"]]}}
    one = {{"failures": failures}}
    for kind, rows in found.items():
        whole = len(rows) == len(set(rows)) == {{"nexthop": 200, "class": 100}}[kind]
        one[kind] = [whole, raw.readings[kind].torn, raw.readings[kind].attempts]
    told.append(one)
print(json.dumps(told))
"""

CHURN = r"""yes 'nexthop add id 5000 via 10.0.0.251 dev br0
nexthop del id 5000' | ip -force -batch -"""


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as made:
        made.sh(STEADY)
        made.settle()
        yield made


def python(bottle: Bottle, script: str, *where: str) -> Any:
    return json.loads(bottle.run(*where, sys.executable, "-c", script).stdout.splitlines()[-1])


def test_each_change_is_heard_as_its_kind_and_reading_is_not(bottle: Bottle) -> None:
    told = python(bottle, HEARD)
    for name, heard in told.items():
        if name != "nothing":
            assert name.split()[0] in heard, name
    assert told["nothing"] == []


def test_a_namespace_without_bridges_and_disciplines_is_asked_nothing_about_them(bottle: Bottle) -> None:
    bottle.sh("ip netns add plain; ip -n plain link set lo up; ip -n plain link add v8 type veth peer name v9")
    asked, errors = python(bottle, ASKED, "ip", "netns", "exec", "plain")
    assert set(asked) == {"link", "nexthop", "qdisc"}
    assert not any(errors.values())


def test_a_table_that_this_kernel_has_not_got_is_empty_and_no_failure(bottle: Bottle) -> None:
    asked, errors = python(bottle, ASKED)
    assert {"vlan", "mdb", "class", "filter"} <= set(asked)
    assert not any(errors.values())


def test_under_churn_a_table_is_whole_or_called_torn(bottle: Bottle) -> None:
    churn = bottle.spawn("sh", "-c", CHURN, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        told = python(bottle, CHURNED)
    finally:
        churn.kill()
        churn.wait()
    for one in told:
        assert one["failures"] == {}
        assert all(whole or torn for whole, torn, _ in (one["nexthop"], one["class"]))
        assert not one["class"][1], "a kind that nobody touched was called torn"
    assert any(one["nexthop"][2] > 1 for one in told), "no reading was disturbed: this was no churn"


LATE = f"""
import json, subprocess
from snapshot.collect.decode import Decoding
from snapshot.collect.netlink import dumps
from snapshot.collect.netlink.transport import Requests
changes = [
    "ip link add v8 type veth peer name v9",
    "ip link add br9 type bridge && ip link set v9 master br9 && ip link set br9 up && ip link set v9 up"
    " && bridge mdb add dev br9 port v9 grp 239.1.1.9 permanent && tc qdisc add dev v8 root handle 9: htb"
    " && tc class add dev v8 parent 9: classid 9:1 htb rate 1mbit",
]
class Disturbed(Requests):
    def dump(self, what, message, body):
        told = super().dump(what, message, body)
        if what == "link" and changes:
            subprocess.run(changes.pop(0), shell=True, check=True)
        return told
dumps.Requests = Disturbed
raw = dumps.read_namespace({KINDS})
sections, failures = Decoding().namespace(raw.readings)
groups = [one.group for one in sections["mdb"]]
classes = [one.handle for one in sections["class"]]
print(json.dumps([groups, classes, {{kind: reading.torn for kind, reading in raw.readings.items()}}, failures]))
"""


def test_the_first_bridge_that_comes_while_links_are_read_again_is_asked_about(bottle: Bottle) -> None:
    bottle.sh("ip netns add late")
    groups, classes, torn, failures = python(bottle, LATE, "ip", "netns", "exec", "late")
    assert failures == {}
    assert "239.1.1.9" in groups or torn["mdb"]
    assert "9:1" in classes or torn["class"]
