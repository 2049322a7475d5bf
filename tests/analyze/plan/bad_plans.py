"""Bad plans, and the line that says what is wrong; after ``...`` comes all that might stand there, or what YAML says."""

from __future__ import annotations

from analyze.plan.document import DEEPEST
from tests.analyze.plan.plans import HEAD

RULE = "expect:\n  - kind: link\n    action: changed\n"
BAD_PLANS = [
    ("", "plan.yaml:1:1: there is nothing in this file; a plan begins with 'format: netlapse/plan'"),
    ("# only a comment\n", "plan.yaml:1:1: there is nothing in this file; a plan begins with 'format: netlapse/plan'"),
    ("- a\n- b\n", "plan.yaml:1:1: a plan is a mapping that begins with 'format: netlapse/plan'"),
    ("version: 1\n", "plan.yaml:1:1: format: is missing; a plan begins with 'format: netlapse/plan'"),
    ("format: netlapse/plan\n", "plan.yaml:1:1: version: is missing; a plan begins with 'version: 1'"),
    (
        "format: netlapse/report\nversion: 1\n",
        "plan.yaml:1:9: format: is 'netlapse/report', this netlapse reads netlapse/plan",
    ),
    (
        "format: netlapse/plan\nversion: 2\n",
        "plan.yaml:2:10: version: is '2', this netlapse reads 1; a newer netlapse may read it",
    ),
    (
        "format: netlapse/plan\nversion: true\n",
        "plan.yaml:2:10: version: is 'true', this netlapse reads 1; a newer netlapse may read it",
    ),
    (
        HEAD + "expects: []\n",
        "plan.yaml:3:1: expects: is no key here: did you mean 'expect'? it is one of format, version, ...",
    ),
    (HEAD + "expect: pod\n", "plan.yaml:3:9: expect: is no list; each rule begins with '- kind: ...'"),
    (HEAD + "expect:\n  - pod\n", "plan.yaml:4:5: expect[1]: is no mapping; a rule is 'kind: ...' and what else is known"),
    (HEAD + "expect:\n  - action: added\n", "plan.yaml:4:5: expect[1].kind: is missing; every rule of expect: has one"),
    (HEAD + "expect:\n  - kind: link\n", "plan.yaml:4:5: expect[1].action: is missing; every rule of expect: has one"),
    (
        HEAD + "expect:\n  - kind: rout\n    action: added\n",
        "plan.yaml:4:11: expect[1].kind: unknown kind 'rout': did you mean 'route'? it is one of host, pod, ...",
    ),
    (
        HEAD + "expect:\n  - kind: pod\n    action: [added, recreate]\n",
        "plan.yaml:5:21: expect[1].action[2]: unknown action 'recreate': "
        "did you mean 'recreated'? it is one of added, removed, ...",
    ),
    (
        HEAD + "expect:\n  - kind: pod\n    action: unknown\n",
        "plan.yaml:5:13: expect[1].action: unknown is what a capture did not see, which nobody can plan",
    ),
    (
        HEAD + "expect:\n  - kind: pod\n    action: []\n",
        "plan.yaml:5:13: expect[1].action: is an empty list, which nothing can be one of; leave the key away for any",
    ),
    (
        HEAD + RULE + "    severity: high\n",
        "plan.yaml:6:15: expect[1].severity: unknown severity 'high': it is one of info, warning, critical",
    ),
    (
        HEAD + RULE + "    scop: host\n",
        "plan.yaml:6:5: expect[1].scop: is no key here: did you mean 'scope'? it is one of kind, action, ...",
    ),
    (
        HEAD + RULE + "    scope: {a: b}\n",
        "plan.yaml:6:12: expect[1].scope: is no text; a pattern is a text in which * is anything and ? any one character",
    ),
    (
        HEAD + RULE + '    name: "web\\\\"\n',
        "plan.yaml:6:11: expect[1].name: 'web\\\\' ends in a backslash, which takes the next character as it is",
    ),
    (
        HEAD + RULE + f"    name: {'x' * 1001}\n",
        "plan.yaml:6:11: expect[1].name: '" + "x" * 60 + "...' longer than 1000 characters",
    ),
    (HEAD + RULE + '    name: ""\n', "plan.yaml:6:11: expect[1].name: is empty, which no name is; leave the key away for any"),
    (
        HEAD + RULE + "    fields: {mtv: {}}\n",
        "plan.yaml:6:14: expect[1].fields.mtv: a link has no such changed field: "
        "did you mean 'mtu'? it is one of ifindex, name, ...",
    ),
    (
        HEAD + RULE + "    fields: [mtu, gateway]\n",
        "plan.yaml:6:19: expect[1].fields.gateway: a link has no such changed field: it is one of ifindex, name, ...",
    ),
    (
        HEAD + RULE + "    fields: {mtu: 1400}\n",
        "plan.yaml:6:19: expect[1].fields.mtu: is neither before: nor after:; write {before: ..., after: ...}, or {} for any",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {to: 1400}}\n",
        "plan.yaml:6:20: expect[1].fields.mtu.to: is no key here: it is one of before, after",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: big}}\n",
        "plan.yaml:6:27: expect[1].fields.mtu.after: is 'big', but this is a number",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: true}}\n",
        "plan.yaml:6:27: expect[1].fields.mtu.after: is 'true', but this is a number",
    ),
    (
        HEAD + RULE + "    fields: {flags: {after: UP}}\n",
        "plan.yaml:6:29: expect[1].fields.flags.after: is 'UP', but this is a list: write [...] or {contains: ...}",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: {atleast: 1}}}\n",
        "plan.yaml:6:28: expect[1].fields.mtu.after.atleast: is no operator: "
        "did you mean 'at_least'? it is one of any_of, at_least, ...",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: {at_least: 9, at_most: 8}}}\n",
        "plan.yaml:6:27: expect[1].fields.mtu.after: at least 9 and at most 8 cannot both be",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: {at_least: x}}}\n",
        "plan.yaml:6:38: expect[1].fields.mtu.after.at_least: is 'x', it is a number",
    ),
    (
        HEAD + RULE + "    fields: {mtu: {after: {within: 10.0.0.0/8}}}\n",
        "plan.yaml:6:36: expect[1].fields.mtu.after.within: asks for a network, but this is a number",
    ),
    (HEAD + RULE + "    fields: {}\n", "plan.yaml:6:13: expect[1].fields: names no attribute; write for example {mtu: ...}"),
    (HEAD + RULE + "    other_fields: true\n", "plan.yaml:6:5: expect[1].other_fields: means nothing without fields:"),
    (HEAD + RULE + "    optional: perhaps\n", "plan.yaml:6:15: expect[1].optional: is 'perhaps', it is true or false"),
    (
        HEAD + RULE + "    count: few\n",
        "plan.yaml:6:12: expect[1].count: is 'few', it is a whole number from 0 to 1,000,000,000",
    ),
    (
        HEAD + RULE + "    count: -1\n",
        "plan.yaml:6:12: expect[1].count: is '-1', it is a whole number from 0 to 1,000,000,000",
    ),
    (
        HEAD + RULE + "    count: 0\n",
        "plan.yaml:6:12: expect[1].count: expects none; what must not happen stands under forbid:",
    ),
    (
        HEAD + RULE + "    count: {at_least: 3, at_most: 2}\n",
        "plan.yaml:6:12: expect[1].count: at least 3 and at most 2 cannot both be",
    ),
    (
        HEAD + RULE + "    count: {atleast: 3}\n",
        "plan.yaml:6:13: expect[1].count.atleast: is no key here: did you mean 'at_least'? it is one of at_least, at_most",
    ),
    (HEAD + RULE + "    why: [a]\n", "plan.yaml:6:10: expect[1].why: is no text"),
    (
        HEAD + "expect:\n  - {kind: route, action: added, fields: {metric: {after: 5}}}\n",
        "plan.yaml:4:42: expect[1].fields: what is added has no before and after; say facts:",
    ),
    (
        HEAD + "expect:\n  - {kind: route, action: added, facts: {dst: {within: 10.1.0.0/33}}}\n",
        "plan.yaml:4:56: expect[1].facts.dst.within: is '10.1.0.0/33', it is a network such as 10.1.0.0/16",
    ),
    (
        HEAD + "expect:\n  - {kind: route, action: added, facts: {dst: {within: 10.1.0.1/16}}}\n",
        "plan.yaml:4:56: expect[1].facts.dst.within: is '10.1.0.1/16', it is a network "
        "such as 10.1.0.0/16 (10.1.0.1/16 has host bits set)",
    ),
    (
        HEAD + "expect:\n  - {kind: [link, route], action: added, facts: {dst: x}}\n",
        "plan.yaml:4:50: expect[1].facts.dst: a link has no such fact: it is one of ifindex, name, ...",
    ),
    (
        HEAD + "forbid:\n  - {why: because}\n",
        "plan.yaml:4:5: forbid[1]: forbids nothing in particular; it needs a kind, an action, a scope or a severity",
    ),
    (
        HEAD + "forbid:\n  - {kind: pod, count: 1}\n",
        "plan.yaml:4:17: forbid[1].count: is no key here: it is one of kind, action, ...",
    ),
    (
        HEAD + "forbid:\n  - {scope: host, facts: {mtu: 1}}\n",
        "plan.yaml:4:27: forbid[1].facts: needs a kind: the attributes depend on it",
    ),
    (
        HEAD + "must:\n  - {kind: pod, action: added}\n",
        "plan.yaml:4:17: must[1].action: is no key here: it is one of kind, scope, ...",
    ),
    (
        HEAD + "must:\n  - {kind: pod, severity: info}\n",
        "plan.yaml:4:17: must[1].severity: is of check: only; what is there has no severity",
    ),
    (
        HEAD + "must:\n  - {check: no-route}\n",
        "plan.yaml:4:13: must[1].check: there is no check 'no-route': "
        "did you mean 'no-default-route'? it is one of orphan-veth, leaked-namespace, ...",
    ),
    (
        HEAD + "forbid:\n  - {check: '*', kind: pod}\n",
        "plan.yaml:4:18: forbid[1].kind: does not go with check: it is one of check, scope, severity, why",
    ),
    (
        HEAD + "must:\n  - {kind: pod, scope: a, each_scope: b}\n",
        "plan.yaml:4:27: must[1].each_scope: and scope: stand side by side; give one of them",
    ),
    (HEAD + "title: a\ntitle: b\n", "plan.yaml:4:1: 'title' stands here for the second time (first: line 3)"),
    (HEAD + "hosts: &h [a]\n", "plan.yaml:3:8: an anchor (&h); a plan says everything where it stands: take it away"),
    (HEAD + "hosts: *h\n", "plan.yaml:3:8: an alias (*h); a plan says everything where it stands: write it out"),
    (
        HEAD + "hosts: !!python/name:os.system a\n",
        "plan.yaml:3:8: a tag ('tag:yaml.org,2002:python/name:os.system'); a plan has none: quotes make a text of anything",
    ),
    (
        HEAD + "hosts: !!str a\n",
        "plan.yaml:3:8: a tag ('tag:yaml.org,2002:str'); a plan has none: quotes make a text of anything",
    ),
    (HEAD + "? [a]\n: b\n", "plan.yaml:3:3: a list or mapping stands where the name of a field should be"),
    (HEAD + "---\n" + HEAD, "plan.yaml:3:1: a second document begins here; a file holds one plan"),
    (
        HEAD + "hosts: " + "[" * DEEPEST + "]" * DEEPEST + "\n",
        f"plan.yaml:3:19: nested deeper than {DEEPEST} levels; no plan needs that",
    ),
    (HEAD + "hosts: [a\n", "plan.yaml:4:1: is no YAML: ..."),
    (HEAD + "title: 'a\n", "plan.yaml:4:1: is no YAML: ..."),
    (HEAD + "title: a: b\n", "plan.yaml:3:9: is no YAML: ..."),
    (
        HEAD + "title: a\x00b\n",
        'plan.yaml:3:9: the character U+0000 cannot be seen; write it as an escape in double quotes: "\\x00"',
    ),
    (
        HEAD + "title: a\u202eb\n",
        'plan.yaml:3:9: the character U+202E cannot be seen; write it as an escape in double quotes: "\\U0000202e"',
    ),
    (
        HEAD + "title: a\xa0b\n",
        'plan.yaml:3:9: the character U+00A0 cannot be seen; write it as an escape in double quotes: "\\xa0"',
    ),
    (HEAD + 'title: "a\\ud800"\n', "plan.yaml:3:12: is no YAML: ..."),
]  # fmt: skip
