"""What a snapshot did not see, held against a rule: could that which is looked for be there?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analyze.plan.globs import Glob
from analyze.plan.rules import Selector
from analyze.scopes import HOST
from reports.model import Change, CoverageGap

TOLD_BY: Mapping[str, tuple[str, ...]] = {
    "pod": ("container",),
    "container": ("container",),
    "network": ("network", "container"),
    "veth": ("link",),
}
"""Which kinds of coverage a kind of change depends on, where it is not its own."""

SCOPES = (HOST, "pod:", "container:", "netns:")


def place_of(gap: CoverageGap) -> str | None:
    """The scope a gap is in. None: a runtime, a namespace without a scope, a kind not asked for: it may be in any."""
    placed = gap.scope.startswith(SCOPES) and not (gap.scope == HOST and gap.status == "skipped")
    return gap.scope if placed else None


def could_hide(selector: Selector, gap: CoverageGap, scopes: tuple[Glob, ...] = ()) -> bool:
    """Could a thing that a rule speaks of be in a gap? ``scopes`` are the rule's own where the selector has none."""
    wanted = scopes or selector.scopes
    if gap.kind == "namespace":
        # A namespace that was not found: all that is in it is missing. The host's own is always found.
        return not wanted or any(pattern.literal != HOST for pattern in wanted)
    if selector.kinds and not any(gap.kind in TOLD_BY.get(kind, (kind,)) for kind in selector.kinds):
        return False
    place = place_of(gap)
    return place is None or not wanted or any(pattern.matches(place) for pattern in wanted)


def hidden(selector: Selector, gaps: Iterable[CoverageGap], unknown: Iterable[Change]) -> bool:
    """Could a change that a rule speaks of have happened unseen?"""
    if any(could_hide(selector, gap) for gap in gaps):
        return True
    # An unknown change may be any action; what is known of it is its kind, scope and name.
    return any(not set(selector.misses(change)) - {"action", "severity", "fields", "facts"} for change in unknown)
