"""Text of strangers, made fit to be printed: what would act in a terminal, or hide, becomes visible."""

from __future__ import annotations

import unicodedata

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
"""Unicode categories that show nothing: controls, formats (bidi among them), lone surrogates, separators."""
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that are drawn as nothing."""


class _Visible(dict[int, str]):
    """A translation table that is filled as characters are met."""

    def __missing__(self, code: int) -> str:
        shown = _shown(chr(code))
        self[code] = shown
        return shown


def _shown(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char == " " or (unicodedata.category(char) not in _UNSEEN and char not in _BLANK):
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_TABLE = _Visible()


def make_visible(text: str) -> str:
    """``text`` on one line, with every control, bidi control, invisible character and lone surrogate as an escape.

    A backslash is doubled, so that two different texts never look the same. The result can always be encoded.
    """
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text
    return text.translate(_TABLE)
