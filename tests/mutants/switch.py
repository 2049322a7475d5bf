"""What a mutated module asks at each call: which of its variants is in force. It also keeps which functions were reached.

Another process takes the mutant from the environment, and writes what it reached into the file that is named there, so that
tests of commands count as well.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

MUTANT = "MUTANT_UNDER_TEST"  # tests/analyze/conftest.py looks for it too
REACHED = "MUTANTS_REACHED"  # a file, at the end of which every process writes the functions that it reached

P = ParamSpec("P")
R = TypeVar("R")
Variants = dict[str, Callable[..., Any]]

in_force: dict[str, str] = {}  # module -> the mutant's name in it
reached: set[str] = set()


def choose(mutant: str) -> None:
    """Put a mutant (``analyze.seen.x_gaps__mutmut_3``; empty: none) in force in this process and its children."""
    os.environ[MUTANT] = mutant
    module, _, name = mutant.rpartition(".")
    in_force[module] = name


def function_of(mutant: str) -> str:
    """The function that a mutant is a variant of, as ``reached`` names it."""
    return mutant.partition("__mutmut_")[0]


def switched(variants: Variants, *, is_classmethod: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """What mutmut puts before every function that it makes variants of, which it calls ``_mutmut_mutated``."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        module = function.__module__
        name: list[str] = []

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            original = variants["_mutmut_orig"]
            if not name:
                name.append(f"{module}.{function_of(original.__name__)}")
            if name[0] not in reached:
                reached.add(name[0])
                if REACHED in os.environ:  # at once: programs may end without ado
                    _write(name[0])
            chosen = variants.get(in_force.get(module, ""), original)
            if is_classmethod:
                return getattr(args[0], chosen.__name__)(*args[1:], **kwargs)  # type: ignore[no-any-return]
            return chosen(*args, **kwargs)  # type: ignore[no-any-return]

        return call

    return decorate


def _write(name: str) -> None:
    file = os.open(os.environ[REACHED], os.O_WRONLY | os.O_APPEND)
    os.write(file, f"{name}\n".encode())
    os.close(file)


if MUTANT in os.environ:
    choose(os.environ[MUTANT])
