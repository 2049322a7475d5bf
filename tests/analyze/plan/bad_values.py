"""Plans with a value that cannot stand where it does, and the line that says so; see ``bad_plans.py``."""

from __future__ import annotations

from tests.analyze.plan.bad_plans import RULE
from tests.analyze.plan.plans import HEAD

BAD_VALUES = [
    (
        HEAD + "must:\n  - {kind: container, facts: {namespace: x}}\n",
        "plan.yaml:4:31: must[1].facts.namespace: a container has no such fact: did you mean 'pod_namespace'? "
        "it is one of id, ...",
    ),
    (
        HEAD + f"expect:\n  - kind: [{', '.join(['pod'] * 101)}]\n    action: added\n",
        "plan.yaml:4:11: expect[1].kind: is a list of more than 100; use patterns",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: 1.5.2}}\n",
        "plan.yaml:6:27: expect[1].fields.mtu.after: is '1.5.2', but this is a number",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: [1]}}\n",
        "plan.yaml:6:27: expect[1].fields.mtu.after: asks for a list, but this is a number",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: {}}}\n",
        "plan.yaml:6:27: expect[1].fields.mtu.after: "
        "is empty; a value, or one of any_of, at_least, at_most, contains, has, not, within",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: {any_of: 1}}}\n",
        "plan.yaml:6:36: expect[1].fields.mtu.after.any_of: is no list of values",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: {any_of: []}}}\n",
        "plan.yaml:6:36: expect[1].fields.mtu.after.any_of: is no list of values",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: {any_of: [1, x]}}}\n",
        "plan.yaml:6:40: expect[1].fields.mtu.after.any_of[2]: is 'x', but this is a number",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: {contains: 1}}}\n",
        "plan.yaml:6:38: expect[1].fields.mtu.after.contains: asks for a list's content, but this is a number",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: {has: {a: 1}}}}\n",
        "plan.yaml:6:33: expect[1].fields.mtu.after.has: asks for a mapping, but this is a number",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: {not: x}}}\n",
        "plan.yaml:6:33: expect[1].fields.mtu.after.not: is 'x', but this is a number",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: {at_least: true}}}\n",
        "plan.yaml:6:38: expect[1].fields.mtu.after.at_least: is 'true', it is a number",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: {at_most: [1]}}}\n",
        "plan.yaml:6:37: expect[1].fields.mtu.after.at_most: is a list, it is a number",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: {within: {a: b}}}}\n",
        "plan.yaml:6:36: expect[1].fields.mtu.after.within: asks for a network, but this is a number",
    ),
    (
        HEAD + RULE + "    fields: {state: {after: {at_least: 1}}}\n",
        "plan.yaml:6:29: expect[1].fields.state.after: asks for a range of numbers, but this is a text",
    ),
    (
        HEAD + RULE + "    fields: {alias: {after: {within: x}}}\n",
        "plan.yaml:6:38: expect[1].fields.alias.after.within: is 'x', it is a network such as 10.1.0.0/16",
    ),
    (
        HEAD + RULE + "    fields: {kind_data: {after: 1}}\n",
        "plan.yaml:6:33: expect[1].fields.kind_data.after: is '1', but this is a mapping: write {has: {...}}",
    ),
    (
        HEAD + RULE + "    fields: {kind_data: {after: {has: x}}}\n",
        "plan.yaml:6:39: expect[1].fields.kind_data.after.has: is no mapping of names and values",
    ),
    (
        HEAD + RULE + "    fields: {kind_data: {after: {has: {}}}}\n",
        "plan.yaml:6:39: expect[1].fields.kind_data.after.has: is no mapping of names and values",
    ),
    (
        HEAD + RULE + "    fields: {alias: {after: {within: [a]}}}\n",
        "plan.yaml:6:38: expect[1].fields.alias.after.within: is a list, it is a network such as 10.1.0.0/16",
    ),
    (
        HEAD + RULE + "    fields: {flags: {after: {contains: {at_least: x}}}}\n",
        "plan.yaml:6:51: expect[1].fields.flags.after.contains.at_least: is 'x', it is a number",
    ),
    (
        HEAD + RULE + "    fields: {flags: {after: [UP, {at_least: x}]}}\n",
        "plan.yaml:6:45: expect[1].fields.flags.after[2].at_least: is 'x', it is a number",
    ),
    (
        HEAD + RULE + "    fields: {flags: {after: null, before: 1}}\n",
        "plan.yaml:6:43: expect[1].fields.flags.before: is '1', but this is a list: write [...] or {contains: ...}",
    ),
    (
        HEAD + RULE + "    count:\n",
        "plan.yaml:6:11: expect[1].count: is nothing, it is a whole number from 0 to 1,000,000,000",
    ),
    (HEAD + RULE + "    count: [1]\n", "plan.yaml:6:12: expect[1].count: is a number, or {at_least: 1, at_most: 3}"),
    (HEAD + RULE + "    count: {}\n", "plan.yaml:6:12: expect[1].count: is a number, or {at_least: 1, at_most: 3}"),
    (
        HEAD + RULE + "    count: true\n",
        "plan.yaml:6:12: expect[1].count: is 'true', it is a whole number from 0 to 1,000,000,000",
    ),
    (
        HEAD + RULE + "    count: 1000000001\n",
        "plan.yaml:6:12: expect[1].count: is '1000000001', it is a whole number from 0 to 1,000,000,000",
    ),
    (
        HEAD + RULE + "    count: {at_most: x}\n",
        "plan.yaml:6:22: expect[1].count.at_most: is 'x', it is a whole number from 0 to 1,000,000,000",
    ),
    (
        HEAD + RULE + "    scope:\n",
        "plan.yaml:6:11: expect[1].scope: is no text; a pattern is a text in which * is anything and ? any one character",
    ),
    (HEAD + RULE + "    why: ''\n", "plan.yaml:6:10: expect[1].why: is no text"),
    (HEAD + RULE + f"    why: {'x' * 1001}\n", "plan.yaml:6:10: expect[1].why: is longer than 500 characters"),
    (HEAD + RULE + "    optional: [1]\n", "plan.yaml:6:15: expect[1].optional: is a list, it is true or false"),
    (HEAD + RULE + "    optional: 1\n", "plan.yaml:6:15: expect[1].optional: is '1', it is true or false"),
    (HEAD + RULE + "    optional:\n", "plan.yaml:6:14: expect[1].optional: is nothing, it is true or false"),
    (
        HEAD + "expect: [{kind: nexthop, action: added, facts: {blackhole: maybe}}]\n",
        "plan.yaml:3:60: expect[1].facts.blackhole: is 'maybe', but this is true or false",
    ),
    (
        HEAD + "expect: [{kind: nexthop, action: added, facts: {blackhole: 1}}]\n",
        "plan.yaml:3:60: expect[1].facts.blackhole: is '1', but this is true or false",
    ),
    (
        HEAD + "expect: [{kind: route, action: [], facts: {dst: x}}]\n",
        "plan.yaml:3:32: expect[1].action: is an empty list, which nothing can be one of; leave the key away for any",
    ),
    (
        HEAD + "must: [{kind: veth, facts: {host_end.colour: x}}]\n",
        "plan.yaml:3:29: must[1].facts.host_end.colour: "
        "a veth has no such fact: did you mean 'host_end.scope'? it is one of bridge, host_end.scope, ...",
    ),
    (
        HEAD + "must: [{kind: link, facts: {kind_data.: x}}]\n",
        "plan.yaml:3:29: must[1].facts.kind_data.: "
        "a link has no such fact: did you mean 'kind_data'? it is one of ifindex, name, ...",
    ),
    (
        HEAD + "must: [{kind: link, facts: {mtu.x: 1}}]\n",
        "plan.yaml:3:29: must[1].facts.mtu.x: a link has no such fact: did you mean 'mtu'? it is one of ifindex, name, ...",
    ),
    (
        HEAD + "must: [{kind: link, facts: {}}]\n",
        "plan.yaml:3:28: must[1].facts: names no attribute; write for example {mtu: ...}",
    ),
    (
        HEAD + "must: [{kind: link, facts: [mtu]}]\n",
        "plan.yaml:3:28: must[1].facts: names no attribute; write for example {mtu: ...}",
    ),
    (HEAD + "must: [{}]\n", "plan.yaml:3:8: must[1].kind: is missing; every rule of must: has one"),
    (HEAD + "must: {kind: link}\n", "plan.yaml:3:7: must: is no list; each rule begins with '- kind: ...'"),
    (
        HEAD + "must: [{kind: []}]\n",
        "plan.yaml:3:15: must[1].kind: is an empty list, which nothing can be one of; leave the key away for any",
    ),
    (HEAD + "must: [{kind: [link, []]}]\n", "plan.yaml:3:22: must[1].kind[2]: is no text"),
    (
        HEAD + "must: [{kind: link, severity: [info, 1]}]\n",
        "plan.yaml:3:21: must[1].severity: is of check: only; what is there has no severity",
    ),
    (HEAD + "title: [a]\n", "plan.yaml:3:8: title: is no text"),
    (HEAD + "title: ''\n", "plan.yaml:3:8: title: is no text"),
    (HEAD + f"title: {'x' * 1001}\n", "plan.yaml:3:8: title: is longer than 500 characters"),
    (
        HEAD + "hosts: []\n",
        "plan.yaml:3:8: hosts: is an empty list, which nothing can be one of; leave the key away for any",
    ),
    (
        HEAD + "hosts: {a: b}\n",
        "plan.yaml:3:8: hosts: is no text; a pattern is a text in which * is anything and ? any one character",
    ),
    (HEAD + "hosts: [a, '']\n", "plan.yaml:3:12: hosts[2]: is empty, which no name is; leave the key away for any"),
    (
        HEAD + "hosts:\n",
        "plan.yaml:3:7: hosts: is no text; a pattern is a text in which * is anything and ? any one character",
    ),
    (
        HEAD + "forbid: [{check: []}]\n",
        "plan.yaml:3:18: forbid[1].check: is an empty list, which nothing can be one of; leave the key away for any",
    ),
    (
        HEAD + "forbid: [{check: [a]}]\n",
        "plan.yaml:3:19: forbid[1].check[1]: there is no check 'a': it is one of orphan-veth, leaked-namespace, ...",
    ),
    (
        HEAD + "forbid: [{check: '*', facts: {a: 1}}]\n",
        "plan.yaml:3:23: forbid[1].facts: does not go with check: it is one of check, scope, severity, why",
    ),
    (
        HEAD + "forbid: [{check: no-such-*}]\n",
        "plan.yaml:3:18: forbid[1].check: there is no check 'no-such-*': it is one of orphan-veth, leaked-namespace, ...",
    ),
    (
        HEAD + "expect: [{check: '*'}]\n",
        "plan.yaml:3:11: expect[1].check: is no key here: it is one of kind, action, ...",
    ),
    (
        HEAD + "forbid: [{kind: link, action: changed, fields: [[mtu]]}]\n",
        "plan.yaml:3:49: forbid[1].fields[1]: is no text",
    ),
    (
        HEAD + "forbid: [{kind: link, fields: mtu}]\n",
        "plan.yaml:3:31: forbid[1].fields: names no attribute; write for example {mtu: ...}",
    ),
    (
        HEAD + "forbid: [{kind: link, fields: {mtu: 1}}]\n",
        "plan.yaml:3:37: forbid[1].fields.mtu: is neither before: nor after:; write {before: ..., after: ...}, or {} for any",
    ),
    (
        HEAD + "forbid: [{kind: link, fields: {mtu: {}}, action: [added, removed]}]\n",
        "plan.yaml:3:31: forbid[1].fields: what is added has no before and after; say facts:",
    ),
    (
        HEAD + "expect: [{kind: link, action: changed, fields: {mtu: {}}, other_fields: 1}]\n",
        "plan.yaml:3:73: expect[1].other_fields: is '1', it is true or false",
    ),
    (
        HEAD + "1: a\n",
        "plan.yaml:3:1: 1: is no key here: it is one of format, version, title, hosts, expect, forbid, must",
    ),
    (HEAD + "expect: [{1: a}]\n", "plan.yaml:3:11: expect[1].1: is no key here: it is one of kind, action, ..."),
    (
        HEAD + "must: [{kind: pod, count: {at_least: 1}, facts: {name: 1, state: {not: [1]}}}]\n",
        "plan.yaml:3:72: must[1].facts.state.not: asks for a list, but this is a text",
    ),
]
