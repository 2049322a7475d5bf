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
        HEAD + "forbid: [{kind: namespace, scope: 'pod:*'}]\n",
        "plan.yaml:3:35: forbid[1].scope: 'pod:*' can be no scope of a namespace: it is one of netns:NAME",
    ),
]
