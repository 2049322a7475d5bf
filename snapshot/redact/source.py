"""Redaction at the source: what a capture reads is replaced before any of it is written."""

from __future__ import annotations

from pathlib import Path

from snapshot.model.snapshot import Capture, PackedSection, Section
from snapshot.redact.captures import redacted
from snapshot.redact.classes import Class
from snapshot.redact.keys import read_key
from snapshot.redact.rows import Redaction


class AtSource:
    """The redaction of one capture."""

    def __init__(self, key_file: Path) -> None:
        """Raises ``KeyFileError``."""
        self._by = Redaction(read_key(key_file))

    @property
    def key_id(self) -> str:
        """The id of its key."""
        return self._by.key.id

    def label(self, label: str | None) -> str | None:
        """What a label becomes."""
        told: str | None = self._by.value(Class.LABEL, label)
        return told

    def pack(self, kind: str, section: Section) -> PackedSection:
        """Packs a section as it is read, in whatever process that is."""
        return self._by.section(kind, section)

    def finished(self, capture: Capture) -> Capture:
        """The whole, of which the packed sections have been packed here."""
        return redacted(capture, self._by, packed=True)
