"""The door: the agent's and the analyzer's commands as one program, ``netlapse`` (also ``python -m netlapse``)."""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer

import analyze.cli
import snapshot.cli
import snapshot.demo.command
import snapshot.redact.command
from snapshot.exits import Color, Options, run

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
app.add_typer(snapshot.cli.app)
app.add_typer(analyze.cli.app)
app.add_typer(snapshot.redact.command.app)
app.add_typer(snapshot.demo.command.app)


@app.callback()
def netlapse(
    ctx: typer.Context,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress and no closing line.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="With an error, also where it came from.")] = False,
    color: Annotated[Color, typer.Option("--color", help="auto: on a terminal, unless NO_COLOR is set.")] = Color.auto,
    version: snapshot.cli.VersionOption = False,
) -> None:
    """Snapshots of a Linux container host's whole network, and diffs of them that explain themselves."""
    ctx.obj = Options(quiet=quiet, verbose=verbose, color=color)


def main() -> NoReturn:
    """Run the program; its exit codes are in docs/exit-codes.md."""
    run(app, "netlapse")


if __name__ == "__main__":
    main()
