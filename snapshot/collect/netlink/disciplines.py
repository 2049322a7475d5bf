"""What disciplines and classes are set to: TCA_OPTIONS by kind (linux/pkt_sched.h, tc(8)), without what only counts."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from snapshot.collect.netlink.nests import flag, nest
from snapshot.collect.netlink.readers import U8, U32, U64, OtherwiseError, Reader, Table, raw_hex, record, skip
from snapshot.model.json import Json

I32 = struct.Struct("=i")
RATE_FIELDS = ("cell_log", "linklayer", "overhead", "cell_align", "mpu", "rate")
RATE = struct.Struct("=BBHhHI")
"""struct tc_ratespec: the rate in bytes per second."""


def rate(raw: bytes) -> dict[str, Json]:
    """struct tc_ratespec, without how user space laid its rate table out."""
    found = dict(zip(RATE_FIELDS, RATE.unpack(raw), strict=True))
    return {name: found[name] for name in ("rate", "overhead", "mpu", "linklayer") if found[name] or name == "rate"}


def signed(raw: bytes) -> Json:
    """A signed integer of four bytes."""
    if len(raw) != I32.size:
        raise OtherwiseError
    return int(I32.unpack(raw)[0])


def _tbf(raw: bytes) -> Json:
    """struct tc_tbf_qopt: sizes in bytes, times in ticks (64 ns)."""
    if len(raw) != 36:
        raise OtherwiseError
    limit, buffer, mtu = struct.unpack_from("=III", raw, 24)
    return {"rate": rate(raw[:12]), "peak": rate(raw[12:24]), "limit": limit, "buffer": buffer, "mtu": mtu}


def _htb_class(raw: bytes) -> Json:
    """struct tc_htb_opt: buffers in ticks (64 ns)."""
    if len(raw) != 44:
        raise OtherwiseError
    names = ("buffer", "cbuffer", "quantum", "level", "prio")
    return {
        "rate": rate(raw[:12]),
        "ceil": rate(raw[12:24]),
        **dict(zip(names, struct.unpack_from("=IIIII", raw, 24), strict=True)),
    }


def _htb(raw: bytes) -> Json:
    """struct tc_htb_glob, whose last number counts packets."""
    if len(raw) != 20:
        raise OtherwiseError
    return dict(zip(("version", "rate2quantum", "defcls", "debug"), struct.unpack_from("=IIII", raw), strict=True))


def _priomap(raw: bytes) -> Json:
    """struct tc_prio_qopt."""
    if len(raw) != 20:
        raise OtherwiseError
    return {"bands": I32.unpack_from(raw)[0], "priomap": tuple(raw[4:20])}


_limit = record("=I", ("limit",))
_curve = record("=III", ("m1", "d", "m2"))
_drr: Table = {1: ("quantum", U32)}
_codel: Table = {
    1: ("target", U32), 2: ("limit", U32), 3: ("interval", U32), 4: ("ecn", U32), 5: ("ce_threshold", U32),
}  # fmt: skip
_fq_codel: Table = {
    1: ("target", U32), 2: ("limit", U32), 3: ("interval", U32), 4: ("ecn", U32), 5: ("flows", U32), 6: ("quantum", U32),
    7: ("ce_threshold", U32), 8: ("drop_batch_size", U32), 9: ("memory_limit", U32), 10: ("ce_threshold_selector", U8),
    11: ("ce_threshold_mask", U8),
}  # fmt: skip
_fq: Table = {
    1: ("plimit", U32), 2: ("flow_plimit", U32), 3: ("quantum", U32), 4: ("initial_quantum", U32), 5: ("rate_enable", U32),
    6: ("flow_default_rate", U32), 7: ("flow_max_rate", U32), 8: ("buckets_log", U32), 9: ("flow_refill_delay", U32),
    10: ("orphan_mask", U32), 11: ("low_rate_threshold", U32), 12: ("ce_threshold", U32), 13: ("timer_slack", U32),
    14: ("horizon", U32), 15: ("horizon_drop", U8), 16: ("priomap", raw_hex), 17: ("weights", raw_hex),
}  # fmt: skip
_cake: Table = {
    2: ("base_rate64", U64), 3: ("diffserv_mode", U32), 4: ("atm", U32), 5: ("flow_mode", U32), 6: ("overhead", signed),
    7: ("rtt", U32), 8: ("target", U32), 9: ("autorate", U32), 10: ("memory", U32), 11: ("nat", U32), 12: ("raw", U32),
    13: ("wash", U32), 14: ("mpu", U32), 15: ("ingress", U32), 16: ("ack_filter", U32), 17: ("split_gso", U32),
    18: ("fwmark", U32),
}  # fmt: skip
_htb_table: Table = {
    1: ("parms", _htb_class), 2: ("init", _htb), 5: ("direct_qlen", U32), 6: ("rate64", U64), 7: ("ceil64", U64),
    8: ("pad", skip), 9: ("offload", flag),
}  # fmt: skip
_tbf_table: Table = {
    1: ("parms", _tbf), 4: ("rate64", U64), 5: ("prate64", U64), 6: ("burst", U32), 7: ("pburst", U32), 8: ("pad", skip),
}  # fmt: skip
_qfq: Table = {1: ("weight", U32), 2: ("lmax", U32)}
_hfsc_class: Table = {1: ("rsc", _curve), 2: ("fsc", _curve), 3: ("usc", _curve)}
_NETEM_FIXED = ("latency", "limit", "loss", "gap", "duplicate", "jitter")
_netem_more = nest("qdisc", {
    1: ("corr", record("=III", ("delay_corr", "loss_corr", "dup_corr"))),
    3: ("reorder", record("=II", ("probability", "correlation"))),
    4: ("corrupt", record("=II", ("probability", "correlation"))),
    5: ("loss", raw_hex), 6: ("rate", record("=IiIi", ("rate", "packet_overhead", "cell_size", "cell_overhead"))),
    7: ("ecn", U32), 8: ("rate64", U64), 9: ("pad", skip), 10: ("latency64", U64), 11: ("jitter64", U64), 12: ("slot", raw_hex),
})  # fmt: skip


def _netem(raw: bytes) -> Json:
    """struct tc_netem_qopt, followed by attributes."""
    if len(raw) < 24:
        raise OtherwiseError
    more = _netem_more(raw[24:])
    return {**dict(zip(_NETEM_FIXED, struct.unpack_from("=6I", raw), strict=True)), "attributes": more}


_SFQ = ("quantum", "perturb_period", "limit", "divisor", "flows", "depth", "headdrop")
_sfq_red = record("=IIIBBBBI", ("limit", "qth_min", "qth_max", "wlog", "plog", "scell_log", "flags", "max_p"))


def _sfq(raw: bytes) -> Json:
    """struct tc_sfq_qopt_v1, whose end only counts; before Linux 3.3 struct tc_sfq_qopt. RED's settings where it has any."""
    if len(raw) not in (20, 72):
        raise OtherwiseError
    numbers = struct.unpack("=IiIII" if len(raw) == 20 else "=IiIIIII44x", raw)
    red = {"red": _sfq_red(raw[28:48])} if any(raw[28:48]) else {}
    return {**dict(zip(_SFQ, numbers, strict=False)), **red}


QDISCS: Mapping[str, Reader] = {
    "htb": nest("qdisc", _htb_table), "tbf": nest("qdisc", _tbf_table), "fq_codel": nest("qdisc", _fq_codel),
    "codel": nest("qdisc", _codel), "fq": nest("qdisc", _fq), "cake": nest("qdisc", _cake), "drr": nest("qdisc", _drr),
    "pfifo": _limit, "bfifo": _limit, "pfifo_head_drop": _limit, "pfifo_fast": _priomap, "prio": _priomap,
    "hfsc": record("=H", ("defcls",)), "netem": _netem,
    "sfq": _sfq,
}  # fmt: skip
CLASSES: Mapping[str, Reader] = {
    "htb": nest("class", _htb_table), "hfsc": nest("class", _hfsc_class), "drr": nest("class", _drr),
    "qfq": nest("class", _qfq),
}  # fmt: skip
"""Kind -> the reader of its TCA_OPTIONS. Those of others are kept as hex."""


def options(known: Mapping[str, Reader], kind: str, raw: bytes) -> dict[str, Json]:
    """TCA_OPTIONS by name, {"raw": hex} where nobody knows how to read them. Raises ``NetlinkError``."""
    if not raw:
        return {}
    read = known.get(kind)
    if read is not None:
        try:
            told = read(raw)
        except OtherwiseError:
            told = None
        if isinstance(told, dict):
            return told
    return {"raw": raw.hex()}
