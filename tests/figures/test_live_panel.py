"""The live panel's HTML and SVG, read back as what a browser would draw."""

from __future__ import annotations

import re
from base64 import b64decode
from xml.etree import ElementTree

import numpy as np
import pytest

from fer_core.figures import live_panel, live_why
from fer_core.figures.theme import EMOTION_COLOURS, GREY
from fer_core.landmarks import mesh
from fer_core.live.region_attribution import parts

VALUES = {"anger": 0.125, "happiness": 0.75, "neutral": 0.125}
SVG = "{http://www.w3.org/2000/svg}"


def test_bars_say_name_and_number_and_are_as_long() -> None:
    drawn = live_panel.bars_html(VALUES, 0.5, said="happiness")
    assert re.findall(r"width:([\d.]+)%;height:100%;background:(#\w+)", drawn) == [
        ("12.5", EMOTION_COLOURS["anger"]),
        ("75.0", EMOTION_COLOURS["happiness"]),
        ("12.5", EMOTION_COLOURS["neutral"]),
    ]
    assert all(f">{name}</div>" in drawn for name in VALUES) and ">0.75</div>" in drawn
    assert drawn.count("left:50.0%") == 2, "rest has no threshold"
    assert drawn.count("font-weight:600") == 1, "the one that is said"


def test_names_cannot_bring_markup() -> None:
    drawn = live_panel.bars_html({"<b>x": 0.5}) + live_panel.state_html("<i>y", None)
    drawn += live_panel.picture_html("<svg/>", '"><script>')
    assert "<b>" not in drawn and "<i>" not in drawn and "<script>" not in drawn
    svg = live_panel.timeline_svg([0.0, 1.0], {"<b>x": [0.9, 0.9]}, span=30)
    assert "<b>" not in svg


def lines(svg: str) -> dict[str, str]:
    """Paths by colour."""
    root = ElementTree.fromstring(svg)
    return {p.get("stroke", ""): p.get("d", "") for p in root.iter(f"{SVG}path")}


def test_the_time_line_counts_back_from_now_and_leaves_gaps() -> None:
    svg = live_panel.timeline_svg(
        [10.0, 25.0, 32.5, 40.0], {"anger": [0.0, None, 1.0, 1.0], "neutral": [1.0, None, 0.0, 0.0]}, span=30
    )
    path = lines(svg)[EMOTION_COLOURS["anger"]]
    assert path.count("M") == 2 and path.count("L") == 1, "two pieces"
    points = [tuple(map(float, p.split())) for p in re.findall(r"[ML]([\d. -]+)", path)]
    first, middle, last = (x for x, _ in points)
    assert (last - middle) / (last - first) == pytest.approx(0.25, abs=0.01)
    assert points[0][1] > points[1][1], "up is more"
    assert "30 s ago" in svg and "now" in svg


def test_lines_are_named_at_their_peak_and_no_name_is_over_another() -> None:
    close = {"anger": [0.1, 0.9, 0.1], "fear": [0.1, 0.91, 0.1], "sadness": [0.2, 0.2, 0.2]}
    root = ElementTree.fromstring(live_panel.timeline_svg([0.0, 15.0, 30.0], close, span=30))
    at = {t.text: (float(t.get("x", 0)), float(t.get("y", 0))) for t in root.iter(f"{SVG}text")}
    assert "sadness" not in at, "too low to be named"
    assert abs(at["anger"][1] - at["fear"][1]) >= 12


def test_a_name_stands_over_the_middle_of_what_it_names() -> None:
    held = {"anger": [0.0, 0.9, 0.92, 0.9, 0.0, 0.95, 0.0], "neutral": [1.0, 0.1, 0.0, 0.1, 1.0, 0.0, 1.0]}
    root = ElementTree.fromstring(live_panel.timeline_svg([0.0, 5, 10, 15, 20, 25, 30], held, span=30))
    at = {t.text: float(t.get("x", 0)) for t in root.iter(f"{SVG}text")}
    assert at["anger"] == pytest.approx((28 + 394) / 2 - 366 / 6, abs=1), "10 s, the middle of 5 to 15 s"


def test_a_name_without_room_is_left_out() -> None:
    close = {name: [0.1, 0.99, 0.1] for name in ("anger", "fear", "sadness", "surprise")}
    root = ElementTree.fromstring(live_panel.timeline_svg([0.0, 15.0, 30.0], close, span=30))
    at = {t.text: float(t.get("y", 0)) for t in root.iter(f"{SVG}text") if t.text in close}
    assert 2 <= len(at) < len(close) and min(at.values()) > 8
    assert len(set(at.values())) == len(at)


def test_an_empty_time_line_is_drawn() -> None:
    ElementTree.fromstring(live_panel.timeline_svg([], {"anger": []}, span=30, threshold=0.5))
    ElementTree.fromstring(live_panel.timeline_svg([1.0], {"anger": [None]}, span=30))


def test_a_drawing_goes_in_as_a_picture_with_words() -> None:
    html = live_panel.picture_html("<svg/>", "a line")
    assert 'alt="a line"' in html
    data = re.search(r"base64,([\w+/=]+)", html)
    assert data and b64decode(data[1]) == b"<svg/>"


# --- why --------------------------------------------------------------------------------------------------


def test_the_mesh_has_its_triangles() -> None:
    found = live_why.triangles()
    edges = {tuple(sorted(e)) for e in mesh.tessellation().tolist()}
    assert len(found) == len(set(found)) > 800
    assert all({(a, b), (a, c), (b, c)} <= edges for a, b, c in found)


def test_why_bars_go_right_for_and_left_against() -> None:
    drawn = live_why.why_bars_html({"nose": -1.0, "lips": 4.0}, "#123456", str.upper)
    assert drawn.index("LIPS") < drawn.index("NOSE"), "largest first"
    assert "left:50.0%;width:50.0%" in drawn and "background:#123456" in drawn
    assert "left:37.5%;width:12.5%" in drawn and f"background:{GREY}" in drawn
    assert "+4.0" in drawn and "-1.0" in drawn
    assert ">0.0</div>" in live_why.why_bars_html({"nose": -0.04}, "#123456"), "nothing has no sign"


def test_the_face_is_shaded_by_part() -> None:
    nothing = dict.fromkeys(parts(), 0.0)
    fills = [
        p.get("fill")
        for p in ElementTree.fromstring(live_why.why_face_svg(mesh.template(), nothing, "#123456")).iter(f"{SVG}path")
    ]
    assert fills == ["none"], "lines alone"
    svg = live_why.why_face_svg(mesh.template(), nothing | {"lips": 5.0, "nose": -5.0}, "#123456")
    shaded = [p for p in ElementTree.fromstring(svg).iter(f"{SVG}path") if p.get("fill") != "none"]
    for_it = [p for p in shaded if p.get("fill") == "#123456"]
    against = [p for p in shaded if p.get("fill") == "url(#against)"]
    assert for_it and against
    assert height(for_it) > height(against), "the lips lie below the nose"


def height(paths: list[ElementTree.Element]) -> float:
    """Mean y, down, of what paths go through."""
    text = "".join(p.get("d", "") for p in paths)
    return float(np.mean([float(y) for y in re.findall(r"[ML][\d.-]+ ([\d.-]+)", text)]))


def test_a_small_change_stays_pale() -> None:
    svg = live_why.why_face_svg(mesh.template(), dict.fromkeys(parts(), 0.05), "#123456")
    opacities = [float(p.get("fill-opacity", 0)) for p in ElementTree.fromstring(svg).iter(f"{SVG}path")]
    assert max(opacities) <= 0.1
