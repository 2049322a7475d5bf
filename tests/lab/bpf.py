"""Loads and attaches small BPF programs by bpf(2), in a bottle: `python -m tests.lab.bpf DEV`.

It says "ready" when everything is attached, stays until its standard input is closed, and leaves with all it attached.
"""

from __future__ import annotations

import ctypes
import json
import socket
import struct
import subprocess
import sys

from snapshot.collect.bpf_call import call

PROG_LOAD, OBJ_PIN, PROG_ATTACH, LINK_CREATE = 5, 6, 8, 28
SCHED_CLS, XDP_TYPE = 3, 6
TCX_INGRESS, TCX_EGRESS, XDP = 46, 47, 37
GENERIC = 2
"""XDP_FLAGS_SKB_MODE."""
RETURN_2 = struct.pack("=BBhiBBhi", 0xB7, 0, 0, 2, 0x95, 0, 0, 0)
"""r0 = 2; exit."""
PINNED = "/run/netlapse-bpf"


def asked(command: int, *values: bytes) -> int:
    """One call with its attributes."""
    attributes = b"".join(values).ljust(128, b"\0")
    return call(command, ctypes.create_string_buffer(attributes, len(attributes)))


def load(kind: int, name: str) -> int:
    """Load a program; its descriptor."""
    code, license_ = ctypes.create_string_buffer(RETURN_2, len(RETURN_2)), ctypes.create_string_buffer(b"GPL")
    head = struct.pack("=IIQQ", kind, len(RETURN_2) // 8, ctypes.addressof(code), ctypes.addressof(license_))
    return asked(PROG_LOAD, head, struct.pack("=IIQII16s", 0, 0, 0, 0, 0, name.encode()))


def pin(program: int, path: str) -> None:
    """Give a program a name in a BPF file system, for tc(8)."""
    name = ctypes.create_string_buffer(path.encode())
    asked(OBJ_PIN, struct.pack("=QI", ctypes.addressof(name), program))


def main() -> None:
    """Attach at every hook of a link, twice at tcx's ingress."""
    dev = sys.argv[1]
    index = socket.if_nametoindex(dev)
    first, second = load(SCHED_CLS, "lab_first"), load(SCHED_CLS, "lab_second")
    generic = load(XDP_TYPE, "lab_xdp")
    asked(PROG_ATTACH, struct.pack("=IIIIIIQ", index, first, TCX_INGRESS, 0, 0, 0, 0))
    held = [
        asked(LINK_CREATE, struct.pack("=IIII", program, index, hook, flags))
        for program, hook, flags in ((second, TCX_INGRESS, 0), (second, TCX_EGRESS, 0), (generic, XDP, GENERIC))
    ]
    subprocess.run(["mkdir", "-p", PINNED], check=True)
    subprocess.run(["mount", "-t", "bpf", "bpf", PINNED], check=True)
    pin(first, f"{PINNED}/first")
    subprocess.run(["tc", "qdisc", "add", "dev", dev, "clsact"], check=True)
    words = f"filter add dev {dev} egress prio 3 bpf direct-action object-pinned {PINNED}/first"
    subprocess.run(["tc", *words.split()], check=True)
    sys.stdout.write(json.dumps({"ready": len(held)}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
