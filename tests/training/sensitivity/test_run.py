"""The sensitivity study's own fits: the same as training each loss alone, blind inside, stoppable."""

from __future__ import annotations

import json
import shlex
import time
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest
from experiment_samples import RARE
from samples import demo_part, made_set, tiny
from sensitivity_samples import die

from fer_core import runs
from fer_core.base.errors import Cancelled, SettingError, TrainingError
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.losses.grid import FOCAL, PLAIN, QUICK, WEIGHTED, Grid
from fer_core.models.forward import sigmoid
from fer_core.studies.sensitivity import fits as sensitivity_fits
from fer_core.studies.sensitivity import jobs as sensitivity_jobs
from fer_core.studies.sensitivity import run as sensitivity
from fer_core.studies.sensitivity.fits import FitTask, run_fits
from fer_core.studies.sensitivity.fold_outputs import filled
from fer_core.studies.sensitivity.loss_outputs import from_arrays, read
from fer_core.studies.sensitivity.results import read_sensitivity
from fer_core.studies.sensitivity.run import Order, forecast, plan, run_sensitivity
from fer_core.study.conditions import SearchSettings
from fer_core.training.engine.shared_data import DataRef, publish
from fer_core.training.landmarks.fit import fit_recogniser, imbalance_ratios
from fer_core.training.landmarks.tasks import fit_seed
from fer_core.training.protocols import inner_folds, make_splits

GRID = Grid((1.0, 3.0), (3.5, 11.5), (0.5, 2.0), (0.5, 0.75))
"""In `uneven` anger is rare enough for the focal loss at the lower severe threshold."""


def uneven() -> LandmarkSet:
    """12 subjects, half of whom show anger: its ratio is about 4, the others' 1.5."""
    landmarks = made_set(subjects=12)
    some = np.isin(landmarks.subject, ["P00", "P02", "P05", "P07", "P09", "P10"])
    return landmarks.take((landmarks.emotion != "anger") | some)


def condition(**changes: object):  # type: ignore[no-untyped-def]
    return tiny(ensemble=1, search=SearchSettings(inner_folds=2), **changes)


def tasks_of(landmarks: LandmarkSet, order: Order, folder: Path) -> tuple[list[FitTask], list, list]:
    splits = make_splits(landmarks, order.condition)
    inner = [inner_folds(landmarks, s.train, order.condition, s.fold) for s in splits]
    data = publish(landmarks, folder)
    return list(plan(landmarks, data, order, splits, inner)), splits, inner


@pytest.mark.slow
def test_the_studys_own_point_is_what_an_experiment_trains(tmp_path: Path) -> None:
    """With the seeds of a cell, the looked-up losses put out what `fit_recogniser` puts out, also read."""
    landmarks, c = uneven(), condition()
    order = Order("made", c, GRID, again=0)
    tasks, splits, inner = tasks_of(landmarks, order, tmp_path)
    found = [(task, run_fits(task)) for task in tasks if task.inner < 0]
    outer, _, again = filled(landmarks, GRID, splits, inner, _without_inner(tasks, found))
    assert again is None
    verdicts = {r: read(outer, GRID.choices, r, c.evenness) for r in ("outputs", "probabilities")}
    for split in splits:
        training, test = landmarks.take(split.train), landmarks.take(split.test)
        fitted = fit_recogniser(training, c, fit_seed(c, split.fold))
        said = fitted.recogniser.log_odds(test)
        rows = outer.part == split.fold
        assert outer.clip[rows].tolist() == test.clip.tolist()
        for k, (emotion, ratio) in enumerate(imbalance_ratios(training, c).items()):
            assert outer.ratio[split.fold, k] == ratio
            own = GRID.own(ratio)
            assert GRID.choices(ratio)[own] == fitted.losses[emotion]
            np.testing.assert_allclose(outer.log_odds[own, rows, k], said[:, k], atol=2e-5)
            for reading, log_odds in (("outputs", said), ("probabilities", fitted.recogniser.implied(said))):
                expected = sigmoid(log_odds[:, k]) > 0.5
                assert (verdicts[reading].said[own, rows, k] == expected).all()


def _without_inner(tasks, found):  # type: ignore[no-untyped-def]
    """The found outputs, and for inner tasks their ratios without training anything."""
    empty = [
        (t, sensitivity_fits.Outputs(dict.fromkeys(t.condition.emotions, 1.0), [], np.zeros((0, 0)), []))
        for t in tasks
        if t.inner >= 0
    ]
    return [*found, *empty]


def test_each_loss_is_what_it_is_alone(tmp_path: Path) -> None:
    """A policy that gives every emotion a certain loss trains the same classifiers one by one."""
    landmarks, c = uneven(), condition()
    tasks, splits, _ = tasks_of(landmarks, Order("made", c, GRID, again=0), tmp_path)
    outer = [t for t in tasks if t.inner < 0 and t.fold == 1]
    found = {t.emotions[0]: run_fits(t) for t in outer}
    training, test = landmarks.take(splits[1].train), landmarks.take(splits[1].test)
    plain = fit_recogniser(training, replace(c, loss="standard"), fit_seed(c, 1))
    policies = {PLAIN: plain}
    policies[WEIGHTED] = fit_recogniser(
        training, replace(c, policy=replace(c.policy, moderate=0.01, severe=500.0)), fit_seed(c, 1)
    )
    policies[FOCAL + 1] = fit_recogniser(  # gamma 0.5, alpha 0.75
        training, replace(c, policy=replace(c.policy, moderate=0.01, severe=0.02, gamma=0.5)), fit_seed(c, 1)
    )
    for number, fitted in policies.items():
        said = fitted.recogniser.log_odds(test)
        for k, emotion in enumerate(c.emotions):
            outputs = found[emotion]
            column = outputs.columns.index((emotion, number))
            np.testing.assert_allclose(outputs.log_odds[:, column], said[:, k], atol=2e-5)
    assert not np.allclose(plain.recogniser.log_odds(test), policies[WEIGHTED].recogniser.log_odds(test))


def test_inner_tasks_hold_no_clip_of_the_test_side_and_only_losses_the_grid_can_give(tmp_path: Path) -> None:
    landmarks = uneven()
    order = Order("made", condition(), GRID, again=2)
    tasks, splits, _ = tasks_of(landmarks, order, tmp_path)
    test = {s.fold: set(s.test.tolist()) for s in splits}
    inside = [t for t in tasks if t.inner >= 0]
    assert len(inside) == 3 * 2 * 3
    for task in inside:
        assert not test[task.fold] & {*task.train.tolist(), *task.test.tolist()}
        people = set(landmarks.subject[task.train]), set(landmarks.subject[task.test])
        assert not people[0] & people[1]
    for task in inside[:6]:
        outputs = run_fits(task)
        assert [n for _, n in outputs.columns] == GRID.needed(outputs.ratios[task.emotions[0]])
        assert len(outputs.columns) == task.fits
    assert sum(bool(t.again) for t in tasks) == 3 * 2


def test_further_seeds_train_the_same_losses_otherwise(tmp_path: Path) -> None:
    landmarks = uneven()
    tasks, _, _ = tasks_of(landmarks, Order("made", condition(), GRID, again=2), tmp_path)
    one, two = (run_fits(t) for t in tasks if t.again and t.fold == 0)
    assert one.columns == two.columns == [(e, GRID.own(r)) for e, r in one.ratios.items()]
    assert np.abs(one.log_odds - two.log_odds).max() > 0.01


def test_a_loss_that_diverges_leaves_the_others_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks, _, _ = tasks_of(uneven(), Order("made", condition(), GRID, again=0), tmp_path)
    task = next(t for t in tasks if t.inner < 0 and t.emotions == ("anger",))
    before = run_fits(task)
    fit = sensitivity_fits.fit_stack

    def sometimes(prepared, c, emotions, losses, seed, settings):  # type: ignore[no-untyped-def]
        if any(loss.gamma == 2.0 and loss.alpha == 0.5 for loss in losses):
            raise TrainingError("the loss is no longer a number", where="epoch 1", fix="lower the rate")
        return fit(prepared, c, emotions, losses, seed, settings)

    monkeypatch.setattr(sensitivity_fits, "fit_stack", sometimes)
    after = run_fits(task)
    lost = FOCAL + 2
    assert np.isnan(after.log_odds[:, lost]).all()
    assert len(after.failed) == 1
    assert "anger" in after.failed[0] and "alpha 0.50, gamma 2.0" in after.failed[0]
    others = [n for n in range(GRID.losses) if n != lost]
    np.testing.assert_allclose(after.log_odds[:, others], before.log_odds[:, others], atol=2e-5)


@pytest.fixture(scope="module")
def corpus():  # type: ignore[no-untyped-def]
    return demo_part(subjects=16)


def small_order(**changes: object) -> Order:
    return Order("demo", condition(folds=2), replace(GRID, gamma=(2.0,)), again=1, **changes)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_whole_run_is_stored_read_and_does_not_depend_on_the_workers(corpus, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    steps: list[tuple[float, float]] = []
    order = small_order(workers=2)
    result = run_sensitivity(corpus, order, tmp_path, lambda d, t, _: steps.append((d, t)))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["outputs.npz", "result.json"]
    study = read_sensitivity(tmp_path / "result.json")
    assert study.plain == json.loads(json.dumps(result))
    assert study.emotions == order.condition.emotions
    assert (result["folds"], result["inner_folds"], result["failed"], result["leaks"]) == (2, 2, [], [])
    training = [(d, t) for d, t in steps if t == steps[-1][1]]
    assert training[-1][0] == training[-1][1] == result["fits"]
    assert [d for d, _ in training] == sorted(d for d, _ in training)
    with np.load(tmp_path / "outputs.npz", allow_pickle=False) as stored:
        kept = {k.removeprefix("outer_"): stored[k] for k in stored.files if k.startswith("outer_")}
    assert len(from_arrays(kept).clip) == result["n"]
    alone = run_sensitivity(corpus, replace(order, workers=1))
    volatile = {"seconds", "made", "provenance"}
    assert {k: v for k, v in alone.items() if k not in volatile} == {
        k: v for k, v in result.items() if k not in volatile
    }


def test_a_stop_ends_everything(corpus, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    order = small_order(workers=2)
    long = replace(order.condition, fit=replace(order.condition.fit, epochs=4000))
    asked: list[int] = []

    def progress(done: float, total: float, text: str) -> None:
        if text.startswith("Training") and total > 10:
            asked.append(len(active_children()))
            if asked[-1] == 2:
                raise Cancelled()

    with pytest.raises(Cancelled):
        run_sensitivity(corpus, replace(order, condition=long), tmp_path, progress)
    assert active_children() == [], "their fits would have taken minutes"
    assert list(tmp_path.iterdir()) == [], "no landmarks are left behind"


def test_a_task_that_keeps_killing_its_process_ends_the_run_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from fer_core.training.engine.engine import open_engine

    monkeypatch.setattr(sensitivity, "run_fits", die)
    empty = np.zeros(0, dtype=np.int64)
    task = FitTask(DataRef("", ""), condition(), GRID, 1, 0, 0, empty, empty, ("fear",), 5)
    with open_engine(workers=1) as engine, pytest.raises(TrainingError) as caught:
        sensitivity._carry_out(engine, [task], lambda *_: None)
    assert "died 3 times" in str(caught.value) and "fold 2, inner fold 1, fear" in str(caught.value)


def test_an_order_is_kept_as_plain_data_and_repeated_by_its_command() -> None:
    from fer_core.cli.main import parser
    from fer_core.cli.sensitivity import order_from

    usual = Order("some/where/pairs")
    assert usual.command() == "python -m fer_core sensitivity pairs"
    changed = replace(
        usual,
        grid=replace(QUICK, boundary=">="),
        again=2,
        allow=("near-duplicate",),
        condition=replace(
            usual.condition, folds=4, seed=3, emotions=("anger", "fear"), search=SearchSettings(inner_folds=2)
        ),
    )
    assert Order.from_json(json.loads(json.dumps(changed.to_json()))) == changed
    words = shlex.split(changed.command())[3:]
    repeated = order_from(parser().parse_args(words))
    assert repeated == replace(changed, corpus="pairs")
    assert shlex.split(replace(usual, corpus="a b").command("/data/a b"))[-1] == "/data/a b"
    with pytest.raises(SettingError):
        Order.from_json({"corpus": "x"})
    with pytest.raises(SettingError):
        replace(usual, again=-1)


def test_the_command_line_says_what_a_study_costs_and_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    from fer_core.cli.main import main

    assert main(["sensitivity", "demo", "--plan", "--quick", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["points"] == 11 * 11 * 3 * 3 and told["fits"] > 3 * 6 * 11 and told["seconds"] > 0
    for wrong in (["--alpha", "0.9,0.5"], ["--folds", "1"], ["--moderate", "12"], ["--order", "gone.json"]):
        assert main(["sensitivity", "demo", "--plan", *wrong]) == 1
        said = capsys.readouterr().err.strip()
        assert said.startswith("fer_core: ") and "Traceback" not in said


def test_the_forecast_counts_what_is_then_trained(corpus) -> None:  # type: ignore[no-untyped-def]
    order = small_order()
    counts = dict.fromkeys(order.condition.emotions, 30)  # ratios of 2, far from every threshold
    cost = forecast(order, counts)
    per_side = len(order.grid.needed(2.0))
    assert cost.fits == 2 * (3 * (order.grid.losses + 1) + 2 * 3 * per_side)
    assert cost.seconds > 0
    assert forecast(replace(order, condition=replace(order.condition, ensemble=3)), counts).fits == 3 * cost.fits


def test_runs_are_found_again_by_name(own_home: Path) -> None:
    folder = runs.new_run_folder(sensitivity_jobs.PREFIX)
    assert sensitivity_jobs.find(folder.name) is None, "nothing has begun"
    runs.RunFolder(folder)
    assert sensitivity_jobs.find(folder.name) == folder
    assert sensitivity_jobs.active() == folder
    for name in ("sensitivity-gone", "../runs", "train-1", "", None):
        assert sensitivity_jobs.find(name) is None
    assert sensitivity_jobs.order_of(folder) is None
    (folder / sensitivity_jobs.ORDER).write_text(json.dumps(Order("demo").to_json()))
    assert sensitivity_jobs.order_of(folder) == Order("demo")
    assert [s.name for s in sensitivity_jobs.sources() if s.is_run] == []


@pytest.mark.slow
def test_a_launched_study_goes_on_in_a_process_of_its_own(own_home: Path) -> None:
    quick = condition(folds=2, emotions=RARE, fit=replace(condition().fit, epochs=1))
    order = Order("demo", quick, replace(GRID, gamma=(2.0,)), again=0, workers=1)
    folder = sensitivity_jobs.launch(order)
    assert sensitivity_jobs.order_of(folder) == order
    end = time.monotonic() + 300
    while (status := runs.read_status(folder)).active and time.monotonic() < end:
        time.sleep(0.05)
    assert status.state == "done", (status, runs.read_log(folder))
    source = sensitivity_jobs.sources()[0]
    assert (source.name, source.is_run) == (folder.name, True)
    assert source.read().plain["command"].startswith("python -m fer_core sensitivity demo --folds 2 --inner-folds 2")
