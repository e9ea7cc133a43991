"""Figures of a reading."""

from __future__ import annotations

import numpy as np

from fer_core.figures import live as figures
from fer_core.figures.theme import EMOTION_COLOURS
from fer_core.landmarks import mesh

SAID = {"anger": 0.1, "happiness": 0.93, "surprise": 0.0}


def test_bars_hold_each_probability_in_its_colour() -> None:
    figure = figures.bars_figure(SAID, threshold=0.6)
    bar = figure.data[0]
    assert dict(zip(bar.y, bar.x, strict=True)) == SAID
    assert list(bar.marker.color) == [EMOTION_COLOURS[e] for e in SAID]
    assert list(bar.text) == ["0.10", "0.93", "0.00"]
    assert figure.layout.shapes[0].x0 == 0.6
    assert len(figures.bars_figure(SAID).layout.shapes) == 0


def test_the_mesh_has_every_edge_once_and_upright() -> None:
    face = mesh.template()
    figure = figures.mesh_figure(face, "#123456")
    drawn = figure.data[0]
    assert len(drawn.x) == 3 * len(mesh.tessellation())
    first, second = mesh.tessellation()[0]
    np.testing.assert_allclose([drawn.x[0], drawn.y[0]], face[first], rtol=1e-6)
    np.testing.assert_allclose([drawn.x[1], drawn.y[1]], face[second], rtol=1e-6)
    assert figure.layout.yaxis.autorange == "reversed", "y runs down, as in pictures"
    assert figure.data[1].line.color == "#123456"
