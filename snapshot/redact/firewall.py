"""Pseudonyms in the firewall: in rules, elements and sets, as iptables-save(8), nft(8) and ipset(8) write them.

Words that are the tools' own stay, by a list; what stands where a name, an address or a comment is expected never does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from snapshot.redact.texts import Texts
from snapshot.redact.words import CHAINS, FIREWALL, MATCHES, OPTIONS, TABLES, TARGETS

_How: TypeAlias = Callable[[str, str], str]
"""A word's pseudonym, by the word before it."""
WORD = re.compile(r'"(?:\\.|[^"\\])*"|[^\s"]+', re.DOTALL)
BY_IPTABLES = ("iptables-", "ebtables-", "arptables-")
NAMED = frozenset({
    "-i", "-o", "--in-interface", "--out-interface", "--physdev-in", "--physdev-out", "--logical-in", "--logical-out",
    "-logical-in", "-logical-out", "--match-set", "--add-set", "--del-set", "--map-set", "--oif", "--gateway",
    "--comment", "--log-prefix", "--nflog-prefix", "--ulog-prefix", "--string", "--hex-string", "--name", "--hashlimit-name",
    "--rateest-name", "--rateest1", "--rateest2", "--nfacct-name", "--helper", "--led-trigger-id", "--selctx", "--label",
    "--path", "--object-pinned", "--bytecode", "--cgroup", "--genre", "--among-src-file", "--among-dst-file",
})  # fmt: skip
"""Options behind which a name or a free text stands, whatever it looks like."""
JUMPS, NFT_JUMPS = frozenset({"-j", "-g", "--jump", "--goto"}), frozenset({"jump", "goto"})
PREFIXES = frozenset({"prefix", "comment"})
"""Words of nft behind which a free text stands."""
VALUED = NAMED | JUMPS | {"-m"}
"""Options of iptables that have a value."""


class Firewall:
    """The pseudonyms of one key in the firewall's words."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def chain(self, name: str) -> str:
        """A chain's name."""
        return name if name in CHAINS else self._texts.there(name)

    def table(self, name: str) -> str:
        """A table's name."""
        return name if name in TABLES else self._texts.there(name)

    def text(self, backend: str, text: str) -> str:
        """A rule, an element, the head of a chain or of a set."""
        if backend.startswith(BY_IPTABLES):
            return self._rewritten(text, self._of_iptables)
        return self._rewritten(text, self._of_nft)

    def _rewritten(self, text: str, how: _How) -> str:
        before = ""

        def told(found: re.Match[str]) -> str:
            nonlocal before
            word, last = found[0], before
            # What stands behind an option is no option itself, whatever it looks like: a link may be called "-o".
            before = "" if last in VALUED else word
            return how(last, word)

        return WORD.sub(told, text)

    def _of_iptables(self, before: str, word: str) -> str:
        if before in JUMPS:
            return word if word in TARGETS else self.chain(word)
        if before in NAMED or word.startswith('"'):
            return self._texts.there(word)
        if before == "-m":
            return word if word in MATCHES else self._texts.there(word)
        if word in OPTIONS or word in MATCHES or word == "!":
            return word
        return self._texts.there(word, FIREWALL)

    def _of_nft(self, before: str, word: str) -> str:
        if before in NFT_JUMPS and word != "{":
            return self.chain(word)
        if before in PREFIXES or word.startswith(('"', "@", "!@")):
            return self._texts.there(word)
        return self._texts.there(word, FIREWALL)
