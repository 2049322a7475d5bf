"""Rules as iptables-save(8) writes them, understood (iptables(8), iptables-extensions(8))."""

from __future__ import annotations

import re
from functools import lru_cache

from analyze.firewall.rule import Draft, RuleWords, Verdict

TOKEN = re.compile(r'"((?:\\.|[^"\\])*)"|(\S+)', re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
VERDICTS: dict[str, Verdict] = {
    "ACCEPT": "accept", "DROP": "drop", "REJECT": "drop", "RETURN": "return",
    "DNAT": "translate", "SNAT": "translate", "MASQUERADE": "translate", "REDIRECT": "translate", "NETMAP": "translate",
    "TPROXY": "translate", "NFQUEUE": "unclear", "QUEUE": "unclear", "SYNPROXY": "unclear",
}  # fmt: skip
GO_ON = frozenset({
    "AUDIT", "CHECKSUM", "CLASSIFY", "CONNMARK", "CONNSECMARK", "CT", "DSCP", "ECN", "HL", "HMARK", "IDLETIMER", "LED", "LOG",
    "MARK", "NFLOG", "NOTRACK", "RATEEST", "SECMARK", "SET", "TCPMSS", "TCPOPTSTRIP", "TEE", "TOS", "TRACE", "TTL", "ULOG",
})  # fmt: skip
"""Targets after which a packet goes on to the next rule."""
HARMLESS = frozenset({"comment", "tcp", "udp", "sctp", "udplite", "dccp", "conntrack", "state", "multiport"})
"""Matches that say nothing by themselves, or whose options are understood."""
FREE_TEXT = frozenset({"--comment", "--log-prefix", "--nflog-prefix", "--string", "--hex-string", "--name", "--algo"})
"""Options whose value may look like an option."""
PORTS = frozenset({"--dport", "--destination-port", "--dports", "--destination-ports", "--ports"})


def tokens(text: str) -> list[str]:
    """A rule's words, quotes taken off."""
    return [plain or ESCAPED.sub(r"\1", quoted) for quoted, plain in TOKEN.findall(text)]


@lru_cache(maxsize=4096)
def read_rule(text: str) -> RuleWords:
    """A rule without its "-A CHAIN"."""
    draft, words = Draft(), tokens(text)
    place, negated, targeted = 0, False, False
    while place < len(words):
        word = words[place]
        place += 1
        if word == "!":
            negated = True
            continue
        value = words[place] if place < len(words) else ""
        if word in FREE_TEXT or word == "-m":
            place += 1
            _note_match(draft, word, value)
        elif word in ("-j", "-g"):
            place += 1
            _note_target(draft, value, goto=word == "-g")
            targeted = True
        elif targeted and word.startswith("--") and word != "--to-destination":
            # The target's own: how to reject, what mark to set.
            place += not value.startswith("-")
        elif word.startswith("-") and value and not value.startswith("-") and value != "!":
            place += 1
            _note_option(draft, word, value, negated=negated)
        else:
            draft.words["partial"] = True
        negated = False
    return draft.done()


def _note_match(draft: Draft, word: str, value: str) -> None:
    if word != "-m" or value in HARMLESS:
        return
    if value == "physdev":
        draft.words["physical"] = True
    elif value == "mark":
        draft.words["marked"] = True
    draft.words["partial"] = True


def _note_target(draft: Draft, target: str, *, goto: bool) -> None:
    if target in GO_ON:
        draft.words["marks"] = target == "MARK"
    elif target in VERDICTS:
        draft.words["verdict"] = VERDICTS[target]
    else:
        # A chain of this table, or a target that we have no word for: the table tells.
        draft.words["verdict"] = "goto" if goto else "jump"
        draft.words["target"] = target


def _note_option(draft: Draft, word: str, value: str, *, negated: bool) -> None:
    if word in ("-i", "-o"):
        draft.links("incoming" if word == "-i" else "outgoing", [value], "+", negated=negated)
    elif word == "-s":
        draft.source(value, negated=negated)
    elif word == "-p" and not negated:
        draft.words["protocol"] = value
    elif word in ("--ctstate", "--state"):
        draft.states({state.lower() for state in value.split(",")}, negated=negated)
    elif word in PORTS:
        draft.ports(value.split(","), negated=negated)
    elif word == "--to-destination":
        draft.destination(value)
    else:
        draft.words["partial"] = True
