"""``--ignore`` and ``--select``: what a rule means, what is wrong with one, and what goes with what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyze.filters.config import read_config
from analyze.filters.grammar import FilterError, read_rule
from reports.model import Change, FieldChange
from snapshot.model.errors import UsageError
from tests.analyze.messages import says


def change(kind: str = "route", action: str = "changed", **more: object) -> Change:
    told: dict[str, object] = {"scope": "host", "name": "x", "before": None, "after": None, **more}
    return Change(id="c1", kind=kind, action=action, **told)  # type: ignore[arg-type]


ROUTE = change(
    before={"family": "inet", "dst": "10.1.27.0/24", "dev": "eth0", "gateway": None, "table": "main", "scope": "link",
            "metric": 100, "metrics": {"mtu": 1400}, "nexthops": ()},
    after={"family": "inet", "dst": "10.1.27.0/24", "dev": "eth1", "gateway": "10.9.0.1", "table": "main", "scope": "link",
           "metric": 100, "metrics": {"mtu": 1400}, "nexthops": ()},
    fields=(FieldChange(name="dev", before="eth0", after="eth1"), FieldChange(name="gateway", before=None, after="10.9.0.1")),
    severity="warning",
)  # fmt: skip
EVERYWHERE = change(before={"dst": "0.0.0.0/0", "dev": "eth0"}, action="removed")
ADDRESS = change(
    "address", "added", after={"address": "fd00:0:0::1/64", "dev": "br-a,b", "flags": ("permanent", "nodad")}
)
PAIR = change("veth", after={"bridge": "br0", "ends": ({"name": "v1", "mtu": 1500}, {"name": "eth0", "mtu": 1400})})
MULTIPATH = change(
    after={"dst": "10.2.0.0/16", "dev": None, "gateway": None, "nexthop_id": None, "nexthops": (
        {"gateway": "10.9.0.1", "dev": "eth0", "weight": 1}, {"gateway": None, "dev": "tun0", "weight": 1})},
)  # fmt: skip
BY_LINKS = change(
    after={"dst": "10.2.0.0/16", "dev": None, "gateway": None, "nexthops": ({"dev": "eth0"}, {"dev": "eth1"})}
)
BY_OBJECT = change(after={"dst": "10.3.0.0/16", "dev": None, "gateway": None, "nexthop_id": 7, "nexthops": ()})
GROUP = change("nexthop", after={"id": 8, "gateway": None, "dev": None, "group": ({"id": 7, "weight": 1},)})
HOLE = change("nexthop", "added", after={"id": 7, "blackhole": True, "gateway": None})


@pytest.mark.parametrize(
    ("text", "meant", "not_meant"),
    [
        ("kind=route", ROUTE, ADDRESS),
        ("kind=ro*|neighbour", ROUTE, ADDRESS),
        ("kind!=route", ADDRESS, ROUTE),
        ("action=added|removed", ADDRESS, ROUTE),
        ("severity=warning", ROUTE, ADDRESS),
        ("dev=eth0", ROUTE, ADDRESS),
        ("dev=eth1", ROUTE, EVERYWHERE),
        ("dev=eth?", EVERYWHERE, ADDRESS),
        ("dev=wlan0,dev=eth*", ROUTE, ADDRESS),
        ("dev!=eth1,dev!=wlan0", EVERYWHERE, ROUTE),
        # A thing without such a column is meant neither way.
        ("master!=br0", change("link", after={"master": "br1"}), ROUTE),
        ("metric=100", ROUTE, EVERYWHERE),
        ("metrics.mtu=1400", ROUTE, EVERYWHERE),
        ("gateway=", ROUTE, change(after={"gateway": "10.0.0.1"})),
        ("gateway=10.0.0.1|", ROUTE, change(after={"gateway": "10.0.0.2"})),
        # Of several next hops any may be meant; "has none" means all of them.
        ("dev=eth0", MULTIPATH, change(after={"dev": "eth1", "nexthops": ()})),
        ("dev=tun*", MULTIPATH, BY_LINKS),
        ("gateway=10.9.0.0/24", MULTIPATH, BY_LINKS),
        ("dev!=eth9", MULTIPATH, change(after={"nexthops": ({"dev": "eth9"}, {"dev": "eth1"}), "dev": None})),
        ("gateway=", BY_LINKS, MULTIPATH),
        # Where an object leads its own change says.
        ("gateway=", HOLE, BY_OBJECT),
        ("gateway=", HOLE, GROUP),
        ("dev!=eth9", MULTIPATH, BY_OBJECT),
        ("facts.dev=eth1", BY_LINKS, MULTIPATH),
        ("blackhole=true", HOLE, ROUTE),
        ("dst=10.0.0.0/8", ROUTE, EVERYWHERE),
        ("dst=10.1.27.0/24", ROUTE, EVERYWHERE),
        ("dst=0.0.0.0/0", EVERYWHERE, ROUTE),
        ("dst=default", EVERYWHERE, ROUTE),
        ("address=fd00::/16", ADDRESS, ROUTE),
        ("address=fd00::1", ADDRESS, change("address", after={"address": "fd00::2/64"})),
        ("gateway=10.9.0.1", ROUTE, HOLE),
        ("facts.scope=link", ROUTE, EVERYWHERE),
        ("scope=host", ROUTE, change(scope="pod:a/b")),
        ("scope=?o*", ROUTE, change(scope="netns:a")),
        ("kind=pod,kind=route,dst=10.1.27.0/24", ROUTE, ADDRESS),
        ("dst=10.1.2*", ROUTE, EVERYWHERE),
        ("family=inet|77", ROUTE, EVERYWHERE),
        ("kind=pod,addresses=10.0.0.0/8", change("pod", after={"addresses": ("10.1.2.3/24",)}), ROUTE),
        ("severity_rule=", ROUTE, change(severity_rule="veth-lost")),
        ("field=d*", ROUTE, ADDRESS),
        ("field=metrics.mt*|dev|gateway", ROUTE, ADDRESS),
        (r"dev=br-a\,b", ADDRESS, ROUTE),
        ("flags=nodad", ADDRESS, ROUTE),
        ("host_end.mtu=1500", PAIR, ROUTE),
        ("workload_end.mtu=1400", PAIR, ROUTE),
        ("field=dev|gateway", ROUTE, ADDRESS),
        ("kind = route,dev = eth1", ROUTE, EVERYWHERE),
    ],
)
def test_a_rule_means(text: str, meant: Change, not_meant: Change) -> None:
    rule = read_rule(text, "--ignore")
    assert (rule.touches(meant), rule.touches(not_meant)) == (True, False)


@pytest.mark.parametrize(
    ("field", "leaves_out", "selects"),
    [
        ("dev", False, True),
        ("dev|gateway", True, True),
        ("g*", False, True),
        ("prefsrc|dev", False, True),
        ("metric", False, False),
    ],
)
def test_a_field_is_ignored_only_with_all_others_that_changed(field: str, leaves_out: bool, selects: bool) -> None:
    rule = read_rule(f"kind=route,field={field}", "--ignore")
    assert (rule.matches(ROUTE), rule.touches(ROUTE)) == (leaves_out, selects)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "'': a rule is KEY=VALUE, several of them with a comma between, as in kind=neighbour,dev=eth*"),
        ("kind=route,", "'kind=route,': a rule is KEY=VALUE, ..."),
        (
            "dev=a\\",
            "'dev=a\\\\': dev: 'a\\\\' ends in a backslash, which takes the next character as it is",
        ),
        (
            "dev=a,name=b|c\\",
            "'dev=a,name=b|c\\\\': name: 'c\\\\' ends in a backslash, which takes the next character as it is",
        ),
        (
            "neighbours",
            "'neighbours': 'neighbours' is not KEY=VALUE or KEY!=VALUE (a comma within a value is written \\,)",
        ),
        ("=x", "'=x': '=x' is not KEY=VALUE or KEY!=VALUE"),
        (
            "kind=neighbor",
            "'kind=neighbor': kind: 'neighbor' is no kind: did you mean 'neighbour'? it is one of host, pod, ...",
        ),
        (
            "kind=nei*or",
            "'kind=nei*or': kind: 'nei*or' is no kind: did you mean 'neighbour'? it is one of host, pod, ...",
        ),
        (
            "kind=nei\\",
            "'kind=nei\\\\': kind: 'nei\\\\' ends in a backslash, which takes the next character as it is",
        ),
        ("x\\", "'x\\\\': 'x\\\\' is not KEY=VALUE or KEY!=VALUE (a comma within a value is written \\,)"),
        ("kind=pod,kind!=pod", "'kind=pod,kind!=pod': kind: is to be and not to be; no kind is left"),
        ("kind!=*", "'kind!=*': kind: is to be and not to be; no kind is left"),
        (
            "scope=hots",
            "'scope=hots': scope: 'hots' can be no scope: did you mean 'host'? "
            "it is one of host, pod:NAMESPACE/NAME, container:NAME, netns:NAME",
        ),
        (
            "scope!=host|pod:*|pods:*",
            "'scope!=host|pod:*|pods:*': scope: 'pods:*' can be no scope: it is one of host, ...",
        ),
        (
            "kind=pod,scope=host",
            "'kind=pod,scope=host': scope: 'host' can be no scope of a pod: it is one of pod:NAMESPACE/NAME",
        ),
        (
            "kind=network|pod,scope=netns:a",
            "'kind=network|pod,scope=netns:a': scope: 'netns:a' can be no scope of these kinds: "
            "it is one of host, pod:NAMESPACE/NAME",
        ),
        (
            "severity_rule=veth_lost",
            "'severity_rule=veth_lost': severity_rule: 'veth_lost' is no severity_rule: did you mean 'veth-lost'? "
            "it is one of unknown, default-route-lost, ...",
        ),
        (
            "kind=route,dst=10.0.0.0/99",
            "'kind=route,dst=10.0.0.0/99': dst: '10.0.0.0/99' can be no dst of a route: "
            "it is an address, a prefix, or a pattern for them, such as 10.1.27.2, 10.1.0.0/16, fd00::/64, 10.1.*",
        ),
        ("dst!=10.0.0.300", "'dst!=10.0.0.300': dst: '10.0.0.300' can be no dst of a route: it is an address, ..."),
        ("dst=10.0.300.*", "'dst=10.0.300.*': dst: '10.0.300.*' can be no dst of a route: it is an address, ..."),
        (
            "kind=link,mtu=1500|abc",
            "'kind=link,mtu=1500|abc': mtu: 'abc' can be no mtu of a link: it is a whole number from 0 to 4,294,967,295",
        ),
        (
            "ifindex=eth0",
            "'ifindex=eth0': ifindex: 'eth0' can be no ifindex of a link: it is a whole number from 0 to ...",
        ),
        ("mtu=10.0.0.1", "'mtu=10.0.0.1': mtu: '10.0.0.1' can be no mtu of a link: it is a whole number from 0 to ..."),
        ("blackhole=yes", "'blackhole=yes': blackhole: 'yes' can be no blackhole of a nexthop: it is true or false"),
        (
            "kind=link,extra=x",
            "'kind=link,extra=x': extra: 'x' can be no extra of a link: it has parts, such as extra.KEY",
        ),
        (
            "kind=link,flags=nodad",
            "'kind=link,flags=nodad': flags: 'nodad' can be no flags of a link: it is one of ...",
        ),
        (
            "kind=link,mac=02:42:AC:11:00:02",
            "'kind=link,mac=02:42:AC:11:00:02': mac: '02:42:AC:11:00:02' can be no mac of a link: it is in small letters, "
            "such as 02:42:ac:11:00:02",
        ),
        (
            "kind=route,action=recreated",
            "'kind=route,action=recreated': action: 'recreated' can be no action of a route: "
            "it is one of added, removed, changed, unknown",
        ),
        (
            "kind=host,action=changed|*ed|a*",
            "'kind=host,action=changed|*ed|a*': action: 'a*' can be no action of a host: it is one of changed",
        ),
        (
            "kind=link,field=mtu*s",
            "'kind=link,field=mtu*s': field: 'mtu*s' is no field of a link: did you mean 'mtu'? it is one of ifindex, ...",
        ),
        (
            "action=deleted",
            "'action=deleted': action: 'deleted' is no action: did you mean 'recreated'? "
            "it is one of added, removed, changed, recreated, unknown",
        ),
        (
            "severity=warn",
            "'severity=warn': severity: 'warn' is no severity: did you mean 'warning'? it is one of info, warning, critical",
        ),
        (
            "kind=route,device=eth0",
            "'kind=route,device=eth0': 'device' is no key of a route: did you mean 'dev'? "
            "it is one of kind, action, scope, name, severity, severity_rule, field, family, table, ...",
        ),
        (
            "kind=pod,dev=eth0",
            "'kind=pod,dev=eth0': 'dev' is no key of a pod: it is one of kind, action, scope, name, severity, severity_rule, "
            "field, namespace, name, uid, state, containers, addresses",
        ),
        ("colour=red", "'colour=red': 'colour' is no key: it is one of kind, action, scope, ..."),
        (
            "kind=link,field=mtuu",
            "'kind=link,field=mtuu': field: 'mtuu' is no field of a link: did you mean 'mtu'? it is one of ifindex, name, ...",
        ),
        ("field=mtuu", "'field=mtuu': field: 'mtuu' is no field: did you mean 'mtu'? it is one of hostname, ..."),
        ("name=" + "x" * 3000, "'name=" + "x" * 55 + "...': is longer than 2,000 characters"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_in_one_line(text: str, problem: str) -> None:
    with pytest.raises(FilterError) as raised:
        read_rule(text, "--ignore")
    assert says(str(raised.value), f"--ignore {problem}")
    assert "\n" not in str(raised.value) and raised.value.exit_code == 2


# --- the configuration file ---


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "netlapse.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_configuration_file_has_rules_and_their_reasons(tmp_path: Path) -> None:
    path = written(tmp_path, 'default-ignores = false\n[[ignore]]\nrule = "kind=socket,port=8125"\nreason = "statsd"\n')
    config = read_config(path)
    assert not config.default_ignores
    assert [(r.text, r.source, r.reason) for r in config.ignore] == [
        ("kind=socket,port=8125", "netlapse.toml", "statsd")
    ]
    config = read_config(written(tmp_path, 'ignore = ["kind=fdb", "kind=neighbour"]'))
    assert (config.default_ignores, len(config.ignore)) == (True, 2)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ignore = [", "netlapse.toml: is not TOML in UTF-8: ..."),
        ("[[[", "netlapse.toml: is not TOML in UTF-8: ..."),
        ("[" * 5000, "netlapse.toml: is not TOML in UTF-8: ..."),
        (
            "\n\nignores = []",
            "netlapse.toml:3: 'ignores' is no key here: did you mean 'ignore'? it is one of default-ignores, ignore",
        ),
        ("# default-ignores\ndefault-ignores = 1", "netlapse.toml:2: default-ignores is '1', it is true or false"),
        ('ignore = "kind=fdb"', 'netlapse.toml:1: ignore is no list of rules, as in ignore = ["kind=neighbour"]'),
        (
            '\nignore = ["kind=fdb",\n"kind=fbd"]',
            "netlapse.toml:3: ignore[2] 'kind=fbd': kind: 'fbd' is no kind: did you mean 'fdb'? it is one of host, ...",
        ),
        ("ignore = [7]", 'netlapse.toml:1: ignore[1] has no rule, a text such as "kind=neighbour,dev=eth*"'),
        (
            '[[ignore]]\nrules = "kind=fdb"',
            "netlapse.toml:2: ignore[1].rules is no key here: did you mean 'rule'? it is one of rule, reason",
        ),
        ('[[ignore]]\nrule = "kind=fdb"\nreason = 1', "netlapse.toml:3: ignore[1].reason is '1', it is a text"),
        ("#" * ((1 << 20) + 1), "--config PATH: is larger than 1,048,576 bytes, which no list of rules is"),
    ],
)
def test_what_is_wrong_with_a_configuration_file_is_said_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError) as raised:
        read_config(path)
    assert says(str(raised.value), problem.replace("PATH", str(path)))
    assert "\n" not in str(raised.value) and raised.value.exit_code == 2


def test_a_configuration_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "netlapse.toml"
    with pytest.raises(UsageError) as raised:
        read_config(path)
    assert str(raised.value) == f"--config {path}: No such file or directory"


def test_the_largest_configuration_file_is_read(tmp_path: Path) -> None:
    assert read_config(written(tmp_path, "#" * (1 << 20))).ignore == ()
