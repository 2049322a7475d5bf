"""What a picture shows of a host: bridges, the namespaces on them, ways out; of one snapshot, or before and after in one.

Every picture (SVG, dot, Mermaid) is drawn from this. ``action`` says what happened to a thing, None that nothing did; of one
snapshot it is None everywhere. ``change`` is the id of the change that tells the story of it. Not part of the JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from snapshot.model.frozen import frozen

if TYPE_CHECKING:
    from reports.model import Action, FieldChange


@frozen
class Told:
    """One of the things that are told of a place: an address, a container, a way out ("via 10.1.27.1 dev eth0")."""

    text: str
    action: Action | None = None


@frozen
class Badge:
    """A link that is no veth and joins namespaces or leaves the host, as it is seen at one of its ends.

    ``kind`` is the kernel's ("vxlan", "macvlan"; "device" for hardware), ``text`` says where it leads ("id 7 to 192.0.2.9", "on
    host/eth0").
    """

    name: str
    kind: str
    text: str = ""
    action: Action | None = None
    change: str | None = None


@frozen
class Home:
    """A namespace: the containers in it (by their names, a pod's sandbox first), its default routes and badges.

    ``addresses`` are those of it that are on no wire that is drawn. ``without_ways`` is why ``ways_out`` is empty: there is
    none, its routes were not seen, or those that there are belong to changes that are not shown.
    """

    scope: str
    action: Action | None = None
    change: str | None = None
    containers: tuple[Told, ...] = ()
    addresses: tuple[Told, ...] = ()
    ways_out: tuple[Told, ...] = ()
    without_ways: Literal["none", "unseen", "untold"] = "none"
    badges: tuple[Badge, ...] = ()


@frozen
class Wire:
    """A veth pair, from the end at the bridge to the end in the namespace that it leads to.

    ``near`` and ``far`` are their names, None for an end that was not seen. ``addresses`` are those of the far end, ``fields``
    what changed of it. ``taken_off``: it hung on this bridge and does no more; ``moved_to``: the bridge that it hangs on
    instead.
    """

    near: str | None
    far: str | None
    action: Action | None = None
    change: str | None = None
    addresses: tuple[Told, ...] = ()
    fields: tuple[FieldChange, ...] = ()
    taken_off: bool = False
    moved_to: str | None = None


@frozen
class Branch:
    """A namespace and the wires that lead to it from one bridge; none for a namespace that only badges tell of."""

    home: Home
    wires: tuple[Wire, ...] = ()

    @property
    def moved_away(self) -> bool:
        """Does all that led to it from here hang on other bridges now? There it is told of."""
        return bool(self.wires) and all(wire.moved_to is not None for wire in self.wires)


@frozen
class Hub:
    """A bridge in the namespace ``scope`` with what hangs on it; ``bridge`` None gathers what hangs on none there.

    ``badges`` are its ports that are no veths. ``unchanged`` counts the veth pairs on it that are not drawn.
    """

    scope: str
    bridge: str | None
    addresses: tuple[Told, ...] = ()
    action: Action | None = None
    change: str | None = None
    badges: tuple[Badge, ...] = ()
    branches: tuple[Branch, ...] = ()
    unchanged: int = 0

    @property
    def touched(self) -> bool:
        """Did anything happen to it or on it?"""
        told = (*self.addresses, *self.badges, *self.branches)
        return self.action is not None or any(not isinstance(t, Told | Badge) or t.action is not None for t in told)


@frozen
class Drawing:
    """A whole host. Of a diff, ``branches`` are those on which something happened; of one snapshot all.

    ``before_and_after`` tells the two apart. ``chosen``: only what was selected is drawn, and other things changed too.
    """

    name: str
    host: Home
    hubs: tuple[Hub, ...] = ()
    before_and_after: bool = True
    chosen: bool = False
