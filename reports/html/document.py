"""The HTML report: one file that needs nothing else, runs nothing and fetches nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from reports.html.findings import checks
from reports.html.picture import pictures
from reports.html.plan import plan_view
from reports.html.view import (
    FOLLOWERS_OPEN_UP_TO,
    OPEN_UP_TO,
    URGENT_UP_TO,
    counted_actions,
    groups,
    identities,
    numbers,
    urgent,
)
from reports.model import Report
from reports.safe import make_visible
from reports.words import ACTION_WORDS, ACTIONS, SIGNS, host_words, tell

if TYPE_CHECKING:
    from jinja2 import Environment

STYLE = "report.css"


def render(report: Report) -> str:
    """The report as an HTML document: same report, same bytes. It can always be encoded in UTF-8."""
    environment = _environment()
    style = environment.get_template(STYLE).render()
    found = groups(report)
    drawn = {veth.action for scene in report.scenes for veth in scene.veths} | {s.action for s in report.scenes}
    return environment.get_template("report.html").render(
        policy=_policy(style),
        report=report,
        story=tell(report),
        host=host_words(report),
        actions=_words(counted_actions(report)),
        drawn=_words(action for action in ACTIONS if action in drawn),
        numbers=numbers(report, found),
        identities=identities(report.before, report.after),
        plan=plan_view(report),
        pictures=pictures(report),
        groups=found,
        findings=checks(report),
        urgent=urgent(found),
        urgent_up_to=URGENT_UP_TO,
        opened=sum(len(group.changes) for group in found) <= OPEN_UP_TO,
        followers_open_up_to=FOLLOWERS_OPEN_UP_TO,
    )


def _words(actions: Iterable[str]) -> list[tuple[str, str, str]]:
    return [(action, SIGNS[action], ACTION_WORDS[action]) for action in actions]


def _policy(style: str) -> str:
    """The content security policy: our own style sheet, known by its hash, and nothing else at all."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  # 55 ms that only this needs

    environment = Environment(
        loader=PackageLoader("reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = make_visible
    return environment
