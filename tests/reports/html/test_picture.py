"""The picture: legible with six namespaces, with two hundred and with a thousand, in wide windows and narrow ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

import pytest

from reports.drawing import Badge, Branch, Drawing, Home, Hub, Told, Wire
from reports.html.document import render
from reports.html.drawn.overview import LINKED_UP_TO
from reports.html.drawn.shapes import ADVANCE, Box, Canvas, Group, Label, Line, Shape, Sign, listed
from reports.html.picture import LINES_UP_TO, ROOMY_UP_TO, WHOLE_UP_TO, Picture, pictures, pictures_of, story_pictures
from reports.model import Report
from reports.width import cells, cut
from tests.reports import samples
from tests.reports.drafting import Draft
from tests.reports.html.pages import read

NAME = "host-" + "x" * 300 + "-end"


def shapes(canvas: Canvas) -> Iterator[Shape]:
    for shape in canvas.shapes:
        if isinstance(shape, Group):
            yield from shape.shapes
        else:
            yield shape


def texts(canvas: Canvas) -> list[str]:
    return ["".join(part.text for part in s.parts) for s in shapes(canvas) if isinstance(s, Label)]


def styled(canvas: Canvas, style: str) -> list[Box | Line]:
    return [s for s in shapes(canvas) if isinstance(s, Box | Line) and s.style == style]


def drawn(*hubs: Hub, host: Home | None = None) -> Report:
    return Draft().report(drawing=Drawing(name="node-1", host=host or Home(scope="host"), hubs=hubs))


def hub(number: int, name: str | None = "br0") -> Hub:
    homes = (Home(scope=f"pod:default/web-{n}", action="added", change=f"c{n}") for n in range(number))
    return Hub(
        scope="host",
        bridge=name,
        branches=tuple(Branch(home=home, wires=(Wire(near="veth0", far="eth0", action="added"),)) for home in homes),
    )


def everything() -> list[Picture]:
    reports = [samples.SAMPLES[name]() for name in ("classic", "hostile", "incomplete")]
    reports += [samples.pods(number) for number in (1, 6, WHOLE_UP_TO, WHOLE_UP_TO + 1, 61, 200, 1000)]
    reports += [drawn(hub(9), hub(9, "br1"), hub(2, None), Hub(scope="netns:x", bridge="br9"))]
    return [p for report in reports for p in (*pictures(report), *story_pictures(report).values())]


@pytest.mark.parametrize("picture", everything(), ids=lambda picture: picture.id)
def test_nothing_leaves_the_picture(picture: Picture) -> None:
    for canvas in picture.canvases:
        for shape in shapes(canvas):
            if isinstance(shape, Box):
                assert shape.x >= 0 and shape.x + shape.width <= canvas.width
                assert shape.y >= 0 and shape.y + shape.height <= canvas.height + 9
            elif isinstance(shape, Label):
                wide = sum(cells(part.text) for part in shape.parts) * ADVANCE
                ends_at = shape.x if shape.style == "act" else shape.x + wide
                assert ends_at <= canvas.width, shape
                assert 0 < shape.y <= canvas.height
            elif isinstance(shape, Sign):
                assert 0 < shape.y < canvas.height


@pytest.mark.parametrize("number", [1, 6, WHOLE_UP_TO, WHOLE_UP_TO + 1, 200, 1000])
def test_cards_do_not_overlap_and_each_namespace_is_drawn_once(number: int) -> None:
    canvases = [canvas for picture in pictures(samples.pods(number)) for canvas in picture.canvases]
    for fits in ("wide", "narrow", "any"):
        cards = [styled(canvas, "home recreated") for canvas in canvases if canvas.fits == fits]
        for found in cards:
            spans = [(box.y, box.y + box.height) for box in found if isinstance(box, Box)]
            assert all(one[1] <= after[0] for one, after in pairwise(spans))
        whole = number <= WHOLE_UP_TO
        assert sum(map(len, cards)) == (number if (fits == "any") != whole else 0)


def test_windows_of_all_widths_get_the_same() -> None:
    (picture,) = pictures(samples.classic())
    wide, narrow = picture.canvases
    assert (wide.fits, narrow.fits) == ("wide", "narrow")
    assert wide.width > 2 * narrow.width
    for words in (
        "pod:default/web-1",
        "~ host_end.mtu 1500 → 1400",
        "containers pause, postgres",
        "2 unchanged veth pairs",
    ):
        assert words in texts(wide)
        assert words in texts(narrow)
    assert "eth0 - 10.1.27.2/24  + 10.1.27.9/24" in texts(wide)
    assert {"veth0001b - eth0", "- 10.1.27.2/24  + 10.1.27.9/24"} <= set(texts(narrow))


def test_many_are_told_by_an_overview_and_a_folded_drawing() -> None:
    overview, detail = pictures(samples.pods(200))
    assert overview.title == "What happened on node-1: overview"
    assert {"200 re-created", "4 unchanged veth pairs"} <= set(texts(overview.canvases[0]))
    assert overview.canvases[0].height < 400
    assert detail.folded
    assert detail.note == "4 unchanged veth pairs, not drawn."
    assert [canvas.height for canvas in detail.canvases] == [detail.canvases[0].height] * 8


def test_of_a_thousand_and_more_nothing_is_left_out_silently() -> None:
    overview, detail = pictures(drawn(hub(LINES_UP_TO + 234)))
    assert "1,234 added" in texts(overview.canvases[0])
    assert detail.note == "234 more are not drawn here: the list below has them all."


def test_bridges_of_some_namespaces_are_drawn_in_full() -> None:
    _, one, other = pictures(drawn(hub(ROOMY_UP_TO), hub(ROOMY_UP_TO + 1, "br1")))
    assert [canvas.fits for canvas in one.canvases] == ["wide", "narrow"]
    assert not one.folded
    assert [canvas.fits for canvas in other.canvases] == ["any"]


@pytest.mark.parametrize("number", [LINKED_UP_TO, LINKED_UP_TO + 1])
def test_every_square_leads_to_its_story_or_to_the_drawing_that_does(number: int) -> None:
    overview, detail = pictures(drawn(hub(number)))
    led = {shape.href for canvas in overview.canvases for shape in canvas.shapes if isinstance(shape, Group)} - {None}
    assert led == ({f"c{n}" for n in range(number)} if number <= LINKED_UP_TO else {detail.id})
    if number > LINKED_UP_TO:
        assert f'<div id="{detail.id}" class="canvases flow">' in render(drawn(hub(number)))


def test_what_moved_to_another_bridge_is_cut_off_here_and_told_of_there() -> None:
    home = Home(scope="pod:default/web-1", containers=(Told(text="app"),), ways_out=(Told(text="via 10.1.27.1"),))
    wire = Wire(near="veth0", far="eth0", action="changed", taken_off=True, moved_to="br1")
    (picture,) = pictures(drawn(Hub(scope="host", bridge="br0", branches=(Branch(home=home, wires=(wire,)),))))
    for canvas in picture.canvases:
        assert styled(canvas, "cut")
        assert "~ now on br1" in texts(canvas)
        assert "containers app" not in texts(canvas)


def test_the_rarer_is_seen_first() -> None:
    branches = [*hub(30).branches, Branch(home=Home(scope="pod:default/gone", action="removed"))]
    _, detail = pictures(drawn(Hub(scope="host", bridge="br0", branches=tuple(branches))))
    assert texts(detail.canvases[0])[2] == "pod:default/gone"


def test_long_names_are_cut_in_the_middle_and_kept_whole_in_the_tooltip() -> None:
    home = Home(scope=NAME, containers=(Told(text=NAME),), ways_out=(Told(text=NAME),),
                badges=(Badge(name=NAME, kind="vxlan"),))  # fmt: skip
    branch = Branch(home=home, wires=(Wire(near=NAME, far=NAME, action="added", addresses=(Told(text=NAME),)),))
    (picture,) = pictures(drawn(Hub(scope="host", bridge=NAME, branches=(branch,))))
    for canvas in picture.canvases:
        cut_short = [s for s in shapes(canvas) if isinstance(s, Label) and s.whole is not None]
        assert len(cut_short) >= 6
        assert all(NAME in str(s.whole) and "…" in "".join(p.text for p in s.parts) for s in cut_short)
        assert any(text.endswith("-end") for text in texts(canvas))


@pytest.mark.parametrize("text", ["short", "x" * 99, "宽" * 50, "\u0301" * 80])
def test_cut_keeps_to_its_room(text: str) -> None:
    assert cells(cut(text, 20)) <= 20


@pytest.mark.parametrize("room", range(40, 400, 7))
def test_a_list_keeps_to_its_room_and_counts_what_it_leaves_out(room: int) -> None:
    told = [Told(text=f"10.1.27.{n}/24", action="added" if n % 2 else None) for n in range(9)]
    made = listed(0, 0, "plain", "out", told, room)
    shown = "".join(part.text for part in made.parts)
    assert cells(shown) * ADVANCE <= max(room, 21 * ADVANCE)
    named = sum(f".{n}/24" in shown for n in range(9))
    assert named == 9 or "more" in shown or "…" in shown
    assert (made.whole is None) == (named == 9 and "…" not in shown)


def test_a_veth_off_its_bridge_is_drawn_apart_from_it() -> None:
    (picture,) = pictures(samples.classic())
    for canvas in picture.canvases:
        assert sum(isinstance(s, Line) and s.style == "cut" for s in shapes(canvas)) == 1


def test_a_pod_that_only_lost_its_veth_is_not_drawn_as_removed() -> None:
    (picture,) = pictures(samples.classic())
    homes = [s.style for s in shapes(picture.canvases[0]) if isinstance(s, Box) and s.style.startswith("home")]
    assert homes[:4] == ["home recreated", "home unchanged", "home unchanged", "home unchanged"]


def test_signs_lines_and_colours_all_tell_the_action() -> None:
    html = render(samples.classic())
    for action, sign in (("recreated", "±"), ("changed", "~"), ("removed", "-")):
        assert f'class="wire {action}"' in html
        assert f'class="badge-sign {action}"' in html
        assert f">{sign}</text>" in html


def test_pictures_lead_to_the_change_and_only_to_a_real_one() -> None:
    html = render(samples.classic())
    told = "pod:default/web-1 re-created; veth0001b - eth0 re-created on docker0 with - 10.1.27.2/24, + 10.1.27.9/24"
    assert f'<a href="#c1"><title>{told}</title>' in html
    home = Home(scope="host", action="added", change="javascript:alert(1)")
    assert "javascript" not in render(drawn(Hub(scope="host", bridge="br0", branches=(Branch(home=home),))))


@pytest.mark.parametrize("name", ["classic", "hostile"])
def test_every_drawing_has_a_name_and_no_two_things_have_one_id(name: str) -> None:
    page = read(render(samples.SAMPLES[name]()))
    ids = page.attribute("id")
    assert len(ids) == len(set(ids))
    canvases = [e for e in page.all("svg") if "viewbox" in e.attributes and e.attributes.get("aria-hidden") is None]
    assert canvases
    for svg in canvases:
        assert svg.attributes["role"] == "graphics-document"
        assert svg.attributes["aria-labelledby"] in ids


def test_what_is_unchanged_is_counted() -> None:
    assert "2 unchanged veth pairs" in render(samples.classic())


def test_links_that_are_no_veths_and_ways_out_are_badges_of_their_places() -> None:
    tunnel = Badge(name="vxlan7", kind="vxlan", text="id 7 to 192.0.2.9", action="added", change="c1")
    still = tuple(Badge(name=f"eth{n}", kind="device") for n in range(9))
    host = Home(scope="host", ways_out=(Told(text="via 192.0.2.1 dev eth0"),), badges=(*still, tunnel))
    mate = Home(scope="container:mv", badges=(Badge(name="mv0", kind="macvlan", text="on host/eth0", action="added"),))
    (picture,) = pictures(drawn(Hub(scope="host", bridge=None, branches=(Branch(home=mate),)), host=host))
    for canvas in picture.canvases:
        found = texts(canvas)
        assert "out via 192.0.2.1 dev eth0" in found
        assert found.index("+ vxlan vxlan7 id 7 to 192.0.2.9") < found.index("device eth0")
        assert "and 6 unchanged links" in found
        assert "+ macvlan mv0 on host/eth0" in found


@pytest.mark.parametrize(("why", "words"), [("none", "no way out"), ("unseen", "way out not seen"), ("untold", None)])
def test_why_no_way_out_is_told(why: Literal["none", "unseen", "untold"], words: str | None) -> None:
    home = Home(scope="netns:a", without_ways=why)
    branch = Branch(home=home, wires=(Wire(near="v", far="e", action="changed"),))
    report = drawn(Hub(scope="host", bridge="br0", branches=(branch,)), host=Home(scope="host", without_ways=why))
    (picture,) = pictures(report)
    for canvas in picture.canvases:
        told = [text.strip() for text in texts(canvas) if "way out" in text]
        assert told == ([words] * 2 if words is not None else [])
        groups = [shape.told for shape in canvas.shapes if isinstance(shape, Group)]
        assert not [text for text in groups if text.endswith((": ", ": out "))]
        assert words is None or f"host: {words}" in groups


def test_bridges_that_nothing_happened_to_are_folded() -> None:
    still = [Hub(scope="host", bridge=f"br{n}", unchanged=2) for n in range(9)]
    (picture,) = pictures(drawn(*still, hub(1, "cni0")))
    assert "5 more bridges with 10 veth pairs, not drawn" in texts(picture.canvases[0])
    assert pictures(drawn(*still)) == ()


def test_of_one_snapshot_all_is_drawn_and_nothing_is_called_unchanged() -> None:
    branches = tuple(Branch(home=Home(scope=f"netns:{n}"), wires=(Wire(near="v", far="e"),)) for n in range(300))
    drawing = Drawing(
        name="node-1", host=Home(scope="host"), hubs=(Hub(scope="host", bridge="br0", branches=branches),),
        before_and_after=False,
    )  # fmt: skip
    overview, detail = pictures_of(drawing)
    assert overview.title == "The network of node-1: overview"
    assert "300 namespaces" in texts(overview.canvases[0])
    assert len(detail.canvases) == 12
    assert not any("unchanged" in text for picture in (overview, detail) for c in picture.canvases for text in texts(c))


def test_stories_have_small_pictures_where_the_whole_one_is_too_big() -> None:
    assert story_pictures(samples.classic()) == {}
    found = story_pictures(samples.pods(200))
    assert list(found)[:2] == ["c1", "c14"]
    for canvas in found["c1"].canvases:
        assert "pod:default/web-7d9c5b6f4-00000" in texts(canvas)
        assert canvas.height < 200


def test_what_is_on_a_bridge_is_told_in_windows_of_all_widths() -> None:
    tunnel = Badge(name="vx9", kind="vxlan", text="id 9", action="added", change="c1")
    addresses = tuple(Told(text=f"10.{n}.0.1/24") for n in range(5))
    ways = (Told(text="via 10.5.0.1 dev eth0", action="removed"), Told(text="via 10.5.0.254 dev eth0", action="added"))
    home = Home(scope="netns:x", ways_out=ways)
    one = Hub(scope="host", bridge="br0", badges=(tunnel,), addresses=addresses, branches=(Branch(home=home),))
    (picture,) = pictures(drawn(one))
    wide, narrow = picture.canvases
    for canvas in (wide, narrow):
        assert "+ vxlan vx9 id 9" in texts(canvas)
        assert any("+ via 10.5.0.254 dev eth0" in text for text in texts(canvas))
    assert "and 3 more" in texts(wide)
