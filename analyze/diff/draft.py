"""A change while it is being explained."""

from __future__ import annotations

from dataclasses import dataclass, field

from reports.model import Action, Ambiguity, Confidence, Facts, FieldChange, Severity
from snapshot.model.kinds import Fact

BIRTH_AND_DEATH = frozenset({"added", "removed", "recreated", "unknown"})
"""Actions of what is another instance than before, or is there on one side only."""


@dataclass(slots=True, kw_only=True, eq=False)
class Draft:
    """A change whose cause is not settled yet; identity is the object itself.

    namespaces   the keys of the namespace it is in, on the first and on the second side (None where it is not)
    old, new     the row itself, for kinds that have rows
    severity_rule  the rule by which it was judged (docs/severity.md), None where none applies
    cause        the draft that explains it
    """

    kind: str
    action: Action
    scope: str
    name: str
    before: Facts | None
    after: Facts | None
    fields: tuple[FieldChange, ...] = ()
    severity: Severity = "info"
    severity_rule: str | None = None
    matched_by: str | None = None
    confidence: Confidence | None = None
    namespaces: tuple[str | None, str | None] = (None, None)
    old: Fact | None = None
    new: Fact | None = None
    ambiguous: Ambiguity | None = None
    cause: Draft | None = field(default=None, repr=False)

    def row(self, side: str) -> Fact | None:
        """The row as one side ("before" or "after") has it, under the names of that side."""
        return self.old if side == "before" else self.new

    @property
    def moved(self) -> bool:
        """A link that went to another namespace, and took nothing along that hung on it (dev_close, NETDEV_UNREGISTER)."""
        return self.kind == "link" and self.action == "changed" and "scope" in self.touched

    @property
    def comes_or_goes(self) -> bool:
        """Is it, in one of the namespaces it is in, new or gone?"""
        return self.action in BIRTH_AND_DEATH or self.moved

    @property
    def touched(self) -> frozenset[str]:
        """The names of the fields that changed."""
        return frozenset(change.name for change in self.fields)
