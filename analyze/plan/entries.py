"""An entry of a plan that is being drafted."""

from __future__ import annotations

from dataclasses import dataclass, field

from reports.model import Change


@dataclass(frozen=True, slots=True, kw_only=True)
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
