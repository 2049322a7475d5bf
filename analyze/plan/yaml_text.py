"""Values as YAML text that reads back as the same values, and in which nothing of a stranger can act or hide."""

from __future__ import annotations

import re
from collections.abc import Mapping

from analyze.plan.document import MOST_DIGITS, Scalar
from reports.model import Json
from reports.safe import make_visible

_PLAIN = re.compile(
    r"(?!null\b|true\b|false\b|-?[0-9.]+$)[A-Za-z0-9/.][A-Za-z0-9_/.:*+@=-]*(?<!:)", re.ASCII | re.IGNORECASE
)
"""Words that need no quotes: they begin with no sign of YAML's and are neither numbers nor words with a meaning."""
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def word(value: Scalar) -> str:
    """A scalar."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return value if _PLAIN.fullmatch(value) else quoted(value)


def quoted(text: str) -> str:
    """A text in double quotes, in ASCII (YAML 1.2, 5.7: escaped characters)."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if " " <= char <= "~":
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def inline(value: Json) -> str:
    """Any value on one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{word(str(name))}: {inline(item)}' for name, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(inline, value))}]"
    return word(value)


def writable(value: Json) -> bool:
    """Does a scalar read back as itself? Numbers without end, and halves of surrogate pairs, do not."""
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int):
        return len(str(abs(value))) <= MOST_DIGITS
    return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)


def comment(text: str) -> str:
    """A text of strangers in a comment: visible, on one line, in ASCII."""
    return make_visible(text).encode("ascii", "backslashreplace").decode("ascii")
