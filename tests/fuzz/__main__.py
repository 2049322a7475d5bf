"""``make fuzz``: every target under Atheris for its share of the time, then the inputs that reached something are kept.

With a target's name it is the fuzzer itself, which libFuzzer's options are for.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.fuzz import corpus

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "build" / "fuzzed"
SHARES = {
    "load": 6, "netlink": 5, "columns": 3, "unpack": 2, "listing": 3, "plan": 3, "json": 2, "transport": 1,
    "config": 2, "words": 2,
    "bundle": 2,
}  # fmt: skip
"""Of the time, for each target."""
LONGEST_RUN = 10
"""Seconds after which an input counts as one on which the target hangs."""
MOST_MEMORY = 2048
"""Mebibytes."""


def main(arguments: list[str]) -> int:
    """Fuzz all targets for so many seconds in all, or one target with libFuzzer's options."""
    if arguments[0] in SHARES:
        _fuzz(arguments[0], arguments[1:])
    seconds = float(arguments[0])
    wanted = arguments[1:] or [*SHARES]
    share = seconds / sum(SHARES[name] for name in wanted)
    failed = [name for name in wanted if not _run(name, max(1, round(share * SHARES[name])))]
    print("defects found in: " + ", ".join(failed) if failed else "no defect found")
    return 1 if failed else 0


def _fuzz(name: str, options: list[str]) -> None:
    import atheris

    with atheris.instrument_imports(include=["snapshot", "analyze"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    atheris.Setup([sys.argv[0], f"-max_len={target.longest}", *options], target.run)
    atheris.Fuzz()


def _run(name: str, seconds: int) -> bool:
    from tests.fuzz.targets import TARGETS

    inputs, found = PLACE / name / "inputs", PLACE / name / "found"
    shutil.rmtree(PLACE / name, ignore_errors=True)
    for folder in (inputs, found):
        folder.mkdir(parents=True)
    seeds = {*TARGETS[name].seeds(), *corpus.kept(name)}
    for number, data in enumerate(sorted(seeds)):
        (inputs / f"seed-{number}").write_bytes(data)
    bounds = [f"-timeout={LONGEST_RUN}", f"-rss_limit_mb={MOST_MEMORY}", f"-artifact_prefix={found}/"]
    done = _atheris(name, f"-max_total_time={seconds}", "-print_final_stats=1", *bounds, str(inputs))
    (PLACE / name / "log").write_text(done, encoding="utf-8")
    # libFuzzer adds what reaches something that nothing before it did.
    reaching = [path.read_bytes() for path in inputs.iterdir() if not path.name.startswith("seed-")]
    corpus.keep(name, [*corpus.kept(name), *reaching])
    crashes = sorted(path.name for path in found.iterdir())
    executed = re.search(r"number_of_executed_units: (\d+)", done)
    reached = re.findall(r"cov: (\d+) ft: (\d+)", done)
    cov, features = reached[-1] if reached else ("?", "?")
    if executed is None:
        crashes.append("(it ended before its time: see its log)")
    print(
        f"{name}: {seconds} s, {executed[1] if executed else '?'} runs, {cov} places and {features} features reached from "
        f"{len(seeds)} seeds, {len(corpus.kept(name))} inputs kept, {len(crashes)} defects {' '.join(crashes)}",
        flush=True,
    )
    return not crashes


def _atheris(name: str, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", name, *options], check=False, capture_output=True, cwd=ROOT
    )
    return (done.stdout + done.stderr).decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
