"""In which order changes are asked whether they explain another, where one is as close as the other.

By numbers of the kernel's, never by names or addresses: so the same one is given under pseudonyms (docs/redaction.md).
"""

from __future__ import annotations

from collections.abc import Iterable

from analyze.diff.draft import Draft
from analyze.diff.sides import Sides
from analyze.scopes import age
from reports.model import Facts
from snapshot.model.address import Address
from snapshot.model.link import Link

NOWHERE = 1 << 32
"""Above every index of a link."""
NUMBERED = ("address", "link")
"""Kinds of which several often stand beside each other in what is looked up."""


def in_steady_order(sides: Sides, drafts: Iterable[Draft]) -> list[Draft]:
    """Links by their indexes; addresses by their link's, then primary ones first, then by the length of their prefixes.

    All other kinds stay in their order, before these.
    """
    others = []
    numbered: list[tuple[tuple[int, ...], int, Draft]] = []
    for place, draft in enumerate(drafts):
        if draft.kind in NUMBERED:
            numbered.append((_numbers(sides, draft), place, draft))
        else:
            others.append(draft)
    return [*others, *(draft for _, _, draft in sorted(numbered, key=lambda found: found[:2]))]


def age_of(container: Draft, side: str) -> tuple[str, int]:
    """What orders changes of containers by when these were started, as one side tells of them."""
    told = _told(container, side)
    return age(told.get("started_at"), told.get("pid"))


def runs(container: Draft, side: str) -> bool:
    """Does a container that changed run on one side?"""
    return _told(container, side).get("state") == "running"


def _told(draft: Draft, side: str) -> Facts:
    return (draft.before if side == "before" else draft.after) or {}


def _numbers(sides: Sides, draft: Draft) -> tuple[int, ...]:
    new = draft.new is not None
    row, topology, key = (
        (draft.new, sides.after, draft.namespaces[1]) if new else (draft.old, sides.before, draft.namespaces[0])
    )
    place = topology.namespaces.get(key or "")
    inode = place.namespace.inode if place is not None else 0
    if isinstance(row, Link):
        return row.ifindex, inode
    if isinstance(row, Address):
        link = topology.by_name.get((key or "", row.dev))
        length = row.address.partition("/")[2]
        return (
            link.ifindex if link is not None else NOWHERE,
            inode,
            "secondary" in row.flags,
            int(length) if length.isdecimal() else 0,
        )
    return NOWHERE, inode
