"""A host that never rests: namespaces with veth pairs come and go at a steady rate, beside others that stand still.

``python -m tests.lab.churn NAMESPACES_PER_SECOND PAIRS_EACH`` runs until it is killed, and writes how many it has made of each
to standard output, a line a second.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time

STANDING = 30
"""Namespaces that stand still; each has a link, an address, two routes and a configured neighbour."""

ROUTES = 200
"""IPv6 routes, and as many IPv4 ones and FDB entries, that stand still on the host."""

TICKS = 10
"""How many rounds a namespace lives."""


def standing() -> str:
    """What stands still, as lines of a shell."""
    return f"""
    ip link add br0 type bridge; ip addr add 10.1.0.1/16 dev br0; ip link set br0 up
    ip -6 addr add fd00::1/16 dev br0 nodad
    for i in $(seq {STANDING}); do
      ip netns add steady$i; ip link add v$i type veth peer name eth0 netns steady$i; ip link set v$i master br0 up
      printf 'link set lo up\\nlink set eth0 up\\naddr add 10.1.1.%d/16 dev eth0\\nroute add default via 10.1.0.1\\n' $i |
        ip -n steady$i -batch -
      ip -n steady$i neigh add 10.1.0.9 lladdr 02:00:00:00:00:09 dev eth0 nud permanent
    done
    for i in $(seq {ROUTES}); do echo "route add fd00:$i::/48 dev br0"; done | ip -6 -batch -
    for i in $(seq {ROUTES}); do echo "route add 10.100.$i.0/24 via 10.1.0.2"; done | ip -batch -
    for i in $(seq {ROUTES}); do printf 'fdb add 02:00:00:00:01:%02x dev v1 master static\\n' $i; done | bridge -batch -
    """


def churn(rate: float, pairs: int) -> None:
    """Make and delete, tick by tick, never faster than ``rate`` namespaces a second."""
    pause = threading.Event()
    began, said = time.monotonic(), 0.0
    shell = subprocess.Popen(
        ["ip", "-force", "-batch", "-"], stdin=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL
    )
    assert shell.stdin is not None
    number = 0
    while shell.poll() is None:
        name = f"churn{number}"
        lines = [f"netns add {name}"]
        for pair in range(pairs):
            lines.append(f"link add c{number % 1000}-{pair} type veth peer name eth{pair} netns {name}")
            lines.append(f"link set c{number % 1000}-{pair} master br0 up")
        lines.append(f"route add 10.200.{number % 250}.0/24 via 10.1.0.3")
        lines.append(f"route add fd00:ff00:{number % 60_000:x}::/48 dev br0")
        if number >= TICKS:
            old = number - TICKS
            lines += [f"route del 10.200.{old % 250}.0/24", f"route del fd00:ff00:{old % 60_000:x}::/48 dev br0"]
            # One pair goes by itself, the others with their namespace.
            lines += [f"link del c{old % 1000}-0", f"netns del churn{old}"]
        # One process each time: ip(8) keeps the namespaces open that it has named in a batch.
        subprocess.run(
            ["ip", "-force", "-batch", "-"], input="\n".join(lines), text=True, check=False, stderr=subprocess.DEVNULL
        )
        number += 1
        elapsed = time.monotonic() - began
        if elapsed - said >= 1:
            said = elapsed
            sys.stdout.write(f"{number} {number * pairs} {elapsed:.1f}\n")
            sys.stdout.flush()
        pause.wait(max(0.0, number / rate - elapsed))


if __name__ == "__main__":
    churn(float(sys.argv[1]), int(sys.argv[2]))
