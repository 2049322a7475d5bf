"""What there is on a host, in one line."""

from __future__ import annotations

from reports.inventory import Inventory
from reports.safe import make_visible

HOST = "host"
_SINGULAR = {"addresses": "address"}


def headline(inventory: Inventory) -> str:
    """The counts in words: "8 containers in 4 namespaces, 4 veth pairs, 1 bridge".

    Where one scope alone is told, that is said first. "in" stands only where every container was found in a namespace and every
    namespace has one.
    """
    counts = dict(inventory.counts)
    homes = [ns for ns in inventory.namespaces if ns.scope != HOST and ns.containers]
    all_in = sum(len(ns.containers) for ns in homes) == counts.get("containers")
    together = all_in and len(homes) == counts.get("namespaces") and bool(homes)
    counted = [(number, make_visible(word)) for word, number in inventory.counts if number]
    words = [f"{number:,} {_singular(word) if number == 1 else word}" for number, word in counted]
    words = words or ["nothing but the host's own namespace"]
    if together:
        namespaces = next(word for word in words if "namespace" in word)
        words.remove(namespaces)
        words[0] += f" in {namespaces}"
    told = ", ".join(words)
    return told if inventory.scope is None else f"only {make_visible(inventory.scope)}, of {told}"


def _singular(word: str) -> str:
    return _SINGULAR.get(word, word.removesuffix("s"))
