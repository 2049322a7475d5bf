"""One snapshot as a document."""

from __future__ import annotations


def document(snap: str) -> str:
    """The HTML of the snapshot that ``snap`` names: its inventory with the picture, and what the checks find in it."""
    from analyze.compose import compose_check
    from analyze.inventory import take_inventory
    from reports.html.snapshot import render
    from snapshot.store.loaded import Whole
    from snapshot.store.reader import load_with_provenance
    from snapshot.store.reference import parse
    from snapshot.version import GENERATOR

    loaded, provenance = load_with_provenance(parse(snap))
    inventory = take_inventory(Whole(snapshot=loaded, rows={}), pictured=True, provenance=provenance)
    return render(inventory, compose_check(loaded, GENERATOR))
