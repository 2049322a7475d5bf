"""Reports with a text of one's choice in every field that holds one, found by the model's own types.

``report(texts)`` and its like ask ``texts`` for each field's text by its place (``Change.name``); nothing is left out, however
deep, but for the ids by which changes refer to each other, which are the program's own.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from reports import drawing, model
from reports import inventory as inventories
from reports.inventory import Inventory
from reports.model import CheckReport, Report
from tests.hostile import Texts

T = TypeVar("T")


class _AnyJson:
    """Stands for ``model.Json``, which is no class."""


ITEMS = 2
"""So many items has each list."""
_NAMES = vars(drawing) | vars(model) | vars(inventories)
_PROGRAMS_OWN = frozenset({"format", "version"})


def filled(kind: type[T], texts: Texts) -> T:
    """A value of a class of the model with a text in every field that can hold one."""
    told = {
        name: _value(hint, f"{kind.__name__}.{name}", texts, 0)
        for name, hint in _hints(kind).items()  # type: ignore[arg-type]  # a class is hashable
        if name not in _PROGRAMS_OWN
    }
    return kind(**told)


def report(texts: Texts) -> Report:
    """A report of four changes, one of them under another, two findings, ..., with a plan and a selection."""
    made = filled(Report, texts)
    first, second = made.changes
    alone = replace(
        first, id="c3", action="added", before=None, fields=(), cause=None, confidence="weak", expected=False
    )
    told = (
        replace(alone, id="c1", action="changed", before=first.before, fields=first.fields),
        replace(second, id="c2", action="removed", after=None, fields=(), cause="c1", expected=False),
        alone,
        replace(second, id="c4", action="removed", after=None, fields=(), cause=None, expected=False),
    )
    assert made.plan is not None
    unmet, met = made.plan.rules
    new, resolved = made.findings
    default, own = made.ignored
    rules = (
        replace(unmet, line=1, section="expect", status="unmet", changes=("c1",)),
        replace(met, line=2, section="must", status="met", changes=("c1",)),
    )
    return replace(
        made,
        verdict="different",
        changes=told,
        findings=(replace(new, status="new"), replace(resolved, status="resolved")),
        ignored=(replace(default, source="default", reason=None), own),
        plan=replace(made.plan, rules=rules),
        drawing=_of_c1(made.drawing),
    )


def check_report(texts: Texts) -> CheckReport:
    """The findings on one snapshot, of checks it tells of."""
    made = filled(CheckReport, texts)
    findings = tuple(replace(f, status="present") for f in made.findings)
    return replace(made, findings=findings)


def inventory(texts: Texts) -> Inventory:
    """One snapshot."""
    return filled(Inventory, texts)


def _of_c1(thing: Any) -> Any:
    """A drawing of which every part leads to the first change."""
    if isinstance(thing, tuple):
        return tuple(map(_of_c1, thing))
    if not is_dataclass(thing) or isinstance(thing, type):
        return thing
    told = {field.name: _of_c1(getattr(thing, field.name)) for field in fields(thing)}
    return replace(thing, **told | ({"change": "c1"} if "change" in told else {}))


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, _NAMES, {"Json": _AnyJson, "Facts": Mapping[str, _AnyJson]})


def _value(hint: Any, place: str, texts: Texts, number: int) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is str:
        return texts(place)
    if hint is bool:
        return True
    if hint in (int, float):
        return number + 1
    if origin is Literal:
        return arguments[number % len(arguments)]
    if hint is _AnyJson:
        return _json(place, texts)
    if origin in (Union, types.UnionType):
        return _value(_something(arguments), place, texts, number)
    if origin is tuple and arguments[-1] is Ellipsis:
        return tuple(_value(arguments[0], place, texts, item) for item in range(ITEMS))
    if origin is tuple:
        return tuple(_value(argument, place, texts, number) for argument in arguments)
    if origin is Mapping:
        return {
            _value(arguments[0], f"{place} key", texts, item): _value(arguments[1], place, texts, item)
            for item in range(ITEMS)
        }
    if is_dataclass(hint):
        return filled(hint, texts)  # type: ignore[arg-type]
    raise TypeError(f"{place}: no value is known for {hint}")


def _something(arguments: tuple[Any, ...]) -> Any:
    """Of ``X | None``, X."""
    return next(argument for argument in arguments if argument is not type(None))


def _json(place: str, texts: Texts) -> Any:
    """A text, deep within a value."""
    return [texts(place), {texts(f"{place} key"): [texts(place)]}]
