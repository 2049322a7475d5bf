"""Plans that ask for what no snapshot can hold, and the line that says so; see ``bad_plans.py``."""

from __future__ import annotations

from tests.analyze.plan.bad_plans import RULE
from tests.analyze.plan.plans import HEAD

BAD_PATTERNS = [
    (
        HEAD + 'forbid: [{kind: link, scope: "pods:*"}]\n',
        "plan.yaml:3:30: forbid[1].scope: 'pods:*' can be no scope: "
        "it is one of host, pod:NAMESPACE/NAME, container:NAME, netns:NAME",
    ),
    (
        HEAD + RULE + "    scope: [host, hots]\n",
        "plan.yaml:6:19: expect[1].scope[2]: 'hots' can be no scope: did you mean 'host'? it is one of host, ...",
    ),
    (
        HEAD + "forbid: [{severity: critical, scope: 'pod:web'}]\n",
        "plan.yaml:3:38: forbid[1].scope: 'pod:web' can be no scope: it is one of host, pod:NAMESPACE/NAME, ...",
    ),
    (
        HEAD + "forbid: [{check: '*', scope: '[hp]o*'}]\n",
        "plan.yaml:3:30: forbid[1].scope: '[hp]o*' can be no scope: it is one of host, ...",
    ),
    (
        HEAD + "must: [{kind: link, scope: netns, count: 0}]\n",
        "plan.yaml:3:28: must[1].scope: 'netns' can be no scope: did you mean 'netns:NAME'? it is one of host, ...",
    ),
    (
        HEAD + "must: [{kind: pod, each_scope: host}]\n",
        "plan.yaml:3:32: must[1].each_scope: 'host' can be no scope of a pod: it is one of pod:NAMESPACE/NAME",
    ),
    (
        HEAD + "forbid: [{kind: [container, pod], scope: 'netns:*'}]\n",
        "plan.yaml:3:42: forbid[1].scope: 'netns:*' can be no scope of these kinds: "
        "it is one of host, pod:NAMESPACE/NAME, container:NAME",
    ),
    (
        HEAD + "forbid: [{kind: namespace, scope: host}]\n",
        "plan.yaml:3:35: forbid[1].scope: 'host' can be no scope of a namespace: "
        "it is one of pod:NAMESPACE/NAME, container:NAME, netns:NAME",
    ),
    (
        HEAD + "must: [{kind: route, facts: {family: ipv4}}]\n",
        "plan.yaml:3:38: must[1].facts.family: 'ipv4' can be no family of a route: "
        "it is one of inet, inet6, bridge, or a number that has no name",
    ),
    (
        HEAD + "forbid: [{kind: address, facts: {address: 10.1.27.300/24}}]\n",
        "plan.yaml:3:43: forbid[1].facts.address: '10.1.27.300/24' can be no address of an address: "
        "it is an address with its prefix length, such as 10.1.27.0/24 or fd00::2/64",
    ),
    (
        HEAD + "forbid: [{kind: address, facts: {address: 10.1.27.2}}]\n",
        "plan.yaml:3:43: forbid[1].facts.address: '10.1.27.2' can be no address of an address: it is an address with ...",
    ),
    (
        HEAD + "forbid: [{kind: address, facts: {address: '10.1.277.*'}}]\n",
        "plan.yaml:3:43: forbid[1].facts.address: '10.1.277.*' can be no address of an address: it is an address with ...",
    ),
    (
        HEAD + "forbid: [{kind: address, facts: {address: 'FD00:0::1/64'}}]\n",
        "plan.yaml:3:43: forbid[1].facts.address: 'FD00:0::1/64' can be no address of an address: "
        "did you mean 'fd00::1/64'? it is an address with ...",
    ),
    (
        HEAD + "forbid: [{kind: route, action: changed, fields: {dst: {after: 10.0.0.0/99}}}]\n",
        "plan.yaml:3:63: forbid[1].fields.dst.after: '10.0.0.0/99' can be no dst of a route: it is an address with ...",
    ),
    (
        HEAD + "forbid: [{kind: [route, nexthop], facts: {gateway: {any_of: [10.0.0.3, 10.0.0.300]}}}]\n",
        "plan.yaml:3:72: forbid[1].facts.gateway.any_of[2]: '10.0.0.300' can be no gateway: it is an address such as ...",
    ),
    (
        HEAD + "forbid: [{kind: route, facts: {dst: 'fd00::1::2/64'}}]\n",
        "plan.yaml:3:37: forbid[1].facts.dst: 'fd00::1::2/64' can be no dst of a route: it is an address with ...",
    ),
    (
        HEAD + "forbid: [{kind: route, facts: {type: {within: 10.0.0.0/8}}}]\n",
        "plan.yaml:3:47: forbid[1].facts.type.within: asks for a network, but type of a route is no address",
    ),
    (
        HEAD + "forbid: [{kind: link, facts: {state: UPP}}]\n",
        "plan.yaml:3:38: forbid[1].facts.state: 'UPP' can be no state of a link: did you mean 'UP'? "
        "it is one of UNKNOWN, NOTPRESENT, DOWN, LOWERLAYERDOWN, TESTING, DORMANT, UP",
    ),
    (
        HEAD + "forbid: [{kind: veth, facts: {host_end.state: {not: Up}}}]\n",
        "plan.yaml:3:53: forbid[1].facts.host_end.state.not: 'Up' can be no host_end.state of a veth: it is one of ...",
    ),
    (
        HEAD + "forbid: [{kind: link, facts: {flags: {contains: UPP}}}]\n",
        "plan.yaml:3:49: forbid[1].facts.flags.contains: 'UPP' can be no flags of a link: did you mean 'UP'? "
        "it is one of ALLMULTI, ...",
    ),
    (
        HEAD + "forbid: [{kind: link, facts: {mac: '02:42:AC:11:00:02'}}]\n",
        "plan.yaml:3:36: forbid[1].facts.mac: '02:42:AC:11:00:02' can be no mac of a link: "
        "it is in small letters, such as 02:42:ac:11:00:02",
    ),
    (
        HEAD + "forbid: [{kind: socket, facts: {port: 99999999}}]\n",
        "plan.yaml:3:39: forbid[1].facts.port: '99999999' can be no port of a socket: it is a whole number from 0 to 65,535",
    ),
    (
        HEAD + "forbid: [{kind: socket, facts: {port: {at_least: 70000}}}]\n",
        "plan.yaml:3:39: forbid[1].facts.port: a number in this range can be no port of a socket: it is a whole number ...",
    ),
    (
        HEAD + "forbid: [{kind: link, facts: {mtu: -1}}]\n",
        "plan.yaml:3:36: forbid[1].facts.mtu: '-1' can be no mtu of a link: it is a whole number from 0 to 4,294,967,295",
    ),
    (
        HEAD + "forbid: [{kind: link, facts: {mtu: 1500.5}}]\n",
        "plan.yaml:3:36: forbid[1].facts.mtu: '1500.5' can be no mtu of a link: it is a whole number from 0 to ...",
    ),
    (
        HEAD + "forbid: [{kind: link, facts: {mtu: '15a*'}}]\n",
        "plan.yaml:3:36: forbid[1].facts.mtu: '15a*' can be no mtu of a link: it is a whole number from 0 to ...",
    ),
    (
        HEAD + "forbid: [{kind: container, facts: {restarts: '01'}}]\n",
        "plan.yaml:3:46: forbid[1].facts.restarts: '01' can be no restarts of a container: it is a whole number",
    ),
    (
        HEAD + "forbid: [{kind: route, action: recreated}]\n",
        "plan.yaml:3:32: forbid[1].action: 'recreated' can be no action of a route: it is one of added, removed, changed",
    ),
    (
        HEAD + "forbid: [{kind: host, action: added}]\n",
        "plan.yaml:3:31: forbid[1].action: 'added' can be no action of a host: it is one of changed",
    ),
    (
        HEAD + "expect: [{kind: [route, rule], action: [changed, recreated]}]\n",
        "plan.yaml:3:50: expect[1].action[2]: 'recreated' can be no action of these kinds: "
        "it is one of added, removed, changed",
    ),
    (
        HEAD + "expect: [{kind: link, action: changed, fields: []}]\n",
        "plan.yaml:3:48: expect[1].fields: names no attribute; write for example {mtu: ...}",
    ),
    (
        HEAD + "forbid: [{kind: route, facts: {dst: {within: 0.0.0.0/0}, family: inet6}}]\n",
        "plan.yaml:3:37: forbid[1].facts.dst: is of IPv4, and family: inet6 of IPv6; nothing is both",
    ),
    (
        HEAD + "forbid: [{kind: [address, socket], facts: {family: inet, address: '::1/128'}}]\n",
        "plan.yaml:3:67: forbid[1].facts.address: is of IPv6, and family: inet of IPv4; nothing is both",
    ),
]
