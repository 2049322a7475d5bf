"""Changes of veth pairs and of links."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter

from analyze.diff.doubts import doubts
from analyze.diff.draft import Draft
from analyze.diff.fields import differing
from analyze.diff.sides import Sides
from analyze.facts import link_facts, scoped_name, veth_facts, veth_name
from analyze.match.result import Matched
from analyze.topology import Topology
from analyze.veths import End, Veth
from reports.model import FieldChange
from snapshot.model.link import Link

NUMBERED = frozenset({"ifindex", "link_index", "link_netnsid", "peer"})
"""What the kernel counts out as links are made."""
END_FIELDS = ("name", "ifindex", "mac", "mtu", "state")
_end_values = attrgetter(*END_FIELDS)


def veth_changes(sides: Sides) -> list[Draft]:
    """What happened to veth pairs: come, gone, re-created, or changed at an end or at its bridge."""
    drafts: list[Draft] = []
    if not sides.both_asked("link"):
        return drafts
    for match in sides.matches.veths.matched:
        draft = _matched_veth(sides, match)
        if draft is not None:
            drafts.append(draft)
    now = sides.now_called
    then = {new: old for old, new in now.items()}
    kept = {m.before.spot: m.same for m in sides.matches.links}
    unclear = doubts(
        sides.matches.veths.ambiguous, lambda v: scoped_name(sides.before, v.home), lambda v: scoped_name(sides.after, v.home)
    )  # fmt: skip
    for veth in sides.matches.veths.removed:
        if _half_seen(veth, kept):
            continue
        actions = {sides.only("before", "link", end.namespace, now.get(end.namespace)) for end in veth.ends}
        drafts.append(
            Draft(
                kind="veth",
                action="removed" if actions == {"removed"} and not _half_paired(veth, kept) else "unknown",
                scope=sides.before.scopes[veth.home.namespace],
                name=veth_name(veth),
                before=veth_facts(sides.before, veth),
                after=None,
                namespaces=(veth.home.namespace, None),
                ambiguous=unclear.get(id(veth)),
            )
        )
    kept = {m.after.spot: m.same for m in sides.matches.links}
    for veth in sides.matches.veths.added:
        if _half_seen(veth, kept):
            continue
        actions = {sides.only("after", "link", end.namespace, then.get(end.namespace)) for end in veth.ends}
        drafts.append(
            Draft(
                kind="veth",
                action="added" if actions == {"added"} and not _half_paired(veth, kept) else "unknown",
                scope=sides.after.scopes[veth.home.namespace],
                name=veth_name(veth),
                before=None,
                after=veth_facts(sides.after, veth),
                namespaces=(None, veth.home.namespace),
                ambiguous=unclear.get(id(veth)),
            )
        )
    return drafts


def _half_seen(veth: Veth, kept: Mapping[tuple[str, int], bool]) -> bool:
    """One end of a pair whose other end this side could not see, and that end was there on both sides: no new pair.

    ``kept`` has the links of this side that the other one has too; true for those that are the same instance.
    """
    return veth.missing is not None and all(kept.get(end.spot, False) for end in veth.ends)


def _half_paired(veth: Veth, kept: Mapping[tuple[str, int], bool]) -> bool:
    """Likewise of an end that was made anew: which pair it was made anew with is not known."""
    return veth.missing is not None and all(end.spot in kept for end in veth.ends)


def _matched_veth(sides: Sides, match: Matched[Veth]) -> Draft | None:
    old, new = match.before, match.after
    fields: list[FieldChange] = []
    was_on, is_on = _bridge_now(sides, old), new.bridge
    # An end that one side did not see may be on a bridge as well as not.
    seen = (old.bridge is not None or old.missing is None) and (is_on is not None or new.missing is None)
    seen = seen and _told_apart(sides, _port(old), _port(new))
    if was_on != is_on and seen:
        # Another bridge may bear the name now: then the old one is told by what it is called today.
        fields.append(FieldChange(name="bridge", before=old.bridge if old.bridge != is_on else was_on, after=is_on))
    for word, a, b in (("host_end", old.near, new.near), ("workload_end", old.far, new.far)):
        if a is None or b is None:
            continue
        if a.link is not b.link:
            fields += [
                FieldChange(name=f"{word}.{name}", before=was, after=now)
                for name, was, now in zip(END_FIELDS, _end_values(a.link), _end_values(b.link), strict=True)
                if was != now
            ]
        if match.same and sides.now_called.get(a.namespace) != b.namespace:
            scopes = sides.before.scopes[a.namespace], sides.after.scopes[b.namespace]
            fields.append(FieldChange(name=f"{word}.scope", before=scopes[0], after=scopes[1]))
    if match.same and not fields:
        return None
    return Draft(
        kind="veth",
        action="changed" if match.same else "recreated",
        scope=sides.after.scopes[new.home.namespace],
        name=veth_name(new),
        before=veth_facts(sides.before, old),
        after=veth_facts(sides.after, new),
        fields=tuple(fields),
        matched_by=match.reason,
        confidence=match.confidence,
        namespaces=(old.home.namespace, new.home.namespace),
    )


def _port(veth: Veth) -> End | None:
    """The end that is on a bridge."""
    return next((end for end in veth.ends if end.link.master is not None), None)


def _told_apart(sides: Sides, old: End | None, new: End | None) -> bool:
    """Where not all links were read, a master of another name may be the same one, renamed: one of the two has to be known."""
    if old is None or new is None or old.link.master is None or new.link.master is None:
        return True
    if sides.saw_before.sees(old.namespace, "link") and sides.saw_after.sees(new.namespace, "link"):
        return True
    masters = (old.namespace, old.link.master), (new.namespace, new.link.master)
    return any(
        (end.namespace, end.link.name) == master
        for match in sides.matches.links
        for end, master in zip((match.before, match.after), masters, strict=True)
    )


def _bridge_now(sides: Sides, veth: Veth) -> str | None:
    """What the bridge of an old pair is called now."""
    end = _port(veth)
    if end is None or end.link.master is None:
        return None
    return sides.matches.names.get(end.namespace, {}).get(end.link.master, end.link.master)


def link_changes(sides: Sides) -> list[Draft]:
    """What happened to links, the ends of veths among them (their changes hang under the pair's)."""
    drafts: list[Draft] = []
    if not sides.both_asked("link"):
        return drafts
    old_spots = {m.before.spot for m in sides.matches.links}
    new_spots = {m.after.spot for m in sides.matches.links}
    lower = {m.before.spot: m.after.spot for m in sides.matches.links}
    for match in sides.matches.links:
        a, b = match.before, match.after
        if match.same and a.link is b.link and a.namespace == b.namespace and a.namespace not in sides.matches.names:
            continue
        draft = _matched_link(sides, match, lower)
        if draft is not None:
            drafts.append(draft)
    now = sides.now_called
    then = {new: old for old, new in now.items()}
    told = doubts(
        sides.matches.unclear, lambda end: scoped_name(sides.before, end), lambda end: scoped_name(sides.after, end)
    )  # fmt: skip
    old_unclear = {end.spot: told.get(id(end)) for group in sides.matches.unclear for end in group.before}
    new_unclear = {end.spot: told.get(id(end)) for group in sides.matches.unclear for end in group.after}
    for (key, index), link in sides.before.links.items():
        if (key, index) not in old_spots:
            drafts.append(
                Draft(
                    kind="link",
                    action=sides.only("before", "link", key, now.get(key)),
                    scope=sides.before.scopes[key],
                    name=link.name,
                    before=link_facts(sides.before, key, link),
                    after=None,
                    namespaces=(key, None),
                    old=link,
                    ambiguous=old_unclear.get((key, index)),
                )
            )
    for (key, index), link in sides.after.links.items():
        if (key, index) not in new_spots:
            drafts.append(
                Draft(
                    kind="link",
                    action=sides.only("after", "link", key, then.get(key)),
                    scope=sides.after.scopes[key],
                    name=link.name,
                    before=None,
                    after=link_facts(sides.after, key, link),
                    namespaces=(None, key),
                    new=link,
                    ambiguous=new_unclear.get((key, index)),
                )
            )
    return drafts


def _matched_link(sides: Sides, match: Matched[End], lower: dict[tuple[str, int], tuple[str, int]]) -> Draft | None:
    old, new = match.before, match.after
    names = sides.matches.names.get(old.namespace, {})
    left = match.same and sides.now_called.get(old.namespace) != new.namespace
    if left:
        names = {}  # what its master is called now means nothing where it is
    unmoved = match.same and old.namespace == new.namespace and old.link.master not in names
    if unmoved and (old.link is new.link or old.link == new.link):
        return None
    if not match.same and _loopback(old, new):
        # Every namespace is born with its loopback: a new one is no event of its own.
        return None
    before, after = link_facts(sides.before, old.namespace, old.link), link_facts(sides.after, new.namespace, new.link)
    fields = differing("link", before, after)
    another = _another_master(old.link, new.link, names)
    stayed = match.same
    kind = new.link.link_kind
    # One of another kind is another link, whatever it is called.
    over_boots = (
        not sides.one_boot and new.namespace == sides.after.host and kind != "veth" and kind == old.link.link_kind
    )
    if match.same or over_boots:
        fields = tuple(
            f
            for f in fields
            if not (f.name == "master" and f.after is not None and names.get(str(f.before)) == f.after)
            and not (f.name == "master" and not _told_apart(sides, old, new))
            and not (f.name == "peer" and _same_lower(sides, old, new, lower))
            and not _follows_from_master(f.name, before["master"] == after["master"] and not another)
        )
        fields += another
        if left:
            scopes = sides.before.scopes[old.namespace], sides.after.scopes[new.namespace]
            fields = (FieldChange(name="scope", before=scopes[0], after=scopes[1]), *fields)
        if over_boots:
            fields, stayed = _over_boots(new.link, fields)
        if not fields:
            return None
    else:
        fields += another
    return Draft(
        kind="link",
        action="changed" if stayed else "recreated",
        scope=sides.after.scopes[new.namespace],
        name=new.link.name,
        before=before,
        after=after,
        fields=fields,
        matched_by=match.reason,
        confidence=match.confidence,
        namespaces=(old.namespace, new.namespace),
        old=old.link,
        new=new.link,
    )


def _another_master(old: Link, new: Link, names: Mapping[str, str]) -> tuple[FieldChange, ...]:
    """What it is on now bears the name of what it was on before, and is another link."""
    if old.master is None or old.master not in names or old.master != new.master:
        return ()
    return (FieldChange(name="master", before=names[old.master], after=new.master),)


def _loopback(old: End, new: End) -> bool:
    return old.link.type == new.link.type == "loopback"


def _over_boots(link: Link, fields: tuple[FieldChange, ...]) -> tuple[tuple[FieldChange, ...], bool]:
    """What is not as it was on a link of the host that a boot has made anew; and whether that is more than a boot explains.

    Numbers are given out anew, and so is the MAC of what is no hardware, unless somebody sets it.
    """
    fields = tuple(f for f in fields if f.name not in NUMBERED and not f.name.startswith("port_ids."))
    made_up = link.link_kind is not None
    return fields, any(not (made_up and f.name == "mac") for f in fields)


def _follows_from_master(name: str, same_master: bool) -> bool:
    """A link that joined or left a bridge has got or lost all of a port's attributes: ``master`` says it."""
    return not same_master and (name == "port_kind" or name.startswith(("port_data.", "port_ids.")))


def _same_lower(sides: Sides, old: End, new: End, lower: dict[tuple[str, int], tuple[str, int]]) -> bool:
    """Its other end or lower link may be called otherwise now, but is the same one: no change of this link.

    Who the ends of a veth belong to is told by the pair's own change.
    """
    if new.link.link_kind == "veth":
        return True
    before, after = _lower(sides.before, old), _lower(sides.after, new)
    return before is not None and lower.get(before, before) == after


def _lower(topology: Topology, end: End) -> tuple[str, int] | None:
    index, nsid = end.link.link_index, end.link.link_netnsid
    if index is None:
        return None
    if nsid is None:
        return end.namespace, index
    place = topology.namespaces[end.namespace]
    target = next((n.target for n in place.nsids if n.nsid == nsid), None)
    return (target, index) if target is not None else None
