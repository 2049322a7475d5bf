"""The analyzer's commands: they read files, print to standard output, and need neither host nor privilege."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyze.comparing import report_of
from analyze.documenting import document
from analyze.formats import PICTURES, CheckFormat, DiffFormat, Format, Level, VerifyFormat, checked, compared, drawn
from analyze.options import (
    SNAP_HELP,
    AfterArgument,
    BeforeArgument,
    ConfigOption,
    ForceOption,
    IgnoreOption,
    MapOption,
    NoIgnoresOption,
    OutputOption,
    PlanOption,
    SelectOption,
)
from analyze.output import is_file, terminal, write
from snapshot.standard_output import write_out
from snapshot.version import GENERATOR

if TYPE_CHECKING:
    from analyze.filters.filters import Filters
    from reports.model import Report

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)


@app.command("ls", short_help="List the snapshots in a file.")
def list_command(
    ctx: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", help="A netlapse file.")]
) -> None:
    """List the snapshots in a file, or in each file of a bundle."""
    from analyze.bundle.reading import files_of
    from analyze.listing import listing
    from reports.text.listing import render
    from snapshot.store.reader import list_snapshots

    width, color = terminal(ctx, to_file=False)
    files = files_of(file)[0]
    told = [(f"{one}\n" if len(files) > 1 else "", listing(list_snapshots(one))) for one in files]
    for heading, entries in told:
        write_out(heading)
        write_out(render(entries, width=width, color=color))


@app.command("show", short_help="Show a snapshot as a tree, or the rows of one kind.")
def show_command(
    ctx: typer.Context,
    snap: Annotated[str, typer.Argument(metavar="SNAP", help=SNAP_HELP)],
    scope: Annotated[
        str | None,
        typer.Option(
            "--scope", metavar="S", help="Only this scope: host, pod:NAMESPACE/NAME, container:NAME, netns:NAME."
        ),
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="K", help="Only the rows of this kind: link, route, ...")
    ] = None,
    output_format: Annotated[
        Format, typer.Option("-f", "--format", help="Output format; dot and mermaid draw the host.")
    ] = Format.text,
    output: OutputOption = None,
) -> None:
    """Show a snapshot as a tree: host, bridge, veth, namespace; or the rows of one kind."""
    from analyze.inventory import KINDS, ROW_KINDS, take_inventory
    from snapshot.model.errors import UsageError
    from snapshot.store.reader import load_whole
    from snapshot.store.reference import parse

    drawing = output_format.value in PICTURES
    if drawing and (scope is not None or kind is not None):
        raise UsageError(f"-f {output_format.value} draws the whole host: leave --scope and --kind out")
    if kind is not None and kind not in KINDS:
        raise UsageError(f"--kind {kind!r} is none of {', '.join(KINDS)}")
    wanted = ROW_KINDS if output_format is Format.json else (kind,) if kind is not None else ()
    whole = load_whole(parse(snap), [name for name in wanted if name in ROW_KINDS and kind in (None, name)])
    inventory = take_inventory(whole, scope, pictured=drawing)
    if scope is not None and not inventory.namespaces and not any(inventory.facts.values()):
        raise UsageError(f"no scope {scope!r} in this snapshot: `netlapse show {snap}` lists them")
    width, color = terminal(ctx, to_file=is_file(output))
    if drawing:
        text = drawn(inventory.drawing, output_format.value)
    elif output_format is Format.json:
        from reports.json import render_inventory

        text = render_inventory(inventory, kind)
    elif kind is not None:
        from reports.text.table import render as render_table

        text = render_table(inventory.facts[kind], width=width, color=color)
    else:
        from reports.text.tree import render as render_tree

        text = render_tree(inventory, width=width, color=color)
    write(text, output)


@app.command("diff", short_help="Compare two snapshots: what changed, and why.")
def diff_command(
    ctx: typer.Context,
    before: BeforeArgument,
    after: AfterArgument,
    output_format: Annotated[
        DiffFormat,
        typer.Option(
            "-f", "--format", help="Output format; markdown is for pull requests, dot and mermaid are the picture."
        ),
    ] = DiffFormat.text,
    output: OutputOption = None,
    select: SelectOption = None,
    ignore: IgnoreOption = None,
    no_default_ignores: NoIgnoresOption = False,
    config: ConfigOption = None,
    fail_on: Annotated[Level, typer.Option("--fail-on", help="Exit 1 only for differences this severe.")] = Level.info,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit 0 whatever the differences.")] = False,
    maps: MapOption = None,
    plan: PlanOption = None,
    force: ForceOption = False,
) -> None:
    """Compare two snapshots: what was added, removed, re-created and changed, and why."""
    filters = _filters(ignore, select, config, default=not no_default_ignores)
    drawn_up = output_format.value in PICTURES
    report = report_of(before, after, filters, force=force, maps=maps or (), plan=plan, pictured=drawn_up)
    width, color = terminal(ctx, to_file=is_file(output))
    write(compared(report, output_format, fail_on, width=width, color=color), output)
    raise typer.Exit(0 if exit_zero else exit_code(report, fail_on.value))


@app.command("check", short_help="Look for what is wrong in one snapshot.")
def check_command(
    ctx: typer.Context,
    snap: Annotated[str, typer.Argument(metavar="SNAP", help=SNAP_HELP)],
    output_format: Annotated[CheckFormat, typer.Option("-f", "--format", help="Output format.")] = CheckFormat.text,
    output: OutputOption = None,
) -> None:
    """Look for what is wrong in one snapshot: orphans, duplicates, ways that lead nowhere, mismatches.

    Exit code 0: all checks hold. 1: findings. 5: no finding, but part could not be checked.
    """
    from analyze.compose import compose_check
    from snapshot.store.reader import load
    from snapshot.store.reference import parse

    report = compose_check(load(parse(snap)), GENERATOR)
    width, color = terminal(ctx, to_file=is_file(output))
    write(checked(report, output_format, width=width, color=color), output)
    raise typer.Exit(1 if report.findings else 5 if report.unchecked else 0)


@app.command("report", short_help="Write the comparison of two snapshots as one HTML file.")
def report_command(
    before: Annotated[
        str, typer.Argument(metavar="BEFORE", help=f"The earlier snapshot, or the only one: {SNAP_HELP}")
    ],
    output: Annotated[Path, typer.Option("-o", metavar="FILE", help="Write there; - is standard output.")],
    after: Annotated[
        str | None, typer.Argument(metavar="AFTER", help="The later snapshot; without it BEFORE alone is documented.")
    ] = None,
    select: SelectOption = None,
    ignore: IgnoreOption = None,
    no_default_ignores: NoIgnoresOption = False,
    config: ConfigOption = None,
    maps: MapOption = None,
    plan: PlanOption = None,
    force: ForceOption = False,
) -> None:
    """Write the comparison of two snapshots, or what there is in one, as one self-contained HTML file."""
    from reports.html.document import render
    from snapshot.model.errors import UsageError

    if after is None:
        if plan is not None or select or ignore or maps or config or no_default_ignores or force:
            raise UsageError("one snapshot alone is documented as it is: name the other one too, or give -o alone")
        write(document(before), output)
        return

    filters = _filters(ignore, select, config, default=not no_default_ignores)
    report = report_of(before, after, filters, force=force, maps=maps or (), plan=plan, pictured=True)
    write(render(report), output)


@app.command("verify", short_help="Verify a file's digests, its chain and its signatures.")
def verify_command(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A netlapse file.")],
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="PUBLIC", help="A .pub file: each snapshot has to be signed by a key in it."),
    ] = None,
    output_format: Annotated[VerifyFormat, typer.Option("-f", "--format", help="Output format.")] = VerifyFormat.text,
    output: OutputOption = None,
) -> None:
    """Make every digest of a file anew, check its chain and its signatures, and say what is not as it was written.

    Exit code 0: all of it is as it was written. 3: it was damaged or altered, or is not signed as it should be.
    """
    from analyze.bundle.reading import files_of
    from analyze.verifying import verification
    from snapshot.exits import options_of, say

    files, damaged = files_of(file)
    verified = [verification(one, key) for one in files]
    width, color = terminal(ctx, to_file=is_file(output))
    if output_format is VerifyFormat.json:
        from reports.json import render_verification, render_verifications

        text = render_verification(verified[0]) if len(files) == 1 else render_verifications(verified)
    else:
        from reports.text.verification import render

        text = "\n".join("".join(render(one, width=width, color=color)) for one in verified)
    write(text, output)
    for one in damaged:
        say(options_of(ctx), f"netlapse: {one}: was damaged when it was put into the bundle")
    raise typer.Exit(0 if not damaged and all(one.verdict == "intact" for one in verified) else 3)


@app.command("bundle", short_help="Write a support bundle that others can read as it is.")
def bundle_command(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="The snapshot files that go in.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT", help="The bundle to make: NAME.tar.zst.")],
    damaged: Annotated[
        bool, typer.Option("--damaged", help="Take also files that do not verify, as they are; else they are refused.")
    ] = False,
    no_doctor: Annotated[
        bool, typer.Option("--no-doctor", help="Do not ask the doctor, which is done for snapshots of this very host.")
    ] = False,
) -> None:
    """Write a support bundle: snapshot files, verified, with an HTML page of each, in one file that netlapse reads as it is.

    Exit code 0: it is there. 2: there is something of that name. 3: a file is damaged or is no snapshot file.
    """
    from analyze.bundle.command import write_bundle
    from snapshot.exits import options_of, say

    options = options_of(ctx)
    told = write_bundle(
        files, output, damaged=damaged, doctor=not no_doctor, say=lambda text: say(options, f"netlapse: {text}")
    )
    say(options, told)


@app.command("plan", short_help="Draft a plan from a rehearsal, for diff --plan.")
def plan_command(
    before: BeforeArgument,
    after: AfterArgument,
    output: OutputOption = None,
    ignore: IgnoreOption = None,
    no_default_ignores: NoIgnoresOption = False,
    config: ConfigOption = None,
    maps: MapOption = None,
    force: ForceOption = False,
) -> None:
    """Draft a plan from a rehearsal: a YAML file that expects what changed here, to be edited, for diff --plan."""
    from analyze.plan.draft import draft_plan

    filters = _filters(ignore, None, config, default=not no_default_ignores)
    write(draft_plan(report_of(before, after, filters, force=force, maps=maps or ())), output)


def exit_code(report: Report, fail_on: str = "info") -> int:
    """The contract's exit code of a diff: 0 same, 1 differences at or above ``fail_on``, 5 incomplete.

    With a plan, differences that it expects do not count, and a rule of it that failed is always 1.
    """
    levels = [level.value for level in Level]
    bar = levels.index(fail_on)
    outcomes = {rule.status for rule in report.plan.rules} if report.plan is not None else set()
    shown = [c for c in report.changes if c.selected is not False]
    real = [c for c in shown if c.action != "unknown" and c.expected is not True]
    if outcomes & {"unmet", "violated"} or any(levels.index(c.severity) >= bar for c in real):
        return 1
    return 5 if report.coverage or report.verdict == "incomplete" or "unknown" in outcomes else 0


def _filters(
    ignore: list[str] | None, select: list[str] | None, config: Path | None, *, default: bool
) -> Callable[[], Filters]:
    """What reads them: their grammar is imported while the files are looked through."""

    def read() -> Filters:
        from analyze.filters.filters import read_filters

        return read_filters(ignore=ignore or (), select=select or (), config=config, default=default)

    return read
