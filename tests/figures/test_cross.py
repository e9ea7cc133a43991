"""The picture of a cross-corpus matrix holds every number that the matrix does."""

from __future__ import annotations

from typing import Any

import numpy as np

from fer_core.figures.cross import cell_text, cross_figure


def cell(accuracy: float, drop: float | None = None, own: bool = False) -> dict[str, Any]:
    low_high = {m: [accuracy - 0.05, accuracy + 0.05] for m in ("accuracy", "balanced_accuracy", "macro_f1")}
    fell = {m: {"value": drop, "interval": [drop - 0.1, drop + 0.1]} for m in low_high} if drop is not None else None
    return {
        "n": 1234,
        "accuracy": accuracy,
        "balanced_accuracy": accuracy - 0.1,
        "macro_f1": accuracy,
        "intervals": low_high,
        "drop": fell,
        "labels": "Compared on a and b.",
        "notes": ["a note"],
        "own": own,
    }


MATRIX = {
    "rows": [{"name": "net", "corpus": "fer"}, {"name": "net", "corpus": "fer"}],
    "columns": [{"name": "fer"}, {"name": "raf"}],
    "cells": [[cell(0.7, own=True), cell(0.5, 0.2)], [{"n": 0, "why": "it was seen."}, cell(0.6, -0.05)]],
}


def test_a_cell_says_result_drop_and_n() -> None:
    assert cell_text(cell(0.5, 0.2)) == "0.500<br>−0.200<br>n 1,234"
    assert cell_text(cell(0.6, -0.05)) == "0.600<br>+0.050<br>n 1,234"
    assert cell_text(cell(0.7, own=True)) == "0.700<br>own test side<br>n 1,234"
    assert cell_text({"n": 0, "why": "x"}) == ""


def test_every_cell_is_drawn_and_an_empty_one_is_left_empty() -> None:
    figure = cross_figure(MATRIX)
    z = np.array(figure.data[0].z, dtype=float)
    np.testing.assert_allclose(z, [[0.7, 0.5], [np.nan, 0.6]])
    written = [t for trace in figure.data[1:] for t in trace.text]
    assert sorted(t.split("<br>")[0] for t in written) == ["0.500", "0.600", "0.700"]
    assert len(figure.layout.shapes) == 1, "one own test side is framed"
    assert len(set(figure.data[0].y)) == 2, "two recognisers of one name stay two rows"


def test_another_metric_is_drawn_when_asked_for() -> None:
    z = np.array(cross_figure(MATRIX, "balanced_accuracy").data[0].z, dtype=float)
    assert z[0, 1] == 0.4


def test_hovering_tells_interval_labels_and_why_a_cell_is_empty() -> None:
    hover = cross_figure(MATRIX).data[0].customdata
    assert "0.500 [0.450, 0.550]" in hover[0][1] and "Compared on a and b." in hover[0][1]
    assert "0.200 [0.100, 0.300]" in hover[0][1]
    assert hover[1][0] == "net on fer: it was seen."
