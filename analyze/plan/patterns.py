"""Patterns as they are written in a plan: words with wildcards, and values with operators."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network

from analyze.plan.columns import ANY, DEFAULT, DEFAULT_ROUTES, Column
from analyze.plan.document import Items, Node, Scalar, Table, Word
from analyze.plan.errors import one_of, shown
from analyze.plan.globs import Glob, glob
from analyze.plan.values import All, AnyOf, Between, Contains, Each, Has, Is, Like, Not, Pattern, Within

OPERATORS = ("any_of", "at_least", "at_most", "contains", "has", "not", "within")
MOST_COUNT = 10**9


def read_glob(node: Node, at: str) -> Glob:
    """A wildcard pattern."""
    if not isinstance(node, Word) or node.value is None:
        raise node.mark.error(at, "is no text; a pattern is a text in which * is anything and ? any one character")
    if not node.text:
        raise node.mark.error(at, "is empty, which no name is; leave the key away for any")
    return _glob(node, at)


def text_of(node: Node, at: str, longest: int) -> str:
    """A text on one line."""
    if not isinstance(node, Word) or node.value is None or not node.text:
        raise node.mark.error(at, "is no text")
    if len(node.text) > longest:
        raise node.mark.error(at, f"is longer than {longest} characters")
    return node.text


def truth_of(node: Node, at: str) -> bool:
    """A truth value."""
    if not isinstance(node, Word) or not isinstance(node.value, bool):
        raise node.mark.error(at, f"is {_found(node)}, it is true or false")
    return node.value


def number_range(node: Node, at: str) -> tuple[int | None, int | None]:
    """A number of things: ``3``, or ``{at_least: 1, at_most: 3}``."""
    if isinstance(node, Word):
        number = _whole(node, at)
        return number, number
    if not isinstance(node, Table) or not node.values:
        raise node.mark.error(at, "is a number, or {at_least: 1, at_most: 3}")
    for key, mark in node.keys.items():
        if key not in ("at_least", "at_most"):
            raise mark.error(f"{at}.{key}", f"is no key here: {one_of(key, ('at_least', 'at_most'))}")
    least, most = (
        _whole(node.values[key], f"{at}.{key}") if key in node.values else None for key in ("at_least", "at_most")
    )
    if least is not None and most is not None and least > most:
        raise node.mark.error(at, f"at least {least} and at most {most} cannot both be")
    return least, most


def _whole(node: Node, at: str) -> int:
    value = node.value if isinstance(node, Word) else None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_COUNT:
        raise node.mark.error(at, f"is {_found(node)}, it is a whole number from 0 to {MOST_COUNT:,}")
    return value


def read_pattern(node: Node, at: str, column: Column) -> Pattern:
    """A pattern for a value of a column."""
    if isinstance(node, Word):
        return _of_word(node, at, column)
    if isinstance(node, Items):
        _shape_is(node, at, column, ("list",), "a list")
        return Each(
            tuple(read_pattern(item, f"{at}[{n}]", column.within) for n, item in enumerate(node.items, start=1))
        )
    if not node.values:
        raise node.mark.error(at, f"is empty; a value, or one of {', '.join(OPERATORS)}")
    return _of_table(node, at, column)


def _of_word(node: Word, at: str, column: Column) -> Pattern:
    value, shape = node.value, column.shape
    if value is None:
        return Is(None)
    if shape in ("list", "mapping"):
        wanted = "[...] or {contains: ...}" if shape == "list" else "{has: {...}}"
        raise node.mark.error(at, f"is {_found(node)}, but this is a {shape}: write {wanted}")
    if isinstance(value, str):
        if column.routed and value == DEFAULT:
            return AnyOf(tuple(Like(glob(dst)) for dst in DEFAULT_ROUTES))
        return Like(_possible(_glob(node, at), node, at, column))
    if shape == "truth" and not isinstance(value, bool):
        raise node.mark.error(at, f"is {_found(node)}, but this is true or false")
    if shape == "number" and isinstance(value, bool):
        raise node.mark.error(at, f"is {_found(node)}, but this is a number")
    # A text may be spelt like a number, or like a truth value: the routing table 100, the policy of a rule.
    if shape == "text":
        return Like(_possible(glob(node.text), node, at, column))
    _raise(None if isinstance(value, bool) else column.wrong_number(value, value), node, at)
    return Is(value)


def _possible(pattern: Glob, node: Word, at: str, column: Column) -> Glob:
    """The pattern, if it can mean something in that column."""
    shape = column.shape
    if shape in ("number", "truth") and pattern.literal is not None and not _number(pattern.literal, shape):
        raise node.mark.error(
            at, f"is {_found(node)}, but this is {'a number' if shape == 'number' else 'true or false'}"
        )
    _raise(column.wrong(pattern), node, at)
    return pattern


def _raise(wrong: str | None, node: Node, at: str) -> None:
    if wrong is not None:
        raise node.mark.error(at, f"{_found(node)} {wrong}")


def _number(text: str, shape: str) -> bool:
    if shape == "truth":
        return text in ("true", "false")
    return text.removeprefix("-").replace(".", "", 1).isdecimal()


def _of_table(node: Table, at: str, column: Column) -> Pattern:
    patterns: list[Pattern] = []
    for key, value in node.values.items():
        if key not in OPERATORS:
            raise node.keys[key].error(f"{at}.{key}", f"is no operator: {one_of(key, OPERATORS)}")
        if key not in ("at_least", "at_most"):
            patterns.append(_OPERATIONS[key](value, f"{at}.{key}", column))
    if "at_least" in node.values or "at_most" in node.values:
        patterns.append(_between(node, at, column))
    return patterns[0] if len(patterns) == 1 else All(tuple(patterns))


def _between(node: Table, at: str, column: Column) -> Pattern:
    _shape_is(node, at, column, ("number",), "a range of numbers")
    ends: list[int | float | None] = []
    for key in ("at_least", "at_most"):
        end = node.values.get(key)
        value: Scalar = end.value if isinstance(end, Word) else None
        if end is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise end.mark.error(f"{at}.{key}", f"is {_found(end)}, it is a number")
        ends.append(value if isinstance(value, int | float) else None)
    least, most = ends
    if least is not None and most is not None and least > most:
        raise node.mark.error(at, f"at least {least} and at most {most} cannot both be")
    wrong = column.wrong_number(least, most)
    if wrong is not None:
        raise node.mark.error(at, f"a number in this range {wrong}")
    return Between(least, most)


def _within(node: Node, at: str, column: Column) -> Pattern:
    _shape_is(node, at, column, ("text",), "a network")
    if not column.addressed:
        raise node.mark.error(at, f"asks for a network, but {column.label} is no address")
    text = node.text if isinstance(node, Word) and isinstance(node.value, str) else None
    try:
        return Within(ip_network(text or ""))
    except ValueError as error:
        reason = f" ({error})" if text is not None and "host bits" in str(error) else ""
        raise node.mark.error(at, f"is {_found(node)}, it is a network such as 10.1.0.0/16{reason}") from None


def _contains(node: Node, at: str, column: Column) -> Pattern:
    _shape_is(node, at, column, ("list", "mapping"), "a list's content")
    return Contains(read_pattern(node, at, column.within))


def _not(node: Node, at: str, column: Column) -> Pattern:
    return Not(read_pattern(node, at, column))


def _any_of(node: Node, at: str, column: Column) -> Pattern:
    if not isinstance(node, Items) or not node.items:
        raise node.mark.error(at, "is no list of values")
    return AnyOf(tuple(read_pattern(item, f"{at}[{n}]", column) for n, item in enumerate(node.items, start=1)))


def _has(node: Node, at: str, column: Column) -> Pattern:
    _shape_is(node, at, column, ("mapping",), "a mapping")
    if not isinstance(node, Table) or not node.values:
        raise node.mark.error(at, "is no mapping of names and values")
    return Has(tuple((name, read_pattern(value, f"{at}.{name}", ANY)) for name, value in node.values.items()))


_OPERATIONS: dict[str, Callable[[Node, str, Column], Pattern]] = {
    "any_of": _any_of, "contains": _contains, "has": _has, "not": _not, "within": _within,
}  # fmt: skip


def _shape_is(node: Node, at: str, column: Column, possible: tuple[str, ...], what: str) -> None:
    if column.shape not in (None, "any", *possible):
        raise node.mark.error(at, f"asks for {what}, but this is a {column.shape}")


def _glob(node: Word, at: str) -> Glob:
    try:
        return glob(node.text)
    except ValueError as error:
        raise node.mark.error(at, f"{shown(node.text)} {error}") from None


def _found(node: Node) -> str:
    if isinstance(node, Word):
        return "nothing" if node.value is None and not node.text else shown(node.text)
    return "a list" if isinstance(node, Items) else "a mapping"
