"""The tables of a sensitivity study: lookups, the honest choice and the optimistic one, words and rows."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sensitivity_samples import EMOTIONS, GRID, made, made_study, sheet

from fer_core.base.emotions import SIX
from fer_core.base.errors import FerError
from fer_core.base.paths import assets_dir
from fer_core.losses.grid import FOCAL, PLAIN, WEIGHTED
from fer_core.losses.imbalance import LossPolicy
from fer_core.studies.sensitivity.loss_outputs import READINGS, measures, read
from fer_core.studies.sensitivity.results import read_sensitivity
from fer_core.studies.sensitivity.tables import ROW, choose, tabulate

EVENNESS = 0.5


def point_counts(outer, place, emotion: int, reading: str = "outputs") -> list[float]:  # type: ignore[no-untyped-def]
    """tp, fp, fn, tn at a point, its losses chosen fold by fold by the policy itself."""
    at = GRID.values(place)
    verdicts = read(outer, GRID.choices, reading, EVENNESS)
    policy = LossPolicy(at["moderate"], at["severe"], ">", at["gamma"])
    numbers = []
    for ratio in outer.ratio[:, emotion]:
        choice = policy.choose(float(ratio))
        choice = replace(choice, alpha=at["alpha"]) if choice.name == "focal" else choice
        numbers.append(GRID.number(choice))
    return verdicts.counts(emotion, np.array([numbers])).sum(axis=(0, 1)).tolist()


def test_every_point_of_the_grid_is_looked_up_right() -> None:
    study, outer = made_study(), sheet()
    for place in itertools.product(*map(range, GRID.shape)):
        for k, emotion in enumerate(EMOTIONS):
            for reading in READINGS if place == GRID.own_place else READINGS[:1]:
                cell = study.cell(emotion, reading, place)
                found = [cell.values[c] for c in ROW[:4]]
                assert found == point_counts(outer, place, k, reading), (place, emotion)


def test_a_plane_moves_two_numbers_and_leaves_the_others() -> None:
    study = made_study()
    at = (1, 2, 0, 1)
    plane = study.plane("fear", "outputs", ("gamma", "severe"), at)
    assert (len(plane), len(plane[0])) == (3, 2)
    for s, g in itertools.product(range(3), range(2)):
        assert plane[s][g] == study.cell("fear", "outputs", (1, s, g, 1))


def test_a_loss_given_to_every_emotion_leaves_the_thresholds_out() -> None:
    study, outer = made_study(), sheet()
    verdicts = read(outer, GRID.choices, "outputs", EVENNESS)
    for kind in (PLAIN, WEIGHTED, FOCAL):
        cells = {study.cell("happiness", "outputs", (m, s, 1, 2), kind).pattern for m in (0, 2) for s in (0, 2)}
        assert len(cells) == 1
    number = FOCAL + len(GRID.alpha) + 2
    counts = verdicts.counts(0, np.full((1, 3), number)).sum(axis=(0, 1))
    cell = study.cell("happiness", "outputs", (0, 0, 1, 2), FOCAL)
    assert [cell.values[c] for c in ROW[:4]] == counts.tolist()
    assert cell.words == "focal loss"


def test_words_say_in_how_many_folds() -> None:
    study = made_study()  # fear's ratios are 11, 12 and 13
    assert study.cell("fear", "outputs", (0, 0, 0, 0)).pattern == "fff"
    mixed = study.cell("fear", "outputs", (0, 1, 0, 0))  # severe 11.5
    assert mixed.pattern == "wff"
    assert mixed.words == "focal loss in 2 of 3 folds, weighted BCE in 1"


def test_which_thresholds_change_anything() -> None:
    study = made_study()  # happiness 0.4, disgust 3.2 to 3.4, fear 11 to 13
    assert [study.moved_by("moderate", e) for e in EMOTIONS] == [False, True, False]
    assert [study.moved_by("severe", e) for e in EMOTIONS] == [False, False, True]
    assert [study.reaches_focal(e) for e in EMOTIONS] == [False, False, True]
    assert study.ratios("fear") == (11.0, 13.0)


# --- the choice -----------------------------------------------------------------------------------


def planted(which: int, parts: int, seed: int):  # type: ignore[no-untyped-def]
    """A sheet on which one focal loss is always right for fear, the others no better than chance."""
    made = sheet(parts, seed=seed, ratios=tuple((0.4, 3.2, 13.0 + p) for p in range(parts)))
    truth = made.emotion == "fear"
    generator = np.random.default_rng(seed)
    made.log_odds[:, :, 2] = generator.normal(0, 1, made.log_odds.shape[:2])
    made.log_odds[FOCAL + which, :, 2] = np.where(truth, 3.0, -3.0)
    return made


def test_the_choice_follows_the_inner_folds_and_the_outer_ones_only_judge_it() -> None:
    inside = [planted(4, 2, seed=20 + k) for k in range(3)]  # gamma 2.0, alpha 0.75
    kind, cruel = planted(4, 3, seed=1), planted(0, 3, seed=2)
    for outer in (kind, cruel):
        tables = tabulate(outer, inside, None, GRID, EVENNESS)
        chosen = way(tables, "chosen")
        assert {(g, a) for _, _, g, a in chosen["places"]} == {(1, 1)}
        assert len(chosen["places"]) == len(chosen["equals"]) == 3
    assert way(tabulate(kind, inside, None, GRID, EVENNESS), "chosen")["per_emotion"]["fear"][4] == 1.0
    unkind = tabulate(cruel, inside, None, GRID, EVENNESS)
    assert way(unkind, "chosen")["per_emotion"]["fear"][4] < 0.9
    best = way(unkind, "best")
    assert best["places"][0][2:] == [0, 0], "the optimist sees where it is right"
    assert best["per_emotion"]["fear"][4] == 1.0
    assert best["mean"]["f1"][0] > way(unkind, "chosen")["mean"]["f1"][0]


def test_the_outer_sides_cannot_move_the_choice() -> None:
    inside = [sheet(2, seed=30 + k) for k in range(3)]
    one = tabulate(sheet(seed=1), inside, None, GRID, EVENNESS)
    poisoned = sheet(seed=1)
    poisoned.log_odds[:] = np.random.default_rng(9).normal(0, 9, poisoned.log_odds.shape)
    two = tabulate(poisoned, inside, None, GRID, EVENNESS)
    for reading in READINGS:
        for objective in ("f1", "recall"):
            first, second = (way(t, "chosen", reading, objective) for t in (one, two))
            assert first["places"] == second["places"]
            assert first["mean"] != second["mean"]


def test_the_best_on_the_test_side_is_never_worse_than_any_point() -> None:
    tables = made()
    for reading, objective in itertools.product(READINGS, ("f1", "recall")):
        best = way(tables, "best", reading, objective)["mean"][objective][0]
        study = made_study()
        for place in itertools.product(*map(range, GRID.shape)):
            mean = np.mean([study.cell(e, reading, place).values[objective] for e in EMOTIONS])
            assert best >= mean - 1e-4
        assert best >= way(tables, "chosen", reading, objective)["mean"][objective][0] - 1e-4


def test_among_equals_the_nearest_to_the_studys_own_point_is_chosen() -> None:
    flat = np.zeros(GRID.shape)
    assert choose(flat, GRID) == (GRID.own_place, flat.size)
    flat[2, 2] = 1.0
    place, equals = choose(flat, GRID)
    assert place == (2, 2, *GRID.own_place[2:]) and equals == 6
    flat[2, 2, 0, 0] = np.nan
    flat[2, 2, 1] = np.nan
    assert choose(flat, GRID) == ((2, 2, 0, 1), 2)


def test_differences_are_from_the_studys_own_point_and_paired() -> None:
    tables = made()
    own = way(tables, "own")
    assert own["difference"]["f1"] == [0.0, 0.0, 0.0]
    plain = way(tables, "plain")
    difference = plain["mean"]["f1"][0] - own["mean"]["f1"][0]
    value, low, high = plain["difference"]["f1"]
    assert value == pytest.approx(difference, abs=2e-4)
    assert low < value < high


def test_the_studys_own_point_uses_its_own_alpha() -> None:
    """Beyond a ratio of 12 equation 9 gives 0.8, whatever alpha the grid's point says."""
    outer = sheet()
    own = way(made(), "own")["per_emotion"]["fear"]
    numbers = [GRID.own(float(r)) for r in outer.ratio[:, 2]]
    assert numbers[0] == WEIGHTED and GRID.focal[numbers[2] - FOCAL] == (2.0, 0.8)
    counts = read(outer, GRID.choices, "outputs", EVENNESS).counts(2, np.array([numbers]))
    assert own[:4] == counts.sum(axis=(0, 1)).tolist()


def test_other_seeds_stand_beside_the_first() -> None:
    study = made_study()
    for reading in READINGS:
        for emotion in EMOTIONS:
            values = study.seeds(emotion, reading, "recall")
            assert len(values) == 4 and all(0 <= v <= 1 for v in values)
    again = sheet(layers=3, seed=5)
    fear = measures(
        np.array(
            [
                [
                    ((again.log_odds[0, :, 2] > 0) & (again.emotion == "fear")).sum(),
                    0,
                    ((again.log_odds[0, :, 2] <= 0) & (again.emotion == "fear")).sum(),
                    0,
                ]
            ],
            dtype=float,
        )
    )
    assert study.seeds("fear", "outputs", "recall")[1] == pytest.approx(fear["recall"][0], abs=1e-4)


def test_a_fit_that_failed_is_left_out_and_never_chosen() -> None:
    outer = sheet()
    outer.log_odds[FOCAL + 1, outer.part == 0, 2] = np.nan
    inside = [sheet(2, seed=40 + k) for k in range(3)]
    for one in inside:
        one.log_odds[FOCAL:, one.part == 0, 2] = np.nan
    tables = made(**tabulate(outer, inside, None, GRID, EVENNESS))
    json.dumps(tables, allow_nan=False)
    about = tables["per_emotion"]["fear"]
    rows = about["cells"]["outputs"][about["patterns"].index("fff")]
    assert rows[1] is None and rows[0] is not None
    for m, s, _, _ in way(tables, "chosen")["places"]:
        pattern = about["patterns"][about["which"][m][s]]
        assert pattern != "fff", "inside, every focal loss had failed in one part"


# --- kept and read --------------------------------------------------------------------------------


def test_rows_are_tidy_and_name_their_thresholds() -> None:
    rows = list(made_study().rows("outputs"))
    assert {r["emotion"] for r in rows} == set(EMOTIONS)
    for emotion in EMOTIONS:
        own = [r for r in rows if r["emotion"] == emotion]
        distinct = {r["loss_by_fold"]: r["thresholds"] for r in own}
        assert sum(distinct.values()) == 9, "each pair of thresholds leads to one pattern"
        assert {"bbb", "www", "fff"} <= set(distinct)
    fear = [r for r in rows if r["emotion"] == "fear" and r["loss_by_fold"] == "fff"]
    assert [(r["gamma"], r["alpha"]) for r in fear] == [(g, a) for g in GRID.gamma for a in GRID.alpha]


def test_spans_hold_every_value() -> None:
    study = made_study()
    values = [
        study.cell("fear", "outputs", (0, 0, g, a), FOCAL).values["recall"]
        for g, a in itertools.product(range(2), range(3))
    ]
    assert study.span("fear", "outputs", "recall") == (min(values), max(values))
    low, high = study.all_losses("fear", "outputs", "recall")
    plain = study.cell("fear", "outputs", (0, 0, 0, 0), PLAIN).values["recall"]
    assert low <= min(*values, plain) and high >= max(*values, plain)


def test_it_is_read_from_a_file_and_a_damaged_one_is_said(tmp_path: Path) -> None:
    file = tmp_path / "sensitivity.json"
    file.write_text(json.dumps(made()))
    assert read_sensitivity(file) == made_study()
    for wrong in ("", "[]", "{}", json.dumps(made() | {"grid": {"alpha": ["x"]}}), json.dumps({"grid": {}})):
        file.write_text(wrong)
        with pytest.raises(FerError):
            read_sensitivity(file)
    with pytest.raises(FerError):
        read_sensitivity(tmp_path / "gone.json")


def way(tables, name: str, reading: str = "outputs", objective: str = "f1"):  # type: ignore[no-untyped-def]
    """One way's numbers."""
    wanted = "" if name in ("plain", "own") else objective
    return next(w for w in tables["ways"] if (w["reading"], w["way"], w["objective"]) == (reading, name, wanted))


def test_what_ships_is_whole_small_and_holds_no_clip() -> None:
    file = assets_dir() / "study" / "sensitivity.json"
    study = read_sensitivity(file)
    text = file.read_text(encoding="utf-8")
    assert len(text) < 1_000_000
    assert not re.search(r"S\d{3}|/home|/work|/tmp|[.]png", text), "aggregates alone"
    assert (study.emotions, study.plain["n"], study.plain["subjects"]) == (SIX, 269, 100)
    assert study.plain["failed"] == study.plain["leaks"] == []
    assert study.plain["command"].startswith("python -m fer_core sensitivity ckplus_pairs --again 2")
    assert (study.grid.gamma[0], study.grid.gamma[-1]) == (0.5, 5.0)
    assert (study.grid.alpha[0], study.grid.alpha[-1]) == (0.5, 0.9)
    for reading, emotion in itertools.product(READINGS, SIX):
        for row in study.rows(reading):
            assert row["tp"] + row["fp"] + row["fn"] + row["tn"] == 269
        own = study.way(reading, "own")["per_emotion"][emotion]
        assert own[0] + own[2] == study.plain["per_emotion"][emotion]["clips"]
