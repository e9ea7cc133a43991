"""Figures of a study hold the tables' own numbers, and say how many clips are behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from study_samples import FOLDS, ID, SEEDS, SLUGS, TRIALS, fill

from fer_core.base.emotions import SIX
from fer_core.figures import searches as of_searches
from fer_core.figures import study as of_study
from fer_core.figures.results import confusion_figure
from fer_core.figures.theme import EMOTION_COLOURS
from fer_core.figures.training import learning_curves_figure
from fer_core.results import study as found
from fer_core.results.study import Study, load_study
from fer_core.results.words import BINARY_METRICS, condition_words
from fer_core.store.store import Store


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The made-up study."""
    with Store(tmp_path_factory.mktemp("store") / "s.sqlite") as store:
        fill(store)
        return load_study(store, ID)


def letters(figure: object) -> dict[tuple[str, str], str]:
    """(row, column) → text of a matrix's cells."""
    return {
        (y, x): t
        for trace in figure.data
        if trace.type == "scatter" and trace.mode == "text"
        for x, y, t in zip(trace.x, trace.y, trace.text, strict=True)
    }


def marks(figure: object) -> object:
    """The trace whose points can be clicked."""
    return next(t for t in figure.data if t.type == "scatter" and t.mode == "markers")


def test_conditions_are_named_in_words() -> None:
    assert condition_words("gru-bayesian-advanced") == "GRU, Bayesian, advanced"
    assert len({condition_words(slug, "<br>") for slug in SLUGS}) == len(SLUGS)


# --- heatmaps -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", BINARY_METRICS)
def test_emotion_by_condition_holds_every_value(study: Study, metric: str) -> None:
    rows = found.per_emotion(study)
    figure = of_study.emotion_conditions_figure(rows, metric)
    cells = {tuple(key): text for key, text in zip(marks(figure).customdata, marks(figure).hovertext, strict=True)}
    assert len(cells) == len(SIX) * len(SLUGS)
    for row in rows[rows["metric"] == metric].to_dict("records"):
        column = condition_words(row["condition"], "<br>")
        assert letters(figure)[row["emotion"], column] == f"{row['value']:.2f}"
        told = cells[row["emotion"], row["condition"]]
        assert f"{row['low']:.2f} to {row['high']:.2f}" in told
        assert f"{row['n']} clips of {row['subjects']} subjects, {row['tests']} tests in 2 seeds" in told
    np.testing.assert_array_equal(
        figure.data[0].z, rows[rows["metric"] == metric]["value"].to_numpy().reshape(len(SLUGS), len(SIX)).T
    )


def test_counts_told_on_hover_give_back_the_recall(study: Study) -> None:
    rows = found.per_emotion(study)
    figure = of_study.emotion_metrics_figure(rows[rows["condition"] == SLUGS[0]])
    for (emotion, metric), told in zip(marks(figure).customdata, marks(figure).hovertext, strict=True):
        if metric == "recall":
            above, below = map(int, re.search(r"(\d+) of (\d+) tests", told).groups())
            value = rows.query(f"condition == '{SLUGS[0]}' and emotion == '{emotion}' and metric == 'recall'")
            assert above / below == pytest.approx(value["value"].item(), abs=1e-6)
            assert told.startswith(f"{emotion}, Recall: ")


def test_a_condition_that_was_not_tested_leaves_empty_cells(study: Study) -> None:
    rows = found.per_emotion(study)
    rows = rows[(rows["condition"] != SLUGS[2]) | (rows["emotion"] != "fear")]
    figure = of_study.emotion_conditions_figure(rows, "f1")
    k = SIX.index("fear")
    assert np.isnan(figure.data[0].z[k][2]) and np.isfinite(np.delete(figure.data[0].z[k], 2)).all()
    assert ("fear", condition_words(SLUGS[2], "<br>")) not in letters(figure)
    assert "not tested" in marks(figure).hovertext[k * len(SLUGS) + 2]


def test_a_confusion_matrix_names_what_it_counts(study: Study) -> None:
    counts = found.confusion(study, SLUGS[0])
    figure = confusion_figure({"emotions": SIX, "confusion": counts}, "tests")
    assert [c[2] for c in marks(figure).customdata] == counts.ravel().tolist()
    assert f"classified as anger: {counts[0, 0]} tests" in marks(figure).hovertext[0]


# --- conditions ---------------------------------------------------------------------------------------


def test_means_stand_with_their_intervals(study: Study) -> None:
    rows, metrics = found.per_condition(study), ["accuracy", "macro_f1", "mean_binary_accuracy"]
    figure = of_study.means_figure(rows, metrics, found.baselines(study))
    drawn = [t for t in figure.data if t.x[0] is not None]
    assert len(drawn) == len(metrics)
    for trace, metric in zip(drawn, metrics, strict=True):
        part = rows[rows["metric"] == metric]
        np.testing.assert_allclose(trace.x, part["value"])
        np.testing.assert_allclose(np.add(trace.x, trace.error_x.array), part["high"])
        np.testing.assert_allclose(np.subtract(trace.x, trace.error_x.arrayminus), part["low"])
        assert [tuple(key) for key in trace.customdata] == [(slug, metric) for slug in SLUGS]
        assert "63 clips of 18 subjects" in trace.hovertext[0]
    low, high = figure.layout.xaxis.range
    assert low < rows[rows["metric"] == "accuracy"]["low"].min()
    assert high > rows[rows["metric"] == "accuracy"]["high"].max()


def test_conditions_are_told_apart_without_colour(study: Study) -> None:
    figure = of_study.means_figure(found.per_condition(study), ["accuracy"])
    assert len(set(figure.data[0].y)) == len(SLUGS)
    styles = {(s, c) for s, c in zip(figure.data[0].marker.symbol, figure.data[0].marker.color, strict=True)}
    assert len(styles) == len(SLUGS)
    assert not {c for _, c in styles} & set(EMOTION_COLOURS.values())


def test_a_baseline_is_drawn_where_it_is_near(study: Study) -> None:
    rows = found.per_condition(study)
    far = of_study.means_figure(rows, ["accuracy"], {"accuracy": 0.05})
    near = of_study.means_figure(rows, ["mean_binary_accuracy"], {"mean_binary_accuracy": 5 / 6})
    assert len(far.layout.shapes) == 0 and far.layout.xaxis.range[0] > 0.3
    assert [s.x0 for s in near.layout.shapes] == [5 / 6]
    assert near.layout.xaxis.range[0] < 5 / 6
    assert "always no" in [a.text for a in near.layout.annotations]


# --- curves -------------------------------------------------------------------------------------------


def test_learning_curves_hold_every_fit_and_their_median(study: Study) -> None:
    lines = found.curves(study, SLUGS[1])
    figure = learning_curves_figure(lines, SIX)
    anger = [t for t in figure.data if t.line.color == EMOTION_COLOURS["anger"]]
    thin, median = anger[0], anger[1]
    mine = [c["train"] for c in lines if c["emotion"] == "anger"]
    assert [v for v in thin.y if v is not None] == [v for line in mine for v in line]
    assert list(thin.y).count(None) == len(mine) == len(SEEDS) * FOLDS
    np.testing.assert_allclose(median.y, np.median(mine, axis=0))
    assert {t.line.dash for t in anger} == {"solid", "dash"}
    assert [t.name for t in figure.data if t.name] == ["training", "validation"]
    assert [a.text for a in figure.layout.annotations] == list(SIX)


def test_the_median_ends_where_half_of_the_fits_have_ended() -> None:
    lines = [{"emotion": "fear", "train": [4.0] * n, "val": []} for n in (2, 2, 5, 9)]
    figure = learning_curves_figure(lines, ("fear",))
    assert len(figure.data[1].x) == 5
    assert list(figure.data[1].customdata) == [4, 4, 2, 2, 2]
    assert [t.name for t in figure.data if t.name] == ["training"]


def test_a_lost_epoch_is_a_gap_and_not_an_error() -> None:
    lines = [{"emotion": "fear", "train": [1.0, None, 0.5], "val": []}] * 2
    figure = learning_curves_figure(lines, ("fear",))
    assert list(figure.data[1].y) == [1.0, None, 0.5]


# --- searches -----------------------------------------------------------------------------------------


def panel(figure: object, emotion: str) -> Iterator[object]:
    """Traces in an emotion's colour."""
    return (t for t in figure.data if t.line.color == EMOTION_COLOURS[emotion] and t.mode == "lines")


def test_convergence_holds_every_search_and_their_median(study: Study) -> None:
    steps = found.convergence(study.trials)
    figure = of_searches.convergence_figure(steps, study.emotions, study.objective)
    lines = list(panel(figure, "anger"))
    assert len(lines) == 4 * 2, "of each condition all searches as one trace, and their median"
    mine = steps[(steps["emotion"] == "anger") & (steps["condition"] == SLUGS[0])]
    first = mine[(mine["seed"] == 0) & (mine["fold"] == 0)]
    assert list(lines[0].y[:TRIALS]) == first["best"].tolist()
    assert list(lines[0].x[: TRIALS + 1]) == [*range(1, TRIALS + 1), None], "a gap before the next search"
    assert lines[0].y.count(None) == len(SEEDS) * FOLDS - 1
    np.testing.assert_allclose(lines[1].y, mine.groupby("number")["best"].median())
    assert len({t.line.dash for t in lines if t.line.width == 3}) == 4
    assert figure.layout.yaxis.title.text == "Loss on inner folds"
    assert "failed trial" in [t.name for t in figure.data]


def test_one_search_shows_its_trials(study: Study) -> None:
    one = [t for t in study.trials if t.cell == (SLUGS[0], 0, 0) and t.emotion == "fear"]
    figure = of_searches.convergence_figure(found.convergence(one), ("fear",), "Loss")
    assert len(list(panel(figure, "fear"))) == 1
    dots = next(t for t in figure.data if t.mode == "markers" and t.name is None)
    assert list(dots.marker.symbol) == ["circle", "x", *["circle"] * (TRIALS - 2)]
    assert [y for k, y in enumerate(dots.y) if k != 1] == [t.value for t in one if t.value is not None]
    assert dots.y[1] == one[0].value, "a failed trial stands at the best so far"


def test_the_space_shows_what_was_tried_and_rings_the_best(study: Study) -> None:
    one = [t for t in study.trials if t.cell == (SLUGS[0], 0, 0) and t.emotion == "fear"]
    figure = of_searches.space_figure(found.trial_table(one), "Loss")
    assert [a.text for a in figure.layout.annotations] == ["F and Q", "F and R", "Q and R"]
    tried, ring = figure.data[0], figure.data[1]
    assert list(tried.x) == [t.settings["F"] for t in one]
    assert list(tried.y) == [t.settings["Q"] for t in one]
    values = [t.value for t in one if t.value is not None]
    assert [c for k, c in enumerate(tried.marker.color) if k != 1] == values
    assert tried.marker.color[1] == max(values) and tried.marker.symbol[1] == "x"
    best = min((t for t in one if t.value is not None), key=lambda t: t.value)
    assert (list(ring.x), list(ring.y)) == ([best.settings["F"]], [best.settings["Q"]])
    assert f"F {best.settings['F']}" in tried.hovertext[best.number]
    assert "failed" in tried.hovertext[1]


def test_values_of_several_searches_are_compared_by_rank(study: Study) -> None:
    table = found.trial_table([t for t in study.trials if t.emotion == "anger"])
    figure = of_searches.space_figure(table, "Loss")
    colours = np.array(figure.data[0].marker.color)
    assert set(np.round(colours * TRIALS).astype(int)) == set(range(1, TRIALS + 1))
    assert "Rank" in figure.layout.coloraxis.colorbar.title.text
    assert len(figure.data[1].x) == len(table) // TRIALS <= of_searches.FEW


def test_dropout_and_learning_rate_are_shown_when_they_were_searched(study: Study) -> None:
    table = found.trial_table(study.trials[:12]).assign(dropout=np.linspace(0.15, 0.25, 12))
    figure = of_searches.space_figure(table, "Loss")
    assert [a.text for a in figure.layout.annotations][-1] == "dropout and learning rate"
    assert figure.layout.yaxis4.type == "log"


def test_failures_alone_make_a_picture_too(study: Study) -> None:
    table = found.trial_table([t for t in study.trials if t.state == "failed"])
    figure = of_searches.space_figure(table, "Loss")
    assert len(figure.data[1].x) == 0
    assert set(figure.data[0].marker.symbol) == {"x"}
