"""What docs/show.schema.json has to say: the columns of each kind, as the model of the snapshot file declares them."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from analyze.inventory import KINDS
from snapshot.model.kinds import KINDS as OF_FACTS

Schema = dict[str, Any]

TEXT, NUMBER, FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
TEXTS = {"type": "array", "items": TEXT}
SCOPE = {"type": "string", "description": "host, pod:NAMESPACE/NAME, container:NAME, netns:NAME or netns:[INODE]"}


def _or_none(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


TYPES: dict[str, Schema] = {
    "int": NUMBER,
    "int | None": _or_none(NUMBER),
    "bool": FLAG,
    "str": TEXT,
    "str | None": _or_none(TEXT),
    "tuple[str, ...]": TEXTS,
    "tuple[Json, ...]": {"type": "array"},
    "JsonObject": {"type": "object"},
}
END = {
    "type": ["object", "null"],
    "description": "null: it was not seen",
    "required": ["scope", "name", "ifindex", "mac", "mtu", "state"],
    "properties": {"scope": SCOPE, "name": TEXT, "ifindex": NUMBER, "mac": _or_none(TEXT), "mtu": _or_none(NUMBER),
                   "state": _or_none(TEXT)},
}  # fmt: skip
COMPOSED: dict[str, Schema] = {
    "pod": {"namespace": TEXT, "name": TEXT, "uid": _or_none(TEXT), "state": TEXT, "containers": TEXTS, "addresses": TEXTS},
    "namespace": {"key": TEXT, "inode": NUMBER, "names": TEXTS, "has_process": FLAG, "containers": TEXTS, "ways_out": TEXTS},
    "veth": {
        "bridge": _or_none(TEXT),
        "ends": {"type": "array", "minItems": 2, "maxItems": 2, "items": END, "description": "The host's end first"},
        "missing": {"type": ["string", "null"], "description": "Why an end was not seen"},
    },
}  # fmt: skip
"""The kinds that are no table of the file."""


def columns_of(kind: str) -> Schema:
    """The columns of a kind's facts, beside the scope they stand in."""
    if kind in COMPOSED:
        return COMPOSED[kind]
    columns = {field.name: TYPES[str(field.type)] for field in fields(OF_FACTS[kind].fact)}
    if kind == "link":
        columns["peer"] = {"type": ["string", "null"], "description": "SCOPE/NAME of its other end"}
    # What the kernel calls scope of an address or route makes way for ours.
    return {"kernel_scope" if name == "scope" else name: schema for name, schema in columns.items()}


def schema() -> Schema:
    """The whole schema."""
    definitions: Schema = {
        "fact": {"type": "object", "required": ["scope"], "properties": {"scope": SCOPE}},
        "kinds": {
            "type": "object",
            "required": list(KINDS),
            "properties": {kind: {"type": "array", "items": {"$ref": f"#/$defs/{kind}"}} for kind in KINDS},
        },
    }
    for kind in KINDS:
        properties = {"scope": SCOPE, **columns_of(kind)}
        definitions[kind] = {"type": "object", "required": list(properties), "properties": properties}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:netlapse:show:1",
        "title": "netlapse show",
        "description": "What `netlapse show SNAP -f json` prints: each kind with the list of its facts, under the snapshot"
        " file's column names. With --kind KIND it is one of these lists alone. Kinds and columns may be added, never changed"
        " or removed.",
        "oneOf": [{"$ref": "#/$defs/kinds"}, {"type": "array", "items": {"$ref": "#/$defs/fact"}}],
        "$defs": definitions,
    }


def written() -> str:
    """The schema as its file holds it: a column a line."""
    return f"{_lines(schema(), 0)}\n"


def _lines(value: object, depth: int) -> str:
    flat = json.dumps(value)
    if not isinstance(value, dict) or (len(flat) <= 110 and (depth > 3 or "type" in value)):
        return flat
    inner = ",\n".join(
        f"{'  ' * (depth + 1)}{json.dumps(key)}: {_lines(member, depth + 1)}" for key, member in value.items()
    )
    return f"{{\n{inner}\n{'  ' * depth}}}"
