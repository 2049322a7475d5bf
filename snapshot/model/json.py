"""JSON values as facts hold them, and their one canonical spelling."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeAlias

Json: TypeAlias = "None | bool | int | float | str | tuple[Json, ...] | list[Json] | Mapping[str, Json]"
JsonObject: TypeAlias = Mapping[str, Json]

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def canonical(value: Json) -> str:
    """The one spelling of a JSON value: sorted keys, no spaces, UTF-8 kept as it is.

    Equal values give equal text, whatever order their keys were read in; section digests rest on it.
    """
    return _encode(value)
