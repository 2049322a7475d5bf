"""One snapshot as a person would draw it: what `netlapse show` tells, and the document of one snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from reports.drawing import Drawing
from reports.model import CoverageGap, Facts, SnapshotIdentity
from snapshot.model.frozen import frozen


@frozen
class TreeContainer:
    """A container in a namespace: its name, and what it is ("sandbox" or "container"), state and image."""

    name: str
    role: str
    state: str
    image: str | None


@frozen
class TreeLink:
    """One link in a namespace's own list. ``peer`` says in words where its other end is ("host/veth12ab (5)")."""

    name: str
    ifindex: int
    kind: str | None
    state: str | None
    mtu: int | None
    mac: str | None
    master: str | None
    peer: str | None
    addresses: tuple[str, ...]


@frozen
class TreeNamespace:
    """A namespace with what is in it. ``ways_seen``: its routes were read, so that ``ways_out`` are all that there are."""

    scope: str
    inode: int
    containers: tuple[TreeContainer, ...]
    links: tuple[TreeLink, ...]
    ways_out: tuple[str, ...]
    gaps: tuple[str, ...]
    ways_seen: bool = True


@frozen
class TreePort:
    """One veth pair hanging from a bridge: the near end's link, and the namespace scope at its far end.

    ``end`` is the far end; None when it was not found, and then ``missing`` says why in words.
    """

    near: TreeLink
    end: TreeLink | None
    scope: str | None
    missing: str | None = None


@frozen
class TreeBridge:
    """A bridge of a namespace: its own link, its veth ports, and the names of its other ports."""

    scope: str
    link: TreeLink
    ports: tuple[TreePort, ...]
    other_ports: tuple[str, ...]


@frozen
class Captured:
    """How a snapshot was taken: by which program, asking for which kinds of object, in which boot, of which runtimes."""

    tool: str
    kinds: tuple[str, ...]
    boot_id: str | None
    runtimes: tuple[str, ...]


@frozen
class Inventory:
    """One snapshot as a person would draw it: the host, its bridges, veths and namespaces.

    ``loose`` are veth pairs on no bridge. ``counts`` are (word, number) pairs in reading order: ("containers", 8),
    ("namespaces", 4), ("veth pairs", 4), ("bridges", 1), ...; the host's own namespace is not counted.
    ``facts`` maps each kind to its rows, each a mapping with a ``scope``: this is ``show -f json``.
    """

    snapshot: SnapshotIdentity
    counts: tuple[tuple[str, int], ...]
    namespaces: tuple[TreeNamespace, ...]
    bridges: tuple[TreeBridge, ...]
    loose: tuple[TreePort, ...]
    coverage: tuple[CoverageGap, ...]
    facts: Mapping[str, tuple[Facts, ...]] = field(default_factory=dict)
    drawing: Drawing | None = None
    captured: Captured | None = None
    elsewhere: tuple[TreeContainer, ...] = ()
    """The containers that run in none of the namespaces: stopped ones, and those whose namespace was not found."""
    scope: str | None = None
    """The one scope that was asked for. ``counts`` are the whole host's all the same."""
