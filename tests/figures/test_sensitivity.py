"""Pictures of a sensitivity study show its numbers, and say where nothing changes."""

from __future__ import annotations

import numpy as np
import pytest
from sensitivity_samples import EMOTIONS, GRID, made_study

from fer_core.figures.sensitivity import AT, OWN, RATIO, plane_figure, spans_figure, ways_figure
from fer_core.losses.grid import FOCAL


def heats(figure) -> list:  # type: ignore[no-untyped-def]
    return [t for t in figure.data if t.type == "heatmap"]


def test_every_emotion_has_a_plane_with_its_values() -> None:
    study = made_study()
    figure = plane_figure(study, "outputs", "recall", ("gamma", "alpha"), (1, 0, 0, 0))
    found = heats(figure)
    assert len(found) == len(EMOTIONS)
    for heat, emotion in zip(found, EMOTIONS, strict=True):
        expected = [
            [study.cell(emotion, "outputs", (1, 0, g, a)).values["recall"] for g in range(len(GRID.gamma))]
            for a in range(len(GRID.alpha))
        ]
        assert np.array_equal(np.array(heat.z), np.array(expected))
        assert heat.coloraxis == "coloraxis"
    titles = [a.text for a in figure.layout.annotations]
    assert "plain BCE everywhere: nothing changes" in titles[0]
    assert "focal loss" in titles[2] and "nothing changes" not in titles[2]
    assert list(figure.layout.xaxis.ticktext) == ["0.5", "2"]


def test_a_ratio_is_drawn_where_a_threshold_can_meet_it() -> None:
    figure = plane_figure(made_study(), "outputs", "f1", ("moderate", "severe"), (0, 0, 0, 0))
    names = {t.name for t in figure.data if t.name}
    assert names == {OWN, AT, RATIO}
    lines = [t for t in figure.data if t.type == "scatter" and t.mode == "lines" and t.name != AT]
    lines = [t for t in lines if t.x[0] is not None]
    assert {t.xaxis for t in lines} == {"x2"}, "disgust alone; fear's 16 lies beyond every severe threshold"
    assert lines[0].x[0] == pytest.approx(np.interp(3.25, GRID.moderate, range(3)))


def test_differences_are_from_the_studys_own_point() -> None:
    study = made_study()
    values = plane_figure(study, "outputs", "f1", ("gamma", "alpha"), (0, 0, 0, 0), FOCAL)
    less = plane_figure(study, "outputs", "f1", ("gamma", "alpha"), (0, 0, 0, 0), FOCAL, difference=True)
    own = study.way("outputs", "own")["per_emotion"]
    column = study.plain["row"].index("f1")
    for emotion, one, other in zip(EMOTIONS, heats(values), heats(less), strict=True):
        assert np.array(other.z) == pytest.approx(np.array(one.z) - own[emotion][column])
    assert less.layout.coloraxis.cmin == -less.layout.coloraxis.cmax
    assert str(heats(less)[0].text[0][0])[0] in "+-"


def test_a_failed_fit_leaves_its_cell_empty() -> None:
    study = made_study()
    about = study.plain["per_emotion"]["fear"]
    about["cells"]["outputs"][about["patterns"].index("fff")][1] = None
    figure = plane_figure(study, "outputs", "f1", ("gamma", "alpha"), (0, 0, 0, 0), FOCAL)
    fear = heats(figure)[2]
    assert np.isnan(np.array(fear.z)[1, 0]) and np.isfinite(np.array(fear.z)).sum() == 5
    assert fear.text[1][0] == ""


def test_ranges_hold_the_seeds_beside_them() -> None:
    study = made_study()
    figure = spans_figure(study, "recall")
    bars = [t for t in figure.data if t.mode == "lines"]
    assert len(bars) == 2
    assert bars[0].x[:2] == pytest.approx(study.all_losses("happiness", "outputs", "recall"), abs=0.003)
    marks = next(t for t in figure.data if t.mode == "markers")
    assert len(marks.x) == 4 * len(EMOTIONS)


@pytest.mark.parametrize("objective", ["f1", "recall"])
def test_four_ways_with_their_intervals(objective: str) -> None:
    study = made_study()
    figure = ways_figure(study, "probabilities", objective, ["f1", "recall"])
    first = figure.data[0]
    assert first.x[2] == study.way("probabilities", "chosen", objective)["mean"]["f1"][0]
    assert "open" in first.marker.symbol[3], "the optimistic one looks unlike the others"
    assert min(first.error_x.array) >= 0 and min(first.error_x.arrayminus) >= 0
