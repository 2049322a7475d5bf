"""Drafts by what they are about, so that causes are found without searching."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping

from analyze.diff.draft import BIRTH_AND_DEATH, Draft
from analyze.diff.rule_words import jumps
from analyze.diff.sides import Sides
from analyze.diff.steady import age_of, in_steady_order, runs
from analyze.subjects import ROW_KINDS, links_of, subject
from analyze.topology import Topology
from reports.model import Json
from snapshot.model.address import Address
from snapshot.model.firewall import FirewallEntry
from snapshot.model.frozen import frozen
from snapshot.model.kinds import Fact
from snapshot.model.link import Link
from snapshot.model.socket import Socket

POD_PLACE = ("pod_namespace", "pod_name", "role", "pod_container")
Spot = tuple[str, str]
"""Side ("before" or "after") and namespace key."""


@frozen
class Index:
    """Look-ups from a side, a namespace key and a name or number to the draft about it."""

    topologies: dict[str, Topology]
    pods: dict[tuple[str, str, str], Draft]
    containers: dict[str, Draft]
    places: dict[tuple[object, ...], Draft]
    workload_at: dict[Spot, Draft]
    unsure_at: dict[Spot, Draft]
    veth_at: dict[tuple[str, str, int], Draft]
    link_at: dict[tuple[str, str, str], Draft]
    network_at: dict[tuple[str, str, str], Draft]
    row_about: dict[tuple[str, str, str, Hashable], Draft]
    rows_at: dict[tuple[str, str, str], list[Draft]]
    rows_on: dict[tuple[str, str, str, str], list[Draft]]
    published: dict[tuple[object, ...], list[Draft]]
    tunnels: dict[tuple[str, str, int], list[Draft]]
    veths_at: dict[Spot, list[Draft]]
    places_of: dict[int, set[str]]
    rules_about: dict[tuple[str, str, Hashable], list[FirewallEntry]]
    bearers: dict[tuple[str, str], list[str]]
    subnets: dict[tuple[str, str], Draft]
    address_by_ip: dict[tuple[str, str], list[Draft]]
    link_by_mac: dict[str, list[Draft]]
    ports_of: dict[tuple[str, str, str], list[Draft]]
    with_ipv4: dict[str, frozenset[str]]

    @classmethod
    def of(cls, sides: Sides, drafts: list[Draft]) -> Index:
        """Index all drafts of a diff."""
        topologies = {"before": sides.before, "after": sides.after}
        index = cls(
            topologies=topologies,
            pods={},
            containers={},
            places={},
            workload_at={},
            unsure_at={},
            veth_at={},
            link_at={},
            network_at={},
            row_about={},
            rows_at=defaultdict(list),
            rows_on=defaultdict(list),
            published=defaultdict(list),
            tunnels=defaultdict(list),
            veths_at=defaultdict(list),
            places_of=defaultdict(set),
            rules_about=defaultdict(list),
            bearers=defaultdict(list),
            subnets={},
            address_by_ip=defaultdict(list),
            link_by_mac=defaultdict(list),
            ports_of=defaultdict(list),
            with_ipv4={},
        )
        veths = [draft for draft in drafts if draft.kind == "veth"]
        for draft in in_steady_order(sides, drafts):
            index._add(draft)
        index._add_veths(veths)
        if any(draft.kind in ("firewall", "ipvs") for draft in drafts):
            index._add_bearers()
        return index

    def _add(self, draft: Draft) -> None:
        match draft.kind:
            case "pod":
                for side, told in zip(self.topologies, (draft.before, draft.after), strict=True):
                    if told is not None:
                        self.pods[side, str(told["namespace"]), str(told["name"])] = draft
                self._workload(draft)
            case "container":
                for side, told in zip(self.topologies, (draft.before, draft.after), strict=True):
                    if told is not None:
                        self.containers[str(told["id"])] = draft
                        if draft.action == "recreated" and told["pod_name"] is not None:
                            self.places[side, *(told[word] for word in POD_PLACE)] = draft
                        self._publish(side, draft, told["ports"])
                        if told["joined"] is None and told["pod_name"] is None:
                            self._workload(draft)
            case "namespace":
                self._workload(draft)
            case "network":
                for side, key, shown in zip(
                    self.topologies, draft.namespaces, (draft.before, draft.after), strict=True
                ):
                    if key is not None and shown is not None and shown["bridge"] is not None:
                        self.network_at[side, key, str(shown["bridge"])] = draft
                    subnets = shown["subnets"] if shown is not None else ()
                    for subnet in subnets if isinstance(subnets, list | tuple) else ():
                        if isinstance(subnet, Mapping):
                            self.subnets[side, str(subnet.get("subnet"))] = draft
            case "link":
                for side, key, row in self.sides(draft):
                    if isinstance(row, Link):
                        self.link_at[side, key, row.name] = draft
                        new_mac = draft.comes_or_goes or "mac" in draft.touched
                        if row.mac is not None and new_mac and row.type == "ether":
                            self.link_by_mac[row.mac].append(draft)
                        if row.master is not None:
                            self.ports_of[side, key, row.master].append(draft)
                        for name, value in row.kind_data.items():
                            if name.endswith("_port") and isinstance(value, int):
                                self.tunnels[side, key, value].append(draft)
            case kind if kind in ROW_KINDS:
                for side, key, row in self.sides(draft):
                    if row is not None:
                        self._row(side, key, row, draft)

    def _row(self, side: str, key: str, row: Fact, draft: Draft) -> None:
        self.row_about[side, key, draft.kind, subject(row)] = draft
        self.rows_at[side, key, draft.kind].append(draft)
        for name in links_of(row):
            self.rows_on[side, key, draft.kind, name].append(draft)
        if isinstance(row, Address):
            self.address_by_ip[side, row.address.partition("/")[0]].append(draft)

        if isinstance(row, FirewallEntry) and row.object == "rule":
            for about in {("in", row.chain), ("in", None), *(("to", chain) for chain in jumps(row.text))}:
                self.rules_about[side, key, (row.backend, row.family, row.table, *about)].append(row)

    def _publish(self, side: str, draft: Draft, ports: Json) -> None:
        for port in ports if isinstance(ports, list | tuple) else ():
            if isinstance(port, Mapping) and isinstance(port.get("host_port"), int):
                where = side, str(port.get("protocol")), int(str(port["host_port"]))
                for at in (where, (*where, str(port.get("host_address")))):
                    self.published[at].append(draft)

    def _workload(self, draft: Draft) -> None:
        if draft.action not in BIRTH_AND_DEATH and "state" not in draft.touched:
            return
        for (side, topology), key in zip(self.topologies.items(), draft.namespaces, strict=True):
            if key is None or key == topology.host:
                continue
            # A namespace whose runtime kept silent came or went all the same.
            at = self.unsure_at if draft.action == "unknown" else self.workload_at
            other = at.setdefault((side, key), draft)
            # Containers of which nobody told whose namespace it is: the one that was there first made it.
            if other.kind == draft.kind == "container" and age_of(draft, side) < age_of(other, side):
                at[side, key] = draft

    def _add_veths(self, veths: list[Draft]) -> None:
        for side, topology in self.topologies.items():
            other = [d for d in veths if (d.before if side == "before" else d.after) is not None]
            wanted = {_ends(d.before if side == "before" else d.after): d for d in other}
            for veth in sorted(topology.veths, key=lambda v: [end.link.ifindex for end in v.ends]) if wanted else ():
                key = tuple(sorted((topology.scopes[e.namespace], e.link.ifindex) for e in veth.ends))
                draft = wanted.get(key)
                if draft is not None:
                    for end in veth.ends:
                        self.veth_at[side, end.namespace, end.link.ifindex] = draft
                        self.veths_at[side, end.namespace].append(draft)
                        if side == "before":
                            self.places_of[id(draft)].add(end.namespace)

    def _add_bearers(self) -> None:
        for side, topology in self.topologies.items():
            for key, place in topology.namespaces.items():
                for address in place.addresses if key != topology.host else ():
                    self.bearers[side, address.address.partition("/")[0]].append(key)

    def sides(self, draft: Draft) -> Iterator[tuple[str, str, Fact | None]]:
        """The sides on which a draft has something: (side, namespace key, row), the newer first for what is new."""
        spots = list(zip(self.topologies, draft.namespaces, (draft.old, draft.new), strict=True))
        for side, key, row in spots:
            if key is not None and (row is not None or (draft.old is None and draft.new is None)):
                yield side, key, row

    def workloads(self, draft: Draft) -> Iterator[Draft]:
        """The workload changes in whose namespaces a draft happened."""
        for side, key, _ in self.sides(draft):
            yield from (at[side, key] for at in (self.workload_at, self.unsure_at) if (side, key) in at)

    def veth(self, side: str, key: str, ifindex: int) -> Draft | None:
        """The change of the veth that a link is an end of."""
        return self.veth_at.get((side, key, ifindex))

    def veth_namespaces(self, draft: Draft) -> list[str]:
        """The namespaces, on the first side, in which a veth draft has an end."""
        return sorted(self.places_of.get(id(draft), ()))

    def link(self, side: str, key: str, name: str) -> Draft | None:
        """The change of a link."""
        return self.link_at.get((side, key, name))

    def network(self, side: str, key: str, bridge: str) -> Draft | None:
        """The change of the network that a bridge belongs to."""
        found = self.network_at.get((side, key, bridge))
        return found if found is not None and found.action in BIRTH_AND_DEATH else None

    def readdressed(self, side: str, key: str, bridge: str) -> list[Draft]:
        """The change of the network that a bridge belongs to, if it got other subnets: the runtime gives it other addresses."""
        found = self.network_at.get((side, key, bridge))
        return [found] if found is not None and _readdressed(found) else []

    def lower(self, side: str, key: str, link: Link) -> Draft | None:
        """The change of the link that one stands on (macvlan, vxlan, vlan) in the same namespace."""
        if link.link_index is None or link.link_netnsid is not None or link.link_kind == "veth":
            return None
        lower = self.topologies[side].links.get((key, link.link_index))
        return self.link_at.get((side, key, lower.name)) if lower is not None else None

    def addresses(self, side: str, key: str) -> list[Draft]:
        """The address changes in a namespace."""
        return self.rows(side, key, "address")

    def rows(self, side: str, key: str, kind: str) -> list[Draft]:
        """The changes of one kind of row in a namespace."""
        return self.rows_at.get((side, key, kind), [])

    def rows_of_link(self, side: str, key: str, kind: str, dev: str) -> list[Draft]:
        """Those of rows that stand on one link."""
        return self.rows_on.get((side, key, kind, dev), [])

    def row(self, side: str, key: str, kind: str, about: Hashable) -> Draft | None:
        """The change of the row with that subject (analyze/subjects.py)."""
        return self.row_about.get((side, key, kind, about))

    def publishers(self, side: str, socket: Socket) -> list[Draft]:
        """The changes of the containers that publish a port of the host: at a socket's address, else at any; those that run
        first, and of these the oldest."""
        where = side, socket.protocol, socket.port
        found = self.published.get((*where, socket.address)) or self.published.get(where, [])
        return sorted(found, key=lambda draft: (not runs(draft, side), *age_of(draft, side)))

    def veths_in(self, side: str, key: str) -> list[Draft]:
        """The changes of veth pairs with an end in a namespace."""
        return self.veths_at.get((side, key), [])

    def tunnel(self, side: str, key: str, port: int) -> list[Draft]:
        """The changes of the vxlan, geneve and such links for which the kernel listens at a port."""
        return self.tunnels.get((side, key, port), [])

    def rules(self, side: str, key: str, about: Hashable) -> list[FirewallEntry]:
        """The rules that changed in a chain: (backend, family, table, "in", chain); or that jump "to" it; of a whole table
        (chain None)."""
        return self.rules_about.get((side, key, about), [])

    def workloads_with(self, side: str, ip: str) -> list[Draft]:
        """The changes of the workloads that bear an address."""
        found = (self.workload_at.get((side, key)) for key in self.bearers.get((side, ip), ()))
        return [draft for draft in found if draft is not None]

    def subnet(self, side: str, key: str, prefix: str) -> list[Draft]:
        """The change of the runtime's network that has, or had, that subnet: its rules are the host's."""
        found = self.subnets.get((side, prefix))
        own = key == self.topologies[side].host
        return [found] if own and found is not None and _readdressed(found) else []

    def address_anywhere(self, side: str, address: str) -> list[Draft]:
        """The changes of one address, wherever it is."""
        return self.address_by_ip.get((side, address), [])

    def mac(self, mac: str | None) -> list[Draft]:
        """The changes of links by which that MAC came or went."""
        return self.link_by_mac.get(mac, []) if mac is not None else []

    def ports(self, bridge: Draft) -> list[Draft]:
        """The changes of a bridge's ports, old and new ones."""
        found = []
        for side, key, row in self.sides(bridge):
            if isinstance(row, Link):
                found += self.ports_of.get((side, key, row.name), [])
        return list(dict.fromkeys(found))


def _readdressed(network: Draft) -> bool:
    return network.action in BIRTH_AND_DEATH or "subnets" in network.touched


def _ends(facts: object) -> tuple[tuple[str, int], ...]:
    ends = facts["ends"] if isinstance(facts, dict) else ()
    return tuple(sorted((end["scope"], end["ifindex"]) for end in ends if end is not None))
