"""``netlapse redact``: a snapshot file that may leave the house, and reports about it turned back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from snapshot.exits import Options, options_of, say
from snapshot.model.errors import UsageError
from snapshot.model.plural import plural
from snapshot.standard_output import write_out

if TYPE_CHECKING:
    from snapshot.redact.keys import Key

app = typer.Typer(add_completion=False, rich_markup_mode=None)

STANDARD_OUTPUT = Path("-")
STAYS = (
    "What stays: numbers, times, states and flags; that two names or addresses are the same; the shape of prefixes; well-known "
    "names (eth0, docker0, kube-system) and ranges (loopback, link-local, multicast). docs/redaction.md has the whole list."
)

InArgument = Annotated[
    Path | None,
    typer.Argument(metavar="IN", help="The snapshot file, or with --unredact the report.", show_default=False),
]
OutOption = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="OUT", help="The file to make; of a report also - for standard output."),
]
KeyOption = Annotated[
    Path | None,
    typer.Option("--key-file", metavar="K", help="The key of the pseudonyms: a file that only you can read."),
]
NewKeyOption = Annotated[
    Path | None,
    typer.Option(
        "--new-key",
        metavar="K",
        help="Make a key in the file K, which must not exist yet; given IN too, redact with it.",
    ),
]
BackOption = Annotated[
    bool,
    typer.Option("--unredact", help="IN is a report about redacted snapshots: put back what the pseudonyms stand for."),
]

SignOption = Annotated[
    Path | None,
    typer.Option(
        "--sign",
        metavar="KEY",
        help="Sign each redacted snapshot with this OpenSSH key, or with an agent's whose .pub file this is.",
    ),
]


@app.command("redact", short_help="Write a file anew with pseudonyms, or turn a report back.", epilog=STAYS)
def redact_command(
    ctx: typer.Context,
    source: InArgument = None,
    output: OutOption = None,
    key_file: KeyOption = None,
    new_key: NewKeyOption = None,
    unredact: BackOption = False,
    sign: SignOption = None,
) -> None:
    """Write a snapshot file anew with pseudonyms for addresses, MACs and names, the same in all files made with one key.

    The diff of two redacted files is the diff of the two, redacted.
    """
    options = options_of(ctx)
    if sign is not None and (unredact or source is None):
        raise UsageError("--sign is for a file that is redacted: netlapse redact IN -o OUT --key-file K --sign KEY")
    key = _key(options, key_file, new_key)
    if source is None:
        if new_key is None or unredact or output is not None:
            raise UsageError("name the file to redact: netlapse redact IN -o OUT --key-file K")
        return
    if output is None:
        raise UsageError("name the file to make with -o OUT")
    if unredact:
        _turn_back(options, source, output, key)
    else:
        _redact(options, source, output, key, sign)


def _key(options: Options, key_file: Path | None, new_key: Path | None) -> Key:
    from snapshot.redact.keys import make_key, read_key

    if (key_file is None) == (new_key is None):
        raise UsageError("name the key with --key-file K, or make one with --new-key K")
    if key_file is not None:
        return read_key(key_file)
    assert new_key is not None
    key = make_key(new_key)
    say(
        options,
        f"{new_key}: a new key, {key.id}; who has it can undo every redaction made with it: keep it, and keep it secret",
    )
    return key


def _redact(options: Options, source: Path, output: Path, key: Key, sign: Path | None) -> None:
    if output == STANDARD_OUTPUT:
        raise UsageError("a snapshot file is not written to standard output: name a file with -o OUT")
    from snapshot.redact.files import redact_file
    from snapshot.redact.rows import Redaction

    signed = None
    if sign is not None:
        from snapshot.store.signatures import signer

        signed = signer(sign)
    written = redact_file(source, output, Redaction(key), sign=signed)
    signatures = (
        "without signatures: those of the original hold for nothing else" if sign is None else f"signed with {sign}"
    )
    say(options, f"{output}: {plural(len(written), 'snapshot')} redacted with key {key.id}, {signatures}. {STAYS}")


def _turn_back(options: Options, source: Path, output: Path, key: Key) -> None:
    from snapshot.redact.errors import NotAReportError
    from snapshot.redact.reports import TurningBack, read_report
    from snapshot.redact.texts import Texts
    from snapshot.store.files import write_private

    turned = TurningBack(Texts(key)).report(read_report(source))
    if not turned.words:
        raise NotAReportError(f"{source}: no pseudonym of key {key.id} is in it; nothing was written")
    if output == STANDARD_OUTPUT:
        write_out(turned.text)
    else:
        write_private(output, turned.text)
        say(options, f"{output}: {plural(turned.words, 'pseudonym')} turned back with key {key.id}")
