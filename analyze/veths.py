"""Veth pairs: which end belongs to which, across namespaces.

IFLA_LINK is an index in the *other* namespace (rtnetlink(7), drivers/net/veth.c), so an end is resolved by
(namespace of link_netnsid, link_index) and believed only if the other end points back. Equal indexes mislead nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from snapshot.model.frozen import frozen
from snapshot.model.link import Link
from snapshot.store.loaded import LoadedNamespace


@frozen
class End:
    """One link, and the key of the namespace it is in."""

    namespace: str
    link: Link

    @property
    def spot(self) -> tuple[str, int]:
        """What identifies a link within one snapshot."""
        return self.namespace, self.link.ifindex


@frozen
class Veth:
    """A veth pair. ``near`` is the host's end, ``far`` the workload's; one of them is None if it was not seen.

    With no end on the host, ``near`` is the one whose scope sorts first. ``missing`` says why an end was not found.
    """

    near: End | None
    far: End | None
    missing: str | None = None

    @property
    def ends(self) -> tuple[End, ...]:
        """The ends that were seen, the host's first."""
        return tuple(end for end in (self.near, self.far) if end is not None)

    @property
    def home(self) -> End:
        """The end that gives the pair its scope: the workload's, or the only one that was seen."""
        end = self.far or self.near
        assert end is not None
        return end

    @property
    def bridge(self) -> str | None:
        """The bridge (or other master) it is a port of: the host end's, else the other's."""
        return next((end.link.master for end in self.ends if end.link.master is not None), None)


def pair_veths(namespaces: Iterable[LoadedNamespace], scopes: Mapping[str, str], host: str | None) -> tuple[Veth, ...]:
    """All veth pairs of a snapshot, ordered by scope and index."""
    places = {ns.namespace.key: ns for ns in namespaces}
    links = {(key, link.ifindex): link for key, ns in places.items() for link in ns.links}
    targets = {(key, nsid.nsid): nsid.target for key, ns in places.items() for nsid in ns.nsids}
    veths: list[Veth] = []
    halves: list[tuple[End, str | None]] = []
    done: set[tuple[str, int]] = set()
    for spot, link in links.items():
        if link.link_kind != "veth" or spot in done:
            continue
        here = End(namespace=spot[0], link=link)
        there, missing = _other_end(here, links, targets, scopes)
        if there is None:
            halves.append((here, missing))
            continue
        done |= {spot, there.spot}
        near, far = sorted((here, there), key=lambda e: (e.namespace != host, scopes[e.namespace], e.link.ifindex))
        veths.append(Veth(near=near, far=far))
    for here, missing in halves:
        # What one end does not know of the other, that one may know of it.
        if here.spot not in done:
            on_host = here.namespace == host
            veths.append(Veth(near=here if on_host else None, far=None if on_host else here, missing=missing))
    return tuple(sorted(veths, key=lambda v: (scopes[v.home.namespace], v.home.namespace, v.home.link.ifindex)))


def _other_end(
    here: End,
    links: Mapping[tuple[str, int], Link],
    targets: Mapping[tuple[str, int], str | None],
    scopes: Mapping[str, str],
) -> tuple[End | None, str | None]:
    link = here.link
    if link.link_index is None:
        return None, "the kernel did not tell its peer"
    if link.link_netnsid is None:
        namespace: str | None = here.namespace
    else:
        namespace = targets.get((here.namespace, link.link_netnsid))
    if namespace is None:
        return None, f"its peer is link {link.link_index} of a namespace that was not found (nsid {link.link_netnsid})"
    peer = links.get((namespace, link.link_index))
    where = scopes.get(namespace, namespace)
    if peer is None:
        return None, f"its peer, link {link.link_index} of {where}, was not read"
    points_back = peer.link_kind == "veth" and peer.link_index == link.ifindex
    if points_back and peer.link_netnsid is not None:
        back = targets.get((namespace, peer.link_netnsid))
        points_back = back is None or back == here.namespace
    elif points_back:
        points_back = namespace == here.namespace
    if not points_back:
        return None, f"link {link.link_index} of {where} does not point back to it"
    return End(namespace=namespace, link=peer), None
