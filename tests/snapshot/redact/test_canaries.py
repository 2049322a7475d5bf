"""Nothing of what was planted is in a redacted file, in no spelling and no coding."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from snapshot.redact.captures import redacted
from snapshot.redact.files import redact_file
from snapshot.redact.keys import Key
from snapshot.redact.rows import Redaction
from snapshot.store.writer import create
from tests.snapshot.redact.canaries import Canaries, planted

KEY = b"canaries canaries canaries canar"


def shown(data: bytes, canaries: Canaries) -> list[bytes]:
    """Which of them the bytes of a file show, whatever their case."""
    folded = data.lower()
    return sorted(word for word in canaries.forbidden() if word in data or (len(word) > 7 and word.lower() in folded))


def test_none_of_two_hundred_canaries_survives(tmp_path: Path) -> None:
    canaries = Canaries()
    assert len(canaries) >= 200
    capture = planted(canaries)
    plain, target = tmp_path / "plain", tmp_path / "redacted"
    create(plain, capture)
    # What is planted is really there: in a plain file nearly all of it shows.
    assert len(shown(plain.read_bytes(), canaries)) > 800
    redact_file(plain, target, Redaction(Key(KEY)))
    data = target.read_bytes()
    assert shown(data, canaries) == []
    assert KEY not in data and KEY.hex().encode() not in data
    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)


def test_none_survives_where_it_is_redacted_at_the_source(tmp_path: Path) -> None:
    canaries = Canaries(7)
    target = tmp_path / "redacted"
    create(target, redacted(planted(canaries), Redaction(Key(KEY))))
    assert shown(target.read_bytes(), canaries) == []
