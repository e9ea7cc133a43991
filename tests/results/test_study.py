"""A study's tables against scikit-learn and plain loops over the predictions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from study_samples import (
    FACTORS,
    FOLDS,
    ID,
    SEEDS,
    SLUGS,
    TRIALS,
    fill,
    made_cell,
    made_clips,
    made_predictions,
    made_record,
    made_trial,
    one,
)

from fer_core.base.emotions import SIX
from fer_core.base.errors import StoreError
from fer_core.results import study as found
from fer_core.results.metrics import BINARY, WHOLE, evaluate
from fer_core.results.study import Study, load_study
from fer_core.store.store import Store

Load = Callable[..., Study]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The whole made-up study."""
    with Store(tmp_path_factory.mktemp("store") / "s.sqlite") as store:
        fill(store)
        return load_study(store, ID)


# --- loading ------------------------------------------------------------------------------------------


def test_every_prediction_is_a_row(study: Study) -> None:
    clips = made_clips()
    assert len(study.predictions) == len(SLUGS) * len(SEEDS) * len(clips)
    assert list(study.predictions.columns) == [
        "condition",
        "architecture",
        "tuning",
        "loss",
        "seed",
        "fold",
        "clip",
        "subject",
        "emotion",
        *(f"out_{e}" for e in SIX),
        *(f"p_{e}" for e in SIX),
    ]
    said = made_predictions(SLUGS[5], 1, 2)[3]
    row = one(study.predictions, condition=SLUGS[5], seed=1, clip=said.clip)
    assert (row.fold, row.subject, row.emotion) == (2, said.subject, said.emotion)
    assert [row[f"out_{e}"] for e in SIX] == said.outputs
    assert [row[f"p_{e}"] for e in SIX] == said.probabilities
    assert (row.architecture, row.tuning, row.loss) == FACTORS[5]


def test_it_knows_its_design(study: Study) -> None:
    assert (study.conditions, study.tested, study.seeds, study.emotions) == (SLUGS, SLUGS, SEEDS, SIX)
    assert study.protocol == "subject-independent 3-fold"
    assert study.objective == "Loss on inner folds"


def test_what_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as store, pytest.raises(StoreError, match="no such experiment"):
        load_study(store, ID)


# --- metrics ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("reading", "prefix"), [("outputs", "out_"), ("probabilities", "p_")])
def test_numbers_of_each_emotion_are_scikit_learns(study: Study, reading: str, prefix: str) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    table = found.per_emotion(study, reading)
    assert len(table) == len(SLUGS) * len(SIX) * len(BINARY)
    for slug in (SLUGS[0], SLUGS[7]):
        rows = study.predictions[study.predictions["condition"] == slug]
        for emotion in SIX:
            y, yes = rows["emotion"] == emotion, rows[prefix + emotion] > 0.5
            expected = {
                "accuracy": metrics.accuracy_score(y, yes),
                "f1": metrics.f1_score(y, yes),
                "precision": metrics.precision_score(y, yes),
                "recall": metrics.recall_score(y, yes),
                "specificity": metrics.recall_score(~y, ~yes),
            }
            tn, fp, fn, tp = metrics.confusion_matrix(y, yes).ravel()
            for metric, value in expected.items():
                row = one(table, condition=slug, emotion=emotion, metric=metric)
                assert row["value"] == pytest.approx(value, abs=1e-6)
                assert (row.tp, row.fp, row.fn, row.tn) == (tp, fp, fn, tn)


def test_numbers_of_each_condition_are_scikit_learns(study: Study) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    table = found.per_condition(study)
    binary = found.per_emotion(study)
    assert len(table) == len(SLUGS) * len(WHOLE)
    for slug in SLUGS:
        rows = study.predictions[study.predictions["condition"] == slug]
        said = np.array(SIX)[rows[[f"out_{e}" for e in SIX]].to_numpy().argmax(axis=1)]
        expected = {
            "accuracy": metrics.accuracy_score(rows["emotion"], said),
            "balanced_accuracy": metrics.balanced_accuracy_score(rows["emotion"], said),
            "macro_f1": metrics.f1_score(rows["emotion"], said, average="macro"),
        }
        for name in BINARY:
            part = binary[(binary["condition"] == slug) & (binary["metric"] == name)]
            expected[f"mean_binary_{name}"] = part["value"].mean()
        for metric, value in expected.items():
            assert one(table, condition=slug, metric=metric)["value"] == pytest.approx(value, abs=1e-5)


def test_every_number_has_an_interval_and_its_n(study: Study) -> None:
    clips = made_clips()
    for table in (found.per_emotion(study), found.per_condition(study, "probabilities")):
        assert (table["low"] <= table["high"]).all()
        assert ((table["low"] <= table["value"] + 0.03) & (table["value"] <= table["high"] + 0.03)).all()
        sizes = table[["n", "subjects", "seeds", "tests"]].drop_duplicates().to_numpy().tolist()
        assert sizes == [[len(clips), 18, 2, 2 * len(clips)]]
    folds = found.per_condition(study)[["folds_done", "folds_failed", "folds_planned"]].drop_duplicates()
    assert folds.to_numpy().tolist() == [[FOLDS * len(SEEDS), 0, FOLDS * len(SEEDS)]]


def test_more_seeds_are_not_more_people(study: Study, tmp_path: Path) -> None:
    """The same answers in three seeds: the same intervals as in one, not narrower ones."""
    factors = FACTORS[:1]
    same = (made_predictions(SLUGS[0], 0, 0), made_predictions(SLUGS[0], 0, 1), made_predictions(SLUGS[0], 0, 2))
    tables = []
    for seeds in ((0,), (0, 1, 2)):
        with Store(tmp_path / f"{len(seeds)}.sqlite") as store:
            store.add_experiment(made_record(factors=factors, seeds=seeds))
            for seed in seeds:
                for fold, predictions in enumerate(same):
                    store.add_cell(ID, made_cell(SLUGS[0], seed, fold, n_test=len(predictions)), predictions)
            tables.append(found.per_emotion(load_study(store, ID)))
    alone, repeated = tables
    for name in ("value", "low", "high", "n", "subjects"):
        np.testing.assert_allclose(repeated[name], alone[name], atol=1e-6, err_msg=name)
    assert repeated["tests"].tolist() == (3 * alone["tests"]).tolist()
    assert repeated["tp"].tolist() == (3 * alone["tp"]).tolist()
    certain = alone[alone["value"] == 1]
    assert len(certain) and (certain["low"] < 0.97).all(), "Wilson's interval counts clips, not tests"


def test_a_subjects_clips_of_all_seeds_are_drawn_together(study: Study) -> None:
    """Against a loop that draws subjects with all their rows."""
    rows = study.predictions[study.predictions["condition"] == SLUGS[0]]
    said = np.array(SIX)[rows[[f"out_{e}" for e in SIX]].to_numpy().argmax(axis=1)]
    right = [(said == rows["emotion"])[rows["subject"] == s].to_numpy() for s in rows["subject"].unique()]
    generator = np.random.default_rng(5)
    means = []
    for _ in range(4000):
        drawn = np.concatenate([right[i] for i in generator.integers(0, len(right), len(right))])
        means.append(drawn.mean())
    row = one(found.per_condition(study), condition=SLUGS[0], metric="accuracy")
    assert [row["low"], row["high"]] == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.03)


def test_only_chosen_conditions(study: Study) -> None:
    table = found.per_emotion(study, conditions=[SLUGS[2], SLUGS[1]])
    assert list(dict.fromkeys(table["condition"])) == [SLUGS[1], SLUGS[2]]


def test_replicates_pool_folds_and_keep_seeds(study: Study) -> None:
    table = found.replicates(study)
    assert len(table) == len(SLUGS) * len(SEEDS) * len(SIX) * len(BINARY)
    part = study.predictions[(study.predictions["condition"] == SLUGS[3]) & (study.predictions["seed"] == 1)]
    whole = evaluate(
        part["emotion"].to_numpy(dtype=str),
        part[[f"out_{e}" for e in SIX]].to_numpy(),
        part["subject"].to_numpy(dtype=str),
        SIX,
    )
    row = one(table, condition=SLUGS[3], seed=1, emotion="sadness", metric="recall")
    assert row["value"] == whole["per_emotion"]["sadness"]["recall"]
    assert row["n"] == len(made_clips()) == row.tp + row.fp + row.fn + row.tn
    assert (row.architecture, row.tuning, row.loss) == FACTORS[3]


def test_what_was_planted_is_found(study: Study) -> None:
    """The advanced loss finds more of the rare emotions, and calls more other clips so."""
    table = found.replicates(study)
    rare = table[table["emotion"].isin(["fear", "sadness"])]
    means = rare.groupby(["metric", "loss"])["value"].mean()
    assert means["recall", "advanced"] > means["recall", "standard"] + 0.1
    assert means["specificity", "advanced"] < means["specificity", "standard"] - 0.1
    common = table[~table["emotion"].isin(["fear", "sadness"])].groupby(["metric", "loss"])["value"].mean()
    assert common["recall", "advanced"] == pytest.approx(common["recall", "standard"], abs=0.06)


def test_confusion_matrices_and_the_clips_behind_them(study: Study) -> None:
    for reading in ("outputs", "probabilities"):
        counts = found.confusion(study, SLUGS[4], reading)
        assert counts.sum() == 2 * len(made_clips())
        for i, labelled in enumerate(SIX):
            for j, classified in enumerate(SIX):
                behind = found.items(study, SLUGS[4], reading, labelled, classified)
                assert len(behind) == counts[i, j]
                assert set(behind["emotion"]) <= {labelled} and set(behind["classified"]) <= {classified}
    assert found.confusion(study, SLUGS[4], seeds=[1]).sum() == len(made_clips())
    everything = found.items(study, SLUGS[4])
    assert list(everything.columns[:6]) == ["seed", "fold", "clip", "subject", "emotion", "classified"]
    top = everything[list(SIX)].to_numpy().argmax(axis=1)
    assert everything["classified"].tolist() == [SIX[k] for k in top]


def test_baselines_need_no_face(study: Study) -> None:
    counts = pd.Series([c[2] for c in made_clips()]).value_counts()
    assert found.baselines(study) == {
        "accuracy": pytest.approx(counts.max() / counts.sum()),
        "balanced_accuracy": pytest.approx(1 / 6),
        "mean_binary_accuracy": pytest.approx(5 / 6),
    }


# --- unfinished studies -------------------------------------------------------------------------------


@pytest.fixture
def unfinished(tmp_path: Path) -> Study:
    """One cell done, one failed, nothing else."""
    with Store(tmp_path / "s.sqlite") as store:
        store.add_experiment(made_record())
        store.add_cell(ID, made_cell(SLUGS[1], 0, 0), made_predictions(SLUGS[1], 0, 0))
        store.add_cell(ID, made_cell(SLUGS[1], 0, 1, state="failed", fits={}, error="NaN"))
        return load_study(store, ID)


def test_an_unfinished_study_shows_what_there_is(unfinished: Study) -> None:
    assert unfinished.tested == (SLUGS[1],)
    row = one(found.per_condition(unfinished), metric="accuracy")
    assert (row.condition, row.folds_done, row.folds_failed, row.folds_planned) == (SLUGS[1], 1, 1, 6)
    assert row.n == row.tests == len(made_predictions(SLUGS[1], 0, 0))
    assert found.confusion(unfinished, SLUGS[0]).sum() == 0
    assert len(found.items(unfinished, SLUGS[0])) == 0
    failed = found.classifier_table(unfinished)
    assert one(failed, state="failed")["error"] == "NaN"


def test_a_study_of_which_nothing_is_done_has_empty_tables(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as store:
        store.add_experiment(made_record())
        nothing = load_study(store, ID)
    tables = [found.per_emotion(nothing), found.per_condition(nothing), found.replicates(nothing)]
    tables += [found.convergence([]), found.best_trials([]), found.trial_table([]), found.classifier_table(nothing)]
    assert [len(t) for t in tables] == [0] * 7
    assert {"condition", "value", "low", "high"} <= set(tables[1].columns)
    assert nothing.tested == ()


# --- fits and searches --------------------------------------------------------------------------------


def test_curves_of_a_condition(study: Study) -> None:
    lines = found.curves(study, SLUGS[2])
    assert len(lines) == len(SEEDS) * FOLDS * len(SIX)
    cell = made_cell(SLUGS[2], 1, 0)
    line = next(c for c in lines if (c["seed"], c["fold"], c["emotion"]) == (1, 0, "fear"))
    assert line["train"] == cell.fits["fear"]["train"]
    assert line["val"] == cell.fits["fear"]["validation"]
    assert (line["loss"], line["best_epoch"]) == ("focal", 7)
    assert {c["seed"] for c in found.curves(study, SLUGS[2], seeds=[1])} == {1}


def test_classifiers_are_rows(study: Study) -> None:
    table = found.classifier_table(study)
    assert len(table) == len(SLUGS) * len(SEEDS) * FOLDS * len(SIX)
    row = one(table, condition=SLUGS[0], seed=1, fold=2, emotion="fear")
    assert (row["loss"], row["trained_with"], row["alpha"], row["gamma"]) == ("advanced", "focal", 0.75, 2)
    assert (row["F"], row["parameters"], row["n_test"]) == (32, 20000, len(made_predictions(SLUGS[0], 1, 2)))


def test_the_best_so_far_never_rises_and_survives_failures(study: Study) -> None:
    steps = found.convergence(study.trials)
    assert len(steps) == len(study.trials)
    for _, search in steps.groupby(["condition", "seed", "fold", "emotion"]):
        values, best = search["value"].tolist(), search["best"].tolist()
        assert search["number"].tolist() == list(range(TRIALS))
        for k in range(TRIALS):
            done = [v for v in values[: k + 1] if not np.isnan(v)]
            assert best[k] == min(done)
    failed = steps[steps["state"] == "failed"]
    assert set(failed["emotion"]) == {"fear"} and failed["value"].isna().all()


def test_a_search_that_begins_with_a_failure_has_no_best_yet() -> None:
    trials = [
        made_trial(number=1, value=0.5),
        made_trial(number=0, state="failed", value=None, folds=[]),
        made_trial(number=2, value=0.75),
        made_trial(emotion="fear", number=0, value=0.25),
    ]
    steps = found.convergence(trials)
    assert steps["number"].tolist() == [0, 1, 2, 0]
    np.testing.assert_array_equal(steps["best"], [np.nan, 0.5, 0.5, 0.25])


def test_best_trials(study: Study) -> None:
    table = found.best_trials(study.trials)
    assert len(table) == 4 * len(SEEDS) * FOLDS * len(SIX)
    mine = [t for t in study.trials if (t.cell, t.emotion) == ((SLUGS[0], 1, 2), "fear")]
    best = min((t for t in mine if t.value is not None), key=lambda t: t.value)
    row = one(table, condition=SLUGS[0], seed=1, fold=2, emotion="fear")
    assert (row["number"], row["value"], row["F"], row["Q"], row["R"]) == (
        best.number,
        best.value,
        best.settings["F"],
        best.settings["Q"],
        best.settings["R"],
    )
    assert (row["trials"], row["failed"], row["seconds"]) == (TRIALS, 1, pytest.approx(0.8 * TRIALS))


def test_a_search_of_failures_alone_has_no_best_trial() -> None:
    lost = [made_trial(number=k, state="failed", value=None, folds=[]) for k in range(3)]
    assert len(found.best_trials(lost)) == 0
