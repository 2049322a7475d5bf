"""forwarding-off: containers whose way out is the host, which forwards nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from analyze.checks.check import Check, Found
from analyze.checks.host import Host
from analyze.checks.through_host import Senders, senders, some, together, ways_on


def find(host: Host) -> Iterator[Found]:
    """The kernel forwards what comes in by a link whose ``forwarding`` is on (net/ipv4/route.c, ip_route_input_slow); IPv6 if
    it is on for "all", or ``force_forwarding`` for the link (net/ipv6/ip6_output.c, ip6_forward). Answers come in by the way
    on.

    Networks that lead nowhere need none: those that a runtime calls internal, those whose containers have no default route
    via the host, and hosts without a link to elsewhere. Links with filters at ingress or a BPF program, which may lead
    packets past all this, are left out.
    """
    home = host.topology.host
    if home is None:
        return
    through = senders(host)
    ways = {version: next(iter(ways_on(host, version)), None) for version in (4, 6)}
    off: dict[tuple[int, bool], list[Senders]] = defaultdict(list)
    for sent in through:
        way_on = ways[sent.version]
        if way_on is None or host.steered & {(home, sent.link.name), (home, way_on.name)}:
            continue
        if _off(host, sent.link.name, sent.version):
            off[sent.version, False].append(sent)
        elif _off(host, way_on.name, sent.version):
            off[sent.version, True].append(sent)
    for (version, back), found in off.items():
        way_on = ways[version]
        for sent in together(found):
            if way_on is not None:
                yield _found(host, home, sent, way_on.name, back=back)


def _off(host: Host, link: str, version: int) -> bool:
    """Is what comes in by a link not forwarded? What is not known is not off."""
    own = host.sysctls.get(_path(version, link), {})
    if version == 4:
        return own.get("forwarding") == 0
    return host.sysctls.get(_path(version, "all"), {}).get("forwarding") == 0 and own.get("force_forwarding", 0) == 0


def _path(version: int, link: str) -> str:
    return f"net.ipv{version}.conf.{link.replace('.', '/')}"


def _found(host: Host, home: str, sent: Senders, way_on: str, *, back: bool) -> Found:
    off, who = way_on if back else sent.link.name, some(sent.scopes)
    switch = _path(sent.version, off if sent.version == 4 else "all")
    what = f"what comes back to {who} by {off}" if back else f"what comes from {who} by {off}"
    values = {name: host.sysctls.get(_path(sent.version, name), {}).get("forwarding") for name in ("all", off)}
    return Found(
        namespace=home,
        subject=(sent.version, sent.part(home)),
        message=f"{switch}.forwarding is 0: {what} is not forwarded",
        evidence=(
            f"the default route of {who} is the host's {sent.link.name}; the host leads on by {way_on}",
            *(f"{_path(sent.version, name)}.forwarding = {value}" for name, value in values.items()),
        ),
        rests_on=sent.namespaces,
    )


CHECK = Check(
    id="forwarding-off",
    title="The host does not forward what containers send",
    why="Containers reach each other on their bridge and nothing beyond the host; published ports that are forwarded are dead.",
    severity="critical",
    needs=("link", "address", "route", "sysctl", "filter", "bpf"),
    place="host",
    find=find,
)
