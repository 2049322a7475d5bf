"""Rules that name the address of something that was made anew are the same rules, with its new address in them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reports.model import Change, Report
from tests.analyze.hosts import Host
from tests.analyze.rows import set_rules, texts
from tests.analyze.steering import told
from tests.analyze.test_changes import classic, compare, net_of


def accepts(ip: str, port: int) -> str:
    return f"-d {ip}/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport {port} -j ACCEPT"


def dnat(ip: str, port: int) -> str:
    return f"! -i docker0 -p tcp -m tcp --dport {port} -j DNAT --to-destination {ip}:{port}"


PORTS = {"web-1": 81, "web-2": 82, "web-3": 83}
WERE = {"web-1": "10.1.27.2", "web-2": "10.1.27.3", "web-3": "10.1.27.4"}


def publish(host: Host, pods: dict[str, str]) -> None:
    """Docker's rules for published ports: those of a container that was started last stand last."""
    set_rules(host.root, "DOCKER", *(accepts(ip, PORTS[pod]) for pod, ip in pods.items()))
    set_rules(host.root, "DOCKER", *(dnat(ip, PORTS[pod]) for pod, ip in pods.items()), table="nat")


def base() -> Host:
    host = classic()
    publish(host, WERE)
    return host


def anew(now: dict[str, str], order: tuple[str, ...]) -> Callable[[Host], None]:
    """These pods are made anew with these addresses, and the rules stand in this order."""

    def change(host: Host) -> None:
        for pod in now:
            host.remove(net_of(host, pod))
        for pod, ip in now.items():
            host.pod(pod, ip, serial="2")
        publish(host, {pod: {**WERE, **now}[pod] for pod in order})

    return change


def rules_of(report: Report) -> list[Change]:
    return [c for c in report.changes if c.kind == "firewall"]


def test_a_rule_in_its_place_is_changed_under_the_pod() -> None:
    report = compare(anew({"web-2": "10.1.27.77"}, ("web-1", "web-2", "web-3")), base)
    assert told(report) == [("pod", "recreated", "default/web-2")]
    assert [(c.action, [(f.name, f.before, f.after) for f in c.fields]) for c in rules_of(report)] == [
        ("changed", [("text", accepts("10.1.27.3", 82), accepts("10.1.27.77", 82))]),
        ("changed", [("text", dnat("10.1.27.3", 82), dnat("10.1.27.77", 82))]),
    ]


def test_a_rule_that_was_added_anew_at_the_end_has_moved() -> None:
    report = compare(anew({"web-1": "10.1.27.77"}, ("web-2", "web-3", "web-1")), base)
    assert told(report) == [("pod", "recreated", "default/web-1")]
    assert [(c.action, {f.name for f in c.fields}) for c in rules_of(report)] == [("changed", {"position", "text"})] * 2


def test_two_pods_that_swapped_addresses_have_swapped_their_rules() -> None:
    now = {"web-1": "10.1.27.3", "web-2": "10.1.27.2"}
    report = compare(anew(now, ("web-3", "web-1", "web-2")), base)
    assert told(report) == [("pod", "recreated", "default/web-1"), ("pod", "recreated", "default/web-2")]
    assert {c.action for c in rules_of(report)} == {"changed"}
    assert {c.severity for c in report.changes} == {"info"}


def test_a_rule_that_goes_on_naming_the_old_address_has_not_changed() -> None:
    def stale(host: Host) -> None:
        rules = texts(host.root, "DOCKER")
        assert rules
        host.remove(net_of(host, "web-2"))
        host.pod("web-2", "10.1.27.77", serial="2")

    assert rules_of(compare(stale, base)) == []


def test_a_rule_that_changed_beside_its_address_is_told_so() -> None:
    def other(host: Host) -> None:
        anew({"web-2": "10.1.27.77"}, ("web-1", "web-2", "web-3"))(host)
        set_rules(host.root, "DOCKER", accepts("10.1.27.77", 8282), accepts("10.1.27.4", 83))

    report = compare(other, base)
    assert ("firewall", "removed", f"ip filter DOCKER: {accepts('10.1.27.2', 81)}") in told(report)
    assert {c.action for c in rules_of(report)} == {"changed", "removed"}


ICMP = "-p icmp -j ACCEPT"
OWN = "-d 10.1.27.2/32 -j ACCEPT"


@pytest.mark.parametrize("order", [(OWN, ICMP), (ICMP, OWN)])
def test_of_two_rules_that_changed_places_the_one_of_what_is_new_has_moved(order: tuple[str, str]) -> None:
    def ordered() -> Host:
        host = classic()
        set_rules(host.root, "DOCKER", *order)
        return host

    def recreated(host: Host) -> None:
        host.remove(net_of(host, "web-1"))
        host.pod("web-1", "10.1.27.2", serial="2")
        set_rules(host.root, "DOCKER", *reversed(order))

    report = compare(recreated, ordered)
    assert told(report) == [("pod", "recreated", "default/web-1")]
    (rule,) = rules_of(report)
    assert OWN in rule.name
    assert {field.name for field in rule.fields} == {"position"}
