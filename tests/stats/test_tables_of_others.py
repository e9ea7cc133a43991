"""Tables as trackers, spreadsheets and our own exports write them: read, or one sentence says how."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core.base.errors import TableError
from fer_core.base.limits import DRAWS
from fer_core.stats.anova import anova
from fer_core.stats.columns import suggest_mapping
from fer_core.stats.matching import MOST_COMPARISONS
from fer_core.stats.mixed import mixed_model
from fer_core.stats.pairwise import pairwise
from fer_core.stats.permutation import permutation_within
from fer_core.stats.repeated import repeated_measures
from fer_core.stats.table import Evaluations, evaluations, read_table

EMOTIONS = ("anger", "fear", "happiness")
RUNS = list(itertools.product(("gru", "lstm"), ("standard", "advanced"), (0, 1)))


def value(k: int, e: int = 0) -> str:
    """A number that differs between runs and emotions."""
    return f"{0.5 + 0.01 * k + 0.1 * e + 0.003 * ((k * 7 + e * 3) % 5):.3f}"


def mlflow(metric: str = "metrics.f1") -> str:
    """``mlflow.search_runs().to_csv``: one run for each emotion."""
    lines = [f"run_id,status,start_time,params.arch,params.loss_type,params.seed,params.emotion,{metric},tags.user"]
    for k, ((arch, loss, seed), (e, emotion)) in enumerate(itertools.product(RUNS, enumerate(EMOTIONS))):
        lines.append(f"r{k},FINISHED,2026-01-01,{arch},{loss},{seed},{emotion},{value(k, e)},ann")
    return "\n".join(lines) + "\n"


def wandb(columns: str = "{e}/f1") -> str:
    """The table of a W&B project: a run a row, a column for each emotion."""
    lines = ["Name,State,Runtime,architecture,loss,seed," + ",".join(columns.format(e=e) for e in EMOTIONS)]
    for k, (arch, loss, seed) in enumerate(RUNS):
        numbers = ",".join(value(k, e) for e in range(3))
        lines.append(f'"run-{k}","finished",{k * 10},{arch},{loss},{seed},{numbers}')
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "metric", ["metrics.f1", "metrics.val/f1", "metrics.test_f1", "val/f1_score", "summary/F1-Score", "test.f1"]
)
def test_names_of_trackers_are_recognised(metric: str) -> None:
    table = read_table(mlflow(metric).encode())
    assert len(table) == 24 and table.metrics == ("f1",)
    assert set(table.factors) == {"architecture", "loss"}
    assert (f"f1 was read from {metric}." in table.note) == ("val" in metric or "test" in metric)
    assert len(repeated_measures(table, "f1", "emotion"))


def test_test_data_come_before_validation_data_and_training_is_never_taken() -> None:
    columns = ["train/f1", "val/f1", "test/f1", "val/accuracy", "train_recall", "validation_split"]
    assert suggest_mapping(columns) == {"f1": "test/f1", "accuracy": "val/accuracy"}
    assert suggest_mapping(["f1", "test/f1"]) == {"f1": "f1"}


@pytest.mark.parametrize("columns", ["{e}/f1", "f1_{e}", "val/f1/{e}", "metrics.{e}.f1", "test_{e}_f1-score"])
def test_a_column_for_each_emotion_becomes_a_row_and_is_said(columns: str) -> None:
    table = read_table(wandb(columns).encode())
    assert len(table) == 24 and table.metrics == ("f1",)
    assert "Of 3 emotions each had columns of its own" in table.note
    row = table.frame.query("architecture == 'lstm' and loss == 'advanced' and replicate == 1")
    assert dict(zip(row["emotion"], row["f1"], strict=True)) == {e: float(value(7, k)) for k, e in enumerate(EMOTIONS)}
    assert len(anova(table, "f1", ["emotion"]))


def test_columns_of_several_metrics_and_with_decimal_commas() -> None:
    text = "architecture;seed;f1_anger;f1_fear;recall_anger;recall_fear\n"
    text += "gru;0;0,5;0,6;0,7;0,8\nlstm;0;0,4;0,3;0,2;0,1\n"
    table = read_table(text.encode())
    assert len(table) == 4 and set(table.metrics) == {"f1", "recall"}
    assert table.frame["recall"].sum() == pytest.approx(1.8)


def test_emotions_as_columns_without_a_metric_say_how() -> None:
    with pytest.raises(TableError, match=r"none says of which metric \(row 1\): name them f1_anger, f1_fear"):
        read_table(wandb("{e}").encode())
    with pytest.raises(TableError, match="two columns hold f1 of anger: f1_anger and anger_f1"):
        read_table(b"architecture,f1_anger,anger_f1\ngru,1,1\n")


def test_a_row_for_each_metric_as_our_own_export_writes_it() -> None:
    rows = ["condition,architecture,tuning,loss,emotion,metric,value,low,high,n"]
    for k, (arch, emotion, metric) in enumerate(
        itertools.product(("gru", "lstm"), EMOTIONS, ("f1", "recall", "duration"))
    ):
        rows.append(f"c,{arch},predefined,standard,{emotion},{metric},{value(k)},0,1,9")
    table = read_table("\n".join(rows).encode())
    assert len(table) == 6 and set(table.metrics) == {"f1", "recall"}
    assert "Left out, for no analysis takes them: 6 rows of 'duration'." in table.note
    with pytest.raises(TableError, match=r"two rows give f1 of the same evaluation \(rows 2 and 3\)"):
        read_table("\n".join([*rows[:2], *rows[1:]]).encode())
    with pytest.raises(TableError, match="no row holds a metric that is known"):
        read_table(b"architecture,emotion,metric,value\ngru,fear,loss,1\n")


@pytest.mark.parametrize("empty", ["", "NaN", "None", "null", "-"])
def test_a_run_that_failed_is_left_out_and_named(empty: str) -> None:
    lines = mlflow().splitlines()
    lines[5] = lines[5].replace("FINISHED", "FAILED").replace(value(4, 1), empty)
    table = read_table("\n".join(lines).encode())
    assert len(table) == 23
    assert "Row 6 without a metric (of a run that failed, perhaps) left out." in table.note


def test_several_failed_runs_of_a_wide_table_and_one_that_is_half_there() -> None:
    lines = wandb().splitlines()
    for k in (1, 4):
        lines[k] = ",".join([*lines[k].split(",")[:6], "", "", ""])
    table = read_table("\n".join(lines).encode())
    assert len(table) == 18 and "2 rows, 2, 5 without a metric" in table.note
    two = "architecture,emotion,f1,recall\ngru,fear,0.5,0.5\nlstm,fear,,0.5\n"
    with pytest.raises(TableError, match=r"a value is missing \(row 3, column f1\)"):
        read_table(two.encode())
    with pytest.raises(TableError, match="no row holds a metric"):
        read_table(b"architecture,emotion,f1\ngru,fear,\nlstm,fear,\n")


def test_infinity_is_no_count_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    with pytest.raises(TableError, match=r"inf is not a count \(row 2, column tp\)"):
        read_table(b"architecture,emotion,tp,fp,fn,tn\ngru,fear,inf,1,1,1\n")
    assert not [w for w in recwarn if issubclass(w.category, RuntimeWarning)]


# --- limits of analyses ----------------------------------------------------------------------------


def levels(number: int, replicates: int = 2) -> Evaluations:
    """A table whose architecture has that many levels."""
    generator = np.random.default_rng(0)
    rows = [
        (f"a{k}", e, r, generator.uniform(0.5, 0.9)) for k in range(number) for e in EMOTIONS for r in range(replicates)
    ]
    frame = pd.DataFrame(rows, columns=["architecture", "emotion", "replicate", "f1"])
    return evaluations(frame, "many levels", "table", "")


def test_many_levels_are_refused_before_work_begins() -> None:
    with pytest.raises(TableError, match=r"300 levels of architecture make 44,850 comparisons, more than 2,000"):
        pairwise(levels(300))
    with pytest.raises(TableError, match="the factors make 600 conditions: 500 are allowed"):
        anova(levels(600), "f1", ["emotion"])
    with pytest.raises(TableError, match=r"a mixed model of 300 columns .* is too large"):
        mixed_model(levels(300), "f1", "emotion")
    with pytest.raises(TableError, match=r"20,000 levels of replicate .* is too large"):
        mixed_model(levels(2, 20_000), "f1", "replicate")
    assert MOST_COMPARISONS >= 63 * 62 // 2


@pytest.mark.parametrize("draws", [0, 98, 10**7, 2**70])
def test_draws_have_bounds(draws: int) -> None:
    with pytest.raises(Exception, match=DRAWS.words):
        permutation_within(levels(2), "f1", permutations=draws)


def test_the_file_is_named_where_one_is_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_bytes(b"architecture,emotion,f1\ngru,fear,x\n")
    with pytest.raises(TableError, match=r"'x' is not a number \(mine.csv, row 2, column f1\)"):
        read_table(file)
