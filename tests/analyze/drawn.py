"""A picture as text: what is in it, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reports.drawing import Badge, Drawing, Home, Told


def drawn(picture: Drawing) -> Iterator[str]:
    """The host, and each bridge with the namespaces on it and the wires that lead there."""
    yield f"{picture.name}: {_home(picture.host)}"
    for hub in picture.hubs:
        yield _words(
            f"{hub.scope}/{hub.bridge}", hub.action, hub.change, _told(hub.addresses), _badges(hub.badges),
            f"{hub.unchanged} unchanged" if hub.unchanged else "",
        )  # fmt: skip
        for branch in hub.branches:
            yield f"  {_home(branch.home)}"
            for wire in branch.wires:
                fields = ", ".join(field.name for field in wire.fields)
                off = "taken off" if wire.taken_off else ""
                yield "    " + _words(
                    f"{wire.near} - {wire.far}", wire.action, wire.change, _told(wire.addresses), fields, off
                )


def _home(home: Home) -> str:
    told = (_told(some) for some in (home.containers, home.addresses, home.ways_out))
    return _words(home.scope, home.action, home.change, *told, _badges(home.badges))


def _told(some: Iterable[Told]) -> str:
    return ", ".join(_words(one.text, one.action) for one in some)


def _badges(badges: Iterable[Badge]) -> str:
    return ", ".join(_words(badge.name, badge.kind, badge.text, badge.action, badge.change) for badge in badges)


def _words(*words: str | None) -> str:
    return " | ".join(word for word in words if word)
