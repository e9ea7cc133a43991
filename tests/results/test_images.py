"""An image experiment's rows are scikit-learn's on the stored predictions; its notes say what befell it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from image_study_samples import EMOTIONS, ID, SLUGS, N, network, record, said, stored

from fer_core.base.errors import StoreError
from fer_core.results.images.study import curves, load_image_study, rows, train_accuracy
from fer_core.store.records import CellRecord
from fer_core.store.store import Store

metrics = pytest.importorskip("sklearn.metrics")


def test_each_row_is_what_scikit_learn_finds() -> None:
    stored()
    table = rows(load_image_study(ID))
    assert [r["condition"] for r in table] == list(SLUGS)
    for r in table:
        p = [x for seed in (0, 1) for x in said(r["condition"], seed)]
        true = [x.emotion for x in p]
        one = [EMOTIONS[int(np.argmax(x.probabilities))] for x in p]
        assert r["n"] == 2 * N
        assert r["accuracy"] == pytest.approx(metrics.accuracy_score(true, one), abs=1e-6)
        assert r["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(true, one), abs=1e-6)
        assert r["macro_f1"] == pytest.approx(metrics.f1_score(true, one, average="macro"), abs=1e-6)
        assert r["accuracy_low"] < r["accuracy"] < r["accuracy_high"]
        assert (r["minutes"], r["epochs"], r["seeds"], r["folds"]) == (3.0, 3.0, 2, 1)
        assert r["warnings"] == []
    assert table[0]["balancing"] == "none" and table[1]["balancing"] == "simple"
    assert table[0]["protocol"] == "official split, tested on its validation part"


def test_the_learning_curve_of_every_training() -> None:
    stored()
    found = curves(load_image_study(ID), SLUGS[0])
    assert [(r["seed"], r["epoch"], r["best"]) for r in found] == [
        (seed, epoch, epoch == 2) for seed in (0, 1) for epoch in (1, 2, 3)
    ]
    assert {"train", "validation", "accuracy", "rate", "seconds"} <= set(found[0])


def test_a_condition_without_results_has_no_row() -> None:
    with Store() as store:
        store.add_experiment(record())
        store.add_cell(ID, CellRecord(SLUGS[0], 0, 0, "done", 9, N, 1.0, {"network": network()}), said(SLUGS[0], 0))
        store.add_cell(ID, CellRecord(SLUGS[1], 0, 0, "failed", 9, N, 1.0, error="the loss is no number any more."))
    study = load_image_study(ID)
    assert [r["condition"] for r in rows(study)] == [SLUGS[0]]
    assert study.result(SLUGS[1]) is None
    assert study.notes == [f"{SLUGS[1]}, seed 0, fold 1 failed: the loss is no number any more."]


def test_what_befell_it_is_told() -> None:
    leak = {"rule": "near-duplicate", "what": "nearly the same face", "where": "in the one split"}
    corpus = dict(record().corpus) | {"omissions": [{"where": "a.jpg", "why": "it is cut off", "fix": ""}] * 25}
    provenance = {"leaks": [leak], "copies": {"words": "4 of 60 are copies."}}

    def beside(cell: CellRecord) -> CellRecord:
        return replace(cell, fits={"network": network(notes=["no checkpoint could be written."])})

    stored(cells=beside, corpus=corpus, provenance=provenance)
    notes = load_image_study(ID).notes
    assert notes[0] == "4 of 60 are copies."
    assert notes[1] == "nearly the same face (in the one split): accepted by name."
    assert notes[2] == "left out: a.jpg: it is cut off."
    assert notes[22].startswith("left out: 5 more: ")
    assert notes[23:] == ["no checkpoint could be written."], "told once, not by every cell"


def test_older_records_without_notes_are_read() -> None:
    corpus = {k: v for k, v in record().corpus.items() if k != "omissions"}
    bare = {k: v for k, v in network().items() if k not in ("notes", "train_accuracy")}
    stored(cells=lambda c: replace(c, fits={"network": bare}), corpus=corpus, provenance={"leaks": []})
    study = load_image_study(ID)
    assert study.notes == []
    assert train_accuracy(study.cells_of(SLUGS[0])) is None
    assert len(rows(study)) == 2


def test_a_test_side_better_than_the_training_side_is_doubted() -> None:
    stored(cells=lambda c: replace(c, fits={"network": network(train_accuracy=0.3)}))
    for r in rows(load_image_study(ID)):
        assert len(r["warnings"]) == 1 and "training side (0.300)" in r["warnings"][0]


def test_the_ceiling_is_that_of_the_corpus_and_its_labels() -> None:
    """80 % of three emotions breaks no ceiling of seven."""
    stored(corpus=dict(record().corpus) | {"name": "fer2013_train_public"})
    assert all(r["warnings"] == [] for r in rows(load_image_study(ID)))


def test_an_unknown_id_is_said() -> None:
    stored()
    with pytest.raises(StoreError):
        load_image_study("images-20000101-000000")
