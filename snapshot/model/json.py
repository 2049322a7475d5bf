"""JSON values as facts hold them, and their one canonical spelling."""

from __future__ import annotations

import json
import json.encoder
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Json: TypeAlias = "None | bool | int | float | str | tuple[Json, ...] | list[Json] | Mapping[str, Json]"
JsonObject: TypeAlias = Mapping[str, Json]


def compact(*, sort_keys: bool = False, allow_nan: bool = True) -> Callable[[Any], str]:
    """What ``JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False, ...).encode`` is.

    That sets its C encoder up anew for each value, which takes longer than to encode a row. Here it is set up once.
    """
    plain = json.JSONEncoder(
        ensure_ascii=False, separators=(",", ":"), check_circular=False, sort_keys=sort_keys, allow_nan=allow_nan
    )
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # another interpreter than CPython
        return plain.encode
    chunks = make(None, plain.default, json.encoder.encode_basestring, None, ":", ",", sort_keys, False, allow_nan)
    return lambda value: "".join(chunks(value, 0))


_encode = compact(sort_keys=True, allow_nan=False)


def canonical(value: Json) -> str:
    """The one spelling of a JSON value: sorted keys, no spaces, UTF-8 kept as it is.

    Equal values give equal text, whatever order their keys were read in; section digests rest on it.
    """
    return _encode(value)
