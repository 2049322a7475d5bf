"""The demo's pods, and how they look to a container runtime. All names and numbers follow from a pod's own: no chance."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

BRIDGE = "cni0"
BRIDGE_ADDRESS = "10.1.27.1"
PREFIX_LENGTH = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """One pod with a pause container and one application container.

    number    host part of its address
    instance  counts up when the pod is re-created under its old name
    """

    namespace: str
    name: str
    app: str
    image: str
    number: int
    instance: int = 1

    @property
    def address(self) -> str:
        return f"10.1.27.{self.number}"

    @property
    def mac(self) -> str:
        """As the CNI bridge plugin makes it: 0a:58 and the IPv4 address in hex."""
        return mac_of(self.address)

    @property
    def host_end(self) -> str:
        """The name of the veth's end on the host."""
        return f"veth{self._digest('veth')[:8]}"

    @property
    def host_mac(self) -> str:
        """The MAC address of that end: locally administered."""
        return ":".join(["0e", *(self._digest("mac")[i : i + 2] for i in range(0, 10, 2))])

    @property
    def uid(self) -> str:
        d = self._digest("uid")
        return f"{d[:8]}-{d[8:12]}-4{d[13:16]}-8{d[17:20]}-{d[20:32]}"

    @property
    def sandbox_id(self) -> str:
        return self._digest("sandbox")

    @property
    def app_id(self) -> str:
        return self._digest("app")

    @property
    def labels(self) -> dict[str, str]:
        """Who it is, as the kubelet tells a runtime."""
        return {
            "io.kubernetes.pod.name": self.name,
            "io.kubernetes.pod.namespace": self.namespace,
            "io.kubernetes.pod.uid": self.uid,
        }

    def _digest(self, what: str) -> str:
        return hashlib.sha256(f"{what}/{self.namespace}/{self.name}/{self.instance}".encode()).hexdigest()


def mac_of(address: str) -> str:
    """The MAC address that the CNI bridge plugin derives from an IPv4 address."""
    return ":".join(["0a", "58", *(f"{int(part):02x}" for part in address.split("."))])


WEB = Pod(namespace="default", name="web-1", app="web", image="web:1.4", number=2)
WEB_AGAIN = Pod(namespace="default", name="web-1", app="web", image="web:1.4", number=8, instance=2)
API = Pod(namespace="default", name="api-1", app="api", image="api:2.0", number=4)
VPN = Pod(namespace="infra", name="vpn-1", app="vpn", image="vpn:5.1", number=6)
VPN_STANDBY = Pod(namespace="infra", name="vpn-2", app="vpn", image="vpn:5.1", number=7)

PODS = (
    WEB,
    Pod(namespace="default", name="web-2", app="web", image="web:1.4", number=3),
    API,
    Pod(namespace="kube-system", name="dns-1", app="dns", image="dns:1.11", number=5),
    VPN,
    VPN_STANDBY,
)
