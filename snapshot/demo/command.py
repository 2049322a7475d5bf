"""``netlapse demo``: a container host that exists for some seconds, changed and compared with netlapse's own commands."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from snapshot.exits import options_of

app = typer.Typer(add_completion=False, rich_markup_mode=None)

SHIPPED = Path(__file__).with_name("shipped.netlapse")
SAME, DIFFERENT, FAILED = 0, 1, 3

FolderOption = Annotated[
    Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the snapshots and the report.")
]


@app.command("demo", short_help="Build a small container host, change it, show the report.")
def demo_command(ctx: typer.Context, output: FolderOption = Path("netlapse-demo")) -> None:
    """Build a small container host in throwaway namespaces, change it, show the report.

    No root needed, and nothing is left behind but two files in DIR.
    """
    from snapshot.demo.bottle import Refusal, find_bottle
    from snapshot.demo.folder import prepare
    from snapshot.demo.steps import run, tell

    options = options_of(ctx)
    passed = ["--color", options.color.value, *(["-v"] if options.verbose else []), *(["-q"] if options.quiet else [])]
    folder = prepare(output)
    bottle = find_bottle()
    if isinstance(bottle, Refusal):
        tell(
            f"No container host can be built here: {bottle.reason}",
            "So this is about two snapshots that netlapse brings along, of the same demo.",
        )
        shutil.copyfile(SHIPPED, folder.snapshots)
    else:
        process = bottle.start("snapshot.demo.inside", [str(folder.snapshots), *passed])
        code = _wait(process)
        if code:
            # What went wrong has been said in there.
            raise typer.Exit(code if code > 1 else FAILED)

    before, after = f"{folder.snapshots}@before", f"{folder.snapshots}@after"
    run("diff", before, after, options=passed, fine=(DIFFERENT,))
    run("report", before, after, "-o", str(folder.report), options=passed)
    tell(
        "",
        f"{folder.report} is the same for a browser.",
        f"Next: {_program()} show {after}",
    )


def _program() -> str:
    """How this user starts netlapse: an environment's programs need not be on the PATH."""
    if shutil.which("netlapse"):
        return "netlapse"
    program, here = Path(sys.executable).with_name("netlapse"), Path.cwd()
    return str(program.relative_to(here) if program.is_relative_to(here) else program)


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for what runs in the bottle; if we are interrupted, it ends with its standard input."""
    from snapshot.demo.errors import InterruptedDemoError

    try:
        return process.wait()
    except KeyboardInterrupt:
        raise InterruptedDemoError("interrupted; the demo's container host is gone") from None
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()
