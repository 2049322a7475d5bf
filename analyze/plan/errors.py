"""What is wrong with a plan, where it stands, and what was expected there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from snapshot.model.errors import UsageError
from snapshot.model.frozen import frozen

SHOWN = 60
"""Characters of a stranger's text that a message repeats."""
LISTED = 30


class PlanError(UsageError):
    """A plan file that cannot be used: one line with file, line, column and field."""


@frozen
class Mark:
    """A place in a plan file; line and column count from 1."""

    file: str
    line: int
    column: int

    def error(self, field: str | None, problem: str) -> PlanError:
        """An error at this place: ``plan.yaml:7:11: expect[2].kind: ...``."""
        return PlanError(f"{self.file}:{self.line}:{self.column}: {f'{field}: ' if field else ''}{problem}")


def shown(text: object) -> str:
    """Something found in a plan, quoted, and cut where it is long."""
    words = str(text)
    return repr(words if len(words) <= SHOWN else f"{words[:SHOWN]}...")


def one_of(word: str, known: Iterable[str]) -> str:
    """What a word should have been: ``did you mean 'route'? it is one of ...``."""
    names = list(known)
    near = difflib.get_close_matches(word[:SHOWN], names, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    listed = ", ".join(names) if len(names) <= LISTED else f"{', '.join(names[:LISTED])}, ..."
    return f"{hint}it is one of {listed}"


def a(noun: str) -> str:
    """A noun with its article: "a link", "an address"."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
