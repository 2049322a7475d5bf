"""Two pytest plugins: one notes what each test reaches and costs, one runs, for each mutant, the tests that reach it.

Every mutant gets a process of its own, forked from one that has loaded the tests and run none: no mutant finds a cache that
the unchanged code has filled.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.mutants import switch

MEMORY = 8 << 30  # bytes of address space: a mutant that collects without end fails before the machine does
PATIENCE = ((10.0, 4.0), (20.0, 12.0))  # CPU time for one test, at each try: so many times its own, and seconds
ENDS = {0: "survived", 1: "killed", -signal.SIGXCPU: "timeout", -signal.SIGALRM: "stuck"}
OPTIONS = ["-q", "--no-header", "-p", "no:cacheprovider", "--basetemp=tmp"]
TWINS = [*OPTIONS, "tests/analyze/checks/test_twins.py", "tests/analyze/checks/test_host_twins.py"]
TESTS = [  # those of the analyzer, without those that measure time
    *OPTIONS, "tests/analyze", "tests/cases", "-k",
    "not is_quick and not takes_time and not is_linear and not takes_long and not in_proportion and not too_often "
    "and not strangers_numbers",
]  # fmt: skip
WHOLE = ("tests/analyze/test_stories", "tests/analyze/test_laws", "tests/analyze/checks/test_told", "tests/cases")
ENOUGH = 9.0  # seconds of CPU time that the tests for one mutant cost in all, without it: dearer ones are left out
WAITING = 300  # seconds by the clock without an end of one test: nothing that uses CPU time hangs so long


@dataclass(kw_only=True)
class Reach:
    """What the unchanged code showed.

    functions   function -> the tests that reach it
    cost        test -> seconds of CPU time, its own processes included
    at_import   functions that run while the tests are loaded
    """

    functions: dict[str, list[str]] = field(default_factory=dict)
    cost: dict[str, float] = field(default_factory=dict)
    at_import: list[str] = field(default_factory=list)

    def tests_of(self, function: str) -> list[str]:
        """Those to try, in order: cheap ones first, and those that look at whole reports as if they were cheaper."""
        seem = {
            name: self.cost[name] / (10 if name.startswith(WHOLE) else 1) for name in self.functions.get(function, ())
        }
        chosen: list[str] = []
        spent = 0.0
        for name in sorted(seem, key=seem.__getitem__):
            spent += self.cost[name]
            if spent < ENOUGH or not chosen:
                chosen.append(name)
        return chosen


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What became of one mutant: killed, survived, timeout, stuck (no end, and no CPU time used), no tests,
    doubtful (killed by a test that fails without a mutant too)."""

    mutant: str
    verdict: str
    test: str | None = None
    why: str | None = None
    seconds: float = 0.0


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class Noting:
    """Runs all tests on the unchanged code and writes a ``Reach``. What a module's fixture reaches, all its tests do."""

    def __init__(self, written: Path) -> None:
        self.written, self.file, self.reach = written, written.with_suffix(".now"), Reach()
        self.shared: dict[str, set[str]] = defaultdict(set)
        self.shared_cost: dict[str, float] = defaultdict(float)

    def pytest_collection_finish(self) -> None:
        self.reach.at_import = sorted(switch.reached)
        self.file.write_bytes(b"")
        os.environ[switch.REACHED] = str(self.file)

    def _taken(self) -> set[str]:
        switch.reached.clear()
        taken = set(self.file.read_text(encoding="utf-8").split())
        self.file.write_bytes(b"")
        return taken

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[Any]:
        before, start = self._taken(), _cpu()
        result = yield
        during = self._taken()
        if fixturedef.scope != "function":
            self.shared[request.node.nodeid] |= during
            self.shared_cost[request.node.nodeid] += _cpu() - start
        self.file.write_text("\n".join(before | during) + "\n", encoding="utf-8")
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[Any]:
        self._taken()
        start = _cpu()
        result = yield
        self.reach.cost[item.nodeid] = _cpu() - start
        file = item.nodeid.partition("::")[0]
        for function in self._taken() | self.shared.get(file, set()):
            self.reach.functions.setdefault(function, []).append(item.nodeid)
        self.reach.cost[item.nodeid] += self.shared_cost.get(file, 0.0)
        return result

    def pytest_sessionfinish(self) -> None:
        self.written.write_text(json.dumps(asdict(self.reach)), encoding="utf-8")


class Trying:
    """Instead of running all tests once: for each mutant those that reach it, the cheap ones first, until one fails."""

    def __init__(self, mutants: list[str], reach: Reach, written: Path) -> None:
        self.mutants, self.reach, self.written = mutants, reach, written
        self.failure: tuple[str, str] = ("", "")
        self.trials: list[Trial] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            self.failure = (report.nodeid, str(crash.message if crash else report.longrepr)[:300])

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        with self.written.open("a", encoding="utf-8") as out:
            for mutant in self.mutants:
                tests = [items[name] for name in self.reach.tests_of(switch.function_of(mutant)) if name in items]
                start = time.monotonic()
                trial = Trial(mutant=mutant, verdict="no tests")
                for times, more in PATIENCE if tests else ():
                    trial = self._tried(session, mutant, tests, times, more)
                    if trial.verdict not in {"timeout", "stuck"}:
                        break
                self.trials.append(trial)
                line = {**asdict(trial), "seconds": round(time.monotonic() - start, 2), "tests": len(tests)}
                print(json.dumps(line), file=out, flush=True)
            for trial in self._doubted(session, items):
                print(json.dumps(asdict(trial)), file=out, flush=True)
        return True

    def _doubted(self, session: pytest.Session, items: dict[str, pytest.Item]) -> Iterator[Trial]:
        """Every test that killed has to pass without a mutant, in a process of its own likewise: else it has killed nothing."""
        killers = (
            {trial.test for trial in self.trials if trial.test is not None} if not os.environ[switch.MUTANT] else set()
        )
        for killer in sorted(killers):
            if self._tried(session, "", [items[killer]], *PATIENCE[-1]).verdict != "survived":
                for trial in self.trials:
                    if trial.test == killer:
                        yield replace(trial, verdict="doubtful")

    def _tried(
        self, session: pytest.Session, mutant: str, tests: list[pytest.Item], times: float, more: float
    ) -> Trial:
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(ours)
            code = 2
            try:
                os.setpgid(0, 0)
                code = self._run(session, mutant, tests, times, more)
                os.write(theirs, json.dumps(self.failure).encode())
            finally:
                os._exit(code)
        os.close(theirs)
        with os.fdopen(ours, "rb") as told:
            _, status = os.waitpid(child, 0)
            os.set_blocking(told.fileno(), False)
            failure = told.read()
        with suppress(ProcessLookupError):  # what it started and did not end
            os.killpg(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(status)
        verdict = ENDS.get(code, f"ended with {code}")
        test, why = json.loads(failure) if failure and code == 1 else (None, None)
        return Trial(mutant=mutant, verdict=verdict, test=test, why=why)

    def _run(self, session: pytest.Session, mutant: str, tests: list[pytest.Item], times: float, more: float) -> int:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        switch.choose(mutant)
        for item, following in zip(tests, [*tests[1:], None], strict=True):
            limit = int(time.process_time() + times * self.reach.cost[item.nodeid] + more) + 1
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
            signal.alarm(int(WAITING + times * self.reach.cost[item.nodeid]))
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return 1
        return 0


def main() -> int:
    """In the planted tree: ``twins``, then ``note REACH``, then ``try REACH WRITTEN`` with the mutants on standard input."""
    if sys.argv[1] == "twins":
        return int(pytest.main(TWINS))
    if sys.argv[1] == "note":
        return int(pytest.main(TESTS, plugins=[Noting(Path(sys.argv[2]).resolve())]))
    reach = Reach(**json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
    mutants, written = sys.stdin.read().split(), Path(sys.argv[3])
    code = int(pytest.main(TESTS, plugins=[Trying(mutants, reach, written)]))
    if code and len(mutants) == 1:  # in force from the start
        trial = Trial(mutant=mutants[0], verdict="killed", why="the tests cannot be loaded")
        with written.open("a", encoding="utf-8") as out:
            print(json.dumps(asdict(trial)), file=out)
    return code


if __name__ == "__main__":
    sys.exit(main())
