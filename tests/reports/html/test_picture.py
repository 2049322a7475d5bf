"""The picture: legible with six veths and with two hundred, whatever their names."""

from __future__ import annotations

from itertools import pairwise

import pytest

from reports.html.document import render
from reports.html.picture import HOME_W, HOME_X, ROOMY_UP_TO, WIDTH, pictures
from reports.model import Scene, SceneVeth
from reports.width import cells, cut
from tests.reports import samples
from tests.reports.drafting import Draft


@pytest.mark.parametrize("number", [1, 6, ROOMY_UP_TO, ROOMY_UP_TO + 1, 200])
def test_rows_neither_overlap_nor_leave_the_picture(number: int) -> None:
    (picture,) = pictures(samples.pods(number))
    assert len(picture.rows) == number
    ends = [(row.top, row.top + row.height) for row in picture.rows]
    assert all(one[1] <= next_one[0] for one, next_one in pairwise(ends))
    assert ends[-1][1] <= picture.rest_y <= picture.height
    assert HOME_X + HOME_W < WIDTH


def test_two_hundred_veths_fit_on_a_few_screens() -> None:
    (picture,) = pictures(samples.pods(200))
    assert picture.height < 6000


def test_long_names_are_cut_in_the_middle_and_kept_whole_in_the_tooltip() -> None:
    name = "host-" + "x" * 300 + "-end"
    veth = SceneVeth(host_end=name, end=name, scope=name, action="added", containers=(name,) * 9)
    scene = Scene(scope="host", bridge=name, veths=(veth,))
    (picture,) = pictures(Draft().report(scenes=(scene,)))
    row = picture.rows[0]
    for text in (picture.bridge, row.host_end, row.scope, row.end, row.inside):
        assert text is not None
        assert "…" in text.shown
        assert text.whole is not None
        assert name in text.whole
    assert row.scope.shown.endswith("-end")


@pytest.mark.parametrize("text", ["short", "x" * 99, "宽" * 50, "\u0301" * 80])
def test_cut_keeps_to_its_room(text: str) -> None:
    assert cells(cut(text, 20)) <= 20


def test_a_veth_off_its_bridge_is_drawn_apart_from_it() -> None:
    (picture,) = pictures(samples.classic())
    assert [row.detached for row in picture.rows] == [False, True, False, False]


def test_a_pod_that_only_lost_its_veth_is_not_drawn_as_removed() -> None:
    (picture,) = pictures(samples.classic())
    assert [row.home_action for row in picture.rows] == ["recreated", "unchanged", "unchanged", "unchanged"]


def test_signs_lines_and_colours_all_tell_the_action() -> None:
    html = render(samples.classic())
    for action, sign in (("recreated", "±"), ("changed", "~"), ("removed", "-")):
        assert f'class="wire {action}"' in html
        assert f'class="badge-sign {action}"' in html
        assert f">{sign}</text>" in html


def test_signs_lead_to_the_change_and_only_to_a_real_one() -> None:
    html = render(samples.classic())
    assert '<a href="#c1" aria-label="veth0001b - eth0 re-created, pod:default/web-1">' in html
    veth = SceneVeth(host_end="a", end="b", scope="host", action="added", change="javascript:alert(1)")
    hostile = Draft().report(scenes=(Scene(scope="host", bridge="br0", veths=(veth,)),))
    assert "javascript" not in render(hostile)


def test_what_is_unchanged_is_counted() -> None:
    assert "2 unchanged veth pairs, not drawn" in render(samples.classic())
