"""What a capture costs, against other ways to read the same: ``make bench``.

It builds hosts of its own in throwaway namespaces and needs root. On a shared machine ratios say more than seconds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from benchmarks.timing import median, timed

SMALL, LARGE = 200, 1000


def measured(module: str, *options: str) -> dict[str, Any]:
    """The figures of one benchmark, in a process and a bottle of its own."""
    done = subprocess.run([sys.executable, "-m", f"benchmarks.{module}", *options], check=False, stdout=subprocess.PIPE)
    if done.returncode:
        raise SystemExit(f"benchmark: {module} {' '.join(options)} ended with {done.returncode}")
    return dict(json.loads(done.stdout))


def wall(result: Mapping[str, Any], name: str) -> float:
    """Seconds of the whole process."""
    return float(result["figures"][name]["wall"])


class Table:
    """Lines of: the work, netlapse's figure, the other's, the ratio, and what it is held to."""

    def __init__(self) -> None:
        print(f"{'':<49} {'netlapse':>10} {'peer':>10} {'ratio':>7}   {'bar':<10} stretch")

    def line(self, work: str, own: str, peer: str, ratio: str, bar: str = "", stretch: str = "") -> None:
        """One of them."""
        print(f"{work:<49} {own:>10} {peer:>10} {ratio:>7}   {bar:<10} {stretch}".rstrip())

    def seconds(self, work: str, own: float, peer: float, bar: str = "", stretch: str = "") -> None:
        """Of two times."""
        self.line(work, f"{own:.3f} s", f"{peer:.3f} s", f"{own / peer:.3f}", bar, stretch)


def of_report(out: Table, page: Mapping[str, Any]) -> None:
    """The figures of the HTML report."""
    name = f"report of {page['changes']:,} changes"
    out.seconds(f"{name} | Jinja2, the same rows", page["render"], page["bare"], "<= 2.0")
    out.line(f"{name}, file", f"{page['bytes'] / 1e6:.2f} MB", "", "", "<= 3 MB")
    out.line(f"{name}, printed to PDF", f"{page['pdf'] / 1e6:.2f} MB", "", "", "< 2 MB")
    for browser in ("chromium", "firefox"):
        figures = page[browser]
        out.seconds(f"{browser} opens it | an empty page of its size", figures["open"], figures["open empty"], "<= 1.5")
        out.line(f"{browser} filters it", f"{figures['filter'] * 1e3:.0f} ms", "", "", "< 100 ms")


def main() -> None:
    """Measure all and tell it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--routes", type=int, default=1_000_000)
    arguments = parser.parse_args()
    runs = ("--runs", str(arguments.runs))
    few = measured("namespaces", "--namespaces", str(SMALL), *runs)
    many = measured("namespaces", "--namespaces", str(LARGE), *runs)
    table = measured("routes", "--routes", str(arguments.routes), *runs)
    twice = [
        measured("diffs", "pods", "--count", str(n), "--changed", str(n // 100), *runs) for n in (LARGE // 2, LARGE)
    ]
    changed = measured(
        "diffs", "routes", "--count", str(arguments.routes), "--changed", str(arguments.routes // 100), *runs
    )
    page = measured("reports", *runs)
    helped = median([timed([sys.executable, "-m", "netlapse", "--help"]) for _ in range(5)])

    print(
        f"medians of {arguments.runs} runs of whole processes (ip(8) on {LARGE} namespaces: one run; ip is `ip -n NAME -j`)\n"
    )
    out = Table()
    for result in (few, many):
        count = result["namespaces"]
        bar = "<= 0.200" if count == SMALL else ""
        told, whole, ip = (wall(result, name) for name in ("netlapse, what ip tells", "netlapse", "ip"))
        out.seconds(f"{count} namespaces, what ip tells | ip, five calls", told, ip, bar)
        out.seconds(f"{count} namespaces, all kinds | ip, five calls", whole, ip, bar)
        if "plotnetcfg" in result["figures"]:
            held = ("<= 1.0", "0.5") if count == LARGE else ("", "")
            out.seconds(
                f"{count} namespaces, all kinds | plotnetcfg",
                wall(result, "netlapse"),
                wall(result, "plotnetcfg"),
                *held,
            )
        added = result["added"] / result["file"]
        out.line(f"{count} namespaces, second capture adds | to a file of", f"{result['added']:,} B", f"{result['file']:,} B",
                 f"{added:.2%}", "< 5 %" if count == SMALL else "")  # fmt: skip
    marginal = (wall(many, "netlapse") - wall(few, "netlapse")) / (LARGE - SMALL)
    calls = wall(many, "ip") / LARGE
    out.line("a namespace more, all kinds | ip, five calls", f"{marginal * 1e3:.2f} ms", f"{calls * 1e3:.2f} ms",
             f"1/{calls / marginal:.1f}", "<= 1/15", "1/30")  # fmt: skip
    name = f"{table['routes']:,} routes"
    out.seconds(f"{name} | ip -j -d route show table all", wall(table, "netlapse"), wall(table, "ip"), "<= 3.0", "1.5")
    peak = table["figures"]["netlapse"]["peak"] / 1e6
    out.line(f"{name}, peak memory", f"{peak:.0f} MB", "", "", "<= 300 MB", "150 MB")
    out.line(f"{name}, file | that JSON", f"{table['file'] / 1e6:.1f} MB", f"{table['json'] / 1e6:.1f} MB",
             f"1/{table['json'] / table['file']:.1f}", "<= 1/1.5", "1/3")  # fmt: skip
    out.line(f"{name}, second capture adds", f"{table['added']:,} B", f"{table['file']:,} B",
             f"{table['added'] / table['file']:.2%}", "< 1 %")  # fmt: skip
    out.seconds(
        f"diff: {changed['changed']:,} of {name} | diff of sorted texts",
        wall(changed, "netlapse"),
        wall(changed, "diff"),
        "<= 4.0",
    )
    # A bridge has no more than 1,024 ports (net/bridge/br_private.h: BR_MAX_PORTS).
    half, one = twice
    out.seconds(
        f"diff: {one['changed']} of {one['namespaces']} pods re-created | a capture",
        wall(one, "netlapse"),
        wall(one, "capture"),
        "<= 0.5",
    )
    out.seconds(
        f"diff: {one['changed']} of {one['namespaces']} | {half['changed']} of {half['namespaces']}",
        wall(one, "netlapse"),
        wall(half, "netlapse"),
        "<= 2.2",
    )
    peak = max(of["figures"]["netlapse"]["peak"] for of in (changed, *twice)) / 1e6
    out.line("diff, peak memory of these", f"{peak:.0f} MB", "", "", "< 400 MB")
    of_report(out, page)
    out.line("netlapse --help, CPU", f"{helped.cpu:.3f} s", "", "", "< 0.25 s")


if __name__ == "__main__":
    main()
