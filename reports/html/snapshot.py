"""One snapshot as a document: what there is on a host, what is wrong with it, what was not seen, and what proves it."""

from __future__ import annotations

from dataclasses import dataclass

from reports.headline import HOST, headline
from reports.html.document import environment, policy, printed_late
from reports.html.drawn.following import leading_home
from reports.html.evidence import Command, redacted, turning_back
from reports.html.findings import findings_view
from reports.html.picture import pictures_of
from reports.html.view import gap, moment
from reports.inventory import Inventory, TreeContainer, TreeLink, TreeNamespace
from reports.model import CheckReport, Unchecked
from reports.provenance import came_to_be
from reports.safe import make_visible
from reports.words import redaction, when
from snapshot.model.plural import plural

STYLES = ("report.css", "picture.css", "snapshot.css")
OPEN_UP_TO = 12
"""So many namespaces are shown open; more are folded."""
BRIEF_UP_TO = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A link in the table of its namespace."""

    name: str
    kind: str
    state: str
    mtu: str
    addresses: tuple[str, ...]
    leads: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """A namespace: ``id`` is its anchor, ``brief`` its one line when folded."""

    id: str
    scope: str
    inode: str
    brief: str
    containers: tuple[tuple[str, str, str], ...]
    links: tuple[LinkRow, ...]
    ways_out: tuple[str, ...]
    ways_seen: bool
    gaps: tuple[str, ...]


def render(inventory: Inventory, check: CheckReport) -> str:
    """The document: same snapshot, same bytes. It can always be encoded in UTF-8."""
    made = environment()
    style = "".join(made.get_template(name).render() for name in STYLES)
    places = tuple(_place(f"n{number}", place) for number, place in enumerate(inventory.namespaces, start=1))
    ids = {place.scope: f"n{number}" for number, place in enumerate(inventory.namespaces, start=1)}
    drawing = inventory.drawing
    drawn = pictures_of(leading_home(drawing, ids)) if drawing is not None else ()
    return made.get_template("snapshot.html").render(
        policy=policy(style, ""),
        host=make_visible(inventory.snapshot.host),
        headline=headline(inventory),
        moment=moment(inventory.snapshot),
        lead=_lead(inventory, check),
        counts=[(word, f"{number:,}") for word, number in inventory.counts],
        identity=_identity(inventory),
        partial=inventory.snapshot.status != "complete",
        pictures=drawn,
        tall=printed_late(drawn),
        findings=findings_view(check),
        unchecked=tuple(map(_unchecked, check.unchecked)),
        places=places,
        elsewhere=tuple(map(_container, inventory.elsewhere)),
        opened=len(places) <= OPEN_UP_TO,
        gaps=tuple(map(gap, inventory.coverage)),
        evidence=_evidence(inventory, check),
        commands=_commands(inventory),
        generator=make_visible(check.generator),
    )


def _lead(inventory: Inventory, check: CheckReport) -> str:
    severities = [finding.severity for finding in check.findings]
    told = [f"{severities.count(s):,} {s}" for s in ("critical", "warning", "info") if s in severities]
    sentences = [f"{plural(len(severities), 'finding')}: {', '.join(told)}." if told else "The checks found nothing."]
    if inventory.snapshot.redacted_with is not None:
        sentences.insert(0, f"It is {redaction(inventory.snapshot)}: names and addresses are pseudonyms.")
    if check.unchecked:
        sentences.append(f"{plural(len(check.unchecked), 'thing')} could not be checked.")
    if inventory.coverage:
        sentences.append(f"{plural(len(inventory.coverage), 'gap')} in what the snapshot saw: see Coverage.")
    return " ".join(sentences)


def _identity(inventory: Inventory) -> list[tuple[str, str]]:
    snapshot, captured = inventory.snapshot, inventory.captured
    told = [
        ("Label", snapshot.label),
        ("Taken", when(snapshot.started_at)),
        ("Host", snapshot.host),
        ("Kernel", snapshot.kernel),
        ("Boot", captured.boot_id if captured is not None else None),
        ("Runtimes", ", ".join(captured.runtimes) if captured is not None else None),
        ("Status", snapshot.status),
        ("Names", redaction(snapshot)),
        ("Note", snapshot.note),
        ("Number", str(snapshot.id)),
    ]
    return [(title, make_visible(value)) for title, value in told if value]


def _place(number: str, place: TreeNamespace) -> PlaceView:
    addresses = [a for link in place.links if link.name != "lo" for a in link.addresses]
    told = [make_visible(address) for address in addresses[:BRIEF_UP_TO]]
    left = len(addresses) - len(told)
    told += [f"{left:,} more"] if left > 0 else []
    if place.containers:
        told.append(plural(len(place.containers), "container"))
    elif place.scope != HOST:
        told.append("no container")
    return PlaceView(
        id=number,
        scope=make_visible(place.scope),
        inode=f"net:[{place.inode}]",
        brief=", ".join(told),
        containers=tuple(map(_container, place.containers)),
        links=tuple(map(_link, place.links)),
        ways_out=tuple(map(make_visible, place.ways_out)),
        ways_seen=place.ways_seen,
        gaps=tuple(map(make_visible, place.gaps)),
    )  # fmt: skip


def _container(container: TreeContainer) -> tuple[str, str, str]:
    sandbox = " (sandbox)" if container.role == "sandbox" else ""
    return make_visible(container.name) + sandbox, make_visible(container.image or ""), make_visible(container.state)


def _link(link: TreeLink) -> LinkRow:
    leads = [f"to {link.peer}"] if link.peer is not None else []
    leads += [f"port of {link.master}"] if link.master is not None else []
    return LinkRow(
        name=make_visible(f"{link.name} ({link.ifindex})"),
        kind=make_visible(link.kind or "device"),
        state=make_visible((link.state or "state unknown").lower()),
        mtu=str(link.mtu) if link.mtu is not None else "",
        addresses=tuple(map(make_visible, link.addresses)),
        leads=make_visible(", ".join(leads)),
    )


def _unchecked(found: Unchecked) -> tuple[str, str, str]:
    where = make_visible(found.scope) if found.scope is not None else "the host"
    return f"{make_visible(found.kind)} in {where}", make_visible(found.reason), make_visible(", ".join(found.checks))


def _evidence(inventory: Inventory, check: CheckReport) -> list[tuple[str, str]]:
    snapshot, captured = inventory.snapshot, inventory.captured
    told = [
        ("Digest", snapshot.digest),
        ("Read", f"from {snapshot.started_at} to {snapshot.finished_at}"),
        ("Taken by", captured.tool if captured is not None else ""),
        ("Asked for", ", ".join(captured.kinds) if captured is not None else ""),
        ("Written by", check.generator),
        *redacted(snapshot),
    ]
    told[3:3] = came_to_be(snapshot.provenance, (snapshot.started_at, snapshot.finished_at))
    return [(title, make_visible(value)) for title, value in told if value]


def _commands(inventory: Inventory) -> tuple[Command, ...]:
    name = f"FILE@{inventory.snapshot.id}"
    return (
        Command(what="This page", line=f"netlapse report {name} -o snapshot.html"),
        Command(what="The inventory, at a terminal and as data", line=f"netlapse show {name} -f json"),
        Command(what="All facts of a kind", line=f"netlapse show {name} --kind route"),
        Command(what="The findings, as data", line=f"netlapse check {name} -f json"),
        Command(
            what="Whether the file is as it was written, and who signed it", line="netlapse verify FILE --key KEY.pub"
        ),
        *turning_back("snapshot.html", inventory.snapshot),
    )
