"""Rows of the first snapshot in the words of the second: a name that changed with its bearer changes no row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from reports.model import Json
from snapshot.model.address import Address
from snapshot.model.fdb import FdbEntry
from snapshot.model.kinds import Fact
from snapshot.model.link import Link
from snapshot.model.neighbour import Neighbour
from snapshot.model.route import Route
from snapshot.model.rule import Rule

N = TypeVar("N", str, "str | None")


def translate(fact: Fact, names: Mapping[str, str]) -> Fact:
    """A row with every link name replaced by what that link is called now."""
    if not names:
        return fact

    def now(name: str) -> str:
        return names.get(name, name)

    def maybe(name: str | None) -> str | None:
        return None if name is None else now(name)

    match fact:
        case Link():
            return replace(fact, name=now(fact.name), master=maybe(fact.master))
        case Address():
            return replace(fact, dev=now(fact.dev), label=_label(fact.label, names))
        case Route():
            hops = tuple(_hop(hop, now) for hop in fact.nexthops)
            return replace(fact, dev=maybe(fact.dev), iif=maybe(fact.iif), nexthops=hops)
        case Rule():
            return replace(fact, iif=maybe(fact.iif), oif=maybe(fact.oif))
        case Neighbour():
            return replace(fact, dev=maybe(fact.dev))
        case FdbEntry():
            return replace(fact, dev=now(fact.dev), master=maybe(fact.master), via=maybe(fact.via))
        case _:
            return fact


def _label(label: str | None, names: Mapping[str, str]) -> str | None:
    """IFA_LABEL is the link's name, or that with ``:something`` behind it; the kernel renames both with the link."""
    if label is None:
        return None
    name, colon, rest = label.partition(":")
    return names.get(name, name) + colon + rest


def _hop(hop: Json, now: Callable[[str], str]) -> Json:
    if isinstance(hop, Mapping) and isinstance(hop.get("dev"), str):
        return {**hop, "dev": now(str(hop["dev"]))}
    return hop
