"""Whatever a report says can be asked for: no plan and no rule that is made of a change is refused, and each means it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given

from analyze.compose import compose
from analyze.filters.grammar import LONGEST, read_rule
from analyze.filters.rules import OF_A_HOP
from analyze.plan.columns import ITEMS, LARGEST, TEXTS, column
from analyze.plan.document import Source
from analyze.plan.draft import draft_plan
from analyze.plan.globs import LONGEST as LONGEST_PATTERN
from analyze.plan.globs import glob, quoted
from analyze.plan.grammar import read_plan
from analyze.plan.vocabulary import FACTS, FIELDS, attribute
from analyze.plan.yaml_text import inline, word, writable
from reports.model import Change, Facts, Json
from tests.analyze.generated.changes import changed
from tests.analyze.generated.histories import SOME, Steps, seeds, steps
from tests.analyze.generated.hosts import made
from tests.analyze.pairs import sides_of
from tests.analyze.plan.plans import HEAD
from tests.cases.captures import read_capture
from tests.cases.record import RECORDED

CASES = Path(__file__).parents[2] / "cases"
PER_PLAN = 900
HOPS = ("nexthops", "group", "nexthop_id")


@SOME
@given(seeds, steps, steps)
def test_what_a_report_says_can_be_asked_for(seed: int, first: Steps, second: Steps) -> None:
    report = compose(sides_of(changed(made(seed), first), changed(made(seed), second)), "netlapse test")
    read_plan(Source(name="drafted", data=draft_plan(report).encode("ascii")))
    for change in report.changes:
        for rule in rules_of(change):
            assert read_rule(rule, "--ignore").touches(change), rule
    asked = [(change, line) for change in report.changes if change.action != "unknown" for line in lines_of(change)]
    for begin in range(0, len(asked), PER_PLAN):
        some = asked[begin : begin + PER_PLAN]
        text = HEAD + "forbid:\n" + "".join(f"  - {line}\n" for _, line in some)
        plan = read_plan(Source(name="p", data=text.encode("ascii")))
        for entry, (change, line) in zip(plan.rules, some, strict=True):
            assert not entry.selector.misses(change), line


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_what_real_hosts_have_can_be_asked_for(name: str) -> None:
    """Every value of every row, changed or not."""
    for side in ("before", "after"):
        capture = read_capture(CASES / name / f"{side}.json")
        sections = [place.sections for place in capture.namespaces] + [told.sections for told in capture.runtimes]
        read = [(kind, rows) for each in sections for kind, rows in each.items() if isinstance(rows, tuple)]
        assert sum(len(rows) for _, rows in read) > 50
        for kind, rows in read:
            for row in rows if kind in FACTS else ():
                for column_name, known in FACTS[kind].items():
                    value = getattr(row, column_name, None)
                    asked = column((kind,), column_name, known.shape)
                    if isinstance(value, str) and value:
                        assert asked.wrong(glob(quoted(value))) is None, (kind, column_name, value)
                    elif isinstance(value, int) and not isinstance(value, bool):
                        assert asked.wrong_number(value, value) is None, (kind, column_name, value)
                    elif isinstance(value, tuple):
                        texts = [item for item in value if isinstance(item, str)]
                        assert not any(asked.within.wrong(glob(quoted(item))) for item in texts), (kind, value)


def test_what_is_said_of_columns_is_said_of_columns_that_are_there() -> None:
    for shape, said in (("text", TEXTS), ("list", ITEMS), ("number", LARGEST)):
        assert {
            (kind, name) for kind, known in said.items() for name in known if FACTS[kind][name].shape != shape
        } == set()


def rules_of(change: Change) -> Iterator[str]:
    """A change as rules of --ignore: by its own keys, and by each of its facts, before and after."""
    own = f"kind={change.kind},action={change.action},scope={written(change.scope)},severity={change.severity}"
    yield f"{own},name={written(change.name)},severity_rule={change.severity_rule or ''}"
    yield from (f"kind={change.kind},field={written(field.name)}" for field in change.fields)
    for facts in (change.before, change.after):
        for name, value in told(change.kind, facts):
            for item in value if isinstance(value, list | tuple) else (value,):
                # Of a route of several hops its hops have the gateways (docs/filters.md).
                elsewhere = item is None and name in OF_A_HOP and facts and any(map(facts.get, HOPS))
                rule = f"kind={change.kind},facts.{name}={written(item)}"
                if isinstance(item, str | int | float | None) and len(rule) <= LONGEST and not elsewhere:
                    yield rule


def lines_of(change: Change) -> Iterator[str]:
    """A change as rules of a plan: by its facts, and by what was changed to what."""
    own = f"kind: {change.kind}, action: {change.action}, scope: {pattern(change.scope)}"
    yield f"{{{own}, severity: {change.severity}}}"
    for name, value in told(change.kind, change.after if change.after is not None else change.before):
        text = asked(value)
        if text is not None:
            yield f"{{{own}, facts: {{{word(name)}: {text}}}}}"
    for field in change.fields if change.action in ("changed", "recreated") else ():
        before, after = asked(field.before), asked(field.after)
        if before is not None and after is not None and attribute(FIELDS[change.kind], field.name) is not None:
            yield f"{{{own}, fields: {{{word(field.name)}: {{before: {before}, after: {after}}}}}}}"


def told(kind: str, facts: Facts | None) -> Iterator[tuple[str, Json]]:
    """The facts that can be asked for, those within a column too."""
    for name, value in (facts or {}).items():
        if attribute(FACTS[kind], name) is not None:
            yield name, value
            if isinstance(value, Mapping):
                yield from ((f"{name}.{inner}", item) for inner, item in value.items() if inner.isidentifier())


def asked(value: Json) -> str | None:
    """A value as a pattern of a plan; None where it cannot be written."""
    if isinstance(value, str):
        return pattern(value) if writable(value) and len(quoted(value)) <= LONGEST_PATTERN else None
    if isinstance(value, list | tuple):
        items = [asked(item) for item in value]
        return None if None in items else f"[{', '.join(map(str, items))}]"
    return inline(value) if isinstance(value, bool | int | None) and writable(value) else None


def pattern(text: str) -> str:
    return word(quoted(text)) if text else '""'


def written(value: Json) -> str:
    """A text as a value of a rule."""
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return "".join(f"\\{one}" if one in "\\,|*? \n\t" else one for one in text)
