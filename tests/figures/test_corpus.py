"""Corpus figures show the numbers they are given, and nothing moves that should stand still."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from fer_core.base.emotions import CKPLUS_PUBLISHED_COUNTS
from fer_core.datasets.base import Clip
from fer_core.figures import corpus as figures
from fer_core.figures.theme import EMOTION_COLOURS
from fer_core.landmarks.landmark_set import FrameStatus
from fer_core.landmarks.view import Coverage
from fer_core.losses.imbalance import LossPolicy, imbalance_table

SIX_COUNTS = {e: n for e, n in CKPLUS_PUBLISHED_COUNTS.items() if e != "contempt"}


def words(figure: go.Figure) -> list[str]:
    return [a.text for a in figure.layout.annotations]


def test_counts_stand_beside_their_bars_in_the_emotions_colours() -> None:
    figure = figures.counts_figure({"surprise": 70, "anger": 41}, {"anger": 45, "fear": 25})
    bar, published = figure.data
    assert list(bar.y) == ["anger", "surprise"]
    assert list(bar.x) == [41, 70]
    assert list(bar.marker.color) == [EMOTION_COLOURS["anger"], EMOTION_COLOURS["surprise"]]
    assert (list(published.y), list(published.x)) == (["anger"], [45])
    assert words(figure) == ["<b>41</b>", "<b>70</b>"]


def test_ratio_figure_carries_ratio_loss_and_thresholds() -> None:
    table = imbalance_table(SIX_COUNTS)
    figure = figures.ratio_figure(table, LossPolicy(), {"fear": 11.36}, figures.PAPER_RATIOS)
    bar, published, printed = figure.data
    # Oracle: CK+'s published counts, (309 - n) / n by hand.
    assert dict(zip(bar.y, bar.x, strict=True))["fear"] == pytest.approx(284 / 25)
    assert figure.layout.xaxis.type == "log"
    assert [s.x0 for s in figure.layout.shapes] == [3.5, 11.5]
    assert "<b>5.87</b>  weighted BCE, × 5.87" in words(figure)
    assert "<b>2.72</b>  plain BCE" in words(figure)
    assert "above 3.5 weighted" in words(figure)
    assert list(published.x) == [11.36]
    assert dict(zip(printed.y, printed.x, strict=True))["sadness"] == 3.1


def test_losses_are_told_apart_by_pattern_too() -> None:
    counts = {"anger": 100, "fear": 4, "sadness": 20}
    figure = figures.ratio_figure(imbalance_table(counts), LossPolicy())
    assert list(figure.data[0].marker.pattern.shape) == ["", "x", "/"]
    assert any("focal, α 0.80, γ 2" in w for w in words(figure))


def test_moving_a_threshold_moves_no_axis() -> None:
    table = imbalance_table(SIX_COUNTS)
    ranges = {
        tuple(figures.ratio_figure(table, LossPolicy(a, b)).layout.xaxis.range)
        for a, b in [(1.0, 2.0), (3.5, 11.5), (20.0, 30.0)]
    }
    assert len(ranges) == 1
    low, high = ranges.pop()
    assert low <= 0 and high >= np.log10(30)


@pytest.mark.parametrize("counts", [{"anger": 3}, {"anger": 3, "fear": 0}, {"anger": 500, "fear": 1}])
def test_extreme_counts_still_draw(counts: dict[str, int]) -> None:
    figure = figures.ratio_figure(imbalance_table(counts), LossPolicy())
    assert np.isfinite(figure.layout.xaxis.range).all()


def test_subjects_are_counted() -> None:
    clips = [
        Clip("a/1", "a", "anger"),
        Clip("a/2", "a", "anger"),
        Clip("a/3", "a", "fear"),
        Clip("b/1", "b", "fear"),
        Clip("c/1", "c", "fear"),
    ]
    sizes = figures.clips_per_subject_figure(clips).data[0]
    assert (list(sizes.x), list(sizes.y)) == (["1", "3"], [2, 1])
    grid = figures.subject_emotion_figure(clips).data[0]
    assert list(grid.x) == ["a", "b", "c"]
    assert grid.customdata.tolist() == [[2, 0, 0], [1, 1, 1]]
    assert np.isnan(np.asarray(grid.z)).tolist() == [[False, True, True], [False, False, False]]


def test_coverage_shares_add_up_and_rejections_are_said() -> None:
    figure = figures.coverage_figure({"fear": Coverage(6, 3, 1, 1, 2), "anger": Coverage(0, 0, 0, 0, 1)})
    shares = np.array([list(bar.x) for bar in figure.data])
    assert shares[:, 1].sum() == pytest.approx(1.0)
    assert shares[:, 0].sum() == 0.0
    assert "1 missed, 2 clips rejected" in words(figure)
    assert "0 missed, 1 clip rejected" in words(figure)


def test_failure_strips_mark_the_missed_samples() -> None:
    status = np.array([[FrameStatus.OBSERVED, FrameStatus.MISSED], [FrameStatus.INTERPOLATED, FrameStatus.OBSERVED]])
    strips = figures.failure_figure(["one", "two"], status.astype(np.uint8)).data[0]
    assert strips.text.tolist() == [["", "×"], ["", ""]]
    assert strips.customdata.tolist() == [["observed", "missed"], ["interpolated", "observed"]]
