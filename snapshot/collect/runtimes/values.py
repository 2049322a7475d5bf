"""What engines tell, made fit for the file: text, counts, moments."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from snapshot.model.json import Json, JsonObject

NEVER = "0001-01-01T00:00:00Z"

LARGEST = 2**63 - 1
"""Of what the snapshot file can hold."""


def text(value: Any) -> str | None:
    """Text that UTF-8 can hold: JSON can tell half a surrogate pair, and a file cannot."""
    return None if value is None else str(value).encode("utf-8", "backslashreplace").decode("utf-8")


def texts(values: Any) -> list[str]:
    """A list of such texts, without the empty ones."""
    return [told for told in map(text, values or ()) if told]


def number(value: Any) -> int:
    """A count: 0 for what is none."""
    told = int(value or 0)
    return told if 0 <= told <= LARGEST else 0


def moment(value: Any) -> str | None:
    """RFC 3339 in UTC; Docker tells it so, Podman in the machine's own time zone."""
    told = text(value)
    if told is None or told in ("", NEVER):
        return None
    return (
        told if told.endswith("Z") else datetime.fromisoformat(told).astimezone(UTC).isoformat().replace("+00:00", "Z")
    )


def moment_of(nanoseconds: int) -> str | None:
    """RFC 3339 in UTC of nanoseconds since 1970 (CRI), None for 0."""
    if nanoseconds <= 0:
        return None
    whole, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def resolver(servers: Any, search: Any, options: Any) -> JsonObject:
    """What a container was given to resolve names with; what it was not given is left out."""
    told: dict[str, list[Json]] = {
        "servers": [*texts(servers)],
        "search": [*texts(search)],
        "options": [*texts(options)],
    }
    return {word: values for word, values in told.items() if values}


def line(words: str) -> str:
    """A stranger's words as one line of sane length, that a file can hold."""
    return (text(" ".join(words.split())) or "")[:300]
