"""Applies a report to the snapshot it starts from: what comes out has to be the other one, row for row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import partial
from typing import Any

from analyze.diff.fields import COUNTED_BY_THE_KERNEL, ELECTED
from analyze.topology import Topology, resolve
from reports.model import Change, Facts, Report
from snapshot.model.json import canonical
from snapshot.model.kinds import KIND_OF
from tests.analyze.hosts import Host

UNTOLD = {
    # The other end of a veth, or the link below, is told by name, and what the kernel counts not at all.
    "link": ("link_index", "link_netnsid", "peer"),
    # Told by its scope, by its veths, and by what it is called.
    "container": ("namespace", "networks", "joined", "labels"),
    "pod": ("containers", "addresses"),
    # A rule's number changes with every rule before it: docs/diff.md; test_firewall.py holds the order of chains.
    "firewall": ("position", "comment"),
}
"""What a report leaves out of its comparisons, by kind (docs/diff.md)."""

NAMING = ("name", "dev", "master", "port", "iif", "oif", "via")
"""Columns that name a link of their namespace."""

KEEPS_NAMES = ("firewall", "rule")
"""Kinds of row that go on naming a link by the name it had."""


class InventedError(AssertionError):
    """The report tells of something that was not there."""


def rows_of(host: Host) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """All rows as (kind, columns), by scope; what runtimes tell under ``""``."""
    topology = resolve(host.loaded())
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {
        topology.scopes[net.key]: [
            (KIND_OF[type(row)], _columns(row)) for kind, rows in net.rows().items() for row in rows if kind != "nsid"
        ]
        for net in host.nets.values()
    }
    told = [("container", _columns(c)) for c in host.containers] + [("network", _columns(n)) for n in host.networks]
    found[""] = [*told, *(("pod", pod) for pod in _pods(topology))]
    return found


def _pods(topology: Topology) -> Iterator[dict[str, Any]]:
    for pod in topology.pods.values():
        state = "running" if pod.namespace is not None else "not running"
        yield {"namespace": pod.pod_namespace, "name": pod.name, "uid": pod.uid, "state": state}


def _columns(row: Any) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in fields(row)}


def shown(kind: str, columns: Facts, *, over_boots: bool = False) -> str:
    """A row as the report compares it. Links are numbered anew in every boot."""
    untold = (*UNTOLD.get(kind, ()), *(("ifindex",) if over_boots and kind == "link" else ()))
    return f"{kind} {canonical({n: _inner(n, v) for n, v in columns.items() if n not in untold})}"


def _inner(name: str, value: Any) -> Any:
    if name in ("nexthops", "group"):
        return sorted(value, key=canonical)  # where a route leads by several ways, their order means nothing
    if isinstance(value, Mapping):
        return {name: v for name, v in value.items() if name not in COUNTED_BY_THE_KERNEL and name not in ELECTED}
    return value


def counted(rows: dict[str, list[tuple[str, dict[str, Any]]]], *, over_boots: bool) -> Counter[str]:
    """Rows, wherever they are."""
    return Counter(shown(kind, columns, over_boots=over_boots) for found in rows.values() for kind, columns in found)


def applied(before: Host, after: Host, report: Report, *, over_boots: bool) -> Counter[str]:
    """The rows of the second snapshot as the first and the report of both have them. Raises ``InventedError``.

    What ``after`` really has is asked in one case only: a rule (of the firewall, of routing) names a link by the old name or
    the new one, which changes nothing.
    """
    show = partial(shown, over_boots=over_boots)
    rows = rows_of(before)
    really = counted(rows_of(after), over_boots=over_boots)
    was = _called_before(before, after)
    told = [change for change in report.changes if change.kind not in ("host", "veth", "namespace")]
    names: dict[str, dict[str, str]] = defaultdict(dict)
    ids: dict[str, str] = {}
    for change in told:
        old, new = change.before, change.after
        if _only_counted(change) or old is None:
            continue
        scope = _take(rows, change, old, was.get(change.scope))
        moved = any(field.name == "scope" for field in change.fields)  # there is nothing left of it that could name it
        if change.kind == "link" and new is not None and old["name"] != new["name"] and not moved:
            names[scope][str(old["name"])] = str(new["name"])
        if change.kind == "container" and new is not None:
            ids[str(old["id"])] = str(new["id"])
    left: Counter[str] = Counter()
    for scope, found in rows.items():
        left += Counter(show(kind, _now(kind, columns, names[scope], ids)) for kind, columns in found)
        for kind, columns in found if names[scope] else ():
            by_old, by_new = show(kind, columns), show(kind, _by_new_name(kind, columns, names[scope]))
            if kind in KEEPS_NAMES and left[by_old] > really[by_old] and left[by_new] < really[by_new]:
                left[by_old], left[by_new] = left[by_old] - 1, left[by_new] + 1
    return left + Counter(
        show(change.kind, change.after) for change in told if change.after is not None and not _only_counted(change)
    )


def _only_counted(change: Change) -> bool:
    """A chain of the firewall of which only the number of its rules is told."""
    return change.kind == "firewall" and {field.name for field in change.fields} == {"rules"}


def _called_before(before: Host, after: Host) -> dict[str, str]:
    """What the first snapshot calls the namespaces that the second one calls otherwise."""
    then, now = (resolve(host.loaded()).scopes for host in (before, after))
    return {now[key]: scope for key, scope in then.items() if key in now and now[key] != scope}


def _take(
    rows: dict[str, list[tuple[str, dict[str, Any]]]], change: Change, facts: Facts, was: str | None = None
) -> str:
    """Take out one row, from the scope of the change where it is there, which ``was`` called otherwise."""
    wanted = shown(change.kind, facts)
    for scope in sorted(rows, key=lambda scope: (scope != was, scope != change.scope, scope)):
        for at, (kind, columns) in enumerate(rows[scope]):
            if kind == change.kind and shown(kind, columns) == wanted:
                del rows[scope][at]
                return scope
        if change.action == "removed" and scope == change.scope and change.kind not in ("container", "network", "pod"):
            break
    raise InventedError(f"{change.action} {change.kind} {change.name!r} of {change.scope!r} was not there")


def _by_new_name(kind: str, columns: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    if kind == "rule":
        return {**columns, **{name: names.get(columns[name], columns[name]) for name in ("iif", "oif")}}
    words = str(columns.get("text")).split(" ")
    return {**columns, "text": " ".join(names.get(word, word) for word in words)}


def _now(kind: str, columns: dict[str, Any], names: Mapping[str, str], ids: Mapping[str, str]) -> dict[str, Any]:
    """A row that is not told of, in the words of the second snapshot: links that were renamed are called so."""
    if kind in KEEPS_NAMES:
        return columns
    new: dict[str, Any] = {
        name: names.get(value, value) if name in NAMING and isinstance(value, str) else value
        for name, value in columns.items()
    }
    if "container" in new:
        new["container"] = ids.get(new["container"], new["container"])
    if isinstance(new.get("label"), str):
        new["label"] = names.get(new["label"], new["label"])
    if new.get("nexthops"):
        new["nexthops"] = tuple({**hop, "dev": names.get(hop["dev"], hop["dev"])} for hop in new["nexthops"])
    if "path" in new and columns["dev"] in names:
        new["path"] = f"{columns['path'].rpartition('.')[0]}.{new['dev'].replace('.', '/')}"
    return new
