"""Firewalls of the size that large clusters have: nothing is missing, and everything is in its place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab import firewalls
from tests.lab.bottle import Bottle
from tests.requirements import require_bottles

RULES, ELEMENTS = 5_000, 10_000


@pytest.fixture(scope="module")
def bottle() -> Iterator[Bottle]:
    require_bottles()
    with Bottle() as made:
        yield made


def address(number: int) -> str:
    return f"10.{number // 40_000}.{number // 200 % 200}.{number % 200 + 1}"


def test_large_rulesets_and_sets(bottle: Bottle) -> None:
    words = [f"-s {address(number)}/32 -p tcp -m tcp --dport {number + 1} -j ACCEPT" for number in range(RULES)]
    saved = "".join(f"-A INPUT {rule}\n" for rule in words)
    native = [f"ip saddr {address(number)} tcp dport {number + 1} accept" for number in range(RULES)]
    elements = {address(number) for number in range(ELEMENTS)}
    files = {
        "saved": f"*filter\n:INPUT ACCEPT [0:0]\n{saved}COMMIT\n",
        "native": "table inet t {\nset s {\ntype ipv4_addr\nelements = { "
        + ", ".join(sorted(elements))
        + " }\n}\nchain c {\n"
        + "\n".join(native)
        + "\n}\n}\n",
        "ipset": "create s hash:ip\n" + "".join(f"add s {element}\n" for element in elements),
    }
    for name, text in files.items():
        (bottle.folder / name).write_text(text, encoding="ascii")
    bottle.sh(
        f"cd {bottle.folder}; iptables-nft-restore saved; iptables-legacy-restore saved; nft -f native; ipset restore <ipset"
    )
    facts = bottle.show(bottle.capture(), "--kind", "firewall")
    for backend in ("iptables-nft", "iptables-legacy"):
        assert firewalls.chains(facts, backend, "ip")["filter", "INPUT"].rules == words
    assert firewalls.chains(facts, "nft", "inet")["t", "c"].rules == native
    for backend in ("nft", "ipset"):
        assert {f["text"] for f in facts if f["backend"] == backend and f["object"] == "element"} == elements
