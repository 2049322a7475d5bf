"""Firewalls of every kind for a bottle, and what their own tools tell of them in words that facts can be put into too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from xml.etree import ElementTree

Fact = Mapping[str, Any]

IPTABLES = """
iptables-nft -P FORWARD DROP
iptables-nft -N DOCKER-USER
iptables-nft -A INPUT -s 10.0.0.0/8 -p tcp --dport 22 -m comment --comment 'it'"'"'s "quoted" \\ # handle 5' -j ACCEPT
iptables-nft -A INPUT -i lo -p udp --dport 9 -j ACCEPT
iptables-nft -A FORWARD -j DOCKER-USER
iptables-nft -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables-nft -A FORWARD -p tcp -m multiport --dports 80,443 -m limit --limit 5/min -j LOG --log-prefix 'a "b" c'
iptables-nft -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
iptables-nft -t nat -A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
iptables-nft -t mangle -A PREROUTING -j MARK --set-mark 0x7
iptables-nft -t raw -A PREROUTING -p udp --dport 53 -j CT --notrack
ip6tables-nft -A INPUT -p icmpv6 -j ACCEPT
ip6tables-nft -A INPUT -s fd00::/8 -j DROP
arptables-nft -A INPUT -s 10.0.0.1 -j DROP
ebtables-nft -P FORWARD DROP
ebtables-nft -A FORWARD -p IPv4 --ip-src 10.0.0.1 -j ACCEPT
"""

NATIVE = """nft -f - <<'END'
table inet t {
  comment "a table"
  set s { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.168.0.1 comment "one, two }", 11.0.0.1-11.0.0.5 }
  }
  set dyn { type ipv4_addr; size 1000; flags dynamic,timeout; timeout 1h;
  }
  set tmo { type ipv4_addr; flags timeout; elements = { 1.2.3.4 timeout 1h, 1.2.3.5 }
  }
  set counted { type ipv4_addr . inet_service; counter; elements = { 1.2.3.4 . 80, 127.0.0.1 . 9 }
  }
  set ofs { typeof ip saddr . tcp dport; flags interval; auto-merge; elements = { 1.2.3.0/24 . 80-90 }
  }
  set names { type ifname; elements = { "eth0", "lo" }
  }
  set many { type inet_service; elements = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 }
  }
  map m { type inet_service : verdict; elements = { 22 : accept, 80 : jump y, 81 : drop }
  }
  map n { type ipv4_addr : ipv4_addr . inet_service; elements = { 1.1.1.1 : 2.2.2.2 . 80 }
  }
  counter c1 { comment "counts"
  }
  quota q1 { over 10 mbytes
  }
  limit l1 { rate 5/second burst 3 packets
  }
  ct helper h { type "ftp" protocol tcp;
  }
  ct timeout ctt { protocol tcp; l3proto ip; policy = { established: 100, close: 4 };
  }
  ct expectation e { protocol udp; dport 9876; timeout 2m; size 12; l3proto ip;
  }
  synproxy sp { mss 1460; wscale 9; timestamp sack-perm;
  }
  chain in { type filter hook input priority 0; policy drop; comment "a chain";
    ct state established,related accept
    tcp dport vmap @m
    iif lo counter comment "weird # handle 9"
    ip saddr 127.0.0.1 counter name c1 quota name q1
    tcp dport { 443, 22, 80 } limit rate 10/second burst 5 packets log prefix "x: packets 5 bytes 6 " accept
    update @dyn { ip saddr counter }
    ip saddr . udp dport @counted
    ip protocol icmp meta hour "10:00"-"12:00" accept
    counter quota over 5 mbytes drop
    ip daddr 9.9.9.9 jump {
      tcp dport 1 counter accept
      drop
    }
    counter comment "two
	}
	chain in { # handle 3
		lines # handle 6"
    counter accept
  }
  chain y {
  }
  chain late { type filter hook input priority filter + 15;
    tcp dport 1 jump y
  }
}
table netdev nd {
  chain ing { type filter hook ingress device "lo" priority 0;
  }
}
table ip asleep { flags dormant;
  chain c { type nat hook prerouting priority -100;
    tcp dport 9 redirect to :10
  }
}
END
"""

LEGACY = """
iptables-legacy -A INPUT -s 1.2.3.4 -m comment --comment legacy -j DROP
iptables-legacy -A INPUT -i lo -p udp -j ACCEPT
iptables-legacy -t nat -A POSTROUTING -o eth0 -j MASQUERADE
ip6tables-legacy -t mangle -A INPUT -j MARK --set-mark 5
"""

IPSETS = """
ipset create run-out hash:ip timeout 100
ipset add run-out 1.2.3.4
ipset add run-out 1.2.3.5 timeout 0
ipset create nets hash:net counters comment
ipset add nets 10.0.0.0/8 comment "a, net"
ipset add nets 11.0.0.0/8 nomatch
ipset create six hash:ip family inet6
ipset add six fd00::1
ipset create ports bitmap:port range 1-100
ipset add ports 80
ipset create all list:set
ipset add all run-out
ipset add all nets
"""

TRAFFIC = """python3 - <<'END'
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    for _ in range(5):
        sender.sendto(b"x" * 100, ("127.0.0.1", 9))
END
"""


class Chain(NamedTuple):
    """A chain: its policy or hook, and its rules' texts in order."""

    policy: str
    rules: list[str]


def saved(output: str) -> dict[tuple[str, str], Chain]:
    """A save tool's output: (table, chain) -> what is in it."""
    found: dict[tuple[str, str], Chain] = {}
    table = ""
    for line in output.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith(":"):
            name, policy = line[1:].split(" ")[:2]
            found[table, name] = Chain("" if policy == "-" else f"policy {policy}", [])
        elif line.startswith("-A "):
            _, name, words = line.split(" ", 2)
            found[table, name].rules.append(words)
    return found


def listed(output: str) -> dict[tuple[str, str], Chain]:
    """`nft -s -t list ruleset`: ("family table", chain) -> what is in it. What has a line's end in it shows line by line."""
    found: dict[tuple[str, str], Chain] = {}
    table = chain = ""
    for line in output.splitlines():
        if heading := re.fullmatch(r"table (\w+ \w+) {", line):
            table = heading[1]
        elif heading := re.fullmatch(r"\tchain (\w+) {", line):
            chain = heading[1]
            found[table, chain] = Chain("", [])
        elif line == "\t}":
            chain = ""
        elif chain and re.match(r'\t\t(type|comment "a chain")', line):
            found[table, chain] = Chain(f"{found[table, chain].policy} {line.strip()}".strip(), [])
        elif chain and line.strip():
            found[table, chain].rules.append(line.removeprefix("\t\t"))
    return found


def chains(facts: Iterable[Fact], backend: str, family: str | None = None) -> dict[tuple[str, str], Chain]:
    """The same of facts of one scope; with ``family`` None its name stands before the table's."""
    found: dict[tuple[str, str], Chain] = {}
    rules: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for fact in facts:
        if fact["backend"] != backend or family not in (None, fact["family"]):
            continue
        key = (fact["table"] if family is not None else f"{fact['family']} {fact['table']}", fact["chain"])
        if fact["object"] == "chain":
            found[key] = Chain(fact["text"], [])
        elif fact["object"] == "rule":
            rules.setdefault(key, []).append((fact["position"], fact["text"]))
    for key, several in rules.items():
        assert sorted(position for position, _ in several) == list(range(len(several)))
        found[key].rules.extend(text for _, text in sorted(several))
    return found


def ipsets(output: str) -> dict[str, tuple[str, set[str]]]:
    """`ipset list -o xml`: name -> type, and the entries that stay."""
    found = {}
    for element in ElementTree.fromstring(output):
        stays = {
            member.findtext("elem", "") for member in element.iter("member") if member.findtext("timeout", "0") == "0"
        }
        found[element.attrib["name"]] = (element.findtext("type", ""), stays)
    return found


def of(facts: Iterable[Fact], scope: str) -> list[Fact]:
    """The facts of one namespace."""
    return [fact for fact in facts if fact["scope"] == scope]


Run = Callable[..., str]
