"""Policy rules: RTM_NEWRULE messages as facts (linux/fib_rules.h, ip-rule(8))."""

from __future__ import annotations

from collections.abc import Mapping

from snapshot.collect.netlink.message import Message
from snapshot.collect.netlink.take import Attributes
from snapshot.model.names import FAMILIES, PROTOCOLS, RULE_ACTIONS, TABLES, bits, named
from snapshot.model.rule import Rule
from snapshot.model.timer import Timer

FIB_RULE_INVERT = 0x2
FLAGS = ("permanent", "invert", "unresolved", "iif_detached", "oif_detached")
"""FIB_RULE_* by bit: a rule that jumps to none, or names a link that is not there."""

NONE = 0xFFFFFFFF


def rule(message: Message, _: Mapping[int, str]) -> tuple[Rule, tuple[Timer, ...]]:
    """The fact of a message. It names links by name, and nothing of it runs."""
    fields = message.fields
    left = Attributes("rule", message.attributes)
    action = named(RULE_ACTIONS, fields["action"])
    table = left.number("table")
    protocol = left.number("protocol")
    mark, mask = left.number("fwmark"), left.number("fwmask")
    shorter, group = left.number("suppress_prefixlen"), left.number("suppress_ifgroup")
    source, target = left.text("src"), left.text("dst")
    flags = fields["flags"] & ~FIB_RULE_INVERT
    fact = Rule(
        family=named(FAMILIES, fields["family"]),
        priority=left.number("priority") or 0,
        src=f"{source}/{fields['src_len']}" if source is not None else None,
        dst=f"{target}/{fields['dst_len']}" if target is not None else None,
        iif=left.text("iifname"),
        oif=left.text("oifname"),
        tos=fields["tos"],
        fwmark=mark,
        fwmask=mask,
        action=action,
        table=named(TABLES, fields["table"] if table is None else table) if action == "to_tbl" else None,
        goto=left.number("goto"),
        invert=bool(fields["flags"] & FIB_RULE_INVERT),
        ipproto=left.number("ip_proto"),
        sport=_range(left.text("sport_range")),
        dport=_range(left.text("dport_range")),
        uid_range=_range(left.text("uid_range")),
        l3mdev=bool(left.number("l3mdev")),
        suppress_prefixlength=None if shorter in (None, NONE) else shorter,
        suppress_ifgroup=None if group in (None, NONE) else group,
        protocol=named(PROTOCOLS, protocol) if protocol is not None else None,
        extra={**left.rest(), **({"flags": bits(FLAGS, flags)} if flags else {})},
    )
    return fact, ()


def _range(text: str | None) -> str | None:
    """struct fib_rule_port_range or fib_rule_uid_range, which pyroute2 writes as "start:end", as iproute2 writes it."""
    if text is None:
        return None
    start, _, end = text.partition(":")
    return start if start == end else f"{start}-{end}"
