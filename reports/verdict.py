"""A report in a few sentences: the verdict, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reports.findings import findings_sentence
from reports.forest import unplanned
from reports.model import Change, Report, Selection
from reports.safe import make_visible
from reports.words import ACTION_WORDS, counted, is_reboot, redaction, value_text
from snapshot.model.plural import plural

_VERDICTS = {"same": "Same", "expected": "As expected", "different": "Different", "incomplete": "Incomplete"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A report in a few sentences.

    ``verdict`` is one or two words; ``opening``, ``host`` and ``closing`` make the headline; ``sentences`` say more.
    """

    verdict: str
    opening: str
    host: str
    closing: str
    sentences: tuple[str, ...]

    @property
    def headline(self) -> str:
        """What a title says, without a full stop."""
        return f"{self.opening} {self.host}{self.closing}"


def host_words(report: Report) -> str:
    """The host, or both when they differ."""
    hosts = dict.fromkeys((make_visible(report.before.host), make_visible(report.after.host)))
    return " and ".join(hosts)


def tell(report: Report) -> Story:
    """The verdict of a report and why."""
    host = host_words(report)
    chosen = [change for change in report.changes if change.selected is not False]
    known = {change.id for change in chosen}
    top = [change for change in chosen if change.cause not in known]
    real = [change for change in top if change.action != "unknown"]
    unknown = len(top) - len(real)
    following = len(chosen) - len(top)
    sentences = [*_redactions(report), *_way(report)]
    sentences += [] if report.selection is None else [_selection(report.selection)]
    if report.verdict == "same" or (report.verdict == "different" and not chosen):
        opening, closing = f"Nothing {'' if report.selection is None else 'selected '}changed on", ""
    elif report.verdict == "incomplete":
        opening, closing = "Part of", " could not be compared"
        sentences.append(f"All else is as planned: {_story(real)}." if real else "No difference was found in the rest.")
    else:
        opening = f"{plural(len(real), 'change')} on"
        closing = " as planned" if report.verdict == "expected" else ""
        sentences += _of_host(top)
        others = [change for change in real if change.kind != "host"]
        if others:
            sentences.append(f"{_story(others)}.")
    sentences += _of_plan(report)
    severities = Counter(change.severity for change in real)
    severities["critical"] += _hidden(chosen, ("critical",))
    severities["warning"] += _hidden(chosen, ("critical", "warning"))
    judged = [f"{severities['critical']:,} critical"] if severities["critical"] else []
    judged += [plural(severities["warning"], "warning")] if severities["warning"] else []
    if judged:
        sentences.append(f"{' and '.join(judged)}.")
    if unknown:
        things = "1 thing is" if unknown == 1 else f"{unknown:,} things are"
        sentences.append(f"{things} unknown: only one of the snapshots could see {'it' if unknown == 1 else 'them'}.")
    if following:
        follow = "more follows" if following == 1 else "more follow"
        sentences.append(f"{following:,} {follow} from {'it' if len(top) == 1 else 'them'}.")
    found = findings_sentence(report)
    sentences += [found] if found is not None else []
    if report.coverage:
        sentences.append(f"{plural(len(report.coverage), 'gap')} in what the snapshots saw: see Coverage.")
    sentences += _ignored(report)
    planned = report.plan is not None and report.verdict == "different"
    return Story(
        verdict="Not as planned" if planned else _VERDICTS[report.verdict],
        opening=opening,
        host=host,
        closing=closing,
        sentences=tuple(sentences),
    )


def _hidden(changes: Iterable[Change], levels: tuple[str, ...]) -> int:
    """How many changes of the last of these levels hang under others of them, none of which is of any; unknown ones aside."""
    known: set[str | None] = set()
    urgent: set[str | None] = set()
    hidden = 0
    for change in changes:
        below = change.cause in urgent
        judged = change.severity in levels and (change.severity == "critical" or change.action != "unknown")
        if below or judged:
            urgent.add(change.id)
            hidden += not below and change.severity == levels[-1] and change.cause in known
        known.add(change.id)
    return hidden


def _way(report: Report) -> list[str]:
    """That the snapshots were named the wrong way round, by which all is told as its opposite."""
    if report.before.started_at <= report.after.started_at:
        return []
    return [
        "The first snapshot is the later one, by its clock: this is the way back, and what was added is told as removed."
    ]


def _redactions(report: Report) -> Iterator[str]:
    """That names are pseudonyms, or that they are so on one side only."""
    old, new = redaction(report.before), redaction(report.after)
    if old != new:
        yield (
            f"The earlier snapshot is {old or 'not redacted'}, the later {new or 'not redacted'}: one thing has two names in"
            " them, and is told as removed and added."
        )
    elif old:
        yield f"Both snapshots are {old}: names and addresses in them are pseudonyms."


def _selection(selection: Selection) -> str:
    rules = " or ".join(make_visible(rule) for rule in selection.rules)
    return f"Only {rules} is shown (--select): {plural(selection.left_out, 'other change')} left out."


def _ignored(report: Report) -> Iterator[str]:
    own = [rule for rule in report.ignored if rule.source != "default"]
    by_default = sum(rule.count for rule in report.ignored if rule.source == "default")
    if by_default:
        happen = "change that happens by itself is" if by_default == 1 else "changes that happen by themselves are"
        yield f"{by_default:,} {happen} left out: see Ignored."
    number, critical = sum(rule.count for rule in own), sum(rule.critical for rule in own)
    if number:
        of_them = f", {critical:,} of them critical" if critical else ""
        yield f"{plural(number, 'change')} left out by the given rules{of_them}: see Ignored."


def _of_host(top: Iterable[Change]) -> list[str]:
    """What happened to the host itself, which comes before all else."""
    told = []
    for change in top:
        if change.kind == "host":
            fields = {field.name: field for field in change.fields}
            told += ["The host was rebooted."] if is_reboot(change) else []
            for name, words in (("kernel", "Its kernel went"), ("hostname", "Its name went")):
                if name in fields:
                    old, new = value_text(fields[name].before), value_text(fields[name].after)
                    told.append(f"{words} from {old} to {new}.")
            if "machine_id" in fields:
                told.append("These are two hosts.")
    return told


def _of_plan(report: Report) -> list[str]:
    """What the plan says of it, if there is one."""
    if report.plan is None:
        return []
    rules = report.plan.rules
    met = sum(rule.status == "met" for rule in rules)
    found = [f"{met:,} of {plural(len(rules), 'rule')} of the plan {'is' if met == 1 else 'are'} met."] if rules else []
    number = len(unplanned(report))
    if number:
        found.append(f"{plural(number, 'change')} {'is' if number == 1 else 'are'} not in the plan.")
    return found


def _story(changes: Iterable[Change]) -> str:
    """ "1 pod re-created, 2 routes added": in the report's order."""
    counts = Counter((change.kind, change.action) for change in changes)
    return ", ".join(f"{counted(number, kind)} {ACTION_WORDS[action]}" for (kind, action), number in counts.items())
