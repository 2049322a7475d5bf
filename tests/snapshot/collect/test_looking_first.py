"""What is asked for only where it can be: WireGuard's family, BPF's hooks, and what a size table says. On a real kernel."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from snapshot.collect.netlink import plans
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.statistics import COUNTED, IF_STATS_MSG, statistics
from snapshot.model.counter import Counter
from tests.bytes import constructed
from tests.lab.bottle import Bottle
from tests.requirements import require_bottles

FAMILIES = """
import json
from snapshot.collect.netlink.generic import NETLINK_GENERIC, family_number
from snapshot.collect.netlink.transport import Requests
with Requests(NETLINK_GENERIC) as requests:
    print(json.dumps([family_number(requests, name) for name in ("nlctrl", "no such family")]))
"""

NO_FAMILY = """
import json
from snapshot.collect import wireguard
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import NetlinkError, Requests
from tests.bytes import constructed
def told(links):
    with Requests() as requests:
        try:
            return len(wireguard.take(requests, {"link": Reading(kind="link", payloads=links)}).payloads)
        except NetlinkError as error:
            return str(error)
print(json.dumps([told(constructed.LINKS[:3]), told(constructed.LINKS)]))
"""

WITHOUT_PRIVILEGE = """
import json
from snapshot.collect import bpf
from snapshot.collect.netlink.reading import Reading
from snapshot.collect.netlink.transport import NetlinkError, Requests
from tests.bytes import constructed
readings = {kind: Reading(kind=kind, payloads=()) for kind in ("link", "qdisc", "filter")}
with Requests() as requests:
    try:
        print(json.dumps(len(bpf.take(requests, readings).payloads)))
    except NetlinkError as error:
        print(json.dumps(str(error)))
"""


REFUSED = """
import json, sys
from snapshot.collect.netlink import dumps
from snapshot.collect.netlink.transport import NetlinkError, Requests
class Refusing(Requests):
    def dump(self, what, message, body):
        if message == int(sys.argv[1]):
            raise NetlinkError(what, int(sys.argv[2]))
        return super().dump(what, message, body)
dumps.Requests = Refusing
raw = dumps.read_namespace(("link", "nexthop", "qdisc", "class"))
print(json.dumps({kind: [reading.payloads is None, reading.error] for kind, reading in raw.readings.items()}))
"""


ALONE = """
import json, sys
from snapshot.collect.run import CaptureRequest, capture
host = capture(CaptureRequest(kinds=(sys.argv[1],))).namespaces[0]
print(json.dumps({kind: len(rows) for kind, rows in host.sections.items()}))
"""


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as made:
        yield made


def python(bottle: Bottle, script: str, *before: str, arguments: tuple[str, ...] = ()) -> Any:
    return json.loads(bottle.run(*before, sys.executable, "-c", script, *arguments).stdout.splitlines()[-1])


def test_what_a_kernel_does_not_know_is_empty_and_what_it_refuses_is_a_failure(bottle: Bottle) -> None:
    unknown = python(bottle, REFUSED, arguments=("106", str(errno.EOPNOTSUPP)))
    assert unknown["nexthop"] == [False, None]
    wrong = python(bottle, REFUSED, arguments=("106", str(errno.EINVAL)))
    assert wrong["nexthop"] == [True, "nexthop: Invalid argument"]
    blind = python(bottle, REFUSED, arguments=("38", str(errno.EPERM)))
    assert blind["class"] == [True, "it cannot be told where to look: qdisc could not be read"]


def test_vlans_are_asked_for_where_the_kernel_has_them() -> None:
    with_vlans = constructed.link(2, "br0", info=constructed.kind("bridge", constructed.u16(39, 1)))
    without = constructed.link(2, "br0", info=constructed.kind("bridge", constructed.u8(7, 0)))
    asked = [plans.vlans({"link": Reading(kind="link", payloads=(one,))}) for one in (without, with_vlans)]
    assert [len(requests) for requests in asked] == [0, 2]


def test_a_family_is_found_among_those_that_are_there(bottle: Bottle) -> None:
    assert python(bottle, FAMILIES) == [16, None]


def test_wireguard_is_asked_only_where_there_is_such_a_link(bottle: Bottle) -> None:
    none, some = python(bottle, NO_FAMILY)
    assert none == 0
    assert some == "wireguard: there are links of this kind, and no way to ask for them"


def test_hooks_that_may_not_be_asked_are_a_failure_and_never_empty(bottle: Bottle) -> None:
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all")
    assert (
        python(bottle, WITHOUT_PRIVILEGE, *nobody)
        == "bpf: programs at tcx hooks cannot be looked for; run the agent as root"
    )


def test_in_a_user_namespace_nobody_can_have_loaded_any() -> None:
    require_bottles()
    command = ["unshare", "-Urn", sys.executable, "-c", WITHOUT_PRIVILEGE]
    done = subprocess.run(command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert json.loads(done.stdout) == 0


def test_a_size_table_of_a_discipline(bottle: Bottle) -> None:
    bottle.sh(
        "ip link add v0 type veth peer name v1; tc qdisc add dev v0 root stab overhead 20 linklayer atm mpu 64 htb"
    )
    (qdisc,) = (one for one in bottle.show(bottle.capture("sizes"), "--kind", "qdisc") if one["qdisc"] == "htb")
    base = qdisc["extra"]["stab"]["base"]
    assert (base["overhead"], base["linklayer"], base["mpu"]) == (20, 2, 64)


@pytest.mark.parametrize(("kind", "rows"), [("nsid", 1), ("timer", 2), ("counter", 1)])
def test_a_kind_that_comes_with_others_is_told_also_by_itself(bottle: Bottle, kind: str, rows: int) -> None:
    name = f"of-{kind}"
    bottle.sh(
        f"ip netns add {name}; ip link add hv type veth peer name ev netns {name}; nft add table ip t; nft add counter ip t c"
        " '{ packets 3 bytes 4 ; }'; ip addr add 10.9.9.9/24 dev hv valid_lft 1000 preferred_lft 900"
    )
    try:
        assert python(bottle, ALONE, arguments=(kind,)) == {kind: rows}
    finally:
        bottle.sh(f"ip link del hv; nft delete table ip t; ip netns del {name}")


def test_counts_of_another_kernel_are_told_too() -> None:
    """One of which this version knows more counts, one with more than it knows, one of nothing."""

    def message(index: int, counts: list[int]) -> bytes:
        value = b"".join(count.to_bytes(8, sys.byteorder) for count in counts)
        return IF_STATS_MSG.pack(0, index, 1) + constructed.attribute(1, value)

    found = list(
        statistics([message(1, [5] * 24), message(2, [7] * 26), message(3, [0] * 25), message(4, [1] * 25)], {2: "b"})
    )
    assert found == [
        Counter(of="link", dev="if1", values=dict.fromkeys(COUNTED[:24], 5)),
        Counter(of="link", dev="b", values={**dict.fromkeys(COUNTED, 7), "count_25": 7}),
        Counter(of="link", dev="if4", values=dict.fromkeys(COUNTED, 1)),
    ]
