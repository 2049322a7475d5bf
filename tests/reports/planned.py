"""A report that was judged by a plan, in which every outcome comes up; and a plan that is hostile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from reports.model import CoverageGap, PlanJudgement, PlanRule, Report, RuleStatus
from tests.reports.drafting import Draft

DIGEST = "5e" * 32


def planned() -> Report:
    """A rollout that half went as planned: every kind of outcome."""
    draft = Draft()
    pods = [draft.pod(f"web-7d9c5b6f4-{n}x2k9", n, f"10.1.27.{n}", f"10.1.27.{n + 100}") for n in (1, 2)]
    off = draft.say("veth", "removed", "pod:default/db-0", "veth3c21 - eth0", severity="critical")
    link = draft.say("link", "removed", "host", "veth3c21", cause=off)
    route = draft.say(
        "route", "changed", "host", "10.2.0.0/16 via 10.1.27.9 dev eth1", ("gateway", "10.1.27.8", "10.1.27.9"),
        severity="warning",
    )  # fmt: skip
    unknown = draft.say("pod", "unknown", "pod:shop/cart-0", "shop/cart-0", severity="warning")
    bad = {off.id, link.id, route.id}
    changes = tuple(
        replace(change, expected=None if change.id == unknown.id else change.id not in bad) for change in draft.changes
    )
    rules = (
        PlanRule(section="expect", line=5, text="pod prod/web-* re-created in pod:default/web-*", why="release 1.4",
                 wanted="exactly 2", status="met", seen=2, changes=tuple(pod.id for pod in pods)),
        PlanRule(section="expect", line=9, text="route 10.2.0.0/16* changed in host with gateway (any) -> 10.1.27.10",
                 why="the new gateway takes over", wanted="exactly 1", status="unmet", seen=0,
                 detail=f"route {route.name} changed in {route.scope} is like it but for its fields"),
        PlanRule(section="expect", line=14, text="container shop-* re-created", why=None, wanted="1 to 3",
                 status="violated", seen=4, changes=tuple(c.id for c in changes if c.kind == "container")),
        PlanRule(section="expect", line=18, text="pod shop/* re-created", why=None, wanted="at least 1",
                 status="unknown", seen=0),
        PlanRule(section="forbid", line=22, text="any critical change", why=None, wanted="none", status="violated",
                 seen=1, changes=(off.id,)),
        PlanRule(section="forbid", line=24, text="firewall removed", why=None, wanted="none", status="met", seen=0),
        PlanRule(section="must", line=28, text="route in each pod:default/* with dst 0.0.0.0/0", why=None,
                 wanted="exactly 1 each", status="unmet", seen=2, detail="not in pod:default/db-0"),
        PlanRule(section="must", line=33, text="link cni0 in host with mtu 1500", why=None, wanted="at least 1",
                 status="met", seen=1),
    )  # fmt: skip
    plan = PlanJudgement(name="Release 1.4", digest=DIGEST, rules=rules)
    gap = CoverageGap(snapshot="after", scope="cri at unix:///run/crio.sock", kind="container", status="failed",
                      error="no answer within 5 s")  # fmt: skip
    return replace(draft.report(coverage=(gap,)), changes=changes, plan=plan)


def hostile_plan(names: Sequence[str]) -> PlanJudgement:
    """A plan in which every text that its author can choose is hostile."""
    outcomes: tuple[tuple[Literal["expect", "forbid", "must"], RuleStatus], ...] = (
        ("expect", "unmet"), ("forbid", "violated"), ("must", "unknown"), ("must", "met"),
    )  # fmt: skip
    rules = tuple(
        PlanRule(section=section, line=1, text=name, why=name, wanted=name, status=status, seen=1, changes=("c1",),
                 detail=name)
        for name in names
        for section, status in outcomes
    )  # fmt: skip
    return PlanJudgement(name=names[0], digest=names[1], rules=rules)
