"""Where each planned cell stands."""

from __future__ import annotations

from study_samples import FACTORS, made_cell, made_record, made_trial

from fer_core.results.plan import cell_plans
from fer_core.store.records import CellKey

SEARCHED, FITTED = ("gru", "bayesian", "advanced"), ("lstm", "predefined", "standard")


def test_every_planned_cell_is_there_in_the_order_of_work() -> None:
    record = made_record()
    plans = cell_plans(record.design, (), ())
    assert len(plans) == record.planned == 8 * 2 * 3
    assert {p.state for p in plans} == {"waiting"}
    assert [p.key.condition for p in plans[:8]] == ["-".join(levels) for levels in FACTORS]
    assert [(p.key.seed, p.key.fold) for p in plans[::8]] == [(s, f) for s in (0, 1) for f in range(3)]


def test_what_is_stored_decides_the_state() -> None:
    design = made_record(factors=(SEARCHED, FITTED), seeds=(0,)).design
    cells = [
        made_cell(fold=0, seconds=7.5, n_test=9),
        made_cell("lstm-predefined-standard", fold=1, state="failed", error="the loss is NaN"),
        made_cell(seed=5),  # of no planned seed
    ]
    trials = [made_trial(fold=f, emotion=e, number=n) for f in (0, 1) for e in ("anger", "fear") for n in (0, 1)]
    found = {p.key: p for p in cell_plans(design, cells, trials)}
    assert len(found) == 6
    done = found[CellKey("gru-bayesian-advanced", 0, 0)]
    assert (done.state, done.trials, done.seconds, done.n_test) == ("done", 4, 7.5, 9)
    assert done.searched == 6 * 50, "emotions times evaluations"
    assert found[CellKey("gru-bayesian-advanced", 0, 1)].state == "begun"
    assert found[CellKey("gru-bayesian-advanced", 0, 2)].state == "waiting"
    failed = found[CellKey("lstm-predefined-standard", 0, 1)]
    assert (failed.state, failed.error, failed.searched) == ("failed", "the loss is NaN", 0)


def test_a_hold_out_has_one_cell_per_condition_and_seed() -> None:
    design = dict(made_record(factors=(FITTED,)).design)
    design["base"] = {**design["base"], "protocol": "subject-holdout"}
    assert len(cell_plans(design, (), ())) == 2
