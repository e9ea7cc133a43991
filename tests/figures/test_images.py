"""Figures of image corpora show the numbers they are given; grids describe each image and run no name."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

from fer_core.datasets.images.agreement import BANDS, Agreement
from fer_core.datasets.images.samples import Thumbnail
from fer_core.figures import images as figures
from fer_core.figures.image_grid import grid_html, pairs_html
from fer_core.figures.theme import EMOTION_COLOURS
from fer_core.losses.balancing import class_weights

COUNTS = {"anger": 100, "disgust": 10, "happiness": 200}


def words(figure: go.Figure) -> list[str]:
    return [a.text for a in figure.layout.annotations]


def test_parts_stand_end_to_end_and_their_sum_beside_them() -> None:
    figure = figures.parts_figure({"train": {"fear": 1200, "anger": 5}, "test": {"fear": 34}})
    bars = [t for t in figure.data if t.x[0] is not None]
    assert [list(t.x) for t in bars] == [[5, 1200], [0, 34]]
    assert list(bars[0].marker.color) == [EMOTION_COLOURS["anger"], EMOTION_COLOURS["fear"]]
    assert figure.layout.barmode == "stack"
    assert words(figure) == ["<b>5</b>", "<b>1,234</b>"]
    assert [t.name for t in figure.data if t.showlegend] == ["train", "test"]
    assert len({t.marker.pattern.shape for t in bars}) == 2, "not told apart by shade alone"


def test_one_part_needs_no_legend() -> None:
    assert not any(t.showlegend for t in figures.parts_figure({"": {"fear": 3}}).data)


def test_weights_are_the_strategies_own() -> None:
    weights = {s: class_weights(COUNTS, s) for s in ("simple", "conservative", "effective")}
    figure = figures.weights_figure(weights)
    simple, conservative, effective = (dict(zip(t.y, t.x, strict=True)) for t in figure.data)
    assert simple == {"anger": 2.0, "disgust": 20.0, "happiness": 1.0}
    assert conservative == {"anger": 2.0, "disgust": 3.0, "happiness": 1.0}
    assert effective["disgust"] > effective["anger"] > effective["happiness"]
    assert len({t.marker.symbol for t in figure.data}) == 3
    low, high = figure.layout.xaxis.range
    assert 10**low < min(effective.values()) and 10**high > 20


def test_bands_of_agreement_fill_each_row() -> None:
    found = {"fear": Agreement(8, 0.5, (1, 2, 1, 4)), "anger": Agreement(2, 1.0, (2, 0, 0, 0))}
    figure = figures.agreement_figure(found)
    assert [t.name for t in figure.data] == [w for w, _ in BANDS]
    assert [sum(x) for x in zip(*(t.x for t in figure.data), strict=True)] == pytest.approx([1, 1])
    assert words(figure) == ["median <b>100%</b>", "median <b>50%</b>"], "in the canonical order"


def test_a_grid_describes_its_images_and_runs_no_name() -> None:
    evil = Thumbnail('"><script>x</script>.png', "fear", b"\xff\xd8")
    bad = Thumbnail("b.png", "anger", b"", "the file is empty")
    html = grid_html([evil, bad])
    assert "<script>" not in html and html.count("<img") == 1
    assert 'aria-label="b.png, labelled anger: the file is empty"' in html
    pair = pairs_html([(evil, bad, "2 bits apart <b>")])
    assert "<script>" not in pair and "2 bits apart &lt;b&gt;" in pair
    assert ">fear<" in pair and ">anger<" in pair
    assert pairs_html([(bad, bad, "")]).count(">anger<") == 1, "one label is said once"
