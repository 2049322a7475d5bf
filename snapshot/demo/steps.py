"""How the demo speaks: what it says, and the commands it runs before the reader's eyes."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence

from snapshot.demo.bottle import environment, python
from snapshot.demo.errors import DemoError
from snapshot.standard_output import write_out

COLUMNS = 80
CONTINUES = " \\"


def tell(*lines: str) -> None:
    """Say something, before whatever a command says next."""
    write_out("".join(f"{line}\n" for line in lines))


def run(*arguments: str, options: Sequence[str] = (), fine: Sequence[int] = (0,)) -> None:
    """Show a netlapse command and run it. ``options`` go to the program unshown; ``fine`` are exit codes to expect."""
    tell("", *_shown(["$", "netlapse", *map(shlex.quote, arguments)]))
    command = [*python("netlapse"), *options, *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, env=environment(), check=False)
    if done.returncode not in fine:
        raise DemoError(f"the demo stopped: `netlapse {arguments[0]}` ended with exit code {done.returncode}")


def _shown(words: Sequence[str]) -> list[str]:
    """A command on lines of a terminal's usual width, broken so that it can be pasted."""
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) > COLUMNS - len(" " + CONTINUES):
            lines[-1] += CONTINUES
            lines.append("   ")
        lines[-1] += f" {word}" if lines[-1] else word
    return lines
