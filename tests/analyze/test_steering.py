"""Changes of sysctls, nexthops, traffic control, BPF, VLANs and groups: what explains them, and what is noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from snapshot.model.bpf import BpfProgram
from snapshot.model.kinds import Fact
from snapshot.model.mdb import MdbEntry
from snapshot.model.nexthop import Nexthop
from snapshot.model.rule import Rule
from snapshot.model.sysctl import Sysctl
from snapshot.model.traffic import Qdisc, TrafficClass, TrafficFilter
from snapshot.model.vlan import Vlan
from tests.analyze.hosts import Host
from tests.analyze.rows import route
from tests.analyze.steering import having, ignored, put, set_sysctl, swap, told
from tests.analyze.test_changes import classic, compare, net_of, top

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


FROM_7, FROM_8 = (
    Rule(family="inet", priority=100, action="to_tbl", src=f"10.{number}.0.0/16", table=str(number))
    for number in (7, 8)
)


@pytest.mark.parametrize(
    ("now", "changes"),
    [
        ((FROM_8, FROM_7), []),
        ((FROM_7,), [("removed", "100: from 10.8.0.0/16 lookup 8")]),
        ((FROM_7, replace(FROM_8, table="9")), [("changed", "100: from 10.8.0.0/16 lookup 9")]),
        ((FROM_7, FROM_8, replace(FROM_8, iif="docker0")), [("added", "100: from 10.8.0.0/16 iif docker0 lookup 8")]),
    ],
)
def test_rules_of_one_priority_are_told_apart_by_whom_they_are_about(
    now: tuple[Rule, ...], changes: list[tuple[str, str]]
) -> None:
    def base() -> Host:
        host = classic()
        host.root.rules = [FROM_7, FROM_8]
        return host

    def change(host: Host) -> None:
        host.root.rules = list(now)

    assert [(c.action, c.name) for c in compare(change, base).changes if c.kind == "rule"] == changes
