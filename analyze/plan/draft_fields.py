"""Which changed fields a draft keeps, and how their values are written."""

from __future__ import annotations

import re

from analyze.plan.columns import Column, column
from analyze.plan.generalise import text_pattern
from analyze.plan.globs import glob
from analyze.plan.vocabulary import FACTS, FIELDS, attribute
from analyze.plan.yaml_text import inline, word, writable
from reports.model import Change, FieldChange, Json

LONGEST_VALUE = 200
MOST_ITEMS = 12
MOST_FIELDS = 20
LONGEST_NAME = 200

MATTER = frozenset(
    {
        "image", "state", "network_mode", "ports", "driver", "internal", "bridge", "mtu", "master", "link_kind",
        "host_end.mtu", "workload_end.mtu", "host_end.state", "workload_end.state",
    }
)  # fmt: skip
"""What of a re-created thing somebody may have meant to change; all else is new because the thing is."""

NEW_EACH_TIME = re.compile(
    r"(?:(?:host|workload)_end\.)?(?:ifindex|mac|broadcast)|id|uid|pid|pod_uid|image_id|joined|started_at|restarts|attempt"
    r"|inode|names|hostname|machine_id|boot_id|link_index|link_netnsid|peer|port_ids\..*|handle|program|position|container|nexthop_id"
)
"""Numbers and ids that the kernel or a runtime gives out."""


def field_lines(change: Change) -> tuple[tuple[str, ...], bool]:
    """The lines of ``fields:`` for a change, and whether others of its fields have to be allowed."""
    if change.action == "recreated":
        kept = [field for field in change.fields if field.name in MATTER and _in_plans(change.kind, field)]
        return tuple(_line(change.kind, field) for field in kept), False
    if change.action != "changed":
        return (), False
    kept = [field for field in change.fields if _in_plans(change.kind, field)][:MOST_FIELDS]
    return tuple(_line(change.kind, field) for field in kept), bool(kept) and len(kept) < len(change.fields)


def _in_plans(kind: str, field: FieldChange) -> bool:
    """Can a plan speak of this field?"""
    return len(field.name) <= LONGEST_NAME and writable(field.name) and attribute(FIELDS[kind], field.name) is not None


def possible(kind: str, name: str, value: Json) -> bool:
    """Can a plan ask for it? Of a snapshot that somebody made up, or a newer netlapse, it may be what no column can hold."""
    known = FACTS[kind].get(name)
    if known is None:
        return True
    asked = column((kind,), name, known.shape)
    if isinstance(value, list | tuple):
        return all(_means(asked.within, item) for item in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return asked.wrong_number(value, value) is None
    return _means(asked, value)


def _means(asked: Column, value: Json) -> bool:
    return not isinstance(value, str) or len(value) > LONGEST_VALUE or asked.wrong(glob(text_pattern(value))) is None


def _line(kind: str, field: FieldChange) -> str:
    sides = []
    if not NEW_EACH_TIME.fullmatch(field.name):
        for side, value in (("before", field.before), ("after", field.after)):
            text = _value(value) if possible(kind, field.name, value) else None
            if text is not None:
                sides.append(f"{side}: {text}")
    return f"{word(field.name)}: {{{', '.join(sides)}}}"


def _value(value: Json) -> str | None:
    """A pattern for a value; None where it is too much for a plan, which then leaves it open."""
    if isinstance(value, str):
        return word(text_pattern(value)) if len(value) <= LONGEST_VALUE and writable(value) else None
    if isinstance(value, list | tuple):
        items = [_value(item) for item in value[:MOST_ITEMS]]
        if len(value) > MOST_ITEMS or None in items:
            return None
        return f"[{', '.join(str(item) for item in items)}]"
    # A number in scientific notation reads back as a text that means the same.
    return inline(value) if isinstance(value, bool | int | None) and writable(value) else None
