"""The words that text and HTML share: kinds, actions, the verdict in a sentence, values and facts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reports.forest import unplanned
from reports.model import Action, Ambiguity, Change, Facts, Json, Report, Selection, SnapshotIdentity
from reports.safe import make_visible
from snapshot.model.plural import plural

ACTIONS: tuple[Action, ...] = ("added", "removed", "recreated", "changed", "unknown")
"""In the order of every table."""
ACTION_WORDS: Mapping[str, str] = {
    "added": "added",
    "removed": "removed",
    "recreated": "re-created",
    "changed": "changed",
    "unknown": "unknown",
}
SIGNS: Mapping[str, str] = {"added": "+", "removed": "-", "recreated": "±", "changed": "~", "unknown": "?"}
HEADLINE_KINDS = ("veth", "pod", "route", "address")
"""The kinds that every report counts, zero or not."""

_KIND_WORDS = {
    "veth": ("veth pair", "veth pairs"),
    "address": ("address", "addresses"),
    "fdb": ("FDB entry", "FDB entries"),
    "vlan": ("VLAN", "VLANs"),
    "mdb": ("MDB entry", "MDB entries"),
    "class": ("traffic class", "traffic classes"),
    "filter": ("traffic filter", "traffic filters"),
    "bpf": ("BPF program", "BPF programs"),
    "wireguard": ("WireGuard entry", "WireGuard entries"),
    "firewall": ("firewall entry", "firewall entries"),
    "ipvs": ("IPVS service", "IPVS services"),
    "socket": ("listening socket", "listening sockets"),
}
_VERDICTS = {"same": "Same", "expected": "As expected", "different": "Different", "incomplete": "Incomplete"}
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z")
_LONG_ID = re.compile(r"([a-z0-9]+:)?(?:([0-9a-f]{12})[0-9a-f]{20,}|(q[a-z2-7]{13}[aeio])q[a-z2-7]{45}[aeio])")
"""An id; or its pseudonym, which begins with that of the short id (docs/redaction.md)."""
SHORTENED_FROM = 32
"""Nothing that is shorter is a long id."""
_END_WORDS = (("ifindex", "index"), ("mac", "MAC"), ("mtu", "MTU"), ("state", "state"))


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


def kind_word(kind: str, number: int = 1) -> str:
    """The word for so many of a kind: "veth pair", "routes"."""
    one, many = _KIND_WORDS.get(kind) or (make_visible(kind), f"{make_visible(kind)}s")
    return one if number == 1 else many


def counted(number: int, kind: str) -> str:
    """ "1 route", "2 routes", "10,000 routes"."""
    return f"{number:,} {kind_word(kind, number)}"


def action_word(change: Change) -> str:
    """The action in one word; a host of which another boot_id is told was rebooted."""
    return "rebooted" if is_reboot(change) else ACTION_WORDS[change.action]


def is_reboot(change: Change) -> bool:
    """Was the host started anew between the snapshots?"""
    return change.kind == "host" and any(field.name == "boot_id" for field in change.fields)


def ambiguity_text(found: Ambiguity) -> str:
    """ "could be any of 3 (container name): container:a, container:b and 1 more"."""
    named = ", ".join(map(make_visible, found.candidates))
    more = found.count - len(found.candidates)
    names = f"{named} and {more:,} more" if more else named
    reason = make_visible(found.reason)
    others = f", as could {plural(found.rivals, 'other')}" if found.rivals else ""
    lead = f"could be any of {found.count:,} ({reason}): {names}" if found.count > 1 else f"could be {names} ({reason})"
    return f"{lead}{others}"


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
    sentences = list(_redactions(report))
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
    severities["critical"] += _hidden(chosen)
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


def _hidden(changes: Iterable[Change]) -> int:
    """How many critical changes hang under others of them, none of which is critical."""
    known: set[str | None] = set()
    urgent: set[str | None] = set()
    hidden = 0
    for change in changes:
        below = change.cause in urgent
        if below or change.severity == "critical":
            urgent.add(change.id)
            hidden += not below and change.cause in known
        known.add(change.id)
    return hidden


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
        yield f"{plural(number, 'change')} left out by rules that were given{of_them}: see Ignored."


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


def when(time: str) -> str:
    """An RFC 3339 time in UTC for people, to the second; anything else as it is."""
    match = _TIME.fullmatch(time)
    return f"{match[1]} {match[2]} UTC" if match else make_visible(time)


def called(snapshot: SnapshotIdentity) -> str:
    """A snapshot's number and label: "2 after-upgrade"."""
    return f"{snapshot.id} {make_visible(snapshot.label)}" if snapshot.label is not None else str(snapshot.id)


def redaction(snapshot: SnapshotIdentity) -> str:
    """ "redacted with key 3f0c9a1be2d47586"; empty for what is as it was captured."""
    return "" if snapshot.redacted_with is None else f"redacted with key {make_visible(snapshot.redacted_with)}"


def is_empty(value: Json) -> bool:
    """Does a fact say nothing?"""
    return value is None or value in ("", [], (), {})


def value_text(value: Json, *, short: bool = False) -> str:
    """A value on one line. ``short`` cuts long hexadecimal ids to twelve digits and an ellipsis, as docker shows them."""
    if type(value) is str:  # most are
        return _string(value, short)
    match value:
        case None:
            return "(none)"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return _string(value, short)
        case Mapping():
            return "{" + ", ".join(f"{make_visible(k)} {value_text(v, short=short)}" for k, v in value.items()) + "}"
        case _:
            return ", ".join(value_text(item, short=short) for item in value) or "(none)"


def _string(value: str, short: bool) -> str:
    if not value:
        return '""'
    match = _LONG_ID.fullmatch(value) if short and len(value) >= SHORTENED_FROM else None
    return f"{match[1] or ''}{match[2] or match[3]}…" if match else make_visible(value)


def fact_pairs(kind: str, facts: Facts) -> list[tuple[str, Json]]:
    """What to tell of a thing that came or went: its facts that say something, a veth pair's ends in words."""
    pairs: list[tuple[str, Json]] = []
    for name, value in facts.items():
        if kind == "firewall" and name == "extra":
            # A rule taken apart, which ``text`` says on one line as its own tool writes it.
            continue
        if kind == "veth" and name == "ends" and isinstance(value, list | tuple):
            pairs += zip(("host end", "workload end"), map(_end_words, value), strict=False)
        elif not is_empty(value):
            pairs.append((name, value))
    return pairs


def _end_words(end: Json) -> str:
    if not isinstance(end, Mapping):
        return "not seen"
    place = f"{end.get('scope')}/{end.get('name')}"
    return ", ".join([place, *(f"{word} {end[key]}" for key, word in _END_WORDS if end.get(key) is not None)])


def own_scope(change: Change) -> bool:
    """Does the change's name already say its scope? (pod default/web-1 in pod:default/web-1)"""
    return change.scope == f"{change.kind}:{change.name}" or change.kind == change.scope == "host"
