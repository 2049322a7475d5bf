"""How the programs end: every error becomes one clear line and its exit code (docs/exit-codes.md).

Also the few options that hold for every command.
"""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
import traceback
from contextlib import suppress
from enum import StrEnum
from typing import IO, NoReturn

import typer

from snapshot.model.errors import NetlapseError, UsageError
from snapshot.model.frozen import frozen

INTERRUPTED = 130
FAILED = 3


class Color(StrEnum):
    """When to colour."""

    auto = "auto"
    always = "always"
    never = "never"


@frozen
class Options:
    """What ``-v``, ``-q`` and ``--color`` said."""

    verbose: bool = False
    quiet: bool = False
    color: Color = Color.auto


def options_of(context: typer.Context) -> Options:
    """The options of the program a command runs in."""
    return context.obj if isinstance(context.obj, Options) else Options()


def wants_color(options: Options, stream: IO[str], *, to_file: bool) -> bool:
    """Colour on a terminal, unless NO_COLOR (no-color.org) or ``--color`` say otherwise."""
    if options.color is not Color.auto:
        return options.color is Color.always
    return not to_file and stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def say(options: Options, text: str) -> None:
    """A message for people, on standard error; ``-q`` silences it."""
    if not options.quiet:
        sys.stderr.write(visible(text) + "\n")


def visible(text: str) -> str:
    """Text in which nothing can act on a terminal: control, bidi and other unprintable characters are shown as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def run(app: typer.Typer, prog: str) -> NoReturn:
    """Run a program and end the process with the contract's exit code."""
    # A command makes hardly any garbage that counting references would not free, and then the process ends.
    gc.disable()
    _open_standard_streams()
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows its escape; a name must never end the program.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        # As Ctrl-C: what was begun is cleaned up, and no half-written file is left behind.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = app(prog_name=prog, standalone_mode=False)
    except NetlapseError as error:
        _end(prog, str(error), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        _interrupted(prog)
    except BrokenPipeError:
        _reader_gone()
    except SystemExit as ended:
        # The parser turns a reader that went away (| head) into exit 1, which here means "differences".
        if isinstance(ended.__context__, BrokenPipeError):
            _reader_gone()
        raise
    except Exception as error:  # noqa: BLE001  the last line of defence: an uncaught exception would exit 1, "differences"
        _unforeseen(prog, error)
    if code == INTERRUPTED:
        _interrupted(prog)
    _leave(prog, code if isinstance(code, int) else 0)


def _open_standard_streams() -> None:
    """A standard stream that was closed (``>&-``) takes nothing, and no file of ours gets its number.

    Python has None in its place, and whatever is said there would end the program with exit code 1, "differences". What
    is written to standard output fails as anywhere; what is said on standard error is lost.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_WRONLY if number == 2 else os.O_RDONLY)
    for name, number in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115


def _leave(prog: str, code: int) -> NoReturn:
    """Everything is written and closed by now: leave at once, rather than have CPython free object by object."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _reader_gone()
    except OSError as error:
        _end(prog, f"standard output: {error.strerror}", FAILED)
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(code)


def _interrupted(prog: str) -> NoReturn:
    """Ctrl-C, or SIGTERM. Everything is cleaned up by now; leaving at once, for CPython may end itself by the signal again if
    it came while a module was being imported, and callers are promised an exit code."""
    sys.stderr.write(f"{prog}: interrupted; nothing was written\n")
    sys.stderr.flush()
    os._exit(INTERRUPTED)


def _reader_gone() -> NoReturn:
    """Nobody is left to tell anything."""
    _drop_output()
    raise SystemExit(FAILED) from None


def _drop_output() -> None:
    """What could not be printed is forgotten: CPython would try once more, and end with an exit code of its own."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _unforeseen(prog: str, error: Exception) -> NoReturn:
    # The command-line parser's own errors, by what they have: typer brings its parser along, under changing names.
    message, code = getattr(error, "format_message", None), getattr(error, "exit_code", None)
    if callable(message) and isinstance(code, int):
        text = str(message())
        if text.startswith("Usage:"):
            sys.stderr.write(text + "\n")
            raise SystemExit(UsageError.exit_code)
        context = getattr(error, "ctx", None)
        hint = f" (see {context.command_path} --help)" if context is not None else ""
        _end(prog, text + hint, UsageError.exit_code if code == UsageError.exit_code else FAILED)
    if _asked_for_more():
        sys.stderr.write("".join(traceback.format_exception(error)))
    unwritten = _unwritten()
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if unwritten is not None or (isinstance(error, OSError) and _printing(error)):
        _end(prog, f"standard output: {unwritten or reason}", FAILED)
    _end(prog, f"{type(error).__name__}: {reason}; run it again with -v for the details, and please report it", FAILED)


def _unwritten() -> str | None:
    """Why what is still to be printed cannot be: a full disk behind standard output."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return error.strerror
    return None


def _printing(error: OSError) -> bool:
    """Did the parser fail to print a help page? Python run unbuffered leaves nothing in the buffer to be tried again."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_code.co_name == "echo" and str(frame.f_globals.get("__name__")).endswith("click.utils")


def _asked_for_more() -> bool:
    return "-v" in sys.argv or "--verbose" in sys.argv


def _end(prog: str, message: str, code: int) -> NoReturn:
    sys.stderr.write(f"{prog}: {visible(' '.join(message.split()))}\n")
    if _unwritten() is not None:
        _drop_output()
    raise SystemExit(code)
