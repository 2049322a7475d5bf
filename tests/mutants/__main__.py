"""``make mutation``: change the analyzer in many places, one at a time, and count the changes that a test notices."""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

from tests.mutants.figures import told, trials
from tests.mutants.switch import MUTANT, function_of
from tests.mutants.tree import ROOT, every_mutant, names, plant, refused, type_check


def main() -> None:
    """Plant the mutants, note what the tests reach, try a sample, print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument(
        "--sample", type=int, default=0, help="how many mutants, drawn at random (0: all: it takes days)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the draw")
    parser.add_argument("--only", default="*", help="a pattern of their names: 'analyze.seen.*'")
    parser.add_argument("--tree", type=Path, default=ROOT / "build" / "mutants", help="a folder for them, made anew")
    asked = parser.parse_args()
    tree = asked.tree.resolve()

    files = every_mutant()
    mutants = [mutant for mutant in names(files) if fnmatch(mutant, asked.only)]
    drawn = random.Random(asked.seed).sample(mutants, min(asked.sample or len(mutants), len(mutants)))
    print(f"{len(mutants)} mutants, {len(drawn)} drawn with the seed {asked.seed}", flush=True)
    plant(tree, files, set(drawn))
    types = type_check(tree)
    reach, written = tree / "reach.json", tree / "trials.jsonl"
    if _trying(tree, "twins"):
        sys.exit("the hosts of the checks cannot be built")
    if _trying(tree, "note", str(reach)):
        sys.exit("the tests fail on the unchanged code")
    _trying(tree, "try", str(reach), str(written), mutants=drawn)
    early = set(json.loads(reach.read_text(encoding="utf-8"))["at_import"])
    survived = [mutant for mutant, trial in trials(written).items() if trial["verdict"] == "survived"]
    for mutant in survived:
        if function_of(mutant) in early:  # what it does while the tests are loaded shows if they are loaded anew
            _trying(tree, "try", str(reach), str(written), mutants=[mutant], in_force=mutant)
    types.wait()
    print(told(trials(written).values(), refused(tree)))
    print(f"each of them: {written}")


def _trying(tree: Path, *arguments: str, mutants: list[str] | None = None, in_force: str = "") -> int:
    """Run ``trying`` on the planted tree, with what it shows going to a file there; the exit code."""
    twins = tree / "twins"
    twins.mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(tree), MUTANT: in_force, "NETLAPSE_TWINS": str(twins)}
    with (tree / f"{arguments[0]}.log").open("wb") as shown:
        return subprocess.run(
            [sys.executable, "-m", "tests.mutants.trying", *arguments],
            check=False,
            cwd=tree,
            env=environment,
            input="\n".join(mutants or ()).encode(),
            stdout=shown,
            stderr=subprocess.STDOUT,
        ).returncode


if __name__ == "__main__":
    main()
