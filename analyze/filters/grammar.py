"""Reading a rule: ``kind=neighbour,dev=eth*|ens*,state!=FAILED`` (docs/filters.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from ipaddress import ip_address, ip_network
from typing import get_args

from analyze.diff.severity import RULES
from analyze.filters.rules import OF_A_CHANGE, Clause, Like, Pattern, Rule, SameAddress
from analyze.plan.columns import DEFAULT, DEFAULT_ROUTES, column
from analyze.plan.errors import a, one_of, shown
from analyze.plan.globs import Glob, glob, quoted
from analyze.plan.languages import Language, char, sequence, some, word
from analyze.plan.places import wrong_scope
from analyze.plan.values import Within
from analyze.plan.vocabulary import FACTS, FIELDS, KIND_NAMES, SEVERITIES, actions, attribute
from reports.model import Action
from snapshot.model.errors import UsageError

LONGEST = 2000
"""Characters of one rule."""
KNOWN: dict[str, Sequence[str]] = {
    "kind": KIND_NAMES, "action": get_args(Action), "severity": SEVERITIES,
    "severity_rule": tuple(rule.name for rule in RULES),
}  # fmt: skip
"""Keys whose values are words of the report."""
OF_ADDRESSES = "an address, a prefix, or a pattern for them, such as 10.1.27.2, 10.1.0.0/16, fd00::/64, 10.1.*"
_PART = re.compile(r"(?:[^\\,]|\\.|\\\Z)+", re.DOTALL)
_CHOICE = re.compile(r"(?:[^\\|]|\\.|\\\Z)*", re.DOTALL)
_CLAUSE = re.compile(r"\s*(?P<key>[a-z][a-z0-9_.-]*)\s*(?P<sign>!?=)(?P<value>.*)", re.DOTALL | re.IGNORECASE)


class FilterError(UsageError):
    """A rule that cannot be used: one line with where it stands, the key, and what was expected."""


def read_rule(text: str, source: str, *, place: str | None = None, reason: str | None = None) -> Rule:
    """Read a rule. ``source`` is where it was given, ``place`` that more exactly, for errors.

    Raises ``FilterError``.
    """

    def error(problem: str) -> FilterError:
        return FilterError(f"{place or source} {shown(text)}: {problem}")

    if len(text) > LONGEST:
        raise error(f"is longer than {LONGEST:,} characters")
    clauses = [*_joined([_clause(part, error) for part in _parts(text, error)])]
    named = [clause for clause in clauses if clause.key == "kind"]
    kinds = [kind for kind in KIND_NAMES if all(_means(clause, kind) for clause in named)]
    if not kinds:
        raise error("kind: is to be and not to be; no kind is left")
    for clause in clauses:
        _check(clause, kinds, error)
    return Rule(text=text, source=source, clauses=tuple(clauses), reason=reason)


def _parts(text: str, error: Callable[[str], FilterError]) -> list[str]:
    parts = _PART.findall(text)
    if ",".join(parts) != text or not parts:
        raise error("a rule is KEY=VALUE, several of them with a comma between, as in kind=neighbour,dev=eth*")
    return parts


def _clause(part: str, error: Callable[[str], FilterError]) -> Clause:
    found = _CLAUSE.fullmatch(part)
    if found is None:
        hint = " (a comma within a value is written \\,)" if "=" not in part else ""
        raise error(f"{shown(part)} is not KEY=VALUE or KEY!=VALUE{hint}")
    key, value = found["key"], found["value"].strip()
    return Clause(
        key=key,
        patterns=tuple(pattern for choice in _choices(value) for pattern in _patterns(key, choice, error)),
        other=found["sign"] == "!=",
    )


def _choices(value: str) -> Iterator[str]:
    place = 0
    while True:
        found = _CHOICE.match(value, place)
        assert found is not None  # it matches nothing as well
        yield found[0]
        if found.end() >= len(value):
            return
        place = found.end() + 1


def _patterns(key: str, text: str, error: Callable[[str], FilterError]) -> Iterator[Pattern]:
    try:
        pattern = glob(text)
    except ValueError as problem:
        raise error(f"{key}: {shown(text)} {problem}") from problem
    none = key == "severity_rule" and not text  # what no rule applies to
    if key in KNOWN and not none and not any(pattern.matches(known) for known in KNOWN[key]):
        raise error(f"{key}: {shown(text)} is no {key}: {one_of(text, KNOWN[key])}")
    if key in OF_A_CHANGE:
        yield Like(pattern)
        return
    if key.removeprefix("facts.") == "dst" and text == DEFAULT:
        yield from (Like(glob(dst)) for dst in DEFAULT_ROUTES)
        return
    yield _address(text) or Like(pattern)


def _written(pattern: Pattern) -> str:
    """A pattern as it may be written."""
    match pattern:
        case Like():
            return pattern.pattern.text
        case SameAddress():
            return str(pattern.address)
    return str(pattern.network)


def _address(text: str) -> Pattern | None:
    """An address means itself, a prefix all that is in it; that of length 0 means itself alone, the default route."""
    try:
        if "/" not in text:
            return SameAddress(ip_address(text))
        network = ip_network(text)
    except ValueError:
        return None
    return Within(network) if network.prefixlen else None


def _means(clause: Clause, kind: str) -> bool:
    return any(pattern.matches(kind) for pattern in clause.patterns) != clause.other


def _check(clause: Clause, kinds: Sequence[str], error: Callable[[str], FilterError]) -> None:
    """Is there such a key, for one of the kinds that the rule speaks of?"""
    if clause.key == "action":
        possible = actions(kinds)
        for pattern in clause.patterns:
            if isinstance(pattern, Like) and not any(map(pattern.matches, possible)):
                text = shown(pattern.pattern.text)
                raise error(f"action: {text} can be no action{_of(kinds)}: it is one of {', '.join(possible)}")
    elif clause.key == "scope":
        for pattern in clause.patterns:
            wrong = wrong_scope(pattern.pattern, kinds, "changes") if isinstance(pattern, Like) else None
            if wrong is not None:
                raise error(f"scope: {wrong}")
    elif clause.key == "field":
        for pattern in clause.patterns:
            if isinstance(pattern, Like) and not _is_field(pattern.pattern, kinds):
                text, names = pattern.pattern.text, dict.fromkeys(name for kind in kinds for name in FIELDS[kind])
                raise error(f"field: {shown(text)} is no field{_of(kinds)}: {one_of(text, names)}")
    elif clause.key not in OF_A_CHANGE:
        name = clause.key.removeprefix("facts.")
        if not any(attribute(FACTS[kind], name) for kind in kinds):
            known = [*OF_A_CHANGE, *dict.fromkeys(column for kind in kinds for column in FACTS[kind])]
            raise error(f"{shown(clause.key)} is no key{_of(kinds)}: {one_of(clause.key, known)}")
        for pattern in clause.patterns:
            found = [_wrong(pattern, kind, name) for kind in kinds if attribute(FACTS[kind], name)]
            if None not in found:
                raise error(f"{clause.key}: {shown(_written(pattern))} {found[0]}")


def _wrong(pattern: Pattern, kind: str, name: str) -> str | None:
    """What is wrong with a pattern that no value of a kind's column can be; None where one can."""
    known = FACTS[kind].get(name)
    if known is None or (isinstance(pattern, Like) and not pattern.pattern.text):
        return None
    asked = column((kind,), name, known.shape)
    if known.shape == "mapping":
        return f"can be no {asked.label}: it has parts, such as {name}.KEY"
    asked = asked.within if known.shape == "list" else asked
    if not isinstance(pattern, Like):
        return None if asked.addressed else asked.wrong(glob(quoted(_written(pattern))))
    wrong = asked.wrong(pattern.pattern)
    # Here an address means itself, whatever its prefix length and spelling, and a prefix all that is in it.
    return wrong if wrong is None or not asked.of_addresses else f"can be no {asked.label}: it is {OF_ADDRESSES}"


def _is_field(pattern: Glob, kinds: Sequence[str]) -> bool:
    if pattern.literal is not None:
        return any(attribute(FIELDS[kind], pattern.literal) is not None for kind in kinds)
    return any(
        pattern.matches(name) or (known.open and _below(name).meets(pattern))
        for kind in kinds
        for name, known in FIELDS[kind].items()
    )


@cache
def _below(column: str) -> Language:
    """The names of what is in a column that has parts."""
    return Language(sequence(word(f"{column}."), some(char(None))))


def _of(kinds: Sequence[str]) -> str:
    return f" of {a(kinds[0])}" if len(kinds) == 1 else ""


def _joined(clauses: Sequence[Clause]) -> Iterator[Clause]:
    """A key that is given again may be any of its values."""
    found: dict[tuple[str, bool], tuple[Pattern, ...]] = {}
    for clause in clauses:
        found[clause.key, clause.other] = (*found.get((clause.key, clause.other), ()), *clause.patterns)
    return (Clause(key=key, patterns=patterns, other=other) for (key, other), patterns in found.items())
