"""The format's numbers. docs/snapshot-format.md says what each version holds."""

from __future__ import annotations

APPLICATION_ID = 0x6E6C6170
"""SQLite's application_id of a netlapse file: "nlap"."""

FORMAT_VERSION = 3
"""SQLite's user_version. Readers refuse a newer one by name."""

PAGE_SIZE = 4096
