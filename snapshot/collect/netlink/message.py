"""A decoded message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from snapshot.model.json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One decoded message: the fixed header's fields, and the attributes by the kernel's name without its prefix.

    Attributes that pyroute2 does not know are under ``attr_N`` as hex text.
    """

    fields: Mapping[str, int]
    attributes: Mapping[str, Json]
