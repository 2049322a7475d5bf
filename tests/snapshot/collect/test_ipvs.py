"""IPVS, from text as net/netfilter/ipvs/ip_vs_ctl.c prints it: this kernel has none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapshot.collect.ipvs import tell_ipvs
from snapshot.collect.netlink.transport import NetlinkError
from snapshot.model.counter import Counter
from snapshot.model.ipvs import IpvsService

TEXT = b"""IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0A600001:01BB rr  
  -> C0A80A02:192B      Masq    1      3          0         
  -> 0A000009:192B      Masq    0      0          0         
UDP  0A60000A:0035 rr ops 
  -> 0AF40002:0035      Route   1      0          12        
TCP  0A600002:0050 wlc  persistent 10800 FFFFFFFF
TCP  [fd00:0000:0000:0000:0000:0000:0000:0010]:0050 sh persistent 360 80000000
  -> [fd00:0000:0000:0000:0000:0000:0000:0002]:1F90      Tunnel  5      0          0         
FWM  00000007 lc ops persistent 60 FFFFFF00
  -> 0A000003:0000      Local   1      0          0         
"""  # noqa: W291  as the kernel pads it


def test_services_and_destinations() -> None:
    told = list(tell_ipvs((TEXT,), {}))
    services = [fact for fact in told if isinstance(fact, IpvsService)]
    assert services == [
        IpvsService(
            protocol="TCP", address="10.96.0.1", port=443, scheduler="rr",
            destinations=(
                {"address": "10.0.0.9", "port": 6443, "forward": "Masq", "weight": 0},
                {"address": "192.168.10.2", "port": 6443, "forward": "Masq", "weight": 1},
            ),
        ),
        IpvsService(
            protocol="UDP", address="10.96.0.10", port=53, scheduler="rr", flags="ops",
            destinations=({"address": "10.244.0.2", "port": 53, "forward": "Route", "weight": 1},),
        ),
        IpvsService(
            protocol="TCP", address="10.96.0.2", port=80, scheduler="wlc", flags="persistent 10800 FFFFFFFF"
        ),
        IpvsService(
            protocol="TCP", address="fd00::10", port=80, scheduler="sh", flags="persistent 360 80000000",
            destinations=({"address": "fd00::2", "port": 8080, "forward": "Tunnel", "weight": 5},),
        ),
        IpvsService(
            protocol="FWM", port=7, scheduler="lc", flags="ops persistent 60 FFFFFF00",
            destinations=({"address": "10.0.0.3", "port": 0, "forward": "Local", "weight": 1},),
        ),
    ]  # fmt: skip
    assert [fact for fact in told if isinstance(fact, Counter)] == [
        Counter(of="ipvs", key="TCP 10.96.0.1:443 192.168.10.2:6443", values={"active": 3}),
        Counter(of="ipvs", key="UDP 10.96.0.10:53 10.244.0.2:53", values={"inactive": 12}),
    ]


@pytest.mark.parametrize(
    "line", ["TCP", "TCP  0A6:01BB rr", "  -> 0A000009:192B Masq 1", "  -> xx:0000 Masq 1 0 0", "FWM  zz rr"]
)
def test_odd_lines_fail_the_kind(line: str) -> None:
    with pytest.raises(NetlinkError):
        list(tell_ipvs((b"\n".join((*TEXT.splitlines()[:4], line.encode())),), {}))
    with pytest.raises(NetlinkError):
        list(tell_ipvs((b"\n".join((*TEXT.splitlines()[:3], TEXT.splitlines()[4])),), {}))


@given(st.integers(0, len(TEXT)), st.binary(max_size=20))
def test_cut_and_garbled_text(cut: int, more: bytes) -> None:
    try:
        told = list(tell_ipvs((TEXT[:cut] + more,), {}))
    except NetlinkError:
        return
    assert sum(isinstance(fact, IpvsService) for fact in told) <= 7
