"""A section made ready for the file: its rows encoded, in canonical order, with their digest."""

from __future__ import annotations

from snapshot.model.kinds import Fact
from snapshot.model.snapshot import PackedSection
from snapshot.store.columns import CODECS
from snapshot.store.digests import section_digest
from snapshot.store.errors import FileError
from snapshot.store.ordering import in_order


def pack(kind: str, facts: tuple[Fact, ...]) -> PackedSection:
    """Pack the rows of one kind in one place. Raises ``FileError`` for facts that cannot be ordered."""
    codec = CODECS[kind]
    try:
        rows = in_order([codec.encode(fact) for fact in facts], codec.leading)
    except TypeError as error:
        raise FileError(f"a {kind} of mixed types cannot be stored ({error})") from error
    return PackedSection(digest=section_digest(kind, rows), rows=tuple(rows))
