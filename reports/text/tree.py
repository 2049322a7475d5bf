"""One snapshot as a tree: host, bridge, veth pair, namespace with its containers, addresses and way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from reports.headline import HOST, headline
from reports.inventory import Inventory, TreeBridge, TreeContainer, TreeLink, TreeNamespace, TreePort
from reports.safe import make_visible
from reports.text.paint import Paint, columns, flow
from reports.width import cells
from reports.words import called, redaction, when

SHOWN_ELSEWHERE = 20
LOOPBACK = frozenset({"127.0.0.1/8", "::1/128"})


def render(inventory: Inventory, *, width: int, color: bool) -> str:
    """The inventory as lines of about ``width`` columns, ending with a newline; names too long are not cut."""
    tree = _Tree(inventory=inventory, paint=Paint(color), width=width)
    blocks = ["\n".join(block) for block in tree.blocks()]
    return "\n\n".join(block for block in blocks if block) + "\n"


@dataclass(slots=True, kw_only=True)
class _Tree:
    inventory: Inventory
    paint: Paint
    width: int
    told: set[str] = field(default_factory=set)
    """Scopes whose inside was told: a namespace with two veth pairs is told once."""

    def blocks(self) -> Iterator[list[str]]:
        snapshot = self.inventory.snapshot
        about = [
            f"snapshot {called(snapshot)} of {make_visible(snapshot.host)}",
            when(snapshot.started_at),
            f"kernel {make_visible(snapshot.kernel)}",
            make_visible(snapshot.status),
        ]
        about += [redaction(snapshot)] if snapshot.redacted_with is not None else []
        yield [self.paint(headline(self.inventory), "strong"), *flow(about, width=self.width, indent="")]
        by_scope: dict[str, list[TreeBridge]] = {}
        for bridge in self.inventory.bridges:
            by_scope.setdefault(bridge.scope, []).append(bridge)
        for place in self.inventory.namespaces:
            if place.scope == HOST:
                yield self._host(place, by_scope.pop(HOST, []))
        for scope, bridges in by_scope.items():
            yield [self.paint(make_visible(scope), "strong"), *self._bridges(bridges)]
        if self.inventory.loose:
            head = self.paint("veth pairs on no bridge", "strong")
            yield [head, *self._ports(self.inventory.loose, "")]
        for place in self.inventory.namespaces:
            if place.scope not in self.told and place.scope != HOST:
                yield [self._place_line(place), *self._or_nothing(place, self._inside(place, "   ", ()))]
        yield self._elsewhere()
        yield self._gaps()

    def _host(self, place: TreeNamespace, bridges: Sequence[TreeBridge]) -> list[str]:
        self.told.add(HOST)
        drawn = {link for bridge in bridges for link in (bridge.link, *(port.near for port in bridge.ports))}
        drawn |= {port.near for port in self.inventory.loose if port.scope is not None}
        stem = "│  " if bridges else "   "
        inside = list(self._inside(place, stem, drawn))
        return [
            self._place_line(place),
            *(inside if bridges else self._or_nothing(place, inside)),
            *self._bridges(bridges),
        ]

    def _bridges(self, bridges: Sequence[TreeBridge]) -> Iterator[str]:
        for number, bridge in enumerate(bridges, start=1):
            last = number == len(bridges)
            below = "   " if last else "│  "
            link = bridge.link
            addresses = f"  {' '.join(map(make_visible, link.addresses))}" if link.addresses else ""
            name = self.paint(make_visible(link.name), "strong")
            yield f"{'└─' if last else '├─'} {name} ({link.ifindex})  {_about(link)}{addresses}"
            if bridge.other_ports:
                yield from flow(map(make_visible, bridge.other_ports), width=self.width, indent=f"{below}other ports: ")
            yield from self._ports(bridge.ports, below)

    def _ports(self, ports: Sequence[TreePort], indent: str) -> Iterator[str]:
        rows = columns([[_end(port.near), _end(port.end) if port.end is not None else "?"] for port in ports])
        for number, (port, row) in enumerate(zip(ports, rows, strict=True), start=1):
            last = number == len(ports)
            below = f"{indent}{'   ' if last else '│  '}"
            where = self.paint(make_visible(port.scope), "strong") if port.scope is not None else ""
            missing = f"other end not found: {make_visible(port.missing)}" if port.missing is not None else ""
            state = "".join(f"  [{problem}]" for problem in _problems(port))
            line = f"{indent}{'└─' if last else '├─'} {row[0]} ── {row[1]}  {where or missing}{state}"
            yield line.rstrip()
            place = self._namespace(port.scope)
            if place is None or place.scope == HOST:
                continue
            if place.scope in self.told:
                yield f"{below}  {self.paint('(told above)', 'dim')}"
                continue
            drawn = (port.end,) if port.end is not None else ()
            yield from self._inside(place, f"{below}  ", drawn)

    def _inside(self, place: TreeNamespace, indent: str, drawn: Iterable[TreeLink]) -> Iterator[str]:
        """What is in a namespace besides the links in ``drawn``."""
        self.told.add(place.scope)
        ends = drawn if place.scope != HOST else ()
        told = [make_visible(address) for end in ends for address in end.addresses]
        told += [f"out {make_visible(way)}" for way in place.ways_out]
        yield from self._flow(told, indent, separator=" · ")
        if place.containers:
            yield from self._flow(map(_container, place.containers), f"{indent}containers ")
        skip = set(drawn)
        for link in place.links:
            if link not in skip and not (link.name == "lo" and LOOPBACK.issuperset(link.addresses)):
                peer = f" to {make_visible(link.peer)}" if link.peer is not None else ""
                master = f" in {make_visible(link.master)}" if link.master is not None else ""
                addresses = f"  {' '.join(map(make_visible, link.addresses))}" if link.addresses else ""
                yield f"{indent}link {_end(link)}  {_about(link)}{peer}{master}{addresses}"
        for gap in place.gaps:
            yield f"{indent}{self.paint('not seen', 'warning')} {make_visible(gap)}"

    def _or_nothing(self, place: TreeNamespace, lines: Iterable[str]) -> list[str]:
        """The lines of a namespace's inside; where there are none, that it has no link, so that none seems cut off."""
        return list(lines) or ([f"   {self.paint('no link but lo', 'dim')}"] if place.links else [])

    def _place_line(self, place: TreeNamespace) -> str:
        inode = "" if f"[{place.inode}]" in place.scope else f"  {self.paint(f'net:[{place.inode}]', 'dim')}"
        return f"{self.paint(make_visible(place.scope), 'strong')}{inode}"

    def _namespace(self, scope: str | None) -> TreeNamespace | None:
        return next((place for place in self.inventory.namespaces if place.scope == scope), None)

    def _flow(self, parts: Iterable[str], indent: str, separator: str = ", ") -> list[str]:
        """Parts after a word; the lines that follow stand under the first."""
        first = cells(indent)
        lines = flow(parts, width=self.width, indent=" " * first, separator=separator)
        stem = indent.rstrip("abcdefghijklmnopqrstuvwxyz ")
        rest = stem + " " * (first - cells(stem))
        return [(indent if i == 0 else rest) + line[first:] for i, line in enumerate(lines)]

    def _elsewhere(self) -> list[str]:
        found = self.inventory.elsewhere
        if not found:
            return []
        left = len(found) - SHOWN_ELSEWHERE
        told = [
            *map(_container, found[:SHOWN_ELSEWHERE]),
            *([f"and {left:,} more (--kind container lists them)"] if left > 0 else []),
        ]
        return [
            self.paint("containers in none of these namespaces", "strong"),
            *flow(told, width=self.width, indent="   "),
        ]

    def _gaps(self) -> list[str]:
        scopes = {place.scope for place in self.inventory.namespaces}
        left = [gap for gap in self.inventory.coverage if gap.scope not in scopes]
        rows = columns(
            [[make_visible(g.scope), make_visible(g.kind), g.status, make_visible(g.error or "")] for g in left]
        )
        head = f"{self.paint('Coverage', 'strong')}: what this snapshot did not see"
        return [head, *("  " + "  ".join(row).rstrip() for row in rows)] if rows else []


def _container(container: TreeContainer) -> str:
    """A container with what is not plain of it: that it is a sandbox, its image, and its state unless it runs."""
    told = ["sandbox"] if container.role == "sandbox" else []
    told += [container.image or "no image"]
    told += [container.state] if container.state != "running" else []
    return f"{make_visible(container.name)} ({', '.join(map(make_visible, told))})"


def _end(link: TreeLink) -> str:
    return f"{make_visible(link.name)} ({link.ifindex})"


def _about(link: TreeLink) -> str:
    kind = make_visible(link.kind) if link.kind is not None else "device"
    state = make_visible(link.state.lower()) if link.state is not None else "state unknown"
    return f"{kind}, {state}" + (f", mtu {link.mtu}" if link.mtu is not None else "")


def _problems(port: TreePort) -> list[str]:
    """What is unusual about a pair: an end that is not up, two MTUs."""
    ends = [end for end in (port.near, port.end) if end is not None]
    words = [f"{end.name} {end.state.lower()}" for end in ends if end.state is not None and end.state != "UP"]
    mtus = {end.mtu for end in ends if end.mtu is not None}
    if len(mtus) > 1:
        words.append("mtu " + " and ".join(str(end.mtu) for end in ends))
    return [make_visible(word) for word in words]
