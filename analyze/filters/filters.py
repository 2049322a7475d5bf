"""All that a command line says of what to leave out and what to show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analyze.filters.config import Config, read_config
from analyze.filters.grammar import read_rule
from analyze.filters.rules import Rule
from snapshot.model.frozen import frozen


@frozen
class Filters:
    """``default``: also the rules of analyze/diff/noise.py; ``ignore`` and ``select`` in the order in which they count."""

    default: bool = True
    ignore: tuple[Rule, ...] = ()
    select: tuple[Rule, ...] = ()


def read_filters(
    *, ignore: Sequence[str] = (), select: Sequence[str] = (), config: Path | None = None, default: bool = True
) -> Filters:
    """Filters from ``--ignore``, ``--select``, ``--config`` and ``--no-default-ignores``. Raises ``UsageError``."""
    told = read_config(config) if config is not None else Config()
    return Filters(
        default=default and told.default_ignores,
        ignore=(*(read_rule(text, "--ignore") for text in ignore), *told.ignore),
        select=tuple(read_rule(text, "--select") for text in select),
    )
