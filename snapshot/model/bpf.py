"""A BPF program attached to a link (bpf(2), linux/bpf.h, linux/if_link.h: IFLA_XDP)."""

from __future__ import annotations

from snapshot.model.frozen import frozen


@frozen
class BpfProgram:
    """One attachment.

    dev       link name
    hook      "xdp" (its mode in ``mode``), "tcx ingress", "tcx egress", "netkit primary", "netkit peer",
              "tc ingress", "tc egress" or "tc PARENT" (a classifier or action of traffic control)
    position  its place among those of one hook, 0 first
    mode      XDP: "driver", "generic" or "offload"; tc: "direct-action", "classifier" or "action"; else None
    program   the kernel's number of the program
    name      as it was loaded (up to 15 bytes), None when it has none
    tag       hex digest of its instructions, the same wherever it is loaded; None where it could not be asked
    link      the number of the BPF link that holds it (linux/bpf.h), None when attached without
    """

    dev: str
    hook: str
    position: int = 0
    mode: str | None = None
    program: int
    name: str | None = None
    tag: str | None = None
    link: int | None = None
