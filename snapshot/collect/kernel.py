"""Which parts of the network the kernel has, found out without asking for them: a question would load what it is about.

A part that is a module counts when it is loaded (/proc/modules). One that is built in is in the list that a kernel's package
brings (modules.builtin), otherwise among the kernel's symbols (/proc/kallsyms). A kernel that has no modules at all has no
/proc/modules, and may be asked anything: it answers that it does not have it.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

PROC = Path("/proc")
FOLDERS = (Path("/lib/modules"), Path("/usr/lib/modules"))

SYMBOLS = {
    "nf_tables": b" nft_do_chain\n", "ip_set": b" ip_set_test\n", "nft_compat": b" nft_target_eval_xt\n",
    "ebtable_filter": b" frame_filter_net_init\n", "ebtable_nat": b" frame_nat_net_init\n",
    "ebtable_broute": b" broute_net_init\n", "nfnetlink_hook": b" nfnl_hook_dump\n",
    "inet_diag": b" inet_diag_dump_icsk\n", "tcp_diag": b" tcp_diag_dump\n", "udp_diag": b" udp_diag_dump\n",
}  # fmt: skip
"""A function of each part, for kernels that brought no list."""


@cache
def has(part: str) -> bool:
    """Whether the kernel has a part, by its module's name. Found out once: a capture's moment is short."""
    return is_there(part, PROC, FOLDERS)


def is_there(part: str, proc: Path, folders: tuple[Path, ...]) -> bool:
    """See ``has``; ``proc`` and ``folders`` are where to look."""
    loaded = _loaded(proc)
    if loaded is None or part in loaded:
        return True
    release = os.uname().release
    for folder in folders:
        built_in = _text(folder / release / "modules.builtin")
        if built_in is not None:
            return any(_module(line) == part for line in built_in.splitlines())
    return SYMBOLS.get(part, b"?") in (_bytes(proc / "kallsyms") or b"")


@cache
def modular() -> bool:
    """Whether this kernel can load modules."""
    return _loaded(PROC) is not None


@cache
def loaded_tables_of_bridges() -> tuple[str, ...]:
    """The tables of ebtables-legacy that a kernel with modules has, in any namespace."""
    if not modular():
        return ()
    return tuple(table for table in ("filter", "nat", "broute") if has(f"ebtable_{table}"))


def _loaded(proc: Path) -> frozenset[str] | None:
    """The loaded modules; None where the kernel has none."""
    text = _text(proc / "modules")
    return None if text is None else frozenset(line.split(" ", 1)[0] for line in text.splitlines())


def _module(path: str) -> str:
    """The module a path of modules.builtin is about: "kernel/net/netfilter/nf_tables.ko"."""
    return path.rsplit("/", 1)[-1].removesuffix(".ko").replace("-", "_")


def _text(path: Path) -> str | None:
    found = _bytes(path)
    return None if found is None else found.decode("utf-8", "replace")


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
