"""The training benchmark: what it prints, that both ways give one result, and what it measures."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from samples import made_set

from fer_core.base.errors import SettingError, TrainingError
from fer_core.cli.main import main
from fer_core.efficiency.training import contenders
from fer_core.efficiency.training.contenders import Answer, measure
from fer_core.efficiency.training.speed import _exponent, compare, growth
from fer_core.efficiency.training.task import TrainingTask, load_task, make_task, save_task
from fer_core.losses.imbalance import LossChoice
from fer_core.models.weights import NetworkShape
from fer_core.study.conditions import FitSettings

Captured = pytest.CaptureFixture[str]


def small(**changes: object) -> TrainingTask:
    """Made-up numbers, two classifiers."""
    g = np.random.default_rng(0)
    x = g.normal(size=(50, 4, 7)).astype(np.float32)
    y = np.stack([x[:, -1, 0] > 0, x[:, -1, 0] <= 0], axis=1).astype(np.float32)
    losses = (LossChoice("bce"), LossChoice("focal", alpha=0.75, gamma=2.0))
    task = TrainingTask(
        x[:40],
        y[:40],
        x[40:],
        y[40:],
        losses,
        NetworkShape("gru", 4, 6, 5, 7),
        FitSettings(epochs=2, batch_size=16),
        seed=1,
    )
    return replace(task, **changes)  # type: ignore[arg-type]


def test_the_verb_prints_every_figure_and_both_ways_agree(capsys: Captured) -> None:
    words = "bench train demo --emotions surprise,fear --epochs 2 --repeats 1 --threads 1 --json"
    assert main(words.split()) == 0
    got = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert set(got) >= {
        "ratio",
        "ratio_range",
        "ratio_excluding_compile",
        "ratio_excluding_compile_range",
        "ratio_tf_data",
        "ratio_tf_data_excluding_compile",
        "accuracy",
        "equal",
        "seconds",
        "processor_seconds",
        "seconds_per_classifier_epoch",
        "floor",
        "peak_mb",
        "threads",
        "epochs",
        "repeats",
        "training_clips",
        "test_clips",
        "load_before",
        "synthetic",
        "corpus",
    }
    assert (got["threads"], got["epochs"], got["repeats"], got["classifiers"]) == (1, 2, 1, 2)
    assert got["synthetic"]
    assert got["equal"]["dropout"] == 0
    assert got["equal"]["largest_difference"] < 1e-3
    assert got["equal"]["accuracy"]["ours"] == got["equal"]["accuracy"]["tf-data"]
    seconds, floor = got["seconds"], got["floor"]
    assert got["ratio"] == pytest.approx(seconds["plain"]["median"] / seconds["ours"]["median"])
    for side in ("ours", "plain", "tf-data"):
        assert 0 <= got["accuracy"][side] <= 1
        assert got["peak_mb"][side] > 20
        # Whole is more than the epochs alone: starting, loading libraries and compiling are in it.
        assert seconds[side]["median"] > got["seconds_per_classifier_epoch"][side] * 2 * 2
    assert floor["times"] == pytest.approx(
        got["seconds_per_classifier_epoch"]["ours"] / floor["seconds_per_classifier_epoch"]
    )


def test_growth_has_a_row_for_every_size(capsys: Captured) -> None:
    words = ["bench", "train", "--emotions", "surprise,fear", "--epochs", "2", "--repeats", "1", "--grow"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in ("clips", "emotions", "replicates", "power", "peak memory"))
    got = growth(small(), threads=1, repeats=1)
    assert [r["size"] for r in got["clips"]] == [1, 2, 4]
    assert [r["size"] for r in got["emotions"]] == [1, 2]
    assert [r["size"] for r in got["replicates"]] == [1, 2, 3]
    assert set(got["exponent"]) == {"clips", "emotions", "replicates"}
    assert all(r["whole"] > r["training"] > 0 for r in got["clips"])


def test_the_exponent_is_the_slope_on_log_scales() -> None:
    rows = [{"size": n, "epoch": 0.3 * n**1.5} for n in (1, 2, 4)]
    assert _exponent(rows, "epoch") == pytest.approx(1.5)
    assert _exponent(rows[:1], "epoch") is None


def test_a_task_survives_its_file(tmp_path: Path) -> None:
    task = small(replicates=3)
    save_task(task, tmp_path / "task.npz")
    back = load_task(tmp_path / "task.npz")
    for name, value in vars(task).items():
        np.testing.assert_array_equal(getattr(back, name), value, err_msg=name)


def test_the_task_tests_on_other_people() -> None:
    """Nobody's clip is on both sides; every training clip is there twice, as it is and mirrored."""
    landmarks = made_set(subjects=9)
    task = make_task(landmarks, "lstm", epochs=3)
    assert (task.shape.architecture, task.settings.epochs, task.settings.dropout) == ("lstm", 3, 0.2)
    assert len(task.x) == 2 * (len(landmarks) - len(task.test_x))
    assert len(task.test_x) == len(landmarks) // 3  # three of nine subjects
    assert task.y.shape == (len(task.x), 3)
    assert (task.y.sum(axis=1) == 1).all()
    assert task.steps == -(-len(task.x) // 32)


def test_larger_tasks_are_what_they_say() -> None:
    task = small()
    assert len(task.enlarged(3).x) == len(task.enlarged(3).y) == 120
    assert task.of_first(1).y.shape == (40, 1)
    assert len(task.of_first(1).losses) == 1
    assert task.without_dropout().settings.dropout == 0
    assert [len(b) for b in task.batches(np.arange(40))] == [16, 16, 8]


def test_memory_is_the_childs_own(tmp_path: Path) -> None:
    """The system's own figure for a child begins with what its parent held; ours must not."""
    weight = np.ones(300_000_000, dtype=np.uint8)  # 300 MB here
    answer = measure("ours", small(), 1, tmp_path)
    mine = contenders.peak_mb()
    del weight
    assert mine is None or mine > 300
    assert answer.peak_mb is None or answer.peak_mb < 250


def test_replicates_are_trained_one_by_one(tmp_path: Path) -> None:
    """The last one's outputs come back: those of its own seed."""
    three = measure("ours", small(replicates=3), 1, tmp_path)
    third = measure("ours", small(seed=3), 1, tmp_path)
    assert three.probabilities == third.probabilities
    assert three.probabilities != measure("ours", small(), 1, tmp_path).probabilities


def test_a_contender_that_fails_is_one_sentence(tmp_path: Path) -> None:
    broken = small()
    broken.x[3, 1, 2] = np.nan
    with pytest.raises(TrainingError, match=r"no longer a number.*ours"):
        measure("ours", broken, 1, tmp_path)
    with pytest.raises(TrainingError, match="no contender 'nobody'"):
        measure("nobody", small(), 1, tmp_path)  # type: ignore[arg-type]


def test_a_damaged_task_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "task.npz"
    file.write_bytes(b"PK nothing")
    with pytest.raises(TrainingError, match="cannot be read"):
        load_task(file)


@pytest.mark.parametrize("how", [{"threads": 0}, {"threads": 1, "repeats": 0}])
def test_impossible_numbers_are_refused(how: dict[str, int]) -> None:
    for way in (compare, growth):
        with pytest.raises(SettingError, match="1 or more"):
            way(small(), **how)


def test_accuracy_is_the_share_of_right_argmaxes() -> None:
    task = small()
    right = [[float(v) for v in row] for row in task.test_y]
    half = [row if i % 2 else row[::-1] for i, row in enumerate(right)]
    answer = Answer(1.0, 1.0, 1.0, 0.1, right, None)
    assert answer.accuracy(task) == 1.0
    assert Answer(**(asdict(answer) | {"probabilities": half})).accuracy(task) == 0.5
