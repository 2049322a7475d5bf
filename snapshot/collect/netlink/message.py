"""A decoded message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from snapshot.model.json import Json


class Message(NamedTuple):
    """One decoded message: the fixed header's fields, and the attributes by the kernel's name without its prefix.

    Attributes that pyroute2 does not know are under ``attr_N`` as hex text.
    """

    fields: Mapping[str, int]
    attributes: Mapping[str, Json]
