"""Published ports: what takes them, and what does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analyze.checks.port_without_rule_or_listener import CHECK as PORT
from snapshot.model.coverage import Coverage
from snapshot.model.firewall import FirewallEntry
from snapshot.model.ipvs import IpvsService
from snapshot.model.json import Json
from snapshot.model.socket import Socket
from tests.analyze.checks.judging import blind, found, through
from tests.analyze.checks.test_runtimes_and_limits import BELIEVED, first_pod, tells
from tests.analyze.hosts import Host
from tests.analyze.rows import address, set_rules


def dnat(text: str) -> Callable[[Host], None]:
    return lambda host: set_rules(host.root, "PREROUTING", text, table="nat")


def native(text: str) -> Callable[[Host], None]:
    entry = FirewallEntry(backend="nft", family="ip", table="nat", object="rule", chain="pre", position=0, text=text)
    return lambda host: host.root.more.append(entry)


def row(fact: Socket | IpvsService) -> Callable[[Host], None]:
    return lambda host: host.root.more.append(fact)


@pytest.mark.parametrize(
    ("served_by", "served"),
    [
        (dnat("-p tcp -m tcp --dport 8099 -j DNAT --to-destination 10.1.27.2:80"), True),
        (dnat("-p tcp -m tcp --dport 8099 -j DNAT --to-destination 203.0.113.77:80"), False),
        (dnat("-p tcp -m tcp --dport 8099 -j DNAT --to-destination 10.1.27.3:80"), False),
        (dnat("-p tcp -m tcp --dport 8099 -j DNAT --to-destination 10.1.27.2"), True),
        (dnat("-p tcp -m tcp --dport 8099 -j DNAT --to-destination 10.1.27.2-10.1.27.9:80"), True),
        (dnat("-p tcp -m tcp --dport 8099 -j DNAT --to-destination 10.1.27.1:8099"), True),
        (dnat("-p tcp -m tcp --dport 8099 -j DNAT --to-destination 127.0.0.1:8099"), True),
        (dnat("-p tcp -m tcp --dport 8099 -j DNAT --to-destination 127.0.0.9:8099"), True),
        (dnat("-p tcp -m tcp --dport 8099 -j REDIRECT --to-ports 3128"), True),
        (dnat("-p tcp -m multiport --dports 22,8000:8100 -j DNAT --to-destination 10.1.27.2"), True),
        (dnat("-p tcp -m multiport --dports 22,8000:8098,8100 -j DNAT --to-destination 10.1.27.2"), False),
        (dnat("-p tcp -m multiport --dports 22,8000:8100 -j DNAT --to-destination 10.9.9.9"), False),
        (dnat("-p tcp -j DNAT --to-destination 10.1.27.2:80"), True),
        (dnat("-p tcp -j DNAT --to-destination 10.9.9.9:80"), False),
        (dnat("-p udp -m udp --dport 8099 -j DNAT --to-destination 10.9.9.9:80"), False),
        (dnat("-p tcp -m tcp --dport 8098 -j DNAT --to-destination 10.9.9.9:80"), False),
        (dnat("-p tcp -m tcp --dport 8099 -j ACCEPT"), False),
        (native("tcp dport 8099 dnat to 10.1.27.2:80"), True),
        (native("tcp dport 8099 dnat ip to 10.1.27.2:80"), True),
        (native("tcp dport 8099 dnat to 10.9.9.9:80"), False),
        (native("tcp dport 8099 redirect to :3128"), True),
        (native("dnat ip to tcp dport map @published"), True),
        (native("tcp dport 22 dnat to 10.9.9.9:80"), False),
        (row(Socket(protocol="tcp", family="inet6", address="::", port=8099, uid=0)), True),
        (row(Socket(protocol="udp", family="inet", address="0.0.0.0", port=8099, uid=0)), False),
        (row(IpvsService(protocol="TCP", address="192.0.2.2", port=8099, scheduler="rr")), True),
    ],
)  # fmt: skip
def test_what_serves_a_published_port(served_by: Callable[[Host], None], served: bool) -> None:
    port: Json = {"protocol": "tcp", "port": 80, "host_address": "0.0.0.0", "host_port": 8099}
    host = tells(through(), ports=(port,))
    assert len(found(host, PORT)) == 1
    served_by(host)
    assert bool(found(host, PORT)) is not served


LEADS: Json = {"protocol": "tcp", "port": 80, "host_address": None, "host_port": 8099}


def led_to(target: str) -> Host:
    """The first pod's port 8099 is led to an address."""
    host = tells(through(), ports=(LEADS,))
    dnat(f"-p tcp -m tcp --dport 8099 -j DNAT --to-destination {target}")(host)
    return host


def test_a_port_may_be_led_to_a_namespace_that_sends_on() -> None:
    """As Docker's swarm does: ingress_sbox has no container in it."""
    host = led_to("172.18.0.2:8099")
    assert len(found(host, PORT)) == 1
    sandbox = host.namespace("/run/docker/netns/ingress_sbox")
    sandbox.addresses.append(address("eth1", "172.18.0.2/16"))
    assert found(host, PORT) == []


def test_whose_an_address_is_may_not_be_known() -> None:
    host = led_to("10.9.9.9:80")
    host.coverage.append(
        Coverage(kinds=("address",), status="torn", error="it kept changing", namespace=first_pod(host).key)
    )
    assert found(host, PORT) == []
    assert blind(host, PORT)
    host.root.more = [row for row in host.root.more if "8099" not in getattr(row, "text", "")]
    assert len(found(host, PORT)) == 1, "without a rule it is nobody's, whoever has which address"
    assert not blind(host, PORT)


def test_an_address_that_only_the_runtime_tells_is_the_containers() -> None:
    host = led_to("[fd00::2]:80")
    assert len(found(host, PORT)) == 1
    tells(host, networks=({**BELIEVED, "address": "FD00:0::2/64"},))
    assert found(host, PORT) == []


def test_a_container_without_an_address_that_anybody_tells_is_not_judged_by_it() -> None:
    host = led_to("10.9.9.9:80")
    first_pod(host).addresses.clear()
    assert found(host, PORT) == []


def test_a_port_without_a_place_on_the_host_is_not_published() -> None:
    ports: tuple[Json, ...] = (
        {"protocol": "tcp", "port": 80, "host_address": None, "host_port": 0},
        {"protocol": "icmp", "host_port": 7}, {"protocol": "tcp", "host_port": "x"}, None,
    )  # fmt: skip
    assert found(tells(through(), ports=ports), PORT) == []
