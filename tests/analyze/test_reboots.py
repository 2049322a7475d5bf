"""A reboot between the snapshots: it is said first, and what came back is no list of catastrophes."""

from __future__ import annotations

from dataclasses import replace

from snapshot.model.link import Link
from tests.analyze.boots import rebooted
from tests.analyze.hosts import Host
from tests.analyze.rows import address, routes_of
from tests.analyze.workloads import container, one, pod, report, top

HARDWARE = Link(ifindex=3, name="eth0", type="ether", mac="3c:ec:ef:00:00:01", mtu=1500, state="UP")


def host() -> Host:
    made = Host.with_bridge()
    made.root.link(HARDWARE)
    made.root.addresses.append(address("eth0", "192.0.2.7/24"))
    made.root.routes += routes_of("eth0", "192.0.2.7", "192.0.2.0/24")
    for number in range(1, 4):
        pod(made, f"web-{number}", f"10.1.27.{number + 1}")
    container(made, "db", "10.1.27.40")
    made.veth(made.namespace("/run/netns/blue"), "vethblue", "10.1.27.50")
    return made


def test_all_that_came_back_hangs_under_the_reboot() -> None:
    before = host()
    told = report(before, rebooted(before))
    assert top(told) == [("host", "changed", "node-1", "machine id")]
    boot = told.changes[0]
    assert [field.name for field in boot.fields] == ["boot_id"]
    below = {(c.kind, c.action) for c in told.changes if c.cause == boot.id}
    assert below == {
        ("pod", "recreated"), ("container", "recreated"), ("namespace", "recreated"), ("link", "recreated")
    }  # fmt: skip
    assert [c.name for c in told.changes if c.cause == boot.id and c.kind == "link"] == ["docker0"]
    assert {c.severity for c in told.changes[1:]} == {"info"}
    assert boot.severity == "warning"


def test_a_kernel_upgrade_is_told_with_it() -> None:
    before, after = host(), rebooted(host())
    before.kernel, after.kernel = "6.12.9", "6.18.0"
    fields = {f.name: (f.before, f.after) for f in one(report(before, after), "host").fields}
    assert fields["kernel"] == ("6.12.9", "6.18.0")


def test_what_did_not_come_back_and_what_came_back_otherwise_stands_by_itself() -> None:
    before = host()
    after = rebooted(before)
    lost = next(
        net
        for key, net in after.nets.items()
        if any(c.pod_name == "web-2" for c in after.containers if c.namespace == key)
    )
    after.remove(lost)
    after.root.links = [replace(link, mtu=1400) if link.name == "docker0" else link for link in after.root.links]
    told = top(report(before, after))
    assert ("pod", "removed", "default/web-2", None) in told
    assert [(kind, action, name) for kind, action, name, _ in told if kind == "link"] == [
        ("link", "changed", "docker0")
    ]
    assert {kind for kind, *_ in told} == {"host", "pod", "link"}


def test_hardware_that_is_called_otherwise_is_renamed() -> None:
    before = host()
    after = rebooted(before)
    root = after.root
    root.links = [replace(link, name="ens3") if link.name == "eth0" else link for link in root.links]
    root.addresses = [replace(a, dev="ens3", label="ens3") if a.dev == "eth0" else a for a in root.addresses]
    root.routes = [replace(r, dev="ens3") if r.dev == "eth0" else r for r in root.routes]
    root.more = [row for row in root.more if getattr(row, "dev", None) != "eth0"]
    told = report(before, after)
    link = one(told, "link")
    assert (link.action, link.matched_by, [f.name for f in link.fields]) == ("changed", "MAC of the hardware", ["name"])
    assert not [c for c in told.changes if c.kind in ("address", "route") and c.scope == "host"]


def test_hardware_whose_names_were_swapped_keeps_what_it_had() -> None:
    before = host()
    before.root.link(replace(HARDWARE, ifindex=4, name="eth1", mac="3c:ec:ef:00:00:02"))
    after = rebooted(before)
    other = {"eth0": "eth1", "eth1": "eth0"}
    root = after.root
    root.links = [replace(link, name=other.get(link.name, link.name)) for link in root.links]
    root.addresses = [
        replace(a, dev=other.get(a.dev, a.dev), label=other.get(a.dev, a.label or "")) for a in root.addresses
    ]
    root.routes = [replace(r, dev=other.get(r.dev or "", r.dev)) for r in root.routes]
    told = report(before, after)
    links = {c.name: c.matched_by for c in told.changes if c.kind == "link" and c.cause is None}
    assert links == {"eth0": "MAC of the hardware", "eth1": "MAC of the hardware"}
    assert not [c for c in told.changes if c.kind in ("address", "route") and c.scope == "host"]


def test_a_link_of_another_kind_is_another_link_whatever_it_is_called() -> None:
    before = host()
    after = rebooted(before)
    wire = Link(
        ifindex=9, name="docker0", type="ether", link_kind="dummy", mac="02:00:00:00:00:09", mtu=1500, state="UP"
    )
    after.root.links = [wire if link.name == "docker0" else link for link in after.root.links]
    (link,) = [c for c in report(before, after).changes if (c.kind, c.scope, c.name) == ("link", "host", "docker0")]
    assert (link.action, "link_kind" in {field.name for field in link.fields}) == ("recreated", True)


def test_another_name_of_the_host_is_told_but_is_no_alarm() -> None:
    before, after = host(), host()
    after = rebooted(before)
    after.boot_id, after.hostname = before.boot_id, "node-2"
    change = one(report(before, after), "host")
    assert ([f.name for f in change.fields], change.severity) == (["hostname"], "info")


def test_without_a_boot_id_nothing_is_taken_for_granted_and_no_reboot_is_claimed() -> None:
    before = host()
    after = rebooted(before)
    before.boot_id = after.boot_id = None  # type: ignore[assignment]
    told = report(before, after)
    assert not [c for c in told.changes if c.kind == "host"]
    assert {c.action for c in told.changes if c.kind == "pod"} == {"recreated"}
