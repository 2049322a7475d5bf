"""port-without-rule-or-listener: a published port that nothing on the host takes: no translation, no socket."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import cast

from analyze.checks.check import Check, ContainerOf, Found
from analyze.checks.host import Host, Unknown
from analyze.checks.runtimes import heard_containers
from analyze.checks.through_host import some
from analyze.firewall.rule import RuleWords
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

    A rule counts for a port if its ports take it, or if they stand in a set or a map; one without any port counts if it leads
    to an address of the container's. To a container on the host's network nothing has to lead.
    """
    home = host.topology.host
    if home is None or any(namespace == home for namespace, _ in host.steered):
        return
    translations = _Translations(rule.words for rule in host.ruleset.rules() if rule.words.verdict == "translate")
    taken = {(s.protocol, s.port) for s in cast(tuple[Socket, ...], host.rows(home, "socket"))}
    taken |= {(s.protocol.lower(), s.port) for s in cast(tuple[IpvsService, ...], host.rows(home, "ipvs"))}
    for said in heard_containers(host):
        if isinstance(said, Unknown):
            yield said
        elif said.namespace is not None and said.namespace != home and said.ports:
            dead = _dead(host, said, translations, taken)
            if dead:
                yield _found(home, said, dead)


class _Translations:
    """The rules that translate, by what they ask for."""

    def __init__(self, rules: Iterable[RuleWords]) -> None:
        self.to: set[str] = set()
        self.unclear = False
        steps: dict[str | None, list[int]] = defaultdict(lambda: [0] * (PORTS + 1))
        for words in rules:
            if words.ports_unclear:
                self.unclear = True
            elif words.ports is None:
                self.to |= {words.to} if words.to is not None else set()
            else:
                for first, last in words.ports:
                    steps[words.protocol][min(first, PORTS)] += 1
                    steps[words.protocol][min(last + 1, PORTS)] -= 1
        self._covering = {protocol: tuple(accumulate(changes)) for protocol, changes in steps.items()}
        """Protocol -> how many rules take each port."""

    def take(self, port: Port, addresses: set[str]) -> bool:
        """May one of them be for this port, or lead to one of these addresses?"""
        if self.unclear or self.to & addresses:
            return True
        covering = (self._covering.get(protocol) for protocol in (port[0], None))
        return any(counts is not None and counts[min(port[1], PORTS)] > 0 for counts in covering)


def _dead(host: Host, container: Container, translations: _Translations, taken: set[Port]) -> Published:
    """The ports that nothing takes, each with the places where it is published."""
    place = host.topology.namespaces.get(container.namespace or "")
    addresses = {a.address.partition("/")[0] for a in place.addresses} if place is not None else set()
    told = [n["address"] for n in container.networks if isinstance(n, Mapping) and isinstance(n.get("address"), str)]
    addresses |= {str(address).partition("/")[0] for address in told}
    places: dict[Port, list[Mapping[str, Json]]] = defaultdict(list)
    for published in container.ports:
        if isinstance(published, Mapping):
            protocol, number = published.get("protocol"), published.get("host_port")
            if protocol in PROTOCOLS and isinstance(number, int) and number > 0:
                places[str(protocol), number].append(published)
    return {port: at for port, at in places.items() if port not in taken and not translations.take(port, addresses)}


def _found(home: str, container: Container, dead: Published) -> Found:
    named = some(tuple(f"{number}/{protocol}" for protocol, number in sorted(dead)))
    return Found(
        namespace=home,
        subject=(ContainerOf(container.id),),
        message=f"{container.name} publishes {named}, but no rule translates it and no socket listens for it",
        evidence=tuple(
            f"container {container.name}: {p.get('host_address') or 'every address'}:{number} -> {p.get('port')}/{protocol}"
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
