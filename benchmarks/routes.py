"""A routing table of a million routes, captured; against ip(8) that writes the same table as JSON.

``python -m benchmarks.routes --routes 1000000 --runs 3`` prints its figures as JSON; ``make bench`` puts them in words.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.host import AGENT, PEER, in_a_bottle, ip
from benchmarks.timing import Timed, in_turns, timed


def build(routes: int, folder: Path) -> None:
    """A bridge, and routes as a BGP daemon leaves them: a thousand gateways, two metrics."""
    ip("link set lo up", "link add br0 type bridge", "link set br0 up", "address add 10.255.0.1/16 dev br0")
    batch = folder / "routes"
    with batch.open("w", encoding="ascii") as lines:
        lines.writelines(f"route add {route(number)}\n" for number in range(routes))
    subprocess.run(["ip", "-batch", str(batch)], check=True)
    batch.unlink()


def route(number: int, moved: int = 0) -> str:
    """The route of this number, as ip(8) takes it; ``moved`` to so manieth next gateway."""
    target = f"{20 + (number >> 16)}.{number >> 8 & 255}.{number & 255}.0/24"
    gateway = f"10.255.{number * 7 % 250}.{(number + moved) % 200 + 2}"
    return f"{target} via {gateway} dev br0 proto bgp metric {100 if number % 3 else 20}"


def measure(routes: int, runs: int) -> dict[str, object]:
    """Build the table, time everything in turns."""
    with tempfile.TemporaryDirectory(prefix="netlapse-bench-") as folder:
        build(routes, Path(folder))
        one, many, told = (Path(folder) / name for name in ("one.netlapse", "many.netlapse", "routes.json"))

        def capture() -> Timed:
            one.unlink(missing_ok=True)
            return timed([*AGENT, str(one)])

        ways = {
            "netlapse": capture,
            "ip": lambda: timed([*PEER, "ip", "-j", "-d", "route", "show", "table", "all"], str(told)),
        }
        figures = in_turns(ways, runs)
        timed([*AGENT, str(many), "--label", "quiet"])
        first = many.stat().st_size
        again = timed([*AGENT, str(many), "--append", "--label", "still-quiet"])
        return {
            "routes": routes,
            "runs": runs,
            "figures": {name: asdict(figure) for name, figure in {**figures, "again": again}.items()},
            "file": first,
            "added": many.stat().st_size - first,
            "json": told.stat().st_size,
        }


def main() -> None:
    """Enter a bottle, measure, tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routes", description=__doc__)
    parser.add_argument("--routes", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        raise SystemExit(in_a_bottle("benchmarks.routes", [*sys.argv[1:], "--inside"]))
    print(json.dumps(measure(arguments.routes, arguments.runs)))


if __name__ == "__main__":
    main()
