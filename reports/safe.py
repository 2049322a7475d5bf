"""Text of strangers, made fit to be printed: what would act in a terminal, or hide, becomes visible."""

from __future__ import annotations

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}
_UNSEEN = (
    (0x00, 0x1F), (0x7F, 0xA0), (0xAD, 0xAD), (0x34F, 0x34F), (0x600, 0x605), (0x61C, 0x61C), (0x6DD, 0x6DD),
    (0x70F, 0x70F), (0x890, 0x891), (0x8E2, 0x8E2), (0x115F, 0x1160), (0x1680, 0x1680), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x206F), (0x2800, 0x2800), (0x3000, 0x3000),
    (0x3164, 0x3164), (0xD800, 0xDFFF), (0xFDD0, 0xFDEF), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB), (0xFFFE, 0xFFFF), (0x110BD, 0x110BD), (0x110CD, 0x110CD), (0x13430, 0x1345F),
    (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Characters that show nothing: controls, formats (bidi among them), separators, blanks, lone surrogates, selectors.

With them go the last two of each plane, which are no characters.
Categories Cc, Cf, Cs, Zl, Zp, Zs and the default-ignorable characters of Unicode 16, as a list of our own: Python's
tables differ between versions, and the same report must give the same bytes.
"""


class _Visible(dict[int, str]):
    """A translation table that is filled as characters are met."""

    def __missing__(self, code: int) -> str:
        shown = _shown(code)
        self[code] = shown
        return shown


def _shown(code: int) -> str:
    char = chr(code)
    if char in _SHORT:
        return _SHORT[char]
    if code & 0xFFFE != 0xFFFE and not any(first <= code <= last for first, last in _UNSEEN):
        return char
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
