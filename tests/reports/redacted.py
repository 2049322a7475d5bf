"""A report on two snapshots that were redacted with one key: every name and address is a pseudonym."""

from __future__ import annotations

from reports.model import Report
from tests.reports.drafting import Draft, identity

KEY = "3f0c9a1be2d47586"
"""The key's id, not the key."""
HOST = "qwgfuo6o-1"


def redacted() -> Report:
    """A container that was re-created, and a route that went."""
    draft = Draft()
    scope = "container:qv3kz3ei"
    container = draft.say(
        "container", "recreated", scope, "qv3kz3ei", ("started_at", "2026-01-01T01:00:00Z", "2026-01-01T02:30:00Z"),
        severity="warning", matched="container name",
    )  # fmt: skip
    draft.say("veth", "recreated", scope, "vethqxlkawecxtke - eth0", ("host_end.ifindex", 11, 15), cause=container)
    draft.say(
        "route", "removed", "host", "10.183.232.0/24 via 10.183.233.3 dev docker0", severity="critical",
        facts={"family": "inet", "dst": "10.183.232.0/24", "gateway": "10.183.233.3", "dev": "docker0"},
    )  # fmt: skip
    return draft.report(
        before=identity(1, {}, label="before", host=HOST, redacted_with=KEY),
        after=identity(2, {}, label="after", host=HOST, redacted_with=KEY),
    )
