"""Rules as nft(8) writes them, understood."""

from __future__ import annotations

import re
from functools import lru_cache

from analyze.firewall.rule import Draft, RuleWords, Verdict

TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[{}]|[^\s{}]+', re.DOTALL)
PLAIN: dict[str, Verdict] = {"accept": "accept", "drop": "drop", "return": "return", "continue": "none"}
LINKS = {"iifname": "incoming", "iif": "incoming", "oifname": "outgoing", "oif": "outgoing"}
TRANSPORTS = frozenset({"tcp", "udp", "sctp", "udplite", "dccp", "th"})
LOG_OPTIONS = frozenset({"prefix", "group", "snaplen", "queue-threshold", "level", "flags"})


@lru_cache(maxsize=4096)
def read_rule(text: str) -> RuleWords:
    """A rule without its handle."""
    return _Reading(TOKEN.findall(text)).read()


class _Reading:
    """A rule on its way from words to meaning."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.place = 0
        self.draft = Draft()

    def read(self) -> RuleWords:
        note = self.draft.words
        while self.place < len(self.words):
            word = self._next()
            if word in LINKS:
                self._links(LINKS[word])
            elif word in ("ip", "ip6") and self._peek() == "saddr":
                self._next()
                self._source()
            elif word == "ct" and self._peek() in ("state", "status"):
                self._connection(self._next())
            elif word in TRANSPORTS and self._peek() == "dport":
                self._next()
                note["protocol"] = None if word == "th" else word
                self._ports()
            elif word in PLAIN:
                note["verdict"] = PLAIN[word]
            elif word in ("jump", "goto"):
                inline = self._peek() == "{"
                note["verdict"] = "unclear" if inline else word
                note["target"] = None if inline else self._next().strip('"')
                if inline:
                    break
            elif word in ("reject", "queue", "snat", "masquerade"):
                note["verdict"] = {"reject": "drop", "queue": "unclear"}.get(word, "translate")
                break
            elif word in ("dnat", "redirect", "tproxy"):
                note["verdict"] = "translate"
                self._translation()
                break
            else:
                self._other(word)
        return self.draft.done()

    def _next(self) -> str:
        word = self._peek()
        self.place += 1
        return word

    def _peek(self) -> str:
        return self.words[self.place] if self.place < len(self.words) else ""

    def _value(self) -> tuple[list[str] | None, bool]:
        """What something is compared with: the members of a set that stands here, one word, or None for a named set."""
        negated = self._peek() == "!="
        if self._peek() in ("!=", "=="):
            self._next()
        if self._peek() == "vmap":
            # What becomes of the packet is looked up by it.
            return None, negated
        word = self._next()
        if word == "{":
            return self._braced(), negated
        if word in ("map", ".") or word.startswith("@") or self._peek() == ".":
            return None, negated
        return [part.strip('"') for part in (word.split(",") if word[:1] != '"' else [word])], negated

    def _braced(self) -> list[str]:
        """The words up to the closing brace."""
        found, depth = [], 1
        while self.place < len(self.words) and depth:
            word = self._next()
            depth += (word == "{") - (word == "}")
            found.append(word)
        return [word.rstrip(",").strip('"') for word in found[:-1] if word != ","]

    def _links(self, which: str) -> None:
        names, negated = self._value()
        if names is None:
            self._unsure()
        else:
            self.draft.links(which, names, "*", negated=negated)

    def _source(self) -> None:
        values, negated = self._value()
        if values is None or len(values) != 1:
            self.draft.words["partial"] = True
        else:
            self.draft.source(values[0], negated=negated)

    def _connection(self, what: str) -> None:
        if self._peek() == "vmap":
            self._next()
            self._state_map(self._braced() if self._next() == "{" else None)
        elif what == "state":
            values, negated = self._value()
            if values is None:
                self._unsure()
            else:
                self.draft.states(set(values), negated=negated)
        elif self._peek() == "!=":
            # A status has several bits, and this asks for another value than that of these alone.
            self._bits()
        else:
            absent = self._peek() == "!"
            self.place += absent
            bits = None if self._peek()[:1] in ("{", "@") else self._bits()
            if bits is None:
                self._value()
                self._unsure()
            else:
                self.draft.statuses(bits, negated=absent)

    def _bits(self) -> set[str]:
        """Bits of a status, as "seen-reply,assured" or "seen-reply | assured"."""
        values, _ = self._value()
        found = set(values or ())
        while self._peek() == "|":
            self.place += 1
            found.add(self._next())
        return found

    def _state_map(self, pairs: list[str] | None) -> None:
        """``ct state vmap { established : accept, invalid : drop }``: the verdict for new connections counts."""
        note = self.draft.words
        verdicts = dict(zip(pairs[::3], pairs[2::3], strict=False)) if pairs is not None else {}
        if pairs is None or len(pairs) % 3 or not set(verdicts.values()) <= PLAIN.keys():
            note["verdict"] = "unclear"
            return
        accepted = {state for state, verdict in verdicts.items() if verdict == "accept"}
        note["verdict"] = "accept"
        self.draft.states(accepted, negated=False)
        note["partial"] = True

    def _ports(self) -> None:
        values, negated = self._value()
        if values is None:
            self.draft.words["ports_unclear"] = True
        else:
            self.draft.ports(values, negated=negated)

    def _translation(self) -> None:
        rest = self.words[self.place :]
        self.place = len(self.words)
        if "map" in rest or any(word.startswith("@") for word in rest):
            self.draft.words["ports_unclear"] = True
        elif "to" in rest and rest.index("to") + 1 < len(rest):
            self.draft.destination(rest[rest.index("to") + 1])

    def _other(self, word: str) -> None:
        note = self.draft.words
        if word == "counter":
            if self._peek() == "name":
                self.place += 2
        elif word == "comment":
            self._next()
        elif word == "log":
            while self._peek() in LOG_OPTIONS:
                self.place += 2
        elif word == "mark" or (word == "meta" and self._peek() == "mark"):
            if word == "meta":
                self._next()
            if self._peek() == "set":
                self.place += 2
                note["marks"] = True
            else:
                note["marked"] = note["partial"] = True
                self._value()
        elif word == "meta" and self._peek() in LINKS:
            pass
        elif word == "vmap":
            self._unsure()
            note["verdict"] = "unclear"
            if self._peek() == "{":
                self._next()
                self._braced()
        elif word == "{":
            self._braced()
            note["partial"] = True
        else:
            note["partial"] = True

    def _unsure(self) -> None:
        """What is compared with a named set or looked up in a map may be anything."""
        self.draft.words["partial"] = True
