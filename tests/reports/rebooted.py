"""A report of a host that was rebooted into another kernel, and of namespaces that could be each other's."""

from __future__ import annotations

from reports.model import Ambiguity, Report
from tests.reports.drafting import Draft, identity


def rebooted() -> Report:
    """The reboot first, with what came back under it; two namespaces that fit one as well as the other."""
    draft = Draft()
    boot = draft.say(
        "host", "changed", "host", "node-1", ("boot_id", "6f1c0c52-1", "b19ce21a-2"), ("kernel", "6.12.9", "6.18.0"),
        severity="warning", matched="machine id",
    )  # fmt: skip
    pod = draft.say(
        "pod",
        "recreated",
        "pod:default/web-1",
        "default/web-1",
        ("uid", "6f1c-1", "6f1c-2"),
        cause=boot,
        matched="pod identity",
    )
    draft.say("veth", "recreated", "pod:default/web-1", "veth0001b - eth0", ("host_end.ifindex", 11, 7), cause=pod)
    either = Ambiguity(reason="MACs of its links", candidates=("netns:[41]", "netns:[42]"), count=2, rivals=0)
    draft.say("namespace", "removed", "netns:[31]", "[31]", severity="warning", facts={"inode": 31}, ambiguous=either)
    for inode in (41, 42):
        maybe = Ambiguity(reason="MACs of its links", candidates=("netns:[31]",), count=1, rivals=1)
        name = f"[{inode}]"
        space = draft.say("namespace", "added", f"netns:{name}", name, facts={"inode": inode}, ambiguous=maybe)
        many = Ambiguity(reason="MAC", candidates=tuple(f"host/eth{n}" for n in range(8)), count=1200, rivals=1)
        draft.say("link", "added", f"netns:{name}", f"eth{inode}", cause=space, ambiguous=many)
    return draft.report(before=identity(1, kernel="6.12.9"))
