"""Pseudonyms in the firewall's texts: the tools' own words stay, and nothing that stands where a name is expected does."""

from __future__ import annotations

import pytest

from snapshot.redact.firewall import Firewall
from snapshot.redact.keys import Key
from snapshot.redact.texts import Texts

TEXTS = Texts(Key(b"a key of the tests"))
FIREWALL = Firewall(TEXTS)
told = TEXTS.there


@pytest.mark.parametrize(
    ("rule", "redacted"),
    [
        ("-i app -j DROP", f"-i {told('app')} -j DROP"),
        ("-i DROP -o ACCEPT -j DROP", f"-i {told('DROP')} -o {told('ACCEPT')} -j DROP"),
        # A link that is called like an option: what stands behind it is still what it was.
        ("-i -o -j DROP", f"-i {told('-o')} -j DROP"),
        ("! -o -j -m comment --comment -j -j ACCEPT", f"! -o {told('-j')} -m comment --comment {told('-j')} -j ACCEPT"),
    ],
)
def test_a_rule(rule: str, redacted: str) -> None:
    assert FIREWALL.text("iptables-nft", rule) == redacted
    assert TEXTS.back(redacted) == rule
