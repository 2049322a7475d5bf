"""What tools print becomes facts, whatever stands in a comment; what this kernel has no tables for, from recorded text."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapshot.collect.firewall.payload import Header, pack
from snapshot.collect.firewall.saved import without_remarks
from snapshot.collect.firewall.source import tell_firewall
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.model.counter import Counter
from snapshot.model.firewall import FirewallEntry

SAVED = Header(backend="iptables-nft", family="ip", tables=(("ip", "filter"),))
ARPTABLES = b"""Chain INPUT (policy ACCEPT 0 packets, 0 bytes)
-j DROP -i * -o * -s 10.0.0.1 , pcnt=0 -- bcnt=0$
-j mine -i * -o * , pcnt=3 -- bcnt=84$

Chain OUTPUT (policy DROP 0 packets, 0 bytes)

Chain mine (1 references)
-j ACCEPT -i * -o * , pcnt=0 -- bcnt=0$
"""
"""As arptables-legacy prints it, but for the space at the end of a rule, which is a $ here."""

EBTABLES = b"""Bridge table: filter

Bridge chain: INPUT, entries: 0, policy: ACCEPT

Bridge chain: FORWARD, entries: 2, policy: DROP
-p ARP -j ACCEPT , pcnt = 12 -- bcnt = 336
-p IPv4 --ip-src 10.0.0.1 -j DROP , pcnt = 0 -- bcnt = 0

Bridge chain: OUTPUT, entries: 0, policy: ACCEPT
"""
NEWER_NFT = """table ip t { # handle 1 progname networkd
	flags owner,persist

	set s { # handle 2
		type ipv4_addr
		size 65535	# count 2
		flags dynamic,timeout
		elements = { 1.1.1.1 limit rate 5/second burst 5 packets timeout 1h expires 59m1s, 1.1.1.2 expires 3s }
	}

	flowtable f { # handle 3
		hook ingress priority filter
		devices = { eth0, eth1 }
		counter
	}

	chain c { # handle 4
		type filter hook ingress devices = { "eth1", "eth0" } priority filter + 5; policy accept;
		xt match "comment" counter packets 3 bytes 4 last used 5s # handle 6
		ip saddr 1.1.1.1 jump {
			counter packets 1 bytes 2 # handle 8
			last never # handle 9
		} # handle 10
	}
}
"""
COMMENTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=60)
NFT_COMMENTS = st.text(st.characters(codec="utf-8", exclude_characters='\0"'), min_size=1, max_size=60)


def entries(*payloads: bytes) -> list[FirewallEntry]:
    return [fact for fact in tell_firewall(payloads, {}) if isinstance(fact, FirewallEntry)]


def counts(*payloads: bytes) -> dict[str, object]:
    return {fact.key: fact.values for fact in tell_firewall(payloads, {}) if isinstance(fact, Counter)}


def chain_and_rules(facts: Iterable[FirewallEntry]) -> list[tuple[str | None, int | None, str]]:
    return [(fact.chain, fact.position, fact.text) for fact in facts if fact.object in ("chain", "rule")]


def test_arptables_legacy() -> None:
    payload = pack(
        Header(backend="arptables-legacy", family="arp", tables=(("arp", "filter"),)), ARPTABLES.replace(b"$", b" ")
    )
    assert chain_and_rules(entries(payload)) == [
        ("INPUT", None, "policy ACCEPT"),
        ("INPUT", 0, "-j DROP -i * -o * -s 10.0.0.1"),
        ("INPUT", 1, "-j mine -i * -o *"),
        ("OUTPUT", None, "policy DROP"),
        ("mine", None, ""),
        ("mine", 0, "-j ACCEPT -i * -o *"),
    ]
    assert counts(payload) == {"arptables-legacy arp filter INPUT 1": {"packets": 3, "bytes": 84}}


def test_ebtables_legacy() -> None:
    payload = pack(Header(backend="ebtables-legacy", family="bridge", tables=(("bridge", "filter"),)), EBTABLES)
    assert chain_and_rules(entries(payload)) == [
        ("INPUT", None, "policy ACCEPT"),
        ("FORWARD", None, "policy DROP"),
        ("FORWARD", 0, "-p ARP -j ACCEPT"),
        ("FORWARD", 1, "-p IPv4 --ip-src 10.0.0.1 -j DROP"),
        ("OUTPUT", None, "policy ACCEPT"),
    ]
    assert counts(payload) == {"ebtables-legacy bridge filter FORWARD 0": {"packets": 12, "bytes": 336}}


def test_newer_nft() -> None:
    rules = {"ip t c": (6, 10), "ip t __chain0": (8, 9)}
    payload = pack(Header(backend="nft", tables=(("ip", "t"),), rules=rules), NEWER_NFT.encode())
    facts = {(fact.object, fact.position): fact for fact in entries(payload)}
    assert {place: fact.text for place, fact in facts.items()} == {
        ("table", None): "flags owner,persist",
        ("set", None): "type ipv4_addr; size 65535; flags dynamic,timeout",
        ("flowtable", None): "hook ingress priority filter; devices = { eth0, eth1 }; counter",
        ("chain", None): 'type filter hook ingress devices = { "eth1", "eth0" } priority filter + 5; policy accept;',
        ("rule", 0): 'xt match "comment" counter last',
        ("rule", 1): "ip saddr 1.1.1.1 jump {\n\t\t\tcounter\n\t\t\tlast\n\t\t}",
    }
    assert facts["chain", None].extra == {
        "type": "filter", "hook": "ingress", "devices": ("eth0", "eth1"), "priority": "filter + 5", "policy": "accept"
    }  # fmt: skip
    assert counts(payload) == {
        "nft ip t c 0": {"packets": 3, "bytes": 4},
        "nft ip t c 1": {"packets": 1, "bytes": 2},
        "nft ip t set s": {"elements": 2},
    }


def quoted(comment: str) -> str:
    """A comment as iptables-save writes it (xtables_save_string)."""
    escaped = "".join(f"\\{letter}" if letter in "\"\\'" else letter for letter in comment)
    return f'"{escaped}"'


@given(st.lists(COMMENTS | st.builds("{}\n# {}".format, COMMENTS, COMMENTS), max_size=5))
def test_no_comment_of_iptables_makes_or_hides_a_rule(comments: list[str]) -> None:
    lines = "".join(f"[1:2] -A INPUT -m comment --comment {quoted(comment)} -j ACCEPT\n" for comment in comments)
    output = f"# Generated\n*filter\n:INPUT ACCEPT [0:0]\n{lines}[0:0] -A INPUT -j DROP\nCOMMIT\n# Completed\n"
    rules = [fact for fact in entries(pack(SAVED, without_remarks(output.encode()))) if fact.object == "rule"]
    assert [rule.comment for rule in rules] == [*comments, None]
    assert rules[-1].text == "-j DROP"


@given(st.lists(NFT_COMMENTS, max_size=5))
def test_no_comment_of_nft_makes_or_hides_a_rule(comments: list[str]) -> None:
    lines = "".join(
        f'\t\tcounter packets 1 bytes 2 comment "{text}" # handle {n + 5}\n' for n, text in enumerate(comments)
    )
    output = f"table ip t {{ # handle 1\n\tchain c {{ # handle 2\n{lines}\t\tdrop # handle 99\n\t}}\n}}\n"
    handles = (*(number + 5 for number in range(len(comments))), 99)
    header = Header(backend="nft", tables=(("ip", "t"),), rules={"ip t c": handles})
    rules = [fact for fact in entries(pack(header, output.encode())) if fact.object == "rule"]
    assert [rule.comment for rule in rules] == [*comments, None]
    assert [rule.text for rule in rules] == [*(f'counter comment "{text}"' for text in comments), "drop"]


@given(st.lists(st.builds("{}\nadd nets {}".format, NFT_COMMENTS, NFT_COMMENTS) | NFT_COMMENTS, max_size=5))
def test_no_comment_of_ipset_makes_or_hides_an_entry(comments: list[str]) -> None:
    lines = "".join(f'add nets 10.0.{at}.0/24 comment "{comment}"\n' for at, comment in enumerate(comments))
    output = f"create nets hash:net family inet comment\n{lines}create my nets list:set\nadd my nets nets\n"
    header = Header(backend="ipset", tables=(("", "my nets"), ("", "nets")))
    facts = [fact for fact in entries(pack(header, output.encode())) if fact.object == "element"]
    assert [fact.comment for fact in facts] == [*comments, None]
    assert [fact.text.split(" ")[0] for fact in facts] == [*(f"10.0.{at}.0/24" for at in range(len(comments))), "nets"]


def test_sets_that_the_kernel_has_and_ipset_does_not_tell_are_a_gap() -> None:
    header = Header(backend="ipset", tables=(("", "nets"), ("", "other")))
    with pytest.raises(NetlinkError, match="nothing of other"):
        entries(pack(header, b"create nets hash:net family inet\n"))
    with pytest.raises(NetlinkError, match="does not have"):
        entries(pack(header, b"create nets hash:net\ncreate other hash:net\ncreate third hash:net\n"))


def test_a_listing_that_is_not_what_the_kernel_has_is_refused() -> None:
    # A program may put quotes into a comment, which nft does not escape.
    lines = (
        "table ip t { # handle 1",
        "\tchain c { # handle 2",
        '\t\tdrop comment "a" # handle 3',
        "\t\taccept",
        '"" # handle 4',
    )
    output = "\n".join((*lines, "\t}", "}", ""))
    header = Header(backend="nft", tables=(("ip", "t"),), rules={"ip t c": (4,)})
    with pytest.raises(NetlinkError, match="does not add up"):
        entries(pack(header, output.encode()))
    with pytest.raises(NetlinkError, match="nothing of table ip other"):
        entries(pack(Header(backend="nft", tables=(("ip", "other"),)), output.encode()))


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (b"*nat\n:INPUT ACCEPT [0:0]\nCOMMIT\n", "tells nothing of table ip filter"),
        (b"*filter\n:INPUT ACCEPT [0:0]\n[0:0] -X INPUT -j DROP\nCOMMIT\n", "tells something odd of table ip filter"),
    ],
)
def test_a_save_tools_output_that_is_not_what_was_asked_for_is_refused(output: bytes, why: str) -> None:
    with pytest.raises(NetlinkError, match=why):
        entries(pack(SAVED, output))


def test_bytes_that_are_no_text_show_as_such() -> None:
    output = (
        b'*filter\n:INPUT ACCEPT [0:0]\n[0:0] -A INPUT -m comment --comment "\xff\xfe \x1b[31m" -j ACCEPT\nCOMMIT\n'
    )
    (rule,) = (fact for fact in entries(pack(SAVED, output)) if fact.object == "rule")
    assert rule.comment == "\\xff\\xfe \x1b[31m"
    assert rule.text == '-m comment --comment "\\xff\\xfe \x1b[31m" -j ACCEPT'


def test_a_quote_in_an_interfaces_name_swallows_nothing() -> None:
    rules = "".join(f'[0:0] -A INPUT -i "x{number} -j ACCEPT\n' for number in range(20_000))
    began = time.monotonic()
    facts = entries(pack(SAVED, f"*filter\n:INPUT ACCEPT [0:0]\n{rules}COMMIT\n".encode()))
    assert sum(fact.object == "rule" for fact in facts) == 20_000
    assert time.monotonic() - began < 20


@given(st.sampled_from(("nft", "iptables-nft", "ipset", "ebtables-legacy")), st.binary(max_size=300))
def test_output_of_any_sort_never_crashes(backend: str, output: bytes) -> None:
    header = Header(backend=backend, family="ip", tables=(("ip", "filter"),))
    with contextlib.suppress(NetlinkError, ValueError):  # which the caller makes this kind's failure
        list(tell_firewall((pack(header, b"table ip filter {\n}\n" + output),), {}))


def test_a_payload_is_a_line_of_json_and_the_output() -> None:
    head, output = pack(SAVED, b"*filter\n").split(b"\n", 1)
    assert json.loads(head)["backend"] == "iptables-nft"
    assert output == b"*filter\n"
