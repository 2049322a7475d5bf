"""All matches of two snapshots, made in the order in which they rest on each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyze.match.containers import Told, match_containers
from analyze.match.links import LinkMatches, match_links
from analyze.match.namespaces import NamespaceTwins, match_namespaces
from analyze.match.networks import ToldNetwork, match_networks
from analyze.match.overrides import Overrides, overrides_of
from analyze.match.pods import match_pods
from analyze.match.renames import Names, names_now
from analyze.match.result import Ambiguous, Matched, Matching
from analyze.match.veths import match_veths
from analyze.topology import Pod, Topology
from analyze.veths import End, Veth
from snapshot.model.errors import UsageError
from snapshot.model.frozen import frozen
from snapshot.model.namespace import Namespace


@frozen
class Matches:
    """Everything old with its new self.

    unclear        links that could have been several
    names          per old namespace, old link name -> new one, where they differ (analyze/match/renames.py)
    container_ids  old id -> new one of containers that were made anew
    """

    namespaces: Matching[Namespace]
    pods: Matching[Pod]
    containers: Matching[Told]
    networks: Matching[ToldNetwork]
    veths: Matching[Veth]
    links: tuple[Matched[End], ...]
    unclear: tuple[Ambiguous[End], ...]
    names: Names
    container_ids: Mapping[str, str]


def match(before: Topology, after: Topology, maps: Sequence[str] = ()) -> Matches:
    """Match two topologies. ``maps``: what the user says is the same (OLD=NEW). Raises ``UsageError``."""
    overrides = overrides_of(maps, before, after)
    pods = match_pods(before, after, overrides)
    containers = match_containers(before, after, pods, overrides)
    networks = match_networks(before, after, overrides)
    namespaces = match_namespaces(before, after, pods, containers, overrides)
    twins = NamespaceTwins.of(namespaces)
    _check(overrides, twins)
    veths = match_veths(before, after, twins, overrides)
    links = match_links(before, after, namespaces, veths, networks, overrides)
    _check_pairs(overrides, links)
    ids = ((told.before[1].id, told.after[1].id) for told in containers.matched)
    return Matches(
        namespaces=namespaces,
        pods=pods,
        containers=containers,
        networks=networks,
        veths=veths,
        links=links.matched,
        unclear=links.ambiguous,
        names=names_now(before, after, namespaces.matched, links.matched),
        container_ids={old: new for old, new in ids if old != new},
    )


def _check(overrides: Overrides, twins: NamespaceTwins) -> None:
    """Links can be the same only in namespaces that are: names of links have no meaning beyond theirs."""
    for spot, (new, _) in overrides.links.items():
        if twins.old(spot[0]) != new:
            raise UsageError(f"--map {overrides.said[spot]!r}: its two scopes are not each other's: map these as well")


def _check_pairs(overrides: Overrides, links: LinkMatches) -> None:
    """What was said of links came true, but where it would tear a pair apart."""
    now = {m.before.spot: m.after.spot for m in links.matched} if overrides.links else {}
    for old, new in overrides.links.items():
        if now.get(old) != new:
            raise UsageError(
                f"--map {overrides.said[old]!r} contradicts another --map: the ends of a veth pair go together"
            )
