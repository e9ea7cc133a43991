"""Cells of the heatmaps: counts, metrics and intervals, of a table and of a study."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint
from study_samples import ID, fill
from table_samples import noisy, row_of

from fer_core.base.paths import assets_dir
from fer_core.results.study import Study, load_study, per_emotion
from fer_core.stats.heatmap_table import MEAN, cells_of_study, cells_of_table
from fer_core.stats.table import evaluations, reconstructed
from fer_core.store.store import Store


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The made-up study."""
    with Store(tmp_path_factory.mktemp("store") / "s.sqlite") as store:
        fill(store)
        return load_study(store, ID)


def test_every_published_cell_has_the_counts_of_the_shipped_file() -> None:
    found = cells_of_table(reconstructed())
    file: Path = assets_dir() / "paper" / "confusion_reconstructed.csv"
    with file.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert len(found) == 9 * 6 * 5 and len(rows) == 48
    for row in rows:
        slug = "-".join(row[k].lower() for k in ("architecture", "optimization", "loss"))
        tp, fp, fn, tn = (int(row[k]) for k in ("tp", "fp", "fn", "tn"))
        cell = row_of(found, condition=slug, emotion=row["emotion"].lower(), metric="recall")
        assert [cell[k] for k in ("tp", "fp", "fn", "tn", "n", "tests")] == [tp, fp, fn, tn, 87, 87]
        assert cell["value"] == pytest.approx(tp / (tp + fn))


@pytest.mark.parametrize(
    ("metric", "above", "below"),
    [
        ("recall", ("tp",), ("tp", "fn")),
        ("precision", ("tp",), ("tp", "fp")),
        ("specificity", ("tn",), ("tn", "fp")),
        ("accuracy", ("tp", "tn"), ("tp", "fp", "fn", "tn")),
    ],
)
def test_shares_have_wilson_intervals(metric: str, above: tuple[str, ...], below: tuple[str, ...]) -> None:
    found = cells_of_table(reconstructed())
    cells = found[(found["metric"] == metric) & (found["condition"] != MEAN)]
    for _, cell in cells.iterrows():
        right, n = (int(sum(cell[k] for k in names)) for names in (above, below))
        expected = proportion_confint(right, n, method="wilson") if n else (0, 1)
        assert (cell["low"], cell["high"]) == pytest.approx(expected, abs=1e-12)


def test_f1_and_means_over_conditions_have_no_interval_from_counts() -> None:
    found = cells_of_table(reconstructed())
    assert found.loc[found["metric"] == "f1", "low"].isna().all()
    means = found[found["condition"] == MEAN]
    assert means["low"].isna().all() and (means["conditions"] == 8).all()
    mine = found[(found["emotion"] == "fear") & (found["metric"] == "f1") & (found["condition"] != MEAN)]
    cell = row_of(means, emotion="fear", metric="f1")
    values = mine["value"].to_numpy()
    expected = (values.mean(), values.min(), values.max())
    assert (cell["value"], cell["lowest"], cell["highest"]) == pytest.approx(expected)
    assert cell["tp"] == mine["tp"].sum() and cell["tests"] == 8 * 87 and cell["n"] == 87


def test_testing_the_same_clips_again_makes_no_interval_narrower() -> None:
    frame = pd.DataFrame(
        [("gru", "fear", seed, 4, 2, 6, 8) for seed in range(5)] + [("lstm", "fear", 0, 4, 2, 6, 8)],
        columns=["architecture", "emotion", "replicate", "tp", "fp", "fn", "tn"],
    )
    found = cells_of_table(evaluations(frame, "Repeated", "table"))
    five, one = (row_of(found, condition=c, metric="recall") for c in ("gru", "lstm"))
    assert (five["tp"], five["tests"], five["n"], five["rows"]) == (20, 100, 20, 5)
    assert (five["low"], five["high"]) == pytest.approx((one["low"], one["high"]))


def test_without_counts_the_mean_of_the_rows_stands_alone() -> None:
    table = noisy(1, replicates=3)
    found = cells_of_table(table)
    cell = row_of(found, condition="gru-bayesian-advanced", emotion="fear")
    rows = table.frame.query("architecture == 'gru' and tuning == 'bayesian' and loss == 'advanced'")
    assert cell["value"] == pytest.approx(rows[rows["emotion"] == "fear"]["f1"].mean())
    assert np.isnan(cell["low"]) and cell["tp"] == -1 and cell["rows"] == 3


def test_a_study_has_intervals_over_people(study: Study) -> None:
    found, each = cells_of_study(study), per_emotion(study)
    assert len(found) == len(each) + 6 * 5
    same = found[found["condition"] != MEAN].reset_index(drop=True)
    for name in ("condition", "emotion", "metric", "value", "low", "high", "tp", "tests"):
        assert same[name].tolist() == each[name].tolist()
    means = found[found["condition"] == MEAN]
    expected = each.groupby(["emotion", "metric"])["value"].mean()
    for _, cell in means.iterrows():
        assert cell["value"] == pytest.approx(expected[cell["emotion"], cell["metric"]], abs=2e-6)
        assert cell["low"] <= cell["value"] <= cell["high"] or np.isnan(cell["low"])
    assert (means["tests"] == 8 * int(each["tests"].iloc[0])).all()
