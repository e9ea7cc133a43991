"""Figures of a result hold the result's own numbers, and their letters can be read."""

from __future__ import annotations

import re

import numpy as np
import pytest
from run_samples import made_result
from samples import THREE

from fer_core.figures import results as figures
from fer_core.figures.matrix import ink_on

RESULT, _ = made_result()


def letters(figure: object) -> dict[tuple[str, str], str]:
    """(row, column) → text, of all text traces together."""
    return {
        (y, x): t
        for trace in figure.data
        if trace.type == "scatter" and trace.mode == "text"
        for x, y, t in zip(trace.x, trace.y, trace.text, strict=True)
    }


def test_the_heatmap_holds_every_metric_of_every_emotion() -> None:
    figure = figures.metrics_figure(RESULT)
    heat = figure.data[0]
    assert list(heat.y) == list(THREE)
    for i, emotion in enumerate(THREE):
        for j, name in enumerate(figures.METRICS):
            cell = RESULT["per_emotion"][emotion]
            assert heat.z[i][j] == cell[name]
            low, high = cell["intervals"][name]
            assert f"{low:.2f} to {high:.2f}" in heat.customdata[i][j]
            assert letters(figure)[emotion, heat.x[j]] == f"{cell[name]:.2f}"


def test_counts_told_on_hover_give_back_the_metric() -> None:
    figure = figures.metrics_figure(RESULT)
    for i, emotion in enumerate(THREE):
        recall, precision = figure.data[0].customdata[i][:2]
        for told, name in ((recall, "recall"), (precision, "precision")):
            above, below = map(int, re.search(r"(\d+) of (\d+)", told).groups())
            assert above / below == pytest.approx(RESULT["per_emotion"][emotion][name], abs=1e-6)


def test_the_confusion_matrix_holds_counts_and_row_shares() -> None:
    figure = figures.confusion_figure(RESULT)
    counts = np.array(RESULT["confusion"])
    np.testing.assert_allclose(figure.data[0].z, counts / counts.sum(axis=1, keepdims=True))
    cells = next(t for t in figure.data if t.type == "scatter" and t.mode == "markers")
    assert [c[2] for c in cells.customdata] == counts.ravel().tolist()
    for x, y, (labelled, classified, n, share) in zip(cells.x, cells.y, cells.customdata, strict=True):
        assert (y, x) == (labelled, classified), "rows are labels, columns what was said"
        text = letters(figure)[y, x]
        assert text == (f"{n}<br>{share:.0%}" if n else "")


def test_an_emotion_without_clips_does_not_divide_by_zero() -> None:
    empty = RESULT | {"confusion": [[0, 0, 0], [0, 3, 1], [0, 0, 2]]}
    heat = figures.confusion_figure(empty).data[0]
    assert list(heat.z[0]) == [0, 0, 0]


def contrast(first: list[float], second: list[float]) -> float:
    """WCAG 2 contrast, computed here by itself."""

    def luminance(rgb: list[float]) -> float:
        parts = [c / 255 for c in rgb]
        parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), parts, strict=True))

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("share", np.linspace(0, 1, 21))
def test_letters_can_be_read_on_every_cell(share: float) -> None:
    scale = figures.metrics_figure(RESULT).data[0].colorscale
    ends = [[int(v) for v in re.findall(r"\d+", colour)] for _, colour in scale]
    cell = [a + share * (b - a) for a, b in zip(*ends, strict=True)]
    ink = ink_on(share).lstrip("#")
    letter = [int(ink[i : i + 2], 16) for i in (0, 2, 4)]
    assert contrast(cell, letter) >= 4.0
