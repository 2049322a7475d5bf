"""Captures of a host that never rests: what stood still is there, once, wherever a section calls itself complete.

``make churn`` takes 200 captures and prints the figures of docs/consistency.md; the suite takes fewer.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

from snapshot.model.address import Address
from snapshot.model.fdb import FdbEntry
from snapshot.model.link import Link
from snapshot.model.neighbour import Neighbour
from snapshot.model.route import Route
from snapshot.store.loaded import Place, Whole
from snapshot.store.reader import load_whole
from snapshot.store.reference import parse
from tests.lab.bottle import Bottle, end
from tests.lab.churn import ROUTES, STANDING, standing
from tests.lab.waiting import wait_for
from tests.requirements import require_bottles

CAPTURES = int(os.environ.get("NETLAPSE_CHURN", "25"))
NAMESPACES_A_SECOND, PAIRS_EACH = 20, 5

HOST: dict[str, set[object]] = {
    "link": {"lo", "br0", *(f"v{n}" for n in range(1, STANDING + 1))},
    "address": {"10.1.0.1/16", "fd00::1/16"},
    "route": {
        *(f"fd00:{n}::/48" for n in range(1, ROUTES + 1)),
        *(f"10.100.{n}.0/24" for n in range(1, ROUTES + 1)),
    },
    "fdb": {f"02:00:00:00:01:{n:02x}" for n in range(1, ROUTES + 1)},
}


def of_steady(number: int) -> dict[str, set[object]]:
    """What stands still in one of the namespaces."""
    return {
        "link": {"lo", "eth0"},
        "address": {f"10.1.1.{number}/16"},
        "route": {"0.0.0.0/0"},
        "neighbour": {"10.1.0.9"},
    }


def called(fact: object) -> object:
    match fact:
        case Link():
            return fact.name
        case Address() | Neighbour():
            return fact.address
        case Route():
            return fact.dst
        case FdbEntry():
            return fact.mac
    return None


def look(whole: Whole, seen: Counter[str]) -> None:
    """Hold one snapshot against what stood still; counts how sections were read."""
    unread = {
        (r.namespace, kind): r.status for r in whole.snapshot.coverage if r.status != "complete" for kind in r.kinds
    }
    standing_still = 0
    for place in whole.snapshot.namespaces:
        namespace = place.namespace
        names = [Path(name).name for name in namespace.names]
        steady = next((name for name in names if name.startswith("steady")), None)
        if not namespace.host and steady is None:
            seen["passing namespaces"] += 1
            continue
        standing_still += 1
        wanted = HOST if namespace.host else of_steady(int(str(steady).removeprefix("steady")))
        for kind, things in wanted.items():
            status = unread.get((namespace.key, kind), "complete")
            seen[f"{'host' if namespace.host else 'standing'} {kind} {status}"] += 1
            if status != "complete":
                continue
            there = Counter(called(fact) for fact in whole.rows[Place(namespace=namespace.key, kind=kind)])
            if kind == "route":
                there = Counter({dst: count for dst, count in there.items() if dst in things})
            wrong = {thing: there[thing] for thing in things if there[thing] != 1}
            assert not wrong, f"{steady or 'host'}: {kind} calls itself complete, and tells {wrong}"
    assert standing_still == STANDING + 1, "a namespace that stood still is missing"


def test_what_stands_still_is_told_once_whatever_happens_beside_it() -> None:
    require_bottles()
    seen: Counter[str] = Counter()
    with Bottle() as bottle:
        bottle.sh(standing())
        bottle.settle()
        log = bottle.folder / "churn"
        with log.open("w", encoding="ascii") as sink:
            process = bottle.spawn(
                sys.executable, "-u", "-m", "tests.lab.churn", str(NAMESPACES_A_SECOND), str(PAIRS_EACH), stdout=sink
            )  # fmt: skip
        try:
            wait_for("the churn to run", lambda: log.read_text(encoding="ascii").count("\n") > 1)
            for _ in range(CAPTURES):
                path = bottle.folder / "one.netlapse"
                done = bottle.netlapse("capture", "-o", str(path))
                assert done.returncode in (0, 5), done.stderr
                assert "Traceback" not in done.stderr
                seen["complete" if done.returncode == 0 else "partial"] += 1
                look(load_whole(parse(str(path)), ("link", "address", "route", "neighbour", "fdb")), seen)
                path.unlink()
            assert process.poll() is None, "the churn ended by itself"
            made, pairs, seconds = log.read_text(encoding="ascii").splitlines()[-1].split()
        finally:
            end(process)
    print(f"{CAPTURES} captures during {made} namespaces and {pairs} veth pairs made in {seconds} s:")
    for name, count in sorted(seen.items()):
        print(f"  {name}: {count}")
    assert float(pairs) / float(seconds) > 50, "that was no churn"
    assert seen["passing namespaces"], "nothing passed by while it was captured"
    looked_at = {f"host {kind} complete" for kind in HOST} | {f"standing {kind} complete" for kind in of_steady(1)}
    assert looked_at <= set(seen), "of what is always torn nothing was held"
