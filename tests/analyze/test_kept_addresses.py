"""Addresses that a namespace keeps: with another prefix length, or on another link. No caller loses an answer by that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from reports.model import Change
from snapshot.model.coverage import Coverage
from snapshot.model.link import Link
from tests.analyze.hosts import Host, Net
from tests.analyze.rows import address, routes_of
from tests.analyze.severity_cases import base, both
from tests.analyze.test_changes import compare, net_of, top

ETH = Link(ifindex=801, name="eth0", type="ether", mac="02:00:00:00:08:01", mtu=1500, state="UP")
OLD = address("eth0", "10.20.0.5/24", broadcast="10.20.0.255")
SUBNET = routes_of("eth0", "10.20.0.5", "10.20.0.0/24")


def with_eth0(host: Host) -> None:
    host.root.link(ETH)
    host.root.addresses.append(OLD)
    host.root.routes += SUBNET


def only(net: Net, *now: object) -> None:
    """These instead of the address."""
    net.addresses = [a for a in net.addresses if not a.address.startswith("10.20.0.5/")] + list(now)  # type: ignore[arg-type]


def told(change: Callable[[Host], None], *more: Callable[[Host], None]) -> list[Change]:
    return [c for c in compare(change, base(with_eth0, *more)).changes if c.kind == "address"]


def judged(found: list[Change]) -> list[tuple[str, str, str | None]]:
    return [(c.action, c.severity, c.severity_rule) for c in found]


MOVED = ("removed", "warning", "address-moved")
LOST = ("removed", "critical", "address-lost")
CAME = ("added", "info", None)


def test_another_prefix_length_is_one_change_that_explains_the_routes_of_both_subnets() -> None:
    def widened(host: Host) -> None:
        only(host.root, replace(OLD, address="10.20.0.5/16", broadcast="10.20.255.255"))
        wide = [replace(r, dst=r.dst.replace("10.20.0.0/24", "10.20.0.0/16")) for r in SUBNET]
        wide = [replace(r, dst=r.dst.replace("10.20.0.255", "10.20.255.255")) for r in wide]
        host.root.routes = [r for r in host.root.routes if r not in SUBNET] + wide

    report = compare(widened, base(with_eth0))
    (change,) = top(report)
    assert (change.kind, change.action, change.severity, change.severity_rule) == (
        "address", "changed", "warning", "address-moved",
    )  # fmt: skip
    assert [(f.name, f.before, f.after) for f in change.fields] == [
        ("address", "10.20.0.5/24", "10.20.0.5/16"),
        ("broadcast", "10.20.0.255", "10.20.255.255"),
    ]
    below = [(c.action, c.name) for c in report.changes if c.cause is not None]
    assert sorted(below) == [
        ("added", "10.20.0.0/16 dev eth0"),
        ("added", "broadcast 10.20.255.255/32 dev eth0"),
        ("removed", "10.20.0.0/24 dev eth0"),
        ("removed", "broadcast 10.20.0.255/32 dev eth0"),
    ]


def test_one_that_moved_to_the_bridge_its_link_was_put_into_is_still_answered_for() -> None:
    found = told(lambda h: only(h.root, address("docker0", "10.20.0.5/24")))
    assert sorted(judged(found)) == [CAME, MOVED]


def test_which_of_several_became_which_is_not_guessed_but_none_is_lost() -> None:
    twice = (address("eth0", "10.20.0.5/20"), address("eth0", "10.20.0.5/28"))
    assert sorted(judged(told(lambda h: only(h.root, *twice)))) == [CAME, CAME, MOVED]
    back = told(lambda h: only(h.root, OLD), lambda h: only(h.root, *twice))
    assert sorted(judged(back)) == [CAME, MOVED, MOVED]


def test_the_same_length_is_tried_first() -> None:
    now = (replace(OLD, flags=("permanent", "noprefixroute")), address("eth0", "10.20.0.5/16"))
    assert judged(told(lambda h: only(h.root, *now))) == [CAME, ("changed", "info", None)]


def vrfs(host: Host) -> None:
    for index, name in enumerate(("red", "blue")):
        host.root.link(Link(ifindex=810 + index, name=name, type="ether", link_kind="vrf", mtu=65575, state="UP"))
        port = replace(ETH, ifindex=820 + index, name=f"in-{name}", mac=None)
        host.root.link(replace(port, master=name, port_kind="vrf"))
    host.root.links = [replace(k, master="red", port_kind="vrf") if k.name == "eth0" else k for k in host.root.links]


@pytest.mark.parametrize(
    ("now", "more", "verdict"),
    [
        # Nowhere; another one of the subnet; one that is in use elsewhere.
        ([], [], LOST),
        ([address("eth0", "10.20.0.6/24")], [], LOST),
        ([address("docker0", "10.20.0.5/24", flags=("dadfailed",))], [], LOST),
        # VRFs are apart: who talks to it through one is not answered by the other.
        ([address("in-blue", "10.20.0.5/24")], [vrfs], LOST),
        ([address("docker0", "10.20.0.5/24")], [vrfs], LOST),
        ([address("in-red", "10.20.0.5/24")], [vrfs], MOVED),
        ([address("red", "10.20.0.5/24")], [vrfs], MOVED),
    ],
)
def test_where_it_still_is(
    now: list[object], more: list[Callable[[Host], None]], verdict: tuple[str, str, str]
) -> None:
    found = told(lambda h: only(h.root, *now), *more)
    assert verdict in judged(found)
    assert [c.severity for c in found if c.action == "removed"] == [verdict[1]]


V6 = address("eth0", "fd00:20::5/64")


def bridged(host: Host) -> None:
    host.root.links = [
        replace(k, master="docker0", port_kind="bridge") if k.name == "eth0" else k for k in host.root.links
    ]


def with_v6(dev: str) -> Callable[[Host], None]:
    return lambda host: host.root.addresses.append(replace(V6, dev=dev))


def moved_to(dev: str) -> Callable[[Host], None]:
    def change(host: Host) -> None:
        host.root.addresses = [replace(a, dev=dev) if a.address == V6.address else a for a in host.root.addresses]

    return change


@pytest.mark.parametrize(
    ("before", "change", "verdict"),
    [
        # IPv6 is answered for by the link that is asked: the bridge that its link is a port of now, or no more.
        ([with_v6("eth0")], both(bridged, moved_to("docker0")), MOVED),
        ([with_v6("eth0"), bridged], moved_to("docker0"), MOVED),
        ([with_v6("docker0"), bridged], moved_to("eth0"), MOVED),
        ([with_v6("eth0")], moved_to("docker0"), LOST),
        ([with_v6("docker0")], moved_to("eth0"), LOST),
    ],
)
def test_ipv6_is_answered_for_by_the_link_that_has_it(
    before: list[Callable[[Host], None]], change: Callable[[Host], None], verdict: tuple[str, str, str]
) -> None:
    assert verdict in judged(told(change, *before))


def test_a_link_local_address_is_one_links() -> None:
    local = [address(dev, "fe80::1/64", scope="link") for dev in ("eth0", "docker0")]
    gone = told(lambda h: h.root.addresses.remove(local[0]), lambda h: h.root.addresses.extend(local))
    assert judged(gone) == [("removed", "warning", "address-link-local-lost")]


def test_another_namespace_that_has_it_now_is_another_host() -> None:
    def handed_over(host: Host) -> None:
        only(host.root)
        net_of(host, "web-1").addresses.append(replace(OLD, dev="eth0"))

    assert LOST in judged(told(handed_over))


def test_where_addresses_were_not_read_cleanly_none_became_another() -> None:
    def torn(host: Host) -> None:
        only(host.root, address("eth0", "10.20.0.5/16"))
        host.coverage.append(
            Coverage(namespace=host.root.key, kinds=("address",), status="torn", error="kept changing")
        )

    assert {c.action for c in told(torn)} == {"unknown"}
