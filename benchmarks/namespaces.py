"""A host of many namespaces like pods', captured; against five calls of ip(8) per namespace, and plotnetcfg.

``python -m benchmarks.namespaces --namespaces 1000 --runs 3`` prints its figures as JSON; ``make bench`` puts them in words.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from benchmarks.host import AGENT, PEER, build, in_a_bottle, rest
from benchmarks.timing import Timed, in_turns, timed

IP_TELLS = ("link", "address", "route", "rule", "neighbour", "fdb", "nsid", "timer", "container", "network")
"""What those calls tell, and what netlapse tells beside it: forwarding entries, what ids mean, who lives there."""

IP_CALLS = ("link", "address", "route show table all", "rule", "neighbour")


def measure(namespaces: int, runs: int) -> dict[str, object]:
    """Build the host, time everything in turns; what is slow by nature (ip(8) on a large host) once."""
    names = build(namespaces)
    rest()
    with tempfile.TemporaryDirectory(prefix="netlapse-bench-") as folder:
        one, many = Path(folder) / "one.netlapse", Path(folder) / "many.netlapse"
        script = Path(folder) / "ip.sh"
        calls = "\n".join(f"ip -n {name} -j {call}" for name in names for call in IP_CALLS)
        script.write_text(calls + "\n", encoding="ascii")

        def capture(*options: str) -> Timed:
            one.unlink(missing_ok=True)
            return timed([*AGENT, str(one), *options])

        ways: dict[str, Callable[[], Timed]] = {
            "netlapse": capture,
            "netlapse, what ip tells": lambda: capture("--kinds", ",".join(IP_TELLS)),
        }
        if shutil.which("plotnetcfg"):
            ways["plotnetcfg"] = lambda: timed([*PEER, "plotnetcfg"])
        figures = in_turns(ways, runs)
        figures |= in_turns({"ip": lambda: timed([*PEER, "sh", str(script)])}, 1 if namespaces > 500 else runs)
        rest()
        timed([*AGENT, str(many), "--label", "quiet"])
        first = many.stat().st_size
        again = timed([*AGENT, str(many), "--append", "--label", "still-quiet"])
        added = many.stat().st_size - first
    return {
        "namespaces": namespaces,
        "runs": runs,
        "figures": {name: asdict(figure) for name, figure in {**figures, "again": again}.items()},
        "file": first,
        "added": added,
    }


def main() -> None:
    """Enter a bottle, measure, tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.namespaces", description=__doc__)
    parser.add_argument("--namespaces", type=int, default=200)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        raise SystemExit(in_a_bottle("benchmarks.namespaces", [*sys.argv[1:], "--inside"]))
    print(json.dumps(measure(arguments.namespaces, arguments.runs)))


if __name__ == "__main__":
    main()
