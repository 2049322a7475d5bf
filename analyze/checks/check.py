"""What a check is, and what it says. docs/checks.md explains each check, and how to add one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from analyze.checks.host import Host, Unknown
from reports.model import Confidence, Json, Severity
from snapshot.model.frozen import frozen


@frozen(kw_only=False)
class LinkAt:
    """A link as (part of) a finding's subject: in the other snapshot it may have another name, index and namespace."""

    namespace: str
    ifindex: int


@frozen(kw_only=False)
class NamespaceOf:
    """A namespace likewise."""

    key: str


@frozen(kw_only=False)
class ContainerOf:
    """A container likewise, by its id."""

    id: str


Part: TypeAlias = LinkAt | NamespaceOf | ContainerOf | str | int | None
"""What a subject is made of. Texts and numbers are the same in both snapshots: addresses, paths, names that nobody matches."""


@frozen
class Found:
    """Something that is not as it should be.

    namespace  key of the namespace it is in, which gives the finding its scope
    subject    what it is about. In a diff, findings of one check about the same subject are one finding, wherever it is: name
               links by ``LinkAt`` and namespaces by ``NamespaceOf``, and leave out what may change while the trouble stays (an
               address that a re-created pod has anew)
    message    one line for people, with the values that prove it
    evidence   more lines: the facts as ``ip`` and its like show them
    rests_on   keys of other namespaces it was concluded from
    severity   where it is another than the check's
    """

    namespace: str
    subject: tuple[Part, ...]
    message: str
    evidence: tuple[Json, ...] = ()
    rests_on: frozenset[str] = frozenset()
    severity: Severity | None = None


@frozen
class Check:
    """One check. ``find`` gets hosts of which only some was seen, and must be linear in what it looks at.

    id          as in reports and in docs/checks.md, whose section it is the anchor of
    title       what is wrong, as a heading
    why         why it hurts, in one sentence
    severity    of its findings, by the rules of docs/severity.md
    confidence  exact: the kernel's own facts prove it; strong: it is wrong on any ordinary host; weak: it may be meant
    needs       kinds that must have been read. A finding in a namespace (``namespace``, ``rests_on``) is dropped where one of
                them was not read whole there; the check is then *unknown* there. "namespace": every namespace was found;
                "container", "network": every runtime told all it has
    also        kinds without which there may be more to find: where one of them was not read whole the check is unknown too,
                but what it found holds
    place       "host": it looks at the host's own namespace only; "workloads": at those in which containers run, but for that
    """

    id: str
    title: str
    why: str
    severity: Severity
    confidence: Confidence = "exact"
    needs: tuple[str, ...]
    also: tuple[str, ...] = ()
    place: Literal["everywhere", "host", "workloads"] = "everywhere"
    find: Callable[[Host], Iterable[Found | Unknown]]
