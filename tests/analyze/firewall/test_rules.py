"""What a rule's text says of a packet's way, in both languages; what is not understood stays open."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyze.firewall import iptables, native
from analyze.firewall.rule import Addresses, LinkNames, RuleWords
from tests.analyze.firewall.rule_texts import IPTABLES_MORE, NATIVE_MORE

DOCKER0 = LinkNames(names=frozenset({"docker0"}))
NOT_DOCKER0 = LinkNames(names=frozenset({"docker0"}), negated=True)

IPTABLES = {
    "-i docker0 ! -o docker0 -j ACCEPT": RuleWords(incoming=DOCKER0, outgoing=NOT_DOCKER0, verdict="accept"),
    "-i cali+ -j cali-from-wl": RuleWords(incoming=LinkNames(patterns=("cali",)), verdict="jump", target="cali-from-wl"),
    "-g elsewhere": RuleWords(verdict="goto", target="elsewhere"),
    "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT": RuleWords(new=False, verdict="accept"),
    "-m conntrack ! --ctstate ESTABLISHED -j ACCEPT": RuleWords(replies=False, verdict="accept"),
    "-m conntrack --ctstate DNAT -j ACCEPT": RuleWords(new=False, replies=False, verdict="accept"),
    "-m state --state NEW -j DROP": RuleWords(replies=False, verdict="drop"),
    "-j REJECT --reject-with icmp-port-unreachable": RuleWords(verdict="drop"),
    '-m comment --comment "say \\"-j ACCEPT\\"" -j DROP': RuleWords(verdict="drop"),
    "-m comment --comment -j -j RETURN": RuleWords(verdict="return"),
    "-s 10.0.0.5/8 -j LOG": RuleWords(source=Addresses(network=ip_network("10.0.0.0/8"))),
    "-m mark --mark 0x4000/0x4000 -j ACCEPT": RuleWords(marked=True, partial=True, verdict="accept"),
    "-j MARK --set-xmark 0x2000/0x2000": RuleWords(marks=True),
    "-m physdev --physdev-is-bridged -j fw": RuleWords(physical=True, partial=True, verdict="jump", target="fw"),
    "! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.1.27.3:80": RuleWords(
        incoming=NOT_DOCKER0, protocol="tcp", ports=((8080, 8080),), verdict="translate", to="10.1.27.3", to_port=80
    ),
    "-p udp -m multiport --dports 53,1000:2000 -j DNAT --to-destination [fd00::1]:53": RuleWords(
        protocol="udp", ports=((53, 53), (1000, 2000)), verdict="translate", to="fd00::1", to_port=53
    ),
    "-p tcp -m tcp --dport http -j DNAT --to-destination fd00::1": RuleWords(
        protocol="tcp", ports_unclear=True, verdict="translate", to="fd00::1"
    ),
    "-j NFQUEUE --queue-num 1": RuleWords(verdict="unclear"),
    "": RuleWords(),
}  # fmt: skip
NATIVE = {
    'iifname "docker0" oifname != "docker0" counter accept': RuleWords(
        incoming=DOCKER0, outgoing=NOT_DOCKER0, verdict="accept"
    ),
    'iifname { "a", "veth*" } jump x': RuleWords(
        incoming=LinkNames(names=frozenset({"a"}), patterns=("veth",)), verdict="jump", target="x"
    ),
    "iifname @bridges accept": RuleWords(partial=True, verdict="accept"),
    "ct state established,related accept": RuleWords(new=False, verdict="accept"),
    "ct state { established, related } counter name c accept": RuleWords(new=False, verdict="accept"),
    "ct state vmap { established : accept, related : accept, invalid : drop }": RuleWords(
        new=False, verdict="accept", partial=True
    ),
    "ct state vmap { new : jump x, established : accept }": RuleWords(verdict="unclear"),
    "ct status dnat accept": RuleWords(new=False, replies=False, verdict="accept"),
    'log prefix "accept all " group 2 drop comment "return"': RuleWords(verdict="drop"),
    "reject with icmpx admin-prohibited": RuleWords(verdict="drop"),
    "ip saddr 10.0.0.0/8 goto y": RuleWords(
        source=Addresses(network=ip_network("10.0.0.0/8")), verdict="goto", target="y"
    ),
    "ip saddr { 10.0.0.0/8, 11.0.0.1 } accept": RuleWords(partial=True, verdict="accept"),
    "tcp dport 8080 dnat ip to 10.1.27.3:80": RuleWords(
        protocol="tcp", ports=((8080, 8080),), verdict="translate", to="10.1.27.3", to_port=80
    ),
    "udp dport { 53, 1000-2000 } redirect to :53": RuleWords(
        protocol="udp", ports=((53, 53), (1000, 2000)), verdict="translate"
    ),
    "dnat ip to tcp dport map @ports": RuleWords(verdict="translate", ports_unclear=True),
    "tcp dport vmap { 22 : accept, 80 : jump y }": RuleWords(
        protocol="tcp", ports_unclear=True, partial=True, verdict="unclear"
    ),
    "tcp dport @open accept": RuleWords(protocol="tcp", ports_unclear=True, verdict="accept"),
    "meta mark 0x00000001 accept": RuleWords(marked=True, partial=True, verdict="accept"),
    "meta mark set 0x00000001": RuleWords(marks=True),
    "ip daddr 9.9.9.9 jump {\n\t\t\ttcp dport 1 accept\n\t\t}": RuleWords(partial=True, verdict="unclear"),
    "iifname vmap { lo : accept }": RuleWords(partial=True, verdict="unclear"),
    "ip protocol vmap { tcp : jump t }": RuleWords(partial=True, verdict="unclear"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), (IPTABLES | IPTABLES_MORE).items())
def test_what_iptables_says(text: str, words: RuleWords) -> None:
    assert iptables.read_rule(text) == words


@pytest.mark.parametrize(("text", "words"), (NATIVE | NATIVE_MORE).items())
def test_what_nft_says(text: str, words: RuleWords) -> None:
    assert native.read_rule(text) == words


def test_a_rule_takes_the_links_and_ports_that_it_names() -> None:
    names = LinkNames(names=frozenset({"lo"}), patterns=("eth", "veth"))
    assert [name for name in ("lo", "lo0", "eth0", "veth1", "br0", "") if names.take(name)] == ["lo", "eth0", "veth1"]
    others = LinkNames(names=frozenset({"lo"}), patterns=("eth",), negated=True)
    assert [name for name in ("lo", "eth0", "br0") if others.take(name)] == ["br0"]
    ports = RuleWords(ports=((80, 80), (1000, 2000)))
    assert [port for port in (79, 80, 81, 999, 1000, 2000, 2001) if ports.takes_port(port)] == [80, 1000, 2000]
    assert RuleWords().takes_port(7)


WORDS = sorted({word for text in (*IPTABLES, *NATIVE) for word in text.split()})


@given(st.lists(st.sampled_from(WORDS)).map(" ".join) | st.text(max_size=60))
def test_nothing_that_a_stranger_writes_stops_it(text: str) -> None:
    for read in (iptables.read_rule, native.read_rule):
        assert isinstance(read(text), RuleWords)
