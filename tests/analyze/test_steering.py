"""Changes of sysctls, nexthops, traffic control, BPF, VLANs, groups and sockets: what explains them, and what is noise."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from analyze.compose import compose
from analyze.inventory import take_inventory
from reports.json import render_inventory
from reports.model import Report
from snapshot.model.bpf import BpfProgram
from snapshot.model.container import Container
from snapshot.model.counter import Counter
from snapshot.model.coverage import Coverage
from snapshot.model.ipvs import IpvsService
from snapshot.model.json import Json
from snapshot.model.kinds import KINDS, Fact
from snapshot.model.link import Link
from snapshot.model.mdb import MdbEntry
from snapshot.model.nexthop import Nexthop
from snapshot.model.socket import Socket
from snapshot.model.sysctl import Sysctl
from snapshot.model.traffic import Qdisc, TrafficClass, TrafficFilter
from snapshot.model.vlan import Vlan
from snapshot.model.wireguard import WireguardPeer
from tests.analyze.hosts import Host, Net, pair_of
from tests.analyze.rows import route
from tests.analyze.test_changes import classic, compare, net_of, pod_recreated, top

Told = list[tuple[str, str, str]]
Change = Callable[[Host], None]


def told(report: Report) -> Told:
    return [(c.kind, c.action, c.name) for c in top(report)]


def ignored(report: Report) -> dict[str, int]:
    return {rule.rule: rule.count for rule in report.ignored}


def having(*rows: Fact) -> Callable[[], Host]:
    def base() -> Host:
        host = classic()
        host.root.more += rows
        return host

    return base


def put(net: Net, old: Iterable[Fact], new: Iterable[Fact]) -> None:
    net.more = [row for row in net.more if row not in list(old)] + list(new)


def swap(old: Iterable[Fact], new: Iterable[Fact]) -> Change:
    return lambda host: put(host.root, old, new)


def set_sysctl(net: Net, where: Callable[[Sysctl], bool], **values: int) -> None:
    net.more = [
        replace(row, values={**row.values, **values}) if isinstance(row, Sysctl) and where(row) else row
        for row in net.more
    ]


# --- sysctls ---


def test_forwarding_turned_on_is_one_change() -> None:
    def forward(host: Host) -> None:
        set_sysctl(host.root, lambda row: row.path == "net.ipv4", ip_forward=1)
        set_sysctl(host.root, lambda row: row.path.startswith("net.ipv4.conf."), forwarding=1)

    report = compare(forward)
    assert told(report) == [("sysctl", "changed", "net.ipv4")]
    assert [(f.name, f.before, f.after) for f in top(report)[0].fields] == [("values.ip_forward", 0, 1)]
    assert len(report.changes) == 1 + 2 + len(classic().root.links)


def test_forwarding_turned_off_is_critical() -> None:
    def base() -> Host:
        host = classic()
        set_sysctl(host.root, lambda row: row.path.startswith("net.ipv6.conf."), forwarding=1)
        return host

    def stop(host: Host) -> None:
        set_sysctl(host.root, lambda row: row.path.startswith("net.ipv6.conf."), forwarding=0)

    (change,) = top(compare(stop, base))
    assert (change.name, change.severity) == ("net.ipv6.conf.all", "critical")


def test_what_a_link_has_of_its_own_stands_by_itself() -> None:
    def strict(host: Host) -> None:
        set_sysctl(host.root, lambda row: row.path == "net.ipv4.conf.docker0", rp_filter=1, forwarding=1)
        set_sysctl(host.root, lambda row: row.path == "net.ipv4.conf.all", forwarding=1)

    assert told(compare(strict)) == [
        ("sysctl", "changed", "net.ipv4.conf.all"),
        ("sysctl", "changed", "net.ipv4.conf.docker0"),
    ]


def test_a_default_that_is_copied_explains_the_copies() -> None:
    def loose(host: Host) -> None:
        set_sysctl(host.root, lambda row: row.path.startswith("net.ipv4.conf.") and row.dev != "all", rp_filter=2)

    assert told(compare(loose)) == [("sysctl", "changed", "net.ipv4.conf.default")]


def test_what_was_read_of_one_side_only_is_no_change_but_on_the_host() -> None:
    more = Sysctl(path="net.core", values={"somaxconn": 4096})

    def read_more(host: Host) -> None:
        net = net_of(host, "web-1")
        net.more.append(more)
        set_sysctl(net, lambda row: row.path == "net.ipv4", tcp_ecn=2)

    report = compare(read_more)
    assert (report.verdict, ignored(report)) == ("same", {"sysctl-unread": 1})
    assert told(compare(lambda host: host.root.more.append(more))) == [("sysctl", "added", "net.core")]


# --- nexthops ---


NEXTHOP = Nexthop(id=7, family="inet", gateway="10.1.27.7", dev="docker0", protocol="static", scope="global")
GROUP = Nexthop(
    id=9, group=({"id": 7, "weight": 1}, {"id": 8, "weight": 1}), group_type="mpath", protocol="static", scope="global"
)
USED = route("10.8.0.0/16", "docker0", gateway="10.1.27.7", nexthop_id=7)


def routed(*rows: Fact) -> Callable[[], Host]:
    def base() -> Host:
        host = having(*rows)()
        host.root.routes.append(USED)
        return host

    return base


def test_a_nexthop_takes_its_routes_and_its_place_in_groups_along() -> None:
    def gone(host: Host) -> None:
        put(host.root, [NEXTHOP, GROUP], [replace(GROUP, group=({"id": 8, "weight": 2},))])
        host.root.routes.remove(USED)

    report = compare(gone, routed(NEXTHOP, GROUP))
    assert told(report) == [("nexthop", "removed", "id 7 via 10.1.27.7 dev docker0")]
    assert {(c.kind, c.action) for c in report.changes if c.cause} == {("nexthop", "changed"), ("route", "removed")}
    assert top(report)[0].severity == "critical"


def test_a_nexthop_replaced_changes_its_routes() -> None:
    def replaced(host: Host) -> None:
        put(host.root, [NEXTHOP], [replace(NEXTHOP, gateway="10.1.27.8")])
        host.root.routes = [replace(r, gateway="10.1.27.8") if r == USED else r for r in host.root.routes]

    assert told(compare(replaced, routed(NEXTHOP))) == [("nexthop", "changed", "id 7 via 10.1.27.8 dev docker0")]


def test_a_nexthop_nobody_uses_is_a_warning() -> None:
    assert top(compare(swap([NEXTHOP], []), having(NEXTHOP)))[0].severity == "warning"


# --- traffic control and BPF ---

HTB = Qdisc(dev="docker0", handle="1:", parent="root", qdisc="htb")
CLASSES = [TrafficClass(dev="docker0", handle=f"1:{n}", parent="root", qdisc="htb") for n in (10, 20)]
INNER = Qdisc(dev="docker0", handle="10:", parent="1:10", qdisc="sfq")
HEAD = TrafficFilter(dev="docker0", parent="1:", priority=5, protocol="ip", classifier="u32")
FILTERS = [HEAD, replace(HEAD, handle="0x80000800", options={"classid": "1:10"})]


def test_a_discipline_takes_its_classes_and_filters_along_and_tells_the_link() -> None:
    def shape(host: Host) -> None:
        old = [row for row in host.root.more if isinstance(row, Qdisc) and row.dev == "docker0"]
        put(host.root, old, [HTB, *CLASSES, INNER, *FILTERS])
        host.root.links = [
            replace(link, qdisc="htb", extra={"txqlen": 1000}) if link.name == "docker0" else link
            for link in host.root.links
        ]

    report = compare(shape)
    assert told(report) == [("qdisc", "changed", "htb 1: dev docker0 root")]
    assert len(report.changes) == 1 + len(CLASSES) + 1 + len(FILTERS) + 1


def test_a_handle_that_the_kernel_gave_out_is_noise() -> None:
    shaper = Qdisc(dev="tap0", handle="8001:", parent="root", qdisc="tbf")
    report = compare(swap([shaper], [replace(shaper, handle="8002:")]), having(shaper))
    assert (report.verdict, ignored(report)) == ("same", {"qdisc-handle": 1})
    assert told(compare(swap([shaper], [replace(shaper, handle="2:")]), having(shaper))) != []


def test_a_filter_and_its_classifier_are_one_change() -> None:
    report = compare(swap([], FILTERS), having(HTB, *CLASSES))
    assert told(report) == [("filter", "added", "u32 dev docker0 parent 1: protocol ip pref 5")]


XDP = BpfProgram(dev="docker0", hook="xdp", mode="generic", program=41, name="guard", tag="3b185187f1855c4c", link=3)


def test_the_same_program_loaded_anew_is_noise() -> None:
    report = compare(swap([XDP], [replace(XDP, program=99, link=7)]), having(XDP))
    assert (report.verdict, ignored(report)) == ("same", {"bpf-reloaded": 1})


def test_another_program_is_a_change_and_one_put_before_it_changes_nothing_else() -> None:
    (change,) = top(compare(swap([XDP], [replace(XDP, program=99, tag="00" * 8)]), having(XDP)))
    assert (change.name, change.severity, {f.name for f in change.fields}) == (
        "xdp guard dev docker0", "warning", {"program", "tag"},
    )  # fmt: skip
    one = replace(XDP, hook="tcx ingress", mode=None)
    first = replace(one, program=50, name="first", tag="11" * 8, link=8)
    report = compare(swap([one], [first, replace(one, position=1)]), having(one))
    assert told(report) == [("bpf", "added", "tcx ingress first dev docker0")]


def test_an_xdp_program_tells_the_link() -> None:
    def attach(host: Host) -> None:
        host.root.more.append(XDP)
        host.root.links = [
            replace(link, extra={"xdp": {"xdp_prog_id": 41}}) if link.name == "docker0" else link
            for link in host.root.links
        ]

    assert told(compare(attach)) == [("bpf", "added", "xdp guard dev docker0")]


# --- bridges ---


def test_groups_that_members_asked_for_are_noise() -> None:
    group = MdbEntry(dev="docker0", port="vethweb-11", group="239.1.1.1", state="temp")
    report = compare(swap([], [group]))
    assert (report.verdict, ignored(report)) == ("same", {"mdb-learned": 1})
    (change,) = top(compare(swap([], [replace(group, state="permanent")])))
    assert change.name == "dev docker0 port vethweb-11 grp 239.1.1.1"


def test_a_vlan_taken_from_a_port_is_a_warning() -> None:
    extra = Vlan(dev="vethweb-11", vlan=20)
    (change,) = top(compare(swap([extra], []), having(extra)))
    assert (change.kind, change.name, change.severity) == ("vlan", "20 dev vethweb-11", "warning")


def test_a_bridge_set_down_explains_its_ports_states() -> None:
    def base() -> Host:
        host = classic()
        host.root.links = [
            replace(link, flags=("UP",) if link.name == "docker0" else (), port_data={"brport_state": 3})
            for link in host.root.links
        ]
        return host

    def down(host: Host) -> None:
        host.root.links = [
            replace(link, flags=(), state="DOWN", port_data={})
            if link.name == "docker0"
            else replace(link, port_data={"brport_state": 0})
            if link.master == "docker0"
            else link
            for link in host.root.links
        ]

    assert told(compare(down, base)) == [("link", "changed", "docker0")]


# --- sockets, services, tunnels ---

DNS = Socket(protocol="udp", family="inet", address="0.0.0.0", port=45123, uid=0, owner="host")
WEB = Socket(protocol="tcp", family="inet", address="0.0.0.0", port=80, uid=0, owner="host")


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ([], [DNS], "socket-ephemeral"),
        ([DNS], [replace(DNS, port=50001)], "socket-ephemeral"),
        ([replace(WEB, protocol="raw", port=1)], [], "socket-ping"),
        ([WEB], [replace(WEB, sockets=4)], "socket-count"),
        ([WEB], [replace(WEB, owner="unknown")], "socket-owner"),
    ],
)
def test_sockets_that_come_and_go_are_noise(before: list[Fact], after: list[Fact], rule: str) -> None:
    report = compare(swap(before, after), having(*before))
    assert (report.verdict, set(ignored(report))) == ("same", {rule})


@pytest.mark.parametrize(
    ("before", "after", "action", "severity"),
    [
        ([], [WEB], "added", "info"),
        ([WEB], [], "removed", "warning"),
        ([WEB], [replace(WEB, owner="container", container="web-1-app-1")], "changed", "info"),
        ([], [replace(DNS, protocol="tcp")], "added", "info"),
    ],
)
def test_a_server_that_comes_or_goes_is_a_change(
    before: list[Fact], after: list[Fact], action: str, severity: str
) -> None:
    (change,) = top(compare(swap(before, after), having(*before)))
    assert (change.kind, change.action, change.severity) == ("socket", action, severity)


def test_a_container_made_anew_in_its_pod_holds_the_same_socket() -> None:
    def again(host: Host) -> None:
        net = net_of(host, "web-3")
        host.containers = [replace(c, id="web-3-app-2", pid=4) if c.id == "web-3-app-1" else c for c in host.containers]
        net.more = [replace(row, container="web-3-app-2") if isinstance(row, Socket) else row for row in net.more]

    report = compare(again)
    assert [(c.kind, c.action) for c in report.changes] == [("container", "recreated")]


def test_the_sockets_of_a_pod_and_of_a_published_port_follow_their_workload() -> None:
    def publish(host: Host) -> None:
        host.containers.append(
            Container(id="p", name="pub", state="running", network_mode="host", namespace=host.root.key,
                      ports=({"protocol": "tcp", "port": 80, "host_port": 8080},))
        )  # fmt: skip
        host.root.more.append(replace(WEB, port=8080))

    assert told(compare(publish)) == [("container", "added", "pub")]

    def recreated(host: Host) -> None:
        pod_recreated(host)
        net = net_of(host, "web-2")
        net.more = [replace(row, port=9999) if isinstance(row, Socket) else row for row in net.more]

    assert told(compare(recreated)) == [("pod", "recreated", "default/web-2")]


def test_a_destination_of_a_service_follows_its_pod() -> None:
    service = IpvsService(protocol="TCP", address="10.96.0.1", port=80, scheduler="rr",
                          destinations=({"address": "10.1.27.3", "port": 80, "weight": 1},))  # fmt: skip

    def recreated(host: Host) -> None:
        pod_recreated(host)
        there: tuple[Json, ...] = ({"address": "10.1.27.77", "port": 80, "weight": 1},)
        put(host.root, [service], [replace(service, destinations=there)])

    assert told(compare(recreated, having(service))) == [("pod", "recreated", "default/web-2")]
    (change,) = top(compare(swap([service], []), having(service)))
    assert (change.name, change.severity) == ("TCP 10.96.0.1 port 80", "critical")


def test_a_peer_that_roams_is_noise_and_one_that_is_gone_is_critical() -> None:
    peer = WireguardPeer(dev="wg0", peer="AAAA", endpoint="192.0.2.1:51820", allowed_ips=("10.200.0.0/24",))
    report = compare(swap([peer], [replace(peer, endpoint="192.0.2.9:1")]), having(peer))
    assert (report.verdict, ignored(report)) == ("same", {"wireguard-roaming": 1})
    (change,) = top(compare(swap([peer], []), having(peer)))
    assert (change.name, change.severity) == ("wg0 peer AAAA", "critical")


# --- what was not seen; what is shown ---


def test_kinds_that_one_capture_did_not_read_are_told_once_each() -> None:
    def fewer(host: Host) -> None:
        host.kinds = ("address", "container", "fdb", "link", "neighbour", "network", "nsid", "route", "rule")

    before = classic()
    after = copy.deepcopy(before)
    fewer(before)
    pod_recreated(after)
    report = compose(pair_of(before, after), "netlapse test")
    assert told(report) == [("pod", "recreated", "default/web-2")]
    assert not [c for c in report.changes if c.kind in ("sysctl", "qdisc", "vlan", "firewall", "socket")]
    missing = sorted(set(after.kinds) - set(before.kinds))
    assert [(gap.snapshot, gap.kind) for gap in report.coverage] == [("before", kind) for kind in missing]


@pytest.mark.parametrize("kind", ["firewall", "sysctl", "qdisc", "vlan", "socket"])
def test_what_could_not_be_read_of_a_namespace_is_unknown(kind: str) -> None:
    def blind(host: Host) -> None:
        net = net_of(host, "web-2")
        for place in (net, host.root):
            place.more = [row for row in place.more if KINDS[kind].fact is not type(row)]
            host.coverage.append(Coverage(namespace=place.key, kinds=(kind,), status="torn", error="kept changing"))

    report = compare(blind)
    assert {c.action for c in report.changes} == {"unknown"}
    assert {c.kind for c in report.changes} == {kind}


def test_every_kind_can_be_shown() -> None:
    host = having(
        NEXTHOP, HTB, *CLASSES, *FILTERS, XDP, WEB, Counter(of="link", dev="docker0", values={"rx_packets": 3})
    )()
    inventory = take_inventory(host.whole())
    text = render_inventory(inventory, None)
    for kind in KINDS:
        assert f'\n  "{kind}": ' in text
    assert inventory.facts["nexthop"][0]["kernel_scope"] == "global"
    assert [facts["values"] for facts in inventory.facts["counter"]] == [{"rx_packets": 3}]
    assert isinstance(host.root.links[0], Link)
