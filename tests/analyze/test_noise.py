"""What changes by itself on a healthy host, rule by rule, with the nearest change that somebody made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyze.diff.draft import Draft
from analyze.diff.noise import RULES
from reports.model import Facts, FieldChange
from snapshot.model.bpf import BpfProgram
from snapshot.model.fdb import FdbEntry
from snapshot.model.kinds import KIND_OF, Fact
from snapshot.model.mdb import MdbEntry
from snapshot.model.neighbour import Neighbour
from snapshot.model.socket import Socket
from snapshot.model.sysctl import Sysctl
from snapshot.model.traffic import Qdisc
from snapshot.model.wireguard import WireguardPeer
from tests.analyze.rows import address

ARP = Neighbour(family="inet", dev="eth0", address="10.1.27.9", mac="02:00:00:00:00:01", state="REACHABLE")
FDB = FdbEntry(dev="v1", mac="02:00:00:00:00:01", master="br0", state="reachable")
GROUP = MdbEntry(dev="br0", port="v1", group="239.1.1.1", state="temp")
QDISC = Qdisc(dev="eth0", handle="8001:", parent="root", qdisc="fq_codel")
UDP = Socket(protocol="udp", family="inet", address="0.0.0.0", port=40000, uid=0, owner="host")
TCP = replace(UDP, protocol="tcp", address="127.0.0.1")
PROGRAM = BpfProgram(dev="eth0", hook="xdp", program=7, tag="aa")
PEER = WireguardPeer(dev="wg0", peer="key=")
SWITCHES = Sysctl(path="net.ipv4.conf.all", dev="all", values={})
V6 = address("eth0", "fd00::1/64", flags=())


def rules(
    old: Fact | None, new: Fact | None, *touched: str, scope: str = "pod:default/web", kind: str | None = None,
    before: Facts | None = None, action: str | None = None,
) -> list[str]:  # fmt: skip
    """The names of the rules that take a change for noise."""
    row = old or new
    told = kind or (KIND_OF[type(row)] if row is not None else "")
    what = action or ("removed" if new is None else "added" if old is None else "changed")
    draft = Draft(
        kind=told, action=what, scope=scope, name="x", before=before, after=None, old=old, new=new,  # type: ignore[arg-type]
        fields=tuple(FieldChange(name=name, before=1, after=2) for name in touched),
    )  # fmt: skip
    return [rule.name for rule in RULES if rule.applies(draft)]


@pytest.mark.parametrize(
    ("row", "noise"),
    [
        (ARP, ["neighbour-learned"]),
        (replace(ARP, state="PERMANENT"), []),
        (replace(ARP, state="NOARP"), []),
        (replace(ARP, state="NOARP", address="239.1.1.1"), ["neighbour-learned"]),
        (replace(ARP, state="NOARP", address="ff02::1"), ["neighbour-learned"]),
        (replace(ARP, state="NOARP", address="127.0.0.1"), ["neighbour-learned"]),
        (replace(ARP, state="NOARP", mac=None), ["neighbour-learned"]),
        (replace(ARP, state="NOARP", mac="ff:ff:ff:ff:ff:ff"), ["neighbour-learned"]),
        (replace(ARP, state="NOARP", mac="00:00:00:00:00:00"), ["neighbour-learned"]),
        (replace(ARP, state="NOARP", address="no address", mac=None), []),
        (replace(ARP, proxy=True), []),
        (replace(ARP, flags=("extern_learn",)), []),
        (replace(ARP, flags=("router",)), ["neighbour-learned"]),
        (FDB, ["fdb-learned"]),
        (replace(FDB, state="permanent"), []),
        (replace(FDB, state="static"), []),
        (replace(FDB, state="noarp"), []),
        (replace(FDB, flags=("extern_learn",)), []),
        (replace(FDB, flags=("sticky",)), []),
        (replace(FDB, flags=("offload",)), []),
        (replace(FDB, flags=("self",)), ["fdb-learned"]),
        (GROUP, ["mdb-learned"]),
        (replace(GROUP, state="permanent"), []),
        (V6, []),
        (replace(V6, flags=("temporary",)), ["address-temporary"]),
        (QDISC, []),
        (UDP, ["socket-ephemeral"]),
        (replace(UDP, protocol="udplite"), ["socket-ephemeral"]),
        (replace(UDP, port=32768), ["socket-ephemeral"]),
        (replace(UDP, port=32767), []),
        (replace(UDP, port=60999), ["socket-ephemeral"]),
        (replace(UDP, port=61000), []),
        (TCP, ["socket-loopback"]),
        (replace(TCP, address="::1"), ["socket-loopback"]),
        (replace(TCP, address="0.0.0.0"), []),
        (replace(TCP, port=80), []),
        (replace(TCP, protocol="raw", port=1), ["socket-ping"]),
        (replace(TCP, protocol="raw", port=58), ["socket-ping"]),
        (replace(TCP, protocol="raw", port=6), []),
        (PROGRAM, []),
        (PEER, []),
        (SWITCHES, ["sysctl-unread"]),
        (replace(SWITCHES, dev="default"), ["sysctl-unread"]),
        (replace(SWITCHES, dev=None), ["sysctl-unread"]),
        (replace(SWITCHES, dev="eth0"), []),
    ],
)
def test_what_comes_and_goes_by_itself(row: Fact, noise: list[str]) -> None:
    assert rules(row, None) == rules(None, row) == noise


@pytest.mark.parametrize(
    ("old", "new", "touched", "noise"),
    [
        (ARP, replace(ARP, state="STALE"), ("state",), ["neighbour-state"]),
        (ARP, replace(ARP, flags=("router",)), ("flags",), ["neighbour-state"]),
        (ARP, replace(ARP, flags=("managed",)), ("flags",), []),
        (ARP, replace(ARP, state="PERMANENT"), ("state",), []),
        (ARP, replace(ARP, mac="02:00:00:00:00:02"), ("mac",), []),
        (ARP, replace(ARP, mac=None, state="INCOMPLETE"), ("state", "mac"), ["neighbour-unresolved"]),
        (replace(ARP, mac=None, state="FAILED"), ARP, ("state", "mac"), ["neighbour-unresolved"]),
        (ARP, replace(ARP, mac=None), ("state", "mac", "protocol"), []),
        (FDB, replace(FDB, state="stale"), ("state",), ["fdb-state"]),
        (FDB, replace(FDB, state="static"), ("state",), []),
        (FDB, FDB, ("state", "dst"), []),
        (V6, replace(V6, flags=("tentative",)), ("flags",), ["address-detection"]),
        (V6, replace(V6, flags=("optimistic",)), ("flags",), ["address-detection"]),
        (V6, replace(V6, flags=("deprecated",)), ("flags",), []),
        (V6, replace(V6, flags=("tentative",)), ("flags", "scope"), []),
        (V6, replace(V6, flags=("temporary",)), ("flags",), []),
        (QDISC, replace(QDISC, handle="8002:"), ("handle",), ["qdisc-handle"]),
        (QDISC, replace(QDISC, handle="8000:"), ("handle",), ["qdisc-handle"]),
        (QDISC, replace(QDISC, handle="7fff:"), ("handle",), []),
        (QDISC, replace(QDISC, handle=":"), ("handle",), []),
        (QDISC, replace(QDISC, handle="8002:"), ("handle", "options"), []),
        (GROUP, GROUP, ("flags",), ["mdb-learned"]),
        (UDP, UDP, ("uid",), []),
        (TCP, TCP, ("uid",), []),
        (TCP, TCP, ("sockets",), ["socket-count"]),
        (TCP, TCP, ("sockets", "uid"), []),
        (TCP, replace(TCP, owner="unknown"), ("owner",), ["socket-owner"]),
        (replace(TCP, owner="unknown"), TCP, ("owner", "container", "sockets"), ["socket-owner"]),
        (TCP, replace(TCP, owner="unknown"), ("owner", "uid"), []),
        (TCP, replace(TCP, owner="container"), ("owner", "container"), []),
        (PROGRAM, replace(PROGRAM, program=8), ("program",), ["bpf-reloaded"]),
        (PROGRAM, replace(PROGRAM, program=8, link=3), ("program", "link"), ["bpf-reloaded"]),
        (PROGRAM, replace(PROGRAM, program=8, tag=None), ("program",), []),
        (PROGRAM, replace(PROGRAM, program=8), ("program", "name"), []),
        (PEER, PEER, ("endpoint",), ["wireguard-roaming"]),
        (PEER, PEER, ("endpoint", "allowed_ips"), []),
        (SWITCHES, SWITCHES, ("values.x",), []),
    ],
)
def test_what_changes_by_itself(old: Fact, new: Fact, touched: tuple[str, ...], noise: list[str]) -> None:
    assert rules(old, new, *touched) == rules(new, old, *touched) == noise


def test_the_host_is_read_in_full() -> None:
    assert rules(SWITCHES, None, scope="host") == []
    assert rules(SWITCHES, None, action="unknown") == ["sysctl-unread"]
    assert rules(ARP, None, action="unknown") == ["neighbour-learned"]
    assert rules(FDB, None, action="unknown") == ["fdb-learned"]


@pytest.mark.parametrize(
    ("facts", "action", "noise"),
    [
        ({"pod_container": "app", "state": "exited"}, "removed", ["container-cleared"]),
        ({"pod_container": "app", "state": "dead"}, "removed", ["container-cleared"]),
        ({"pod_container": "app", "state": "running"}, "removed", []),
        ({"pod_container": None, "state": "exited"}, "removed", []),
        ({"pod_container": "app", "state": "exited"}, "recreated", []),
        (None, "added", []),
    ],
)
def test_what_is_left_of_a_pods_containers_is_cleared_away(facts: Facts | None, action: str, noise: list[str]) -> None:
    assert rules(None, None, kind="container", before=facts, action=action) == noise
