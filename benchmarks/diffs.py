"""Two snapshots compared: a routing table of which some routes changed, a host of which some pods were re-created.

``python -m benchmarks.diffs routes --count 1000000 --changed 10000`` and ``... pods --count 1000 --changed 10`` print their
figures as JSON; ``make bench`` puts them in words. The peer of the one is diff(1) on the sorted lines of ``ip route``, that of
the other a capture of that host.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from benchmarks import routes as table
from benchmarks.host import AGENT, ANALYZER, PEER, build, in_a_bottle, ip, name, populate, rest
from benchmarks.timing import Timed, in_turns, timed


def of_routes(count: int, changed: int, runs: int, folder: Path) -> dict[str, object]:
    """A table of ``count`` routes, of which so many, spread over all of it, get another gateway."""
    table.build(count, folder)
    before, after = (folder / f"{side}.netlapse" for side in ("before", "after"))
    old, new = (folder / f"{side}.txt" for side in ("before", "after"))
    timed([*AGENT, str(before)])
    told(old)
    numbers = range(0, count, max(1, count // changed))
    ip(*(f"route replace {table.route(number, moved=1)}" for number in numbers))
    timed([*AGENT, str(after)])
    told(new)
    figures = in_turns(
        {
            "netlapse": comparing(before, after),
            "diff": lambda: timed([*PEER, "sh", "-c", 'diff "$0" "$1"; test $? = 1', str(old), str(new)]),
        },
        runs,
    )
    return {"routes": count, "changed": len(numbers), "figures": in_figures(figures)} | counted(before, after)


def told(path: Path) -> None:
    """The sorted lines of ``ip route``, in a file."""
    subprocess.run(["sh", "-c", 'ip route show table all | LC_ALL=C sort > "$0"', str(path)], check=True)


def of_pods(count: int, changed: int, runs: int, folder: Path) -> dict[str, object]:
    """A host of ``count`` namespaces like pods', of which so many are deleted and made anew."""
    build(count)
    rest()
    before, after, spare = (folder / f"{side}.netlapse" for side in ("before", "after", "spare"))
    timed([*AGENT, str(before)])
    again = range(0, count, max(1, count // changed))
    for number in again:
        # A namespace that is deleted lives on for a moment: its end of the pair has to be gone.
        ip(f"link del v{name(number)}", f"netns del {name(number)}")
    populate(again)
    rest()
    timed([*AGENT, str(after)])

    def capture() -> Timed:
        spare.unlink(missing_ok=True)
        return timed([*AGENT, str(spare)])

    figures = in_turns({"netlapse": comparing(before, after), "capture": capture}, runs)
    return {"namespaces": count, "changed": len(again), "figures": in_figures(figures)} | counted(before, after)


def comparing(before: Path, after: Path) -> Callable[[], Timed]:
    """The comparison, as text, as a whole process, at the priority of what it is measured against."""
    return lambda: timed([*PEER, ANALYZER, "diff", str(before), str(after), "--exit-zero"])


def counted(before: Path, after: Path) -> dict[str, object]:
    """How many changes the comparison tells, and how many of them stand by themselves."""
    command = [ANALYZER, "diff", str(before), str(after), "--exit-zero", "-f", "json"]
    changes = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["changes"]
    return {"changes": len(changes), "top": sum(change["cause"] is None for change in changes)}


def in_figures(figures: Mapping[str, Timed]) -> dict[str, object]:
    """As JSON."""
    return {name: asdict(figure) for name, figure in figures.items()}


def main() -> None:
    """Enter a bottle, measure, tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diffs", description=__doc__)
    parser.add_argument("what", choices=("routes", "pods"))
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--changed", type=int, default=10)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        raise SystemExit(in_a_bottle("benchmarks.diffs", [*sys.argv[1:], "--inside"]))
    measure = of_routes if arguments.what == "routes" else of_pods
    with tempfile.TemporaryDirectory(prefix="netlapse-bench-") as folder:
        print(json.dumps(measure(arguments.count, arguments.changed, arguments.runs, Path(folder))))


if __name__ == "__main__":
    main()
