"""How docs/scenarios.md is read: a story that is not told as it is written is not passed over."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.page import Line, chapters

SECTION = """
## Docker

```sh
run solo
```

### Moved

```sh
ip link set v1 master br1
```

{story}

Put back:

```sh
ip link set v1 master br0
```
"""
TABLE = """| kind | action | scope | name | severity | fields |
|---|---|---|---|---|---|
| veth | changed | `container:solo` | `veth* - eth0` | warning | `bridge`: `br0` → none, `host_end.mtu` |

Below: its `link`s, and `fdb` entries."""
CHANGE: dict[str, Any] = {
    "kind": "veth", "action": "changed", "scope": "container:solo", "name": "veth12ab - eth0", "severity": "warning",
    "fields": [
        {"name": "bridge", "before": "br0", "after": None}, {"name": "host_end.mtu", "before": 1500, "after": 1400},
    ],
}  # fmt: skip


def line() -> Line:
    (chapter,) = chapters(SECTION.format(story=TABLE))
    (scenario,) = chapter.scenarios
    assert (chapter.build, scenario.undo) == ("run solo\n", "ip link set v1 master br0\n")
    assert (scenario.title, sorted(scenario.below)) == ("Moved", ["fdb", "link"])
    (line,) = scenario.story
    return line


def test_a_line_tells_its_change() -> None:
    assert line().tells(CHANGE)


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "link"}, {"action": "recreated", "fields": []}, {"scope": "host"}, {"name": "veth12ab - eth1"},
        {"severity": "info"}, {"fields": CHANGE["fields"][:1]},
        {"fields": [*CHANGE["fields"], {"name": "host_end.state", "before": "UP", "after": "DOWN"}]},
        {"fields": [{"name": "bridge", "before": "br0", "after": "br1"}, CHANGE["fields"][1]]},
    ],
    ids=str,
)  # fmt: skip
def test_a_line_tells_no_other_change(other: dict[str, Any]) -> None:
    assert not line().tells({**CHANGE, **other})


@pytest.mark.parametrize(
    "story",
    [
        "",
        "Nothing changed.\n\n" + TABLE,
        TABLE.replace("severity", "weight"),
        TABLE.replace("`host_end.mtu`", "and its MTU"),
    ],
    ids=["neither", "both", "another column", "no field"],
)
def test_a_section_without_a_story_is_refused(story: str) -> None:
    with pytest.raises(AssertionError):
        chapters(SECTION.format(story=story))
