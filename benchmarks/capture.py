"""How long a capture takes, against other ways to read the same. Run it with ``make bench``.

It builds a host of its own in throwaway namespaces and needs root. Whole processes are timed, start-up and writing
included, in turns, and medians told: on a shared machine ratios say more than seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.host import build, inside

IP_CALLS = ("link", "address", "route show table all", "rule", "neighbour")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One whole process (and its children): seconds by the clock, and of CPU."""

    wall: float
    cpu: float


def timed(command: Sequence[str]) -> Timed:
    """Run a command to its end, output thrown away. Raises ``SystemExit`` if it fails."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    error = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"benchmark: {' '.join(command[:4])} ended with {process.returncode}: {error}")
    return Timed(wall=time.monotonic() - began, cpu=usage.ru_utime + usage.ru_stime)


def median(runs: Sequence[Timed]) -> Timed:
    """The median of each."""
    return Timed(wall=statistics.median(r.wall for r in runs), cpu=statistics.median(r.cpu for r in runs))


def measure(namespaces: int, runs: int) -> dict[str, object]:
    """Build the host, time everything in turns."""
    names = build(namespaces)
    with tempfile.TemporaryDirectory(prefix="netlapse-bench-") as folder:
        one, many = Path(folder) / "one.netlapse", Path(folder) / "many.netlapse"
        agent = [str(Path(sys.executable).with_name("netlapse-agent")), "capture", "-o"]
        script = Path(folder) / "ip.sh"
        calls = "\n".join(f"ip -n {name} -j {call}" for name in names for call in IP_CALLS)
        script.write_text(calls + "\n", encoding="ascii")

        def capture() -> Timed:
            one.unlink(missing_ok=True)
            return timed([*agent, str(one)])

        ways: dict[str, Callable[[], Timed]] = {
            "netlapse": capture,
            "ip": lambda: timed(["sh", str(script)]),
        }
        if shutil.which("plotnetcfg"):
            ways["plotnetcfg"] = lambda: timed(["plotnetcfg"])
        results: dict[str, list[Timed]] = {name: [] for name in ways}
        for _ in range(runs):
            for name, way in ways.items():
                results[name].append(way())

        timed([*agent, str(many), "--label", "quiet"])
        first = many.stat().st_size
        second = timed([*agent, str(many), "--append", "--label", "still-quiet"])
        added = many.stat().st_size - first
        helped = median([timed([sys.executable, "-m", "netlapse", "--help"]) for _ in range(max(runs, 3))])
    medians = {name: median(measured) for name, measured in results.items()}
    return {
        "namespaces": namespaces,
        "runs": runs,
        "seconds": {name: round(m.wall, 3) for name, m in medians.items()},
        "cpu_seconds": {name: round(m.cpu, 3) for name, m in medians.items()},
        "ratio": {name: round(m.wall / medians["netlapse"].wall, 2) for name, m in medians.items()},
        "file_bytes": first,
        "second_capture_seconds": round(second.wall, 3),
        "second_capture_percent": round(100 * added / first, 2),
        "help_cpu_seconds": round(helped.cpu, 3),
    }


def tell(result: dict[str, object]) -> None:
    """The result for people."""
    names = {
        "netlapse": "netlapse-agent capture",
        "ip": f"ip -n NAME -j, {len(IP_CALLS)} calls per namespace",
        "plotnetcfg": "plotnetcfg",
    }
    seconds, cpu, ratio = result["seconds"], result["cpu_seconds"], result["ratio"]
    assert isinstance(seconds, dict) and isinstance(cpu, dict) and isinstance(ratio, dict)
    print(f"{result['namespaces']} namespaces, medians of {result['runs']} runs of the whole process:")
    print(f"  {'':<40} {'seconds':>8} {'CPU':>8} {'times netlapse':>15}")
    for name, value in seconds.items():
        print(f"  {names[name]:<40} {value:>8.3f} {cpu[name]:>8.3f} {ratio[name]:>15.2f}")
    print(f"file: {result['file_bytes']:,} bytes; a second capture of the unchanged host adds ", end="")
    print(f"{result['second_capture_percent']} % in {result['second_capture_seconds']} s")
    print(f"netlapse --help: {result['help_cpu_seconds']} s of CPU")


def main() -> None:
    """Enter a bottle, measure, tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capture", description=__doc__)
    parser.add_argument("--namespaces", type=int, default=200)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        if os.geteuid() != 0:
            raise SystemExit("the benchmark builds namespaces: run it as root")
        raise SystemExit(inside("benchmarks.capture", [*sys.argv[1:], "--inside"]))
    result = measure(arguments.namespaces, arguments.runs)
    if arguments.json:
        print(json.dumps(result))
    else:
        tell(result)


if __name__ == "__main__":
    main()
