"""The configuration file: rules of what to leave out, in TOML (docs/filters.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from analyze.filters.grammar import FilterError, read_rule
from analyze.filters.rules import Rule
from analyze.plan.errors import one_of, shown
from snapshot.model.errors import UsageError
from snapshot.model.frozen import frozen

LARGEST = 1 << 20
"""Bytes of a configuration file."""
KEYS = ("default-ignores", "ignore")
RULE_KEYS = ("rule", "reason")


@frozen
class Config:
    """What a configuration file says."""

    default_ignores: bool = True
    ignore: tuple[Rule, ...] = ()


def read_config(path: Path) -> Config:
    """Read a configuration file. Raises ``UsageError`` with the line or key that is wrong, and what was expected."""
    import tomllib  # few name a file

    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"--config {path}: {error.strerror or error}") from error
    if len(raw) > LARGEST:
        raise UsageError(f"--config {path}: is larger than {LARGEST:,} bytes, which no list of rules is")
    try:
        text = raw.decode()
        told = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise FilterError(f"{path.name}: is not TOML in UTF-8: {error}") from error
    for key in told:
        if key not in KEYS:
            raise FilterError(f"{path.name}{_line(text, key)}: {shown(key)} is no key here: {one_of(key, KEYS)}")
    default = told.get("default-ignores", True)
    if not isinstance(default, bool):
        place = _line(text, "default-ignores")
        raise FilterError(f"{path.name}{place}: default-ignores is {shown(default)}, it is true or false")
    return Config(default_ignores=default, ignore=tuple(_rules(path.name, text, told.get("ignore", []))))


def _rules(name: str, text: str, entries: object) -> Iterator[Rule]:
    if not isinstance(entries, list):
        raise FilterError(
            f'{name}{_line(text, "ignore")}: ignore is no list of rules, as in ignore = ["kind=neighbour"]'
        )
    for number, entry in enumerate(entries, start=1):
        at = f"ignore[{number}]"
        told: Mapping[str, object] = entry if isinstance(entry, dict) else {"rule": entry}
        for key in told:
            if key not in RULE_KEYS:
                place = _line(text, key)
                raise FilterError(f"{name}{place}: {at}.{key} is no key here: {one_of(key, RULE_KEYS)}")
        rule, reason = told.get("rule"), told.get("reason")
        if not isinstance(rule, str):
            raise FilterError(
                f'{name}{_line(text, "ignore")}: {at} has no rule, a text such as "kind=neighbour,dev=eth*"'
            )
        if reason is not None and not isinstance(reason, str):
            raise FilterError(f"{name}{_line(text, 'reason')}: {at}.reason is {shown(reason)}, it is a text")
        yield read_rule(rule, name, place=f"{name}{_line(text, rule)}: {at}", reason=reason)


def _line(text: str, word: str) -> str:
    """Where a word stands first, as far as that can be told: the parser does not say."""
    for number, line in enumerate(text.splitlines(), start=1):
        if word in line.partition("#")[0]:
            return f":{number}"
    return ""
