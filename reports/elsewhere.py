"""The containers of a snapshot that are in none of the namespaces it tells of: stopped ones, those of a namespace not found."""

from __future__ import annotations

from collections import Counter

from reports.inventory import Inventory, TreeContainer


def elsewhere(inventory: Inventory) -> tuple[TreeContainer, ...]:
    """What the inventory counts and no namespace tells, by name."""
    told = Counter((place.scope, container.name) for place in inventory.namespaces for container in place.containers)
    left = []
    for row in inventory.facts.get("container", ()):
        key = str(row.get("scope")), str(row.get("name"))
        if told[key]:
            told[key] -= 1
            continue
        image = row.get("image")
        left.append(
            TreeContainer(
                name=key[1],
                role=str(row.get("role")),
                state=str(row.get("state")),
                image=str(image) if image is not None else None,
            )
        )
    return tuple(sorted(left, key=lambda container: (container.name, container.state)))
