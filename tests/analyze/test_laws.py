"""Laws of the diff, on generated hosts: what holds of any two snapshots, whatever happened between them.

`make laws` tries 10,000 examples of each; the ordinary suite the same few at every run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from analyze.compose import compose
from analyze.filters.filters import Filters
from analyze.loading import load
from reports.model import Change, Report
from snapshot.model.json import canonical
from snapshot.store.reference import SnapshotRef
from snapshot.store.writer import create
from tests.analyze.applied import applied, counted, rows_of
from tests.analyze.generated.blinding import RECOGNISED_BY, blinded
from tests.analyze.generated.changes import CHANGES, changed
from tests.analyze.generated.histories import LAWS, ON_DISK, Steps, gaps, lost, made_anew, seeds, steps
from tests.analyze.generated.hosts import made
from tests.analyze.generated.instances import contradictions
from tests.analyze.generated.moves import end_moved
from tests.analyze.generated.renumbering import renamed_namespaces, renumbered, shuffled, under_names
from tests.analyze.generated.truth import Truth, told
from tests.analyze.generated.workloads import pod
from tests.analyze.hosts import Host
from tests.analyze.pairs import sides_of
from tests.cases.captures import capture_of

MIRROR = {"added": "removed", "removed": "added"}


def two_of(seed: int, first: Steps, second: Steps) -> tuple[Host, Host]:
    """Two hosts with one past: neither need have come of the other."""
    host = made(seed)
    return changed(host, first), changed(host, second)


def report_of(before: Host, after: Host) -> Report:
    """What the diff says, with nothing ignored. Every cause is before what it explains, and nothing is said of nothing."""
    report = compose(sides_of(before, after), "netlapse test", filters=Filters(default=False))
    seen: set[str] = set()
    for change in report.changes:
        assert change.id not in seen
        assert change.cause is None or change.cause in seen
        seen.add(change.id)
        assert (change.before, change.after) != (None, None)
        assert change.before is None or change.action != "added"
        assert change.after is None or change.action != "removed"
        assert change.action not in ("changed", "recreated") or None not in (change.before, change.after)
        assert change.action != "changed" or change.fields
    return report


@LAWS
@given(seeds, steps)
def test_a_host_does_not_differ_from_itself(seed: int, past: Steps) -> None:
    host = changed(made(seed), past)
    report = report_of(host, host)
    assert (report.verdict, report.changes, report.coverage, report.ignored) == ("same", (), (), ())


Statement = tuple[str, str, str | None, str | None, tuple[str, ...]]


def _statement(change: Change, *, turned: bool = False) -> Statement:
    before, after = (canonical(side) if side is not None else None for side in (change.before, change.after))
    fields = tuple(sorted(field.name for field in change.fields))
    if turned:
        return change.kind, MIRROR.get(change.action, change.action), after, before, fields
    return change.kind, change.action, before, after, fields


@LAWS
@given(seeds, steps, steps)
def test_the_way_back_mirrors_the_way_there(seed: int, first: Steps, second: Steps) -> None:
    """Every statement, with its facts on both sides and the names of its fields."""
    a, b = two_of(seed, first, second)
    there, back = report_of(a, b), report_of(b, a)
    assert Counter(_statement(c, turned=True) for c in there.changes) == Counter(_statement(c) for c in back.changes)
    assert Counter(i.count for i in there.ignored) == Counter(i.count for i in back.ignored)


ONE_WAY = (("veth", "changed"), ("nexthop", "changed"), ("nexthop", "added"), ("nexthop", "removed"))


def _one_way(change: Change) -> bool:
    """A bridge that went took its ports off it, and a nexthop its place in groups; one that came puts nothing there. A bridge
    takes its MTU from a port that has it now."""
    sides = [side for side in (change.before, change.after) if side is not None]
    bridge = change.kind == "link" and any(side["link_kind"] == "bridge" for side in sides)
    return (change.kind, change.action) in ONE_WAY or (bridge and change.action == "changed")


@LAWS
@given(seeds, steps, steps)
def test_what_stands_by_itself_does_so_on_the_way_back(seed: int, first: Steps, second: Steps) -> None:
    """Which cause of several is given may differ: the closest one on the older side is asked first."""
    a, b = two_of(seed, first, second)
    reports = report_of(a, b), report_of(b, a)
    there, back = ([c for c in report.changes if c.cause is None and not _one_way(c)] for report in reports)
    went, came = (_with_the_last_address(report) for report in reports)
    assert Counter(_statement(c, turned=True) for c in there if _statement(c) not in came) == Counter(
        _statement(c) for c in back if _statement(c) not in went
    )


def _with_the_last_address(report: Report) -> set[Statement]:
    """Routes and neighbours that went with their link's last IPv4 address, and that no address brings: as the way back tells
    them."""
    by_id = {change.id: change for change in report.changes}
    found = set()
    for change in report.changes:
        cause, facts = by_id.get(change.cause or ""), change.before
        if change.action != "removed" or cause is None or cause.before is None or facts is None:
            continue
        if cause.kind != "address" or change.kind not in ("route", "neighbour") or facts["family"] != "inet":
            continue
        if change.kind == "route" and (facts["protocol"] == "kernel" or facts["prefsrc"] is not None):
            continue
        if change.kind == "neighbour" and facts["address"] == str(cause.before["address"]).partition("/")[0]:
            continue
        found.add(_statement(change, turned=True))
    return found


@LAWS
@given(seeds, steps, steps)
def test_the_changes_applied_to_the_first_give_the_second(seed: int, first: Steps, second: Steps) -> None:
    """Nothing in the difference is lost, and nothing invented."""
    a, b = two_of(seed, first, second)
    over_boots = a.boot_id != b.boot_id
    really = counted(rows_of(b), over_boots=over_boots)
    made_of_a = applied(a, b, report_of(a, b), over_boots=over_boots)
    # Every namespace is born with its loopback, which is told with it.
    assert {row for row in (made_of_a - really) if '"type":"loopback"' not in row} == set()
    assert {row for row in (really - made_of_a) if '"type":"loopback"' not in row} == set()


def _all_of(report: Report) -> list[tuple[object, ...]]:
    return [
        (
            c.id,
            c.kind,
            c.action,
            c.scope,
            c.name,
            c.kind != "host" and c.fields,
            c.severity,
            c.cause,
            c.matched_by,
            c.confidence,
        )
        for c in report.changes
    ]


@LAWS
@given(seeds, steps, steps, st.integers(0, 2**16))
def test_the_order_of_namespaces_and_containers_does_not_matter(
    seed: int, first: Steps, second: Steps, chance: int
) -> None:
    a, b = two_of(seed, first, second)
    assert report_of(a, b).changes == report_of(shuffled(a, Random(chance)), shuffled(b, Random(chance + 1))).changes


@LAWS
@given(seeds, steps, steps, st.integers(0, 2**16))
def test_what_the_kernel_numbers_namespaces_by_does_not_matter(
    seed: int, first: Steps, second: Steps, chance: int
) -> None:
    """Cookies, inodes, and the ids by which one namespace knows another; the boot they all belong to."""
    a, b = two_of(seed, first, second)
    numbered = renumbered(a, b, Random(chance))
    assert _all_of(report_of(a, b)) == _all_of(report_of(*numbered))


def _under_names(report: Report, now: Mapping[str, str]) -> Counter[str]:
    """All statements with their causes, in no order: a report lists them by their scopes."""
    by_id = {change.id: change for change in report.changes}

    def words(change: Change) -> tuple[object, ...]:
        bound = change.kind == "namespace" and change.scope == f"netns:{change.name}"
        facts = change.before, change.after, [(field.name, field.before, field.after) for field in change.fields]
        return change.kind, change.action, change.scope, None if bound else change.name, facts

    def whole(change: Change) -> tuple[object, ...]:
        cause = by_id[change.cause] if change.cause is not None else None
        found = change.severity, change.severity_rule, change.matched_by, change.confidence
        return *words(change), *found, words(cause) if cause is not None else None

    return Counter(repr(under_names(whole(change), now)) for change in report.changes)


@LAWS
@given(seeds, steps, steps, st.integers(0, 2**16))
def test_what_namespaces_are_called_does_not_matter(seed: int, first: Steps, second: Steps, chance: int) -> None:
    """The names under which they are bound, and the scopes made of them."""
    a, b = two_of(seed, first, second)
    other_a, other_b, now = renamed_namespaces(a, b, Random(chance))
    assert _under_names(report_of(a, b), now) == _under_names(report_of(other_a, other_b), {})


@ON_DISK
@given(seeds, steps, steps, st.integers(0, 2**16), gaps)
def test_a_file_holds_what_was_captured_in_whatever_order(
    seed: int, first: Steps, second: Steps, chance: int, unseen: Steps
) -> None:
    """The report of two files, whose rows were handed to the writer in any order, is that of the facts."""
    a, b = two_of(seed, first, second)
    b = blinded(b, unseen)
    with TemporaryDirectory() as folder:
        files = [Path(folder) / side for side in ("before", "after")]
        for path, host in zip(files, (a, b), strict=True):
            create(path, capture_of(shuffled(host, Random(chance), rows=True).whole()))
        sides = load(SnapshotRef(path=files[0]), SnapshotRef(path=files[1]))
    on_disk = compose(sides, "netlapse test", filters=Filters(default=False))
    assert Counter(map(_statement, on_disk.changes)) == Counter(map(_statement, report_of(a, b).changes))


@LAWS
@given(seeds, steps, steps, gaps, gaps)
def test_what_was_not_seen_is_never_called_gone_or_new(
    seed: int, first: Steps, second: Steps, fewer: Steps, unseen: Steps
) -> None:
    """What is called removed is not there any more, and what is called added was not there before: held against the hosts
    as they really were."""
    a, b = two_of(seed, first, second)
    truth = Truth(before=a, after=b, seen_before=blinded(a, fewer), seen_after=blinded(b, unseen))
    report = report_of(truth.seen_before, truth.seen_after)
    assert [f"{c.action} {c.kind} {c.name!r} of {c.scope!r}" for c in report.changes if truth.belies(c)] == []


@LAWS
@given(seeds, steps, steps, gaps, gaps)
def test_less_coverage_says_less_and_nothing_else(
    seed: int, first: Steps, second: Steps, fewer: Steps, unseen: Steps
) -> None:
    """Each statement of the report that saw less is one of the whole report, or says that it is unknown.

    Gaps that take away what things are recognised by (links, namespaces, what runtimes tell) are the business of the law
    above: without them a container that was re-created is one that went and another that came, which is true as well.
    """
    a, b = two_of(seed, first, second)
    truth = Truth(before=a, after=b, seen_before=blinded(a, fewer), seen_after=blinded(b, unseen))
    if not truth.recognises:
        return
    whole = {told(c) for c in report_of(a, b).changes}
    less = report_of(truth.seen_before, truth.seen_after)
    assert [told(c) for c in less.changes if c.action != "unknown" and told(c) not in whole] == []
    assert less.verdict != "same" or not any(
        net.unread & set(net.rows()) for net in (*truth.seen_before.nets.values(), *truth.seen_after.nets.values())
    )


@LAWS
@given(seeds, steps, made_anew, lost, lost)
def test_less_coverage_calls_nothing_the_same_that_was_made_anew(
    seed: int, first: Steps, second: Steps, fewer: Steps, unseen: Steps
) -> None:
    """What is said to have changed is the same link, pair, namespace, pod or container, and what is said to have been made
    anew is not, whatever was not seen; unless the statement says that only circumstances speak for it (*weak*)."""
    a, b = two_of(seed, first, second)
    seen = blinded(a, fewer, RECOGNISED_BY), blinded(b, unseen, RECOGNISED_BY)
    assert contradictions(a, b, *seen) == []


def test_a_whole_report_is_not_empty_too_often() -> None:
    """Laws of hosts between which nothing happens would say nothing."""
    chance = Random(7)
    numbers = []
    for seed in range(50):
        first, second = ([(chance.randrange(len(CHANGES)), chance.randrange(9999)) for _ in range(3)] for _ in range(2))
        numbers.append(len(report_of(*two_of(seed, first, second)).changes))
    assert sum(number > 0 for number in numbers) > 40
    kinds = {
        kind for seed in range(200) for net in made(seed).nets.values() for kind, rows in net.rows().items() if rows
    }
    assert len(kinds) >= 18


def test_a_name_that_went_with_an_end_made_anew_is_another_links_on_the_way_back_too() -> None:
    """A pair within a pod, that is made anew with one of its ends in another pod, and another pair that has the name now."""
    come, gone = CHANGES.index(pod), CHANGES.index(end_moved)
    a, b = two_of(2, [(come, 0), (gone, 1)], [(come, 0), (come, 1), (gone, 1)])
    there, back = report_of(a, b), report_of(b, a)
    assert Counter(_statement(c, turned=True) for c in there.changes) == Counter(_statement(c) for c in back.changes)
    assert any(c.kind == "route" and c.action == "removed" for c in there.changes)
