"""From a document to a plan: every key is known, every value is possible, or the error says where and why not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from analyze.plan.columns import Column, column
from analyze.plan.document import Items, Node, Source, Table, Word, parse, read_source
from analyze.plan.errors import Mark, a, one_of, shown
from analyze.plan.families import of_another_family
from analyze.plan.finding_rules import CHECK_IDS
from analyze.plan.globs import Glob
from analyze.plan.patterns import number_range, read_glob, read_pattern, text_of, truth_of
from analyze.plan.places import wrong_scope
from analyze.plan.rules import SECTIONS, Count, FactPattern, FieldPattern, Plan, Rule, Section, Selector
from analyze.plan.values import ANYTHING
from analyze.plan.vocabulary import ACTIONS, FACTS, FIELDS, KIND_NAMES, SEVERITIES, attribute
from analyze.plan.vocabulary import actions as actions_of

T = TypeVar("T")

FORMAT, VERSION = "netlapse/plan", 1
MOST_RULES = 1000
MOST_ALTERNATIVES = 100
LONGEST_TEXT = 500

TOP_KEYS = ("format", "version", "title", "hosts", *SECTIONS)
KEYS: dict[Section, tuple[str, ...]] = {
    "expect": (
        "kind", "action", "scope", "name", "fields", "other_fields", "facts", "severity", "count", "optional", "why",
    ),
    "forbid": ("kind", "action", "scope", "name", "fields", "facts", "severity", "check", "why"),
    "must": ("kind", "scope", "each_scope", "name", "facts", "count", "check", "severity", "why"),
}  # fmt: skip
CHECK_KEYS = ("check", "scope", "severity", "why")
NEEDED: dict[Section, tuple[str, ...]] = {"expect": ("kind", "action"), "forbid": (), "must": ("kind",)}


def load_plan(path: Path) -> Plan:
    """Read a plan file. Raises ``PlanError`` (exit code 2) with file, line, column and field."""
    return read_plan(read_source(path))


def read_plan(source: Source) -> Plan:
    """The plan in a file that was read."""
    document = parse(source)
    if not isinstance(document, Table):
        raise document.mark.error(None, "a plan is a mapping that begins with 'format: netlapse/plan'")
    _known_keys(document, None, TOP_KEYS)
    _check_format(document)
    title, hosts = document.values.get("title"), document.values.get("hosts")
    rules: list[Rule] = []
    for section in SECTIONS:
        rules += _section(section, document.values.get(section))
    if len(rules) > MOST_RULES:
        raise rules[MOST_RULES].mark.error(
            None, f"more than {MOST_RULES} rules; say more with each: patterns and counts"
        )
    return Plan(
        name=text_of(title, "title", LONGEST_TEXT) if title is not None else Path(source.name).name,
        digest=hashlib.sha256(source.data).hexdigest(),
        hosts=_several(hosts, "hosts", read_glob) if hosts is not None else (),
        rules=tuple(rules),
    )


def _check_format(document: Table) -> None:
    for key, wanted in (("format", FORMAT), ("version", VERSION)):
        node = document.values.get(key)
        if node is None:
            raise document.mark.error(key, f"is missing; a plan begins with '{key}: {wanted}'")
        value = node.value if isinstance(node, Word) else None
        if value != wanted or isinstance(value, bool):
            newer = "; a newer netlapse may read it" if key == "version" and isinstance(value, int) else ""
            found = shown(node.text) if isinstance(node, Word) else "no single value"
            raise node.mark.error(key, f"is {found}, this netlapse reads {wanted}{newer}")


def _section(section: Section, node: Node | None) -> list[Rule]:
    if node is None or (isinstance(node, Word) and node.value is None):
        return []
    if not isinstance(node, Items):
        raise node.mark.error(section, "is no list; each rule begins with '- kind: ...'")
    return [_rule(section, item, f"{section}[{number}]") for number, item in enumerate(node.items, start=1)]


def _rule(section: Section, node: Node, at: str) -> Rule:
    if not isinstance(node, Table):
        raise node.mark.error(at, "is no mapping; a rule is 'kind: ...' and what else is known")
    _known_keys(node, at, KEYS[section])
    if "check" in node.values:
        return _check_rule(section, node, at)
    if section == "must" and "severity" in node.values:
        raise node.keys["severity"].error(f"{at}.severity", "is of check: only; what is there has no severity")
    for key in NEEDED[section]:
        if key not in node.values:
            raise node.mark.error(f"{at}.{key}", f"is missing; every rule of {section}: has one")
    if "each_scope" in node.values and "scope" in node.values:
        raise node.keys["each_scope"].error(f"{at}.each_scope", "and scope: stand side by side; give one of them")
    selector = _selector(section, node, at)
    if section == "forbid" and selector == Selector():
        raise node.mark.error(at, "forbids nothing in particular; it needs a kind, an action, a scope or a severity")
    each = node.values.get("each_scope")
    return Rule(
        section=section,
        mark=node.mark,
        selector=selector,
        count=Count(at_least=0, at_most=0) if section == "forbid" else _count(section, node, at),
        each_scope=_scopes(each, f"{at}.each_scope", selector.kinds, section) if each is not None else (),
        why=_why(node, at),
    )


def _check_rule(section: Section, node: Table, at: str) -> Rule:
    """A rule that speaks of findings instead of changes or things."""
    for key, mark in node.keys.items():
        if key not in CHECK_KEYS:
            raise mark.error(f"{at}.{key}", f"does not go with check: {one_of(key, CHECK_KEYS)}")
    checks = _several(node.values["check"], f"{at}.check", _check)
    return Rule(
        section=section,
        mark=node.mark,
        selector=replace(_selector(section, node, at), checks=checks),
        count=Count(at_least=0, at_most=0),
        why=_why(node, at),
    )


def _check(node: Node, at: str) -> Glob:
    pattern = read_glob(node, at)
    if not any(pattern.matches(known) for known in CHECK_IDS):
        raise node.mark.error(at, f"there is no check {shown(pattern.text)}: {one_of(pattern.text, CHECK_IDS)}")
    return pattern


def _why(node: Table, at: str) -> str | None:
    why = node.values.get("why")
    return text_of(why, f"{at}.why", LONGEST_TEXT) if why is not None else None


def _selector(section: Section, node: Table, at: str) -> Selector:
    values = node.values

    def words(key: str, known: tuple[str, ...], what: str) -> tuple[str, ...]:
        def read(item: Node, field: str) -> str:
            return _word(item, field, known, what)

        return _several(values[key], f"{at}.{key}", read) if key in values else ()

    kinds = words("kind", KIND_NAMES, "kind")
    actions = words("action", ACTIONS, "action")
    if "action" in values:
        _can_happen(values["action"], f"{at}.action", actions, kinds)
    fields = _fields(values["fields"], f"{at}.fields", kinds) if "fields" in values else ()
    if fields and not set(actions) & {"changed", "recreated"} and actions:
        raise values["fields"].mark.error(f"{at}.fields", f"what is {actions[0]} has no before and after; say facts:")
    others = truth_of(values["other_fields"], f"{at}.other_fields") if "other_fields" in values else None
    if others is not None and not fields:
        raise node.keys["other_fields"].error(f"{at}.other_fields", "means nothing without fields:")
    return Selector(
        kinds=kinds,
        actions=actions,
        severities=words("severity", SEVERITIES, "severity"),
        scopes=_scopes(values["scope"], f"{at}.scope", kinds, section) if "scope" in values else (),
        names=_several(values["name"], f"{at}.name", read_glob) if "name" in values else (),
        fields=fields,
        facts=_facts(values["facts"], f"{at}.facts", kinds) if "facts" in values else (),
        # Nearly all attributes of a re-created thing are new; of one that stayed, each that changed has its reason.
        other_fields=others if others is not None else not fields or section == "forbid" or "recreated" in actions,
    )


def _can_happen(node: Node, at: str, actions: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    possible = [action for action in actions_of(kinds) if action in ACTIONS]
    for number, action in enumerate(actions):
        if action not in possible:
            item, field = (node.items[number], f"{at}[{number + 1}]") if isinstance(node, Items) else (node, at)
            of = a(kinds[0]) if len(kinds) == 1 else "these kinds"
            raise item.mark.error(field, f"{action!r} can be no action of {of}: it is one of {', '.join(possible)}")


def _scopes(node: Node, at: str, kinds: tuple[str, ...], section: Section) -> tuple[Glob, ...]:
    def read(item: Node, field: str) -> Glob:
        pattern = read_glob(item, field)
        wrong = wrong_scope(pattern, kinds, "things" if section == "must" else "changes")
        if wrong is not None:
            raise item.mark.error(field, wrong)
        return pattern

    return _several(node, at, read)


def _fields(node: Node, at: str, kinds: tuple[str, ...]) -> tuple[FieldPattern, ...]:
    if isinstance(node, Items) and node.items:
        names = [(text_of(item, f"{at}[{n}]", LONGEST_TEXT), item) for n, item in enumerate(node.items, start=1)]
        for name, item in names:
            _known_attribute(item.mark, at, name, kinds, changed=True)
        return tuple(FieldPattern(name=name, before=ANYTHING, after=ANYTHING) for name, _ in names)
    found = []
    for name, value in _named(node, at).values.items():
        field = f"{at}.{name}"
        asked = _known_attribute(_named(node, at).keys[name], at, name, kinds, changed=True)
        if not isinstance(value, Table):
            raise value.mark.error(
                field, "is neither before: nor after:; write {before: ..., after: ...}, or {} for any"
            )
        _known_keys(value, field, ("before", "after"))
        before, after = (
            read_pattern(value.values[side], f"{field}.{side}", asked) if side in value.values else ANYTHING
            for side in ("before", "after")
        )
        found.append(FieldPattern(name=name, before=before, after=after))
    return tuple(found)


def _facts(node: Node, at: str, kinds: tuple[str, ...]) -> tuple[FactPattern, ...]:
    table = _named(node, at)
    found = []
    for name, value in table.values.items():
        asked = _known_attribute(table.keys[name], at, name, kinds, changed=False)
        found.append(FactPattern(name=name, value=read_pattern(value, f"{at}.{name}", asked)))
    other = of_another_family(found, kinds)
    if other is not None:
        name, wrong = other
        raise table.values[name].mark.error(f"{at}.{name}", wrong)
    return tuple(found)


def _known_attribute(mark: Mark, at: str, name: str, kinds: tuple[str, ...], *, changed: bool) -> Column:
    """An attribute that all of the rule's kinds have."""
    if not kinds:
        raise mark.error(at, "needs a kind: the attributes depend on it")
    shapes = set()
    for kind in kinds:
        known = (FIELDS if changed else FACTS)[kind]
        found = attribute(known, name)
        if found is None:
            what = "changed field" if changed else "fact"
            raise mark.error(f"{at}.{name}", f"{a(kind)} has no such {what}: {one_of(name, known)}")
        shapes.add("any" if found.open and name not in known else found.shape)
    return column(kinds, name, shapes.pop() if len(shapes) == 1 else None)


def _count(section: Section, node: Table, at: str) -> Count:
    optional = truth_of(node.values["optional"], f"{at}.optional") if "optional" in node.values else False
    given = node.values.get("count")
    least, most = number_range(given, f"{at}.count") if given is not None else (1, None)
    if section == "expect" and most == 0:
        mark = given.mark if given is not None else node.mark
        raise mark.error(f"{at}.count", "expects none; what must not happen stands under forbid:")
    return Count(at_least=1 if least is None else least, at_most=most, or_none=optional)


def _named(node: Node, at: str) -> Table:
    if not isinstance(node, Table) or not node.values:
        raise node.mark.error(at, "names no attribute; write for example {mtu: ...}")
    return node


def _known_keys(table: Table, at: str | None, known: tuple[str, ...]) -> None:
    for key, mark in table.keys.items():
        if key not in known:
            raise mark.error(f"{at}.{key}" if at else shown(key)[1:-1], f"is no key here: {one_of(key, known)}")


def _word(node: Node, at: str, known: tuple[str, ...], what: str) -> str:
    text = text_of(node, at, LONGEST_TEXT)
    if text == "unknown" and what == "action":
        raise node.mark.error(at, "unknown is what a capture did not see, which nobody can plan")
    if text not in known:
        raise node.mark.error(at, f"unknown {what} {shown(text)}: {one_of(text, known)}")
    return text


def _several(node: Node, at: str, read: Callable[[Node, str], T]) -> tuple[T, ...]:
    """One of something, or a list of them."""
    if not isinstance(node, Items):
        return (read(node, at),)
    if not node.items:
        raise node.mark.error(at, "is an empty list, which nothing can be one of; leave the key away for any")
    if len(node.items) > MOST_ALTERNATIVES:
        raise node.mark.error(at, f"is a list of more than {MOST_ALTERNATIVES}; use patterns")
    return tuple(read(item, f"{at}[{number}]") for number, item in enumerate(node.items, start=1))
