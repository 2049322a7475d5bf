"""The twins of the checks about links and addresses."""

from __future__ import annotations

from tests.analyze.checks.twin import Twin, bridge, pair
from tests.lab.docker import DockerHost


def lost_its_way(host: DockerHost) -> None:
    host.container("ndr-lost")
    host.in_container("ndr-lost", "ip", "route", "del", "default")


def keeps_inside(host: DockerHost) -> None:
    host.container("ndr-well")
    host.docker("network", "create", "--internal", "ndr-inside")
    host.container("ndr-inside", "--network", "ndr-inside")


TWINS = (
    Twin(
        check="orphan-veth",
        sick=bridge("ov0")
        + "ip link add ov-left type veth peer name ov-idle; ip link set ov-left master ov0 up; ip link set ov-idle up",
        healthy=bridge("ov1") + "ip link add ov-a type veth peer name ov-b; ip link set ov-a master ov0 up;"
        "ip link set ov-b master ov1 up\n" + pair("ov-pod", bridge="ov1"),
        fires=(("host", "veth ov-left is on ov0"),),
    ),
    Twin(
        check="end-down",
        sick=pair("ed-half", "10.90.1.2/24") + "ip -n ed-half link set eth0 down",
        healthy=pair("ed-both", "10.90.2.2/24") + pair("ed-none", "10.90.3.2/24", ends="down"),
        fires=(("netns:ed-half", "netns:ed-half/eth0 is down"),),
    ),
    Twin(
        check="no-default-route",
        sick=lost_its_way,
        healthy=keeps_inside,
        fires=(("container:ndr-lost", "no default route"),),
    ),
)
