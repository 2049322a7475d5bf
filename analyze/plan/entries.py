"""An entry of a plan that is being drafted."""

from __future__ import annotations

from dataclasses import field

from reports.model import Change
from snapshot.model.frozen import frozen


@frozen
class Entry:
    """What is expected of ``changes``: ``scope`` and ``name`` are patterns, ``fields`` and ``facts`` lines of YAML."""

    kind: str
    action: str
    scope: str
    name: str
    fields: tuple[str, ...] = ()
    other_fields: bool = False
    facts: tuple[str, ...] = ()
    count: int | None = None
    changes: tuple[Change, ...] = field(default=())

    @property
    def key(self) -> tuple[object, ...]:
        """What two entries that say the same have alike."""
        return self.kind, self.action, self.scope, self.name, self.fields, self.other_fields, self.facts
