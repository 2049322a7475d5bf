"""port-without-rule-or-listener: a published port that nothing on the host takes: no translation, no socket."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import cast

from analyze.checks.check import Check, ContainerOf, Found
from analyze.checks.host import Host, Unknown
from analyze.checks.runtimes import heard_containers
from analyze.checks.through_host import some
from analyze.firewall.rule import RuleWords, prefix
from snapshot.model.container import Container
from snapshot.model.ipvs import IpvsService
from snapshot.model.json import Json
from snapshot.model.socket import Socket

PROTOCOLS = ("tcp", "udp", "sctp")
PORTS = 65_536
Port = tuple[str, int]
Published = dict[Port, list[Mapping[str, Json]]]


def find(host: Host) -> Iterator[Found | Unknown]:
    """What makes a published port work is a rule that translates its destination (Docker's and CNI's chains in the table nat,
    or nft's own), a program that listens for it (docker-proxy, conmon, rootlessport), an IPVS service, or a BPF program or a
    filter at ingress of a link of the host, which can do it all unseen: where there is one, nothing is said.

    A rule counts for a port if its ports take it and it leads to an address of the container's, or is not plain in either:
    ports in a set or a map, a target that is a range or this host itself. One without any port counts if it leads to an
    address of the container's. So does one that leads to a namespace in which no container is: who sends on from there is
    not known (the sandbox that Docker's swarm has for it). To a container on the host's network nothing has to lead.
    """
    home = host.topology.host
    if home is None or any(namespace == home for namespace, _ in host.steered):
        return
    rules = [rule.words for rule in host.ruleset.rules() if rule.words.verdict == "translate"]
    translations = _Translations(rules, _senders_on(host) if rules else frozenset())
    taken = {(s.protocol, s.port) for s in cast(tuple[Socket, ...], host.rows(home, "socket"))}
    taken |= {(s.protocol.lower(), s.port) for s in cast(tuple[IpvsService, ...], host.rows(home, "ipvs"))}
    unseen = _unseen(host)
    for said in heard_containers(host):
        if isinstance(said, Unknown):
            yield said
        elif said.namespace is not None and said.namespace != home and said.ports:
            dead = _dead(host, said, translations, taken)
            unsure = {port for port in dead if translations.take(port, None)} if unseen is not None else set()
            if unseen is not None and unsure:
                yield unseen
            dead = {port: places for port, places in dead.items() if port not in unsure}
            if dead:
                yield _found(home, said, dead, translations.astray)


def _senders_on(host: Host) -> frozenset[str]:
    """Addresses of namespaces in which no container is, the host's own among them."""
    return frozenset(
        _bare(address.address)
        for place in host.namespaces
        if place.namespace.key not in host.workloads
        for address in place.addresses
    )


class _Translations:
    """The rules that translate, by what they ask for and where they lead. ``elsewhere``: addresses from which somebody may send
    on."""

    def __init__(self, rules: Iterable[RuleWords], elsewhere: frozenset[str]) -> None:
        self.to: set[str] = set()
        self.unclear = False
        self.astray: dict[tuple[str | None, int], str] = {}
        """(protocol, port) -> where the first rule for that one port leads."""
        steps: dict[str | None, list[int]] = defaultdict(lambda: [0] * (PORTS + 1))
        spans: dict[str, dict[str | None, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
        for words in rules:
            to = _bare(words.to) if words.to is not None and "/" not in words.to else None
            if words.ports_unclear:
                self.unclear = True
            elif words.ports is None:
                self.to |= {to} if to is not None else set()
            elif to is None or to in elsewhere or _of_this_host(to):
                for first, last in words.ports:
                    steps[words.protocol][min(first, PORTS)] += 1
                    steps[words.protocol][min(last + 1, PORTS)] -= 1
            else:
                spans[to][words.protocol] += words.ports
                for first, last in words.ports:
                    if first == last:
                        self.astray.setdefault((words.protocol, first), to)
        self._covering = {protocol: tuple(accumulate(changes)) for protocol, changes in steps.items()}
        """Protocol -> how many rules that may lead anywhere take each port."""
        self._leading = {to: {p: _merged(found) for p, found in by.items()} for to, by in spans.items()}
        """Address -> protocol -> the ports that are led to it."""

    def take(self, port: Port, addresses: set[str] | None) -> bool:
        """May one of them be for this port, or lead to one of these addresses? None: they are not known, any may be one."""
        if self.unclear or (addresses is not None and self.to & addresses):
            return True
        covering = (self._covering.get(protocol) for protocol in (port[0], None))
        if any(counts is not None and counts[min(port[1], PORTS)] > 0 for counts in covering):
            return True
        leading = (self._leading.get(to, {}) for to in (self._leading if addresses is None else addresses))
        return any(_within(port[1], by.get(protocol, ())) for by in leading for protocol in (port[0], None))


def _bare(text: str) -> str:
    """An address without its prefix length, as the kernel spells it."""
    bare = text.partition("/")[0]
    if ":" not in bare:
        return bare  # an IPv4 address has one spelling
    told = prefix(bare)
    return str(told.network_address) if told is not None else bare


def _of_this_host(address: str) -> bool:
    told = prefix(address)
    return told is not None and told.is_loopback


def _merged(spans: Iterable[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    """The same ports in order, without overlaps."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found


def _within(number: int, spans: Sequence[tuple[int, int]]) -> bool:
    at = bisect_right(spans, (number, PORTS)) - 1
    return at >= 0 and number <= spans[at][1]


def _addresses(host: Host, container: Container) -> set[str] | None:
    """A container's addresses, as the kernel and its runtime tell them; None where neither tells any."""
    place = host.topology.namespaces.get(container.namespace or "")
    told = [n["address"] for n in container.networks if isinstance(n, Mapping) and isinstance(n.get("address"), str)]
    found = {_bare(str(address)) for address in told}
    if place is not None:
        found |= {_bare(address.address) for address in place.addresses if address.scope != "host"}
    return found or None


def _unseen(host: Host) -> Unknown | None:
    """Why it is not known of every address whose it is; None where it is."""
    if "address" not in host.sight.kinds:
        return Unknown(namespace=None, kind="address", reason="this capture was not asked for it")
    if not host.sight.namespaces:
        return Unknown(namespace=None, kind="namespace", reason="not every namespace of the host was found")
    gaps = host.unread("address")
    return Unknown(namespace=None, kind="address", reason=gaps[0].reason) if gaps else None


def _dead(host: Host, container: Container, translations: _Translations, taken: set[Port]) -> Published:
    """The ports that nothing takes, each with the places where it is published."""
    addresses = _addresses(host, container)
    places: dict[Port, list[Mapping[str, Json]]] = defaultdict(list)
    for published in container.ports:
        if isinstance(published, Mapping):
            protocol, number = published.get("protocol"), published.get("host_port")
            if protocol in PROTOCOLS and isinstance(number, int) and number > 0:
                places[str(protocol), number].append(published)
    return {port: at for port, at in places.items() if port not in taken and not translations.take(port, addresses)}


def _found(home: str, container: Container, dead: Published, astray: Mapping[tuple[str | None, int], str]) -> Found:
    named = some(tuple(f"{number}/{protocol}" for protocol, number in sorted(dead)))
    return Found(
        namespace=home,
        subject=(ContainerOf(container.id),),
        message=f"{container.name} publishes {named}, but no rule leads it to the container and no socket listens for it",
        evidence=tuple(
            f"container {container.name}: {p.get('host_address') or 'every address'}:{number} -> {p.get('port')}/{protocol}"
            + (f", but a rule leads it to {astray[protocol, number]}" if (protocol, number) in astray else "")
            for (protocol, number), published in sorted(dead.items())[:10]
            for p in published[:10]
        ),
    )


CHECK = Check(
    id="port-without-rule-or-listener",
    title="Published port that nothing takes",
    why="Whoever calls the port is refused, although the runtime says that it is published.",
    severity="critical",
    confidence="strong",
    needs=("firewall", "socket", "ipvs", "filter", "bpf"),
    place="host",
    find=find,
)
