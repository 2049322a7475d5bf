"""One snapshot as a document."""

from __future__ import annotations


def document(snap: str) -> str:
    """The HTML of the snapshot that ``snap`` names: its inventory with the picture, and what the checks find in it."""
    from analyze.compose import compose_check
    from analyze.inventory import take_inventory
    from reports.html.snapshot import render
    from snapshot.store.loaded import Whole
    from snapshot.store.reader import load
    from snapshot.store.reference import parse
    from snapshot.version import GENERATOR

    loaded = load(parse(snap))
    inventory = take_inventory(Whole(snapshot=loaded, rows={}), pictured=True)
    return render(inventory, compose_check(loaded, GENERATOR))
