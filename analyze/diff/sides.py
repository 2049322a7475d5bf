"""Two snapshots made ready for comparison: the one value every step of the diff works on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from analyze.match.boots import one_boot
from analyze.match.matches import Matches, match
from analyze.seen import Sight, sight_of
from analyze.topology import Topology, resolve
from reports.model import Action
from snapshot.model.firewall import FirewallEntry
from snapshot.model.frozen import frozen
from snapshot.store.loaded import Pair
from snapshot.store.pairs import ORDERED


@frozen
class Sides:
    """Both sides resolved, matched, and what each of them saw. ``now_called``: old namespace key -> new namespace key."""

    pair: Pair
    before: Topology
    after: Topology
    matches: Matches
    saw_before: Sight
    saw_after: Sight
    now_called: Mapping[str, str]

    @property
    def one_boot(self) -> bool:
        """Both sides are known to be of one boot of the host."""
        return one_boot(self.before, self.after)

    @property
    def unsettled(self) -> frozenset[str]:
        """Names of links, and addresses in namespaces, that were made anew, as both sides call them."""
        links = (end.link.name for m in self.matches.links if not m.same for end in (m.before, m.after))
        anew = [m for m in self.matches.namespaces.matched if not m.same]
        places = [(self.before, m.before.key) for m in anew] + [(self.after, m.after.key) for m in anew]
        addresses = (a.address.partition("/")[0] for topology, key in places for a in topology.addresses(key))
        return frozenset(links) | frozenset(addresses)

    def both_asked(self, kind: str) -> bool:
        """Was each capture asked for that kind? If not, coverage tells it, and not each object once more."""
        return kind in self.saw_before.kinds and kind in self.saw_after.kinds

    def only(
        self, side: Literal["before", "after"], kind: str, here: str | None = None, there: str | None = None
    ) -> Action:
        """The action of what only one side has: unknown where the other side could not have seen it.

        ``here`` is the namespace key on the side that has it, ``there`` its twin's on the other side, if it has one.
        What this side itself did not read cleanly (torn) proves nothing either.
        """
        own, other = (self.saw_before, self.saw_after) if side == "before" else (self.saw_after, self.saw_before)
        if not other.sees(there, kind) or (here is not None and not own.sees(here, kind)):
            return "unknown"
        return "removed" if side == "before" else "added"

    def firewall(self, side: Literal["before", "after"], key: str | None) -> tuple[FirewallEntry, ...] | None:
        """The tables, chains and rules of a namespace in which one differs; None where not all of them are known."""
        topology, saw = (self.before, self.saw_before) if side == "before" else (self.after, self.saw_after)
        place = topology.namespaces.get(key or "")
        if key is None or place is None or not saw.sees(key, "firewall"):
            return None
        extract = place.extracts.get("firewall")
        if extract is not None and not extract.cut:
            return tuple(row for row in extract.rows if isinstance(row, FirewallEntry) and row.object in ORDERED)
        return (self.pair.before_firewalls if side == "before" else self.pair.after_firewalls).get(key, ())

    def told(self, side: Literal["before", "after"], endpoint: str) -> Action:
        """Likewise for what a container runtime told."""
        other = self.saw_after if side == "before" else self.saw_before
        if not other.hears(endpoint):
            return "unknown"
        return "removed" if side == "before" else "added"


def prepare(pair: Pair, maps: Sequence[str] = ()) -> Sides:
    """Resolve and match a loaded pair; ``maps``: what the user says is the same."""
    before, after = resolve(pair.before), resolve(pair.after)
    matches = match(before, after, maps)
    return Sides(
        pair=pair,
        before=before,
        after=after,
        matches=matches,
        saw_before=sight_of(pair.before),
        saw_after=sight_of(pair.after),
        now_called={m.before.key: m.after.key for m in matches.namespaces.matched},
    )
