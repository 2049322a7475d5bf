"""The HTML report: one file that needs nothing else, fetches nothing, and is whole without its one small script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from reports.html import evidence
from reports.html.findings import findings_view
from reports.html.picture import Picture, legend, pictures, story_pictures
from reports.html.plan import plan_view
from reports.html.rows import tell_stories
from reports.html.view import counted_actions, gap, identities, left_out, moment, numbers
from reports.model import Report
from reports.safe import make_visible
from reports.verdict import host_words, tell
from reports.words import ACTION_WORDS, ACTIONS, SIGNS, kind_word
from snapshot.model.plural import plural

if TYPE_CHECKING:
    from jinja2 import Environment

STYLES = ("report.css", "picture.css")
SCRIPT = "report.js"
OPEN_UP_TO = 12
"""So many stories are shown open; more are folded, so that the page stays one to be scanned."""
FOLLOWERS_OPEN_UP_TO = 6
PRINTED_OPEN_UP_TO = 400
"""So many changes are printed with all their details; of more, paper has each story's one line."""
PRINTED_FIRST_UP_TO = 0.65
"""So high, as a part of its width, is a picture that the first page has room for; a higher one is printed later."""
LAID_OUT_UP_TO = 2000
"""Of more changes, what is folded is not laid out: it opens quicker, but the browser's own search finds no folded text."""
LOT = 20
"""So many stories are laid out, and shown or filtered out, as one: what a browser keeps a record of costs it time for each."""
URGENT_UP_TO = 8


def render(report: Report) -> str:
    """The report as an HTML document: same report, same bytes. It can always be encoded in UTF-8."""
    made = environment()
    style = "".join(made.get_template(name).render() for name in STYLES)
    told = tell_stories(report, URGENT_UP_TO)
    drawn = pictures(report, told.there)
    script = made.get_template(SCRIPT).render() if report.changes else ""
    return made.get_template("report.html").render(
        policy=policy(style, script),
        has_script=bool(script),
        report=report,
        story=tell(report),
        host=host_words(report),
        moments=(moment(report.before), moment(report.after)),
        actions=_words(counted_actions(report)),
        drawn=legend(report.drawing),
        numbers=numbers(report),
        identities=identities(report.before, report.after),
        pictures=drawn,
        tall=printed_late(drawn),
        drawn_stories=story_pictures(report),
        groups=told.groups,
        urgent=told.urgent,
        urgent_number=told.urgent_number,
        opened=sum(len(group.stories) for group in told.groups) <= OPEN_UP_TO,
        lot_size=LOT,
        followers_open_up_to=FOLLOWERS_OPEN_UP_TO,
        brief_on_paper=len(told.there) > PRINTED_OPEN_UP_TO,
        vast=len(told.there) > LAID_OUT_UP_TO,
        folded=len(told.there) < len(report.changes),
        compared=f"{evidence.pair_of(report)}{evidence.left_out(report)}",
        choices=_choices(report),
        findings=findings_view(report),
        plan=plan_view(report, told.there),
        gaps=tuple(map(gap, report.coverage)),
        by_default=tuple(left_out(rule) for rule in report.ignored if rule.source == "default"),
        own=tuple(left_out(rule) for rule in report.ignored if rule.source != "default"),
        sides=evidence.sides(report),
        commands=evidence.commands(report),
    )


def printed_late(drawn: Sequence[Picture]) -> bool:
    """Has the first page no room for the first picture under the numbers, so that it would be left half empty?"""
    return any(c.fits == "wide" and c.height > PRINTED_FIRST_UP_TO * c.width for p in drawn[:1] for c in p.canvases)


def _words(actions: Iterable[str]) -> list[tuple[str, str, str]]:
    return [(action, SIGNS[action], ACTION_WORDS[action]) for action in actions]


def _choices(report: Report) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What a filter can be set to: the kinds, actions and severities that the report has."""
    kinds = dict.fromkeys(change.kind for change in report.changes)
    actions = {change.action for change in report.changes}
    severities = {change.severity for change in report.changes}
    return [
        ("kind", "Kind", [(make_visible(kind), kind_word(kind)) for kind in kinds]),
        ("action", "Action", [(action, ACTION_WORDS[action]) for action in ACTIONS if action in actions]),
        ("severity", "Severity", [(s, s) for s in ("critical", "warning", "info") if s in severities]),
    ]


def policy(style: str, script: str) -> str:
    """The content security policy: our own style sheet and script, known by their hashes, and nothing else at all."""
    allowed = f"style-src '{_digest(style)}'"
    if script:
        allowed = f"script-src '{_digest(script)}'; {allowed}"
    return f"default-src 'none'; {allowed}; img-src data:; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def environment() -> Environment:
    """The templates, which escape all that they are given."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  # 55 ms that only this needs

    made = Environment(
        loader=PackageLoader("reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["visible"] = make_visible
    made.filters["plural"] = plural
    return made
