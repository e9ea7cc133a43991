"""The registry's pictures: every count a mark, print beside it; a network's stages drawn and said."""

from __future__ import annotations

import re

import pytest

from fer_core.figures.models import (
    SYMBOLS,
    apart,
    layers_words,
    millions,
    parameters_figure,
    shape_words,
    sizes,
    stages_html,
)
from fer_core.models.images.layer_summary import Layers, Stage, kept
from fer_core.models.images.registry import STUDIES, listing

ROWS = listing()


def test_every_counted_size_has_a_row_and_every_printed_one_a_diamond() -> None:
    figure = parameters_figure(ROWS)
    marks = [t for t in figure.data if t.mode == "markers"]
    drawn = {x for t in marks if t.name != "printed" for x in t.x}
    assert drawn == {r["parameters"] for r in sizes(ROWS) if r["parameters"]}
    printed = next(t for t in marks if t.name == "printed")
    assert set(printed.x) == {r["published"] for r in sizes(ROWS) if r["published"]}
    assert figure.layout.xaxis.type == "log"


def test_studies_differ_by_marker_and_are_headings() -> None:
    figure = parameters_figure(ROWS)
    here = {t.name: t.marker.symbol for t in figure.data if t.mode == "markers" and t.name != "printed"}
    assert len(set(here.values())) == len(here) == len(STUDIES) == len(SYMBOLS)
    headings = [t for t in figure.layout.yaxis.ticktext if t.startswith("<b>")]
    assert headings == [f"<b>{name}</b>" for name in STUDIES.values()]


def test_a_mark_stands_beside_its_name_and_the_chosen_one_stands_out() -> None:
    figure = parameters_figure(ROWS, "lenet5")
    names = dict(zip(figure.layout.yaxis.tickvals, figure.layout.yaxis.ticktext, strict=True))
    marks = {names[y]: x for t in figure.data if t.mode == "markers" for x, y in zip(t.x, t.y, strict=True)}
    assert marks["<b>▸ LeNet5</b>"] == 169_271
    assert marks["Sequential Simple, 224 px"] == 22_322_311, "sides that differ have a row each"
    assert "VGG16" in marks and "VGG16, 48 px" not in marks, "sides that do not share one"


def test_nothing_counted_is_an_empty_figure_and_no_fault() -> None:
    assert len(parameters_figure([]).data) <= 2


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [(100, 100, "equal"), (110, 100, "10.0% more here"), (97, 100, "3.0% less here"), (500, 100, "400.0% more here")],
)
def test_a_difference_in_words(ours: float, theirs: float, said: str) -> None:
    assert apart(ours, theirs) == said


def test_numbers_and_shapes_in_words() -> None:
    assert millions(14_913_607) == "14.9 million"
    assert shape_words((24, 24, 64)) == "24 × 24 × 64"
    assert shape_words((144, 128)) == "144 steps × 128" and shape_words((7,)) == "7 numbers"
    assert shape_words((24, 24, 64), 2) == "2 maps, the last 24 × 24 × 64"
    assert layers_words(Layers("dense", 3, 7, 256)) == "3 × dense (7 to 256)"


def test_a_drawing_has_every_stage_its_share_and_words_for_those_who_cannot_see_it() -> None:
    told = kept()["residual-bilstm-1"][48]
    html = stages_html(told, 48, 1)
    assert html.count("min-height:34px") == len(told) + 1, "a row for the picture and each stage"
    assert "48 × 48 × 1" in html and "2 maps, the last 24 × 24 × 64" in html and "LSTM both ways" in html
    shares = [s.parameters / sum(t.parameters for t in told) for s in told]
    assert f"{max(shares):.0%}" in html and 'aria-label="' in html
    assert not re.search(r"nan|None|<script", html)


def test_sheets_shrink_with_the_map_and_grow_in_number_with_its_channels() -> None:
    def drawn(shape: tuple[int, ...]) -> tuple[int, int]:
        html = stages_html([Stage(shape, (Layers("dense", 1, 1, 1),), 1, 1)], 48, 1).split("↓")[1]
        return int(re.findall(r"width:(\d+)px;height", html)[0]), html.count("px 0 0 ")

    assert drawn((48, 48, 64))[0] > drawn((24, 24, 64))[0] > drawn((6, 6, 64))[0]
    assert drawn((24, 24, 512))[1] > drawn((24, 24, 16))[1] > drawn((24, 24, 1))[1] == 0
    assert drawn((7,))[1] == 0
