"""Reading tables that change meanwhile: what the kernel does not flag is noticed all the same. On a real kernel."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.bottle import Bottle
from tests.requirements import require_bottles

KINDS = ("link", "address", "route", "rule", "neighbour", "fdb")

HEARD = f"""
import json, subprocess
from snapshot.collect.netlink.watch import Watch
KINDS = {KINDS}
told = {{}}
with Watch(KINDS) as watch:
    def heard(name, *words):
        subprocess.run(words, check=True)
        told[name] = sorted(watch.drain())
    heard("link", "ip", "link", "set", "br0", "alias", "x")
    heard("address", "ip", "addr", "add", "10.0.0.9/24", "dev", "br0")
    heard("route", "ip", "route", "add", "blackhole", "10.7.0.0/16")
    heard("route6", "ip", "route", "add", "blackhole", "fd07::/16")
    heard("rule", "ip", "rule", "add", "pref", "99", "table", "7")
    heard("neighbour", "ip", "neigh", "add", "10.0.0.55", "lladdr", "02:00:00:00:00:55", "dev", "br0")
    heard("fdb", "bridge", "fdb", "add", "02:00:00:00:00:66", "dev", "v0", "master", "static")
    heard("nothing", "ip", "-s", "-j", "link", "show")
print(json.dumps(told))
"""

OVERRUN = f"""
import json, subprocess
from snapshot.collect.netlink.watch import Watch
lines = "".join(f"route add blackhole 11.{{i // 250}}.{{i % 250}}.0/24\\n" for i in range(25000))
with Watch({KINDS}) as watch:
    subprocess.run(["ip", "-batch", "-"], input=lines, text=True, check=True)
    print(json.dumps([sorted(watch.drain()), sorted(watch.drain())]))
"""

REFUSED = """
import json, struct
from snapshot.collect.netlink.transport import NetlinkError, Requests
told = []
with Requests() as requests:
    for message, body in ((30, struct.pack("=BBHiHBB", 2, 0, 0, 9999, 0, 0, 0)), (250, b"\\0" * 16)):
        try:
            requests.dump("a table", message, body)
        except NetlinkError as error:
            told.append([error.errno, str(error)])
    told.append(len(requests.dump("link", 18, b"\\0" * 16).payloads))
print(json.dumps(told))
"""

CHURNED = f"""
import json, sys, time
from snapshot.collect.decode import Decoding
from snapshot.collect.netlink.dumps import TRIES, read_namespace
steady = {{f"fd00:0:0:{{i:x}}::/64" for i in range(1, 401)}}
told = []
end = time.monotonic() + 30
while sum(one["route"] for one in told) < int(sys.argv[1]) and len(told) < int(sys.argv[2]) and time.monotonic() < end:
    raw = read_namespace({KINDS})
    sections, failures = Decoding().namespace(raw.readings)
    found = {{route.dst for route in sections["route"]}}
    told.append({{"failures": failures, "lost": len(steady - found), "link": raw.readings["link"].torn,
                 "route": raw.readings["route"].torn, "tries": raw.readings["route"].attempts}})
print(json.dumps([TRIES, told]))
"""

STEADY = """
ip link add br0 type bridge; ip addr add 10.0.0.1/24 dev br0; ip link set br0 up
ip link add v0 type veth peer name v1; ip link set v0 master br0 up; ip link set v1 up
for i in $(seq 400); do printf 'route add fd00:0:0:%x::/64 dev br0\\n' $i; done | ip -6 -batch -
"""

CHURN = r"""yes 'route add fe00:1::/64 dev br0
route del fe00:1::/64 dev br0' | ip -6 -force -batch -"""


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as made:
        made.sh(STEADY)
        made.settle()
        yield made


def python(bottle: Bottle, script: str, *arguments: str) -> Any:
    return json.loads(bottle.run(sys.executable, "-c", script, *arguments).stdout.splitlines()[-1])


def test_each_change_is_heard_as_its_kind_and_reading_is_not(bottle: Bottle) -> None:
    told = python(bottle, HEARD)
    for name in ("link", "address", "route", "rule", "neighbour", "fdb"):
        assert name in told[name]
    assert told["route6"] == ["route"]
    assert told["nothing"] == []


def test_lost_notifications_make_everything_dirty_once(bottle: Bottle) -> None:
    first, then = python(bottle, OVERRUN)
    assert first == sorted(KINDS)
    assert then == []
    bottle.sh("ip route flush type blackhole")


def test_a_refusal_carries_the_kernels_reason_and_the_socket_lives_on(bottle: Bottle) -> None:
    *refused, links = python(bottle, REFUSED)
    assert refused
    for number, message in refused:
        assert number > 0
        assert message.startswith("a table: ")
    assert links == 4


def test_a_quiet_host_is_read_at_once(bottle: Bottle) -> None:
    _, told = python(bottle, CHURNED, "1", "5")
    assert all((one["lost"], one["failures"], one["route"]) == (0, {}, False) for one in told)
    assert any(one["tries"] == 1 for one in told)


def test_under_churn_a_table_is_whole_or_called_torn(bottle: Bottle) -> None:
    churn = bottle.spawn("sh", "-c", CHURN, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        tries, told = python(bottle, CHURNED, "20", "100000")
    finally:
        churn.kill()
        churn.wait()
    assert all(one["failures"] == {} for one in told)
    assert all(one["lost"] == 0 or one["route"] for one in told)
    assert any(one["route"] for one in told), "no reading was disturbed: this was no churn"
    assert {one["tries"] for one in told if one["route"]} == {tries}
    assert not any(one["link"] for one in told), "a kind that nobody touched was called torn"
