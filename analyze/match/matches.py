"""All matches of two snapshots, made in the order in which they rest on each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analyze.match.links import NamespaceTwins, match_links, match_veths
from analyze.match.namespaces import match_namespaces
from analyze.match.result import Matched, Matching
from analyze.match.workloads import Told, match_containers, match_networks, match_pods
from analyze.topology import Pod, Topology
from analyze.veths import End, Veth
from snapshot.model.container import Network
from snapshot.model.namespace import Namespace


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Everything old with its new self.

    names          per old namespace, old link name -> new one, where they differ
    container_ids  old id -> new one of containers that were made anew
    """

    namespaces: Matching[Namespace]
    pods: Matching[Pod]
    containers: Matching[Told]
    networks: Matching[tuple[str, Network]]
    veths: Matching[Veth]
    links: tuple[Matched[End], ...]
    names: Mapping[str, Mapping[str, str]]
    container_ids: Mapping[str, str]


def match(before: Topology, after: Topology) -> Matches:
    """Match two topologies."""
    namespaces = match_namespaces(before, after)
    veths = match_veths(before, after, NamespaceTwins.of(namespaces))
    links = match_links(before, after, namespaces, veths)
    names: dict[str, dict[str, str]] = {}
    for link in links:
        if link.before.link.name != link.after.link.name:
            names.setdefault(link.before.namespace, {})[link.before.link.name] = link.after.link.name
    containers = match_containers(before, after)
    ids = ((told.before[1].id, told.after[1].id) for told in containers.matched)
    return Matches(
        namespaces=namespaces,
        pods=match_pods(before, after),
        containers=containers,
        networks=match_networks(before, after),
        veths=veths,
        links=links,
        names=names,
        container_ids={old: new for old, new in ids if old != new},
    )
