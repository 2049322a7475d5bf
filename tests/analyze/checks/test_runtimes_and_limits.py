"""Runtimes' beliefs, published ports, routes to pods, bridges and limits: variations of a host, and what cannot be known."""

from __future__ import annotations

import time
from collections import Counter as Counted
from collections.abc import Callable
from dataclasses import replace

import pytest

from analyze.checks.bridge_nf_off import CHECK as BRIDGE
from analyze.checks.check import Check
from analyze.checks.conntrack_near_limit import CHECK as CONNTRACK
from analyze.checks.container_outside_pod import CHECK as OUTSIDE
from analyze.checks.forward_drop import CHECK as DROP
from analyze.checks.neighbour_table_near_limit import CHECK as NEIGHBOURS
from analyze.checks.port_without_rule_or_listener import CHECK as PORT
from analyze.checks.route_to_absent_pod import CHECK as ROUTE
from analyze.checks.runtime_address_mismatch import CHECK as MISMATCH
from snapshot.model.counter import Counter
from snapshot.model.firewall import FirewallEntry
from snapshot.model.json import Json
from snapshot.model.link import Link
from snapshot.model.neighbour import Neighbour
from snapshot.model.sysctl import Sysctl
from tests.analyze.checks.judging import blind, found, judged, steer, through, unread
from tests.analyze.hosts import Host, Net
from tests.analyze.rows import address, chain, route, rules, set_rules

BELIEVED: dict[str, Json] = {"network": "bridge", "address": "10.1.27.2/24", "gateway": "10.1.27.1", "mac": None}


def first_pod(host: Host) -> Net:
    return next(net for net in host.nets.values() if not net.host)


def tells(host: Host, **more: Json) -> Host:
    """The runtime tells of the first pod's sandbox."""
    host.containers[0] = replace(host.containers[0], **more)  # type: ignore[arg-type]
    return host


@pytest.mark.parametrize(
    ("belief", "message"),
    [
        ({}, None),
        ({"address": "10.1.27.2"}, None),
        ({"address": "10.1.27.9/24"}, "its namespace has 10.1.27.2/24"),
        ({"address": "10.1.27.2/16"}, "it is 10.1.27.2/24 on eth0"),
        ({"gateway": "10.1.27.9"}, "its default route is via 10.1.27.1"),
        ({"gateway": None}, None),
        ({"mac": "02:42:0A:01:00:00"}, "eth0, which bears 10.1.27.2/24, has"),
        ({"address": "FD00:0::2/64"}, None),
        ({"address": "not an address"}, "its namespace has"),
    ],
)  # fmt: skip
def test_what_a_runtime_believes(belief: dict[str, Json], message: str | None) -> None:
    host = tells(through(), networks=({**BELIEVED, **belief},))
    first_pod(host).addresses.append(address("eth0", "fd00::2/64"))
    told = [said.message for said in found(host, MISMATCH)]
    assert len(told) == (message is not None), told
    assert message is None or message in told[0]


def test_an_address_on_two_links_is_the_one_that_fits() -> None:
    host = tells(through(), networks=(BELIEVED,))
    pod = first_pod(host)
    pod.link(Link(ifindex=9, name="a0", type="ether", mac="02:00:00:00:00:09"))
    pod.addresses.insert(0, address("a0", "10.1.27.2/32"))
    (mac,) = (link.mac for link in pod.links if link.name == "eth0")
    tells(host, networks=({**BELIEVED, "mac": mac},))
    assert found(host, MISMATCH) == []


def test_a_sandbox_with_a_network_stack_of_its_own_is_not_judged() -> None:
    host = tells(through(), networks=({**BELIEVED, "address": "10.1.27.9/24"},))
    first_pod(host).addresses.clear()
    assert found(host, MISMATCH) == []


@pytest.mark.parametrize("check", [MISMATCH, OUTSIDE, PORT])
def test_of_a_runtime_that_fell_silent_nothing_is_said(check: Check) -> None:
    port: Json = {"protocol": "tcp", "port": 80, "host_address": None, "host_port": 8099}
    host = tells(through(), networks=({**BELIEVED, "address": "10.1.27.9/24"},), ports=(port,), namespace=None)
    other = replace(host.containers[1], namespace=host.containers[2].namespace)
    host.containers[0] = replace(host.containers[0], namespace=first_pod(host).key)
    host.containers[1] = other
    assert len(found(host, check)) == 1
    unread(host, "container", runtime=True)
    assert found(host, check) == []
    assert blind(host, check)


def test_a_container_whose_place_is_not_known_is_not_outside() -> None:
    host = through()
    host.containers[1] = replace(host.containers[1], namespace=None)
    assert found(host, OUTSIDE) == []
    hosted = through()
    hosted.containers[0] = replace(hosted.containers[0], namespace=hosted.root.key, network_mode="host")
    hosted.containers[1] = replace(hosted.containers[1], namespace=hosted.root.key)
    assert found(hosted, OUTSIDE) == []
    hosted.containers[0] = replace(hosted.containers[0], state="exited", namespace=None)
    assert found(hosted, OUTSIDE) == []


def alone(host: Host, name: str, ip: str | None) -> Net:
    """A pod with a link of its own."""
    net = host.pod(name, ip or "10.65.9.9", host_end=f"cali-{name}")
    host.root.links = [replace(k, master=None) if k.name == f"cali-{name}" else k for k in host.root.links]
    if ip is None:
        net.addresses.clear()
    return net


def test_where_a_route_to_one_address_leads() -> None:
    host = through()
    for name, ip in (("well", "10.65.0.2"), ("moved", "10.65.0.3"), ("gvisor", None), ("vm", "10.65.0.4")):
        net = alone(host, name, ip)
        if name == "vm":
            net.link(Link(ifindex=7, name="tap0", type="ether", link_kind="tun"))
        host.root.routes.append(route({"moved": "10.65.0.9/32"}.get(name, f"{ip or '10.65.0.8'}/32"), f"cali-{name}"))
    host.root.routes.append(route("10.65.0.7/32", "cali-vm"))
    host.root.routes.append(route("10.65.1.0/24", "cali-well"))
    host.root.routes.append(route("10.65.1.1/32", "cali-well", gateway="10.65.0.2"))
    host.root.routes.append(route("10.1.27.2/32", "docker0"))
    told = [said.message for said in found(host, ROUTE)]
    assert told == [
        "the host's route to 10.65.0.9 leads by cali-moved, but pod:default/moved at its other end has 10.65.0.3"
    ]
    host.root.routes.append(route("10.1.27.77/32", "docker0"))
    assert [said.message for said in found(host, ROUTE)][1:] == [
        "the host's route to 10.1.27.77 leads by docker0, but nobody on docker0 has it"
    ]
    host.root.link(Link(ifindex=99, name="eth9", type="ether", master="docker0", port_kind="bridge"))
    assert len(found(host, ROUTE)) == 1, "what is beyond a bridge's other port is not known"


ICC_OFF = "-i docker0 -o docker0 -j DROP"


def bridged(*texts: str, nat: tuple[str, ...] = (), more: tuple[FirewallEntry, ...] = ()) -> Host:
    host = through()
    set_rules(host.root, "FORWARD", *texts, "-i docker0 ! -o docker0 -j ACCEPT")
    set_rules(host.root, "PREROUTING", *nat, table="nat")
    host.root.more += more
    return host


SERVICE = "-d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.1.27.3:80"
MARKING = (chain("SETMARK", table="nat"), *rules("SETMARK", "-j MARK --set-xmark 0x2000/0x2000", table="nat"))


@pytest.mark.parametrize(
    ("host", "relies"),
    [
        (bridged, False),
        (lambda: bridged(ICC_OFF), True),
        (lambda: bridged("-i docker0 -o docker0 -j ACCEPT", ICC_OFF), False),
        (lambda: bridged("-i docker0 -j DROP"), False),
        (lambda: bridged("-m physdev --physdev-is-bridged -j ACCEPT"), False),
        (lambda: bridged("-m physdev --physdev-is-bridged -j FW"), True),
        (lambda: bridged(nat=(SERVICE,)), True),
        (lambda: bridged(nat=(f"! -i docker0 {SERVICE}",)), False),
        (lambda: bridged(nat=("-i docker0 -j RETURN", SERVICE)), False),
        (lambda: bridged(nat=(SERVICE.replace("10.1.27.3", "10.9.9.9"),)), False),
        (lambda: bridged(nat=("-s 10.1.27.0/24 -p tcp -j SETMARK", SERVICE), more=MARKING), False),
        (lambda: bridged(nat=("-s 10.1.27.3/32 -j SETMARK", SERVICE), more=MARKING), True),
        (lambda: bridged(nat=("! -s 10.1.27.0/24 -j SETMARK", SERVICE), more=MARKING), True),
    ],
)  # fmt: skip
def test_which_rules_rely_on_what_a_bridge_shows(host: Callable[[], Host], relies: bool) -> None:
    made = host()
    assert found(made, BRIDGE) == []
    steer(made, "net.bridge", bridge_nf_call_iptables=0)
    assert bool(found(made, BRIDGE)) is relies


def test_without_the_module_there_is_no_switch() -> None:
    host = bridged(ICC_OFF)
    host.root.more = [r for r in host.root.more if not (isinstance(r, Sysctl) and r.path == "net.bridge")]
    (told,) = found(host, BRIDGE)
    assert told.message.startswith(
        "br_netfilter is not loaded (there is no net.bridge.bridge-nf-call-iptables): on docker0"
    )
    host.kernel = "4.19.0-27-amd64"
    assert found(host, BRIDGE) == []
    assert blind(host, BRIDGE)


def test_a_bridge_with_one_container_has_nobody_to_keep_apart() -> None:
    host = bridged(ICC_OFF)
    host.remove(first_pod(host))
    steer(host, "net.bridge", bridge_nf_call_iptables=0)
    assert found(host, BRIDGE) == []


@pytest.mark.parametrize(
    ("count", "severity"), [(799, None), (800, "warning"), (949, "warning"), (950, "critical"), (1200, "critical")]
)
def test_tracked_connections(count: int, severity: str | None) -> None:
    host = through()
    first_pod(host).more.append(Counter(of="conntrack", values={"count": count}))
    told = found(host, CONNTRACK)
    assert [said.severity or CONNTRACK.severity for said in told] == ([severity] if severity else [])
    assert all(said.namespace == first_pod(host).key for said in told)
    steer(host, "net.netfilter", nf_conntrack_max=0)
    assert found(host, CONNTRACK) == [], "0 is no limit"


def test_connections_whose_limit_was_not_read() -> None:
    host = through()
    first_pod(host).more.append(Counter(of="conntrack", values={"count": 900}))
    host.root.more = [r for r in host.root.more if not (isinstance(r, Sysctl) and r.path == "net.netfilter")]
    assert found(host, CONNTRACK) == []
    assert blind(host, CONNTRACK)


def neighbours(net: Net, count: int, state: str = "STALE", **more: object) -> None:
    fact = Neighbour(family="inet", dev="eth0", address="", state=state)
    net.neighbours += [replace(fact, address=f"10.9.{n >> 8}.{n & 255}", **more) for n in range(count)]  # type: ignore[arg-type]


def test_neighbours_of_all_namespaces_count_together() -> None:
    host = through()
    for net in host.nets.values():
        neighbours(net, 280)
    (told,) = found(host, NEIGHBOURS)
    assert told.message == "842 ARP entries in all namespaces together, 82 % of gc_thresh3 = 1,024"
    assert told.severity is None
    neighbours(host.root, 200)
    assert [said.severity for said in found(host, NEIGHBOURS)] == ["critical"]


def test_a_limit_that_was_not_read_hides_its_own_table_only() -> None:
    host = through()
    host.root.more = [r for r in host.root.more if not (isinstance(r, Sysctl) and r.path == "net.ipv4.neigh.default")]
    neighbours(host.root, 900, family="inet6")
    (told,) = found(host, NEIGHBOURS)
    assert told.message == "900 NDP entries in all namespaces together, 87 % of gc_thresh3 = 1,024"
    assert blind(host, NEIGHBOURS)


def test_neighbours_that_do_not_count() -> None:
    host = through()
    for state in ("PERMANENT", "NOARP", "FAILED"):
        neighbours(host.root, 900, state)
    neighbours(host.root, 900, flags=("extern_learn",))
    neighbours(host.root, 900, proxy=True)
    assert found(host, NEIGHBOURS) == []
    assert not blind(host, NEIGHBOURS)


def test_neighbours_that_were_not_all_read() -> None:
    host = through()
    neighbours(host.root, 900)
    pod = first_pod(host).key
    unread(host, "neighbour")
    host.coverage[-1] = replace(host.coverage[-1], namespace=pod)
    (told,) = found(host, NEIGHBOURS)
    assert told.message.startswith("at least 902 ARP entries")
    host.root.neighbours = host.root.neighbours[:100]
    assert found(host, NEIGHBOURS) == []
    assert blind(host, NEIGHBOURS)


def test_a_strangers_numbers_are_bounded() -> None:
    """Pods with a link of their own, many ports, a route, a chain and rules each, all of which are about all of them."""
    host = through()
    published: tuple[Json, ...] = tuple({"protocol": "tcp", "host_port": number} for number in range(1, 100))
    texts, spans = (
        [],
        [f"-p tcp -m tcp --dport {n}:{n + 9} -j DNAT --to-destination 10.9.9.9" for n in range(100, 9000)],
    )
    for number in range(800):
        ip = f"10.65.{number >> 8}.{number & 255}"
        host.pod(str(number), ip, host_end=f"cali-{number}")
        host.containers[-1] = replace(host.containers[-1], ports=published, networks=({**BELIEVED, "address": ip},))
        host.root.routes.append(route(f"{ip}/32", f"cali-{number}"))
        texts.append(f"-s 10.99.{number >> 8}.{number & 255}/32 -j ACCEPT")
        host.root.more.append(chain(f"KUBE-{number}"))
    host.root.links = [replace(k, master=None) if k.name.startswith("cali-") else k for k in host.root.links]
    set_rules(host.root, "FORWARD", *texts)
    set_rules(host.root, "PREROUTING", *spans, table="nat")
    started = time.process_time()
    made = judged(host, PORT, ROUTE, DROP)
    seconds = time.process_time() - started
    told = Counted(check.id for check, _ in made.found)
    assert told == {PORT.id: 800, DROP.id: 2}
    (dropped,) = (said for check, said in made.found if check is DROP and "links of their own" in said.subject)
    assert len(dropped.rests_on) > 100
    assert (DROP.id, None) in made.blind, "it was given up at some point"
    assert seconds < 10
