"""What several of the analyzer's commands take, said once: snapshots, rules, plans, where to write."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SNAP_HELP = "FILE (its newest snapshot), FILE@LABEL, FILE@ID, FILE@first or FILE@last."
BeforeArgument = Annotated[str, typer.Argument(metavar="BEFORE", help=f"The earlier snapshot: {SNAP_HELP}")]
AfterArgument = Annotated[str, typer.Argument(metavar="AFTER", help=f"The later snapshot: {SNAP_HELP}")]
ForceOption = Annotated[
    bool,
    typer.Option("--force", help="Compare snapshots of different hosts, or redacted differently, or one with itself."),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="OLD=NEW",
        help="Say yourself what is the same: two scopes (pod:a/x=pod:b/y, container:db=container:db-new), two links"
        " (host/eth0=host/ens3) or two networks (network:back=network:front). Overrides every identity; may be repeated.",
    ),
]
NoIgnoresOption = Annotated[
    bool, typer.Option("--no-default-ignores", help="Show also what changes by itself (neighbour caches, learnt FDB).")
]
PlanOption = Annotated[
    Path | None,
    typer.Option("--plan", metavar="FILE", help="Judge by a plan: what of this was expected (docs/plan.md)."),
]
IgnoreOption = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        metavar="RULE",
        help="Leave out what a rule means: kind=neighbour,dev=eth* (docs/filters.md). May be repeated.",
    ),
]
SelectOption = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        metavar="RULE",
        help="Show only what a rule means, and judge by that: kind=route,dst=10.0.0.0/8. May be repeated.",
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Rules of what to leave out, in TOML; no file is read unless named."),
]
OutputOption = Annotated[Path | None, typer.Option("-o", metavar="FILE", help="Write there; - is standard output.")]
