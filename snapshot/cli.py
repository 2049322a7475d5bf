"""The agent's commands: `capture` and `doctor`. The only place outside the tests that imports ``snapshot.collect``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from snapshot.exits import Options, options_of, run, say, visible
from snapshot.model.errors import UsageError
from snapshot.model.plural import plural
from snapshot.standard_output import write_out
from snapshot.version import GENERATOR

if TYPE_CHECKING:
    from snapshot.model.snapshot import Capture
    from snapshot.redact.source import AtSource
    from snapshot.store.writer import Written

__all__ = ["VersionOption", "app", "main", "run"]

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)

COMPLETE, INCOMPLETE = 0, 5
OutputOption = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The snapshot file to make.")]
AppendOption = Annotated[
    bool, typer.Option("--append", help="Add to FILE if it exists; without it, FILE must not exist.")
]
LabelOption = Annotated[
    str | None, typer.Option("--label", metavar="NAME", help="A name for this snapshot: FILE@NAME.")
]
NoteOption = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="Why it was taken.")]
KindsOption = Annotated[
    str | None, typer.Option("--kinds", metavar="K,K", help="Only these kinds: link,address,route,...")
]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", min=0.01, metavar="SECONDS", help="Give up what is not read by then.")
]
RequireOption = Annotated[
    bool, typer.Option("--require-complete", help="Write nothing and exit 5 unless everything could be read.")
]
RedactOption = Annotated[
    bool, typer.Option("--redact", help="Write pseudonyms only, made with the key in --key-file: see netlapse redact.")
]
KeyOption = Annotated[
    Path | None,
    typer.Option("--key-file", metavar="K", help="The key for --redact; netlapse redact --new-key K makes one."),
]
DockerOption = Annotated[
    list[str] | None,
    typer.Option(
        "--docker-host",
        metavar="URL",
        help="Ask the Docker or Podman there, may be repeated; else DOCKER_HOST, else their well-known sockets.",
    ),
]
SignOption = Annotated[
    Path | None,
    typer.Option(
        "--sign",
        metavar="KEY",
        help="Sign the snapshot with this OpenSSH key, or with an agent's whose .pub file this is.",
    ),
]
CriOption = Annotated[
    list[str] | None,
    typer.Option(
        "--cri-socket",
        metavar="URL",
        help="Ask the containerd or CRI-O there, may be repeated; else their well-known sockets.",
    ),
]


def _print_version(asked: bool) -> None:
    if asked:
        write_out(GENERATOR + "\n")
        raise typer.Exit


VersionOption = Annotated[
    bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
]


@app.command("capture", short_help="Write the network state of this host into one file.")
def capture_command(
    ctx: typer.Context,
    output: OutputOption,
    append: AppendOption = False,
    label: LabelOption = None,
    note: NoteOption = None,
    kinds: KindsOption = None,
    timeout: TimeoutOption = 60.0,
    require_complete: RequireOption = False,
    redact: RedactOption = False,
    key_file: KeyOption = None,
    docker_host: DockerOption = None,
    cri_socket: CriOption = None,
    sign: SignOption = None,
) -> None:
    """Write the network state of this host and of all its namespaces into one file.

    Exit codes: 0 complete, 5 written with gaps (the file says which), 3 failed.
    """
    from snapshot.store.reference import check_label

    if label is not None:
        check_label(label)
    wanted = _kinds(kinds)
    from snapshot.collect.privileges import drop

    drop(append=append)
    source = _source(redact, key_file)
    from snapshot.store.writer import check_target

    check_target(
        output,
        append=append,
        label=source.label(label) if source else label,
        redacted_with=source.key_id if source else None,
    )
    signed = None
    if sign is not None:
        from snapshot.store.signatures import signer

        signed = signer(sign)
    from snapshot.collect.manners import step_back
    from snapshot.collect.run import CaptureRequest, capture
    from snapshot.store.packing import pack

    options = options_of(ctx)
    request = CaptureRequest(
        label=label,
        note=note,
        kinds=wanted,
        timeout=timeout,
        docker_hosts=tuple(docker_host or ()),
        cri_sockets=tuple(cri_socket or ()),
        command=tuple(sys.argv),
    )
    step_back()
    with _Progress(options) as progress:
        captured = capture(request, progress.show, source.pack if source else pack)
        if require_complete and captured.header.status != "complete":
            progress.clear()
            _say_gaps(options, captured)
            say(options, f"netlapse: not everything could be read; {output} was not written (--require-complete)")
            raise typer.Exit(INCOMPLETE)
        progress.show("writing")
        if source:
            captured = source.finished(captured)
        from snapshot.store import writer

        write = writer.append if append else writer.create
        written = write(output, captured, signed)
    _say_result(options, captured, written, output)
    raise typer.Exit(COMPLETE if captured.header.status == "complete" else INCOMPLETE)


@app.command("doctor", short_help="Tell what this host lets the agent see.")
def doctor_command(
    docker_host: DockerOption = None,
    cri_socket: CriOption = None,
) -> None:
    """Tell what this host lets the agent see: privileges, runtimes, kernel features.

    Exit codes: 0 a capture would be complete, 5 it would have gaps.
    """
    import textwrap

    from snapshot.collect.doctor import examine
    from snapshot.collect.privileges import drop

    drop()
    checks = examine(tuple(docker_host or ()), tuple(cri_socket or ()))
    margin = max(len(check.name) for check in checks) + len("GAP    ")
    for check in checks:
        start = f"{'ok ' if check.good else 'GAP'}  {check.name}".ljust(margin)
        text = textwrap.fill(visible(check.told), 80, initial_indent=start, subsequent_indent=" " * margin)
        write_out(text + "\n")
    gaps = sum(not check.good for check in checks)
    write_out("a capture would be complete\n" if not gaps else "a capture would have gaps\n")
    raise typer.Exit(COMPLETE if not gaps else INCOMPLETE)


def _source(redact: bool, key_file: Path | None) -> AtSource | None:
    if redact != (key_file is not None):
        raise UsageError("--redact takes a key, and --key-file is for it: capture --redact --key-file K")
    if key_file is None:
        return None
    from snapshot.redact.source import AtSource

    return AtSource(key_file)


def _kinds(text: str | None) -> tuple[str, ...] | None:
    from snapshot.model.kinds import KINDS

    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in KINDS]
    if unknown or not names:
        raise UsageError(f"--kinds {text!r}: a kind is one of {', '.join(KINDS)}")
    return names


def _say_result(options: Options, captured: Capture, written: Written, output: Path) -> None:
    sections = [place.sections for place in captured.namespaces]
    containers = sum(len(runtime.sections.get("container", ())) for runtime in captured.runtimes)
    counted = {kind: sum(len(s.get(kind, ())) for s in sections) for kind in ("link", "route")}
    parts = [
        plural(len(captured.namespaces), "namespace"),
        plural(counted["link"], "link"),
        plural(counted["route"], "route"),
        plural(containers, "container"),
    ]
    _say_gaps(options, captured)
    name = f"{output}@{captured.header.label or written.id}"
    new = f"{written.added_rows:,} of {plural(written.rows, 'row')} new"
    say(options, f"{name}: {', '.join(parts)}; {captured.header.status}; {new}")


def _say_gaps(options: Options, captured: Capture) -> None:
    gaps = [record for record in captured.coverage if record.status != "complete"]
    for record in gaps[:10]:
        where = (
            record.runtime
            or record.place
            or next(
                (f"netns [{p.namespace.inode}]" for p in captured.namespaces if p.namespace.key == record.namespace),
                "host",
            )
        )
        say(options, f"netlapse: {record.status}: {where}: {', '.join(record.kinds)}: {record.error}")
    if len(gaps) > 10:
        say(options, f"netlapse: and {plural(len(gaps) - 10, 'more gap')}: see `netlapse show`")


class _Progress:
    """One line on a terminal, rewritten; nothing anywhere else."""

    def __init__(self, options: Options) -> None:
        self._shown = sys.stderr.isatty() and not options.quiet

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def show(self, text: str) -> None:
        if self._shown:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()

    def clear(self) -> None:
        self.show("")


def main() -> NoReturn:
    """The program `netlapse-agent`: these commands and nothing else."""
    agent = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
    agent.add_typer(app)

    @agent.callback()
    def options(
        ctx: typer.Context,
        quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress and no closing line.")] = False,
        verbose: Annotated[
            bool, typer.Option("-v", "--verbose", help="With an error, also where it came from.")
        ] = False,
        version: VersionOption = False,
    ) -> None:
        """The agent of netlapse: captures a Linux container host's whole network state."""
        ctx.obj = Options(verbose=verbose, quiet=quiet)

    run(agent, "netlapse-agent")
