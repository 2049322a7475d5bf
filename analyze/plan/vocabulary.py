"""What a plan may speak of: kinds, actions, severities, and the attributes of each kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Literal, get_args

from analyze.diff.engine import KIND_ORDER
from analyze.diff.fields import RESTATED
from reports.model import Action, Facts, Json, Severity
from snapshot.model.frozen import frozen
from snapshot.model.kinds import KINDS

KIND_NAMES = KIND_ORDER
ACTIONS = tuple(action for action in get_args(Action) if action != "unknown")
SEVERITIES: tuple[str, ...] = get_args(Severity)
INSTANCES = frozenset({"pod", "container", "network", "namespace", "veth", "link"})
"""Kinds of which one may be made anew and be the same thing still (analyze/match)."""
ENDS = ("host_end", "workload_end")
"""The ends of a veth pair, in the order of its ``ends``."""

Shape = Literal["text", "number", "truth", "list", "mapping"]


@frozen
class Attribute:
    """An attribute of a kind. ``open``: a mapping whose values are named ``attribute.name``."""

    shape: Shape
    nullable: bool

    @property
    def open(self) -> bool:
        """Are there attributes under it?"""
        return self.shape == "mapping"


_TEXT = Attribute(shape="text", nullable=True)
_NUMBER = Attribute(shape="number", nullable=True)
_LIST = Attribute(shape="list", nullable=True)
_END: Mapping[str, Attribute] = {
    "scope": _TEXT, "name": _TEXT, "ifindex": _NUMBER, "mac": _TEXT, "mtu": _NUMBER, "state": _TEXT,
}  # fmt: skip
_VETH = {"bridge": _TEXT, **{f"{end}.{name}": shape for end in ENDS for name, shape in _END.items()}}
_HOST = dict.fromkeys(("hostname", "machine_id", "boot_id", "kernel"), _TEXT)
_POD = dict.fromkeys(("namespace", "name", "uid", "state"), _TEXT) | dict.fromkeys(("containers", "addresses"), _LIST)
_NAMESPACE = {
    "inode": _NUMBER, "names": _LIST, "has_process": Attribute(shape="truth", nullable=True), "addresses": _LIST,
}  # fmt: skip
_SHAPES: Mapping[str, Shape] = {"int": "number", "bool": "truth", "str": "text", "JsonObject": "mapping"}


def _columns(kind: str) -> dict[str, Attribute]:
    """The columns of a kind that has rows, by the types of its fact."""
    found = {}
    for field in fields(KINDS[kind].fact):
        told = str(field.type)
        name = told.removesuffix(" | None")
        shape: Shape = "list" if name.startswith("tuple[") else _SHAPES[name]
        found[field.name] = Attribute(shape=shape, nullable=told != name)
    return found


def _attributes(kind: str) -> Mapping[str, Attribute]:
    match kind:
        case "host":
            return _HOST
        case "veth":
            return _VETH
        case "pod":
            return _POD
        case "namespace":
            return _NAMESPACE
        case "container":
            return {name: shape for name, shape in _columns(kind).items() if name != "namespace"}
        case "link":
            return {**_columns(kind), "peer": _TEXT}  # analyze/facts.py: link_facts
    return _columns(kind)


FACTS: Mapping[str, Mapping[str, Attribute]] = {kind: _attributes(kind) for kind in KIND_NAMES}
"""What a thing of each kind is known to have: the columns of the snapshot file."""

FIELDS: Mapping[str, Mapping[str, Attribute]] = {
    kind: {
        **{name: shape for name, shape in known.items() if name not in RESTATED.get(kind, frozenset())},
        # How many rules a chain has that lost or got all of them (analyze/diff/flushed.py).
        **({"rules": _NUMBER} if kind == "firewall" else {}),
        # Where a link is that was moved to another namespace.
        **({"scope": _TEXT} if kind == "link" else {}),
    }
    for kind, known in FACTS.items()
}
"""What of a kind can be a changed field of the report."""


def actions(kinds: Sequence[str]) -> tuple[str, ...]:
    """What can happen to things of these kinds, ``unknown`` among it; no kinds: of all."""
    possible = {action for kind in kinds or KIND_NAMES for action in _actions(kind)}
    return tuple(action for action in get_args(Action) if action in possible)


def _actions(kind: str) -> tuple[str, ...]:
    if kind == "host":
        return ("changed",)  # two snapshots are of one host (analyze/diff/host.py)
    # A row is told by what it says: an entry with another subject is another one (analyze/diff/row_changes.py).
    return ("added", "removed", "changed", "unknown", *(("recreated",) if kind in INSTANCES else ()))


def attribute(known: Mapping[str, Attribute], name: str) -> Attribute | None:
    """The attribute of that name; below a mapping any name will do, and any shape. None if there is none."""
    if name in known:
        return known[name]
    column, dot, rest = name.partition(".")
    if dot and rest and column in known and known[column].open:
        return Attribute(shape="mapping", nullable=True)
    return None


def value_of(facts: Facts, name: str) -> Json:
    """The value of an attribute by its name in a plan; None where there is none."""
    if name in facts:
        return facts[name]
    column, _, rest = name.partition(".")
    if column in ENDS:
        ends = facts.get("ends")
        end = ends[ENDS.index(column)] if isinstance(ends, list | tuple) and len(ends) == len(ENDS) else None
        return end.get(rest) if isinstance(end, Mapping) else None
    inner = facts.get(column)
    return inner.get(rest) if isinstance(inner, Mapping) else None
