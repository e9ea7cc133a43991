"""A whole run: what is written, what may influence what, and that it can be stopped."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from samples import THREE, demo_part, made_set, tiny

from fer_core.base.errors import Cancelled, CorpusError, FerError, SettingError
from fer_core.datasets.base import Clip, Corpus
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.losses.imbalance import LossPolicy
from fer_core.models.bundle import load_bundle
from fer_core.study.conditions import Condition, FitSettings
from fer_core.training import run
from fer_core.training.landmarks import fit, fold_fits
from fer_core.training.landmarks.fit import choose_losses, fit_recogniser
from fer_core.training.leaks.probes import SIZE
from fer_core.training.protocols import make_splits
from fer_core.training.run import train


def corpus_of(landmarks: LandmarkSet) -> Corpus:
    """A corpus whose clips are those of a landmark set."""
    rows = zip(landmarks.clip, landmarks.subject, landmarks.emotion, strict=True)
    return Corpus("made", "made", None, tuple(Clip(str(c), str(s), str(e)) for c, s, e in rows))


class Recorded:
    """Runs `train` on a made-up set and keeps every fitted recogniser by its fold's order.

    The leak audit's own fits, before the first fold, are left out.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        self.fitted: list[Any] = []

    def train(self, landmarks: LandmarkSet, condition: Condition, **more: Any) -> dict[str, Any]:
        self.fitted = []

        def noting(*arguments: Any, **named: Any) -> Any:
            got = fit_recogniser(*arguments, **named)
            if got.recogniser.shape.F != SIZE:
                self.fitted.append(got)
            return got

        self._patch.setattr(fold_fits, "fit_recogniser", noting)
        self._patch.setattr(run, "extract", lambda *a, **k: landmarks)
        return train(corpus_of(landmarks), condition, workers=1, **more)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    return Recorded(monkeypatch)


@pytest.mark.slow
def test_the_result_names_the_losses_that_were_used(recorded: Recorded) -> None:
    for loss in ("advanced", "standard"):  # each ratio is 2
        result = recorded.train(made_set(), tiny(loss=loss, policy=LossPolicy(moderate=1.0, severe=1.5)))
        used = {e: {f.losses[e].name for f in recorded.fitted} for e in THREE}
        assert {e: {r["loss"]} for e, r in result["imbalance"].items()} == used, loss


def test_a_run_writes_what_it_found(tmp_path: Path) -> None:
    events: list[dict[str, Any]] = []
    told: list[tuple[float, float]] = []
    out = tmp_path / "a run"
    corpus = demo_part(16)
    condition = tiny(ensemble=2)
    result = train(
        corpus,
        condition,
        out,
        name="mine",
        workers=1,
        on_event=events.append,
        progress=lambda done, total, text: told.append((done, total)),
    )
    assert json.loads((out / "result.json").read_text()) == json.loads(json.dumps(result))
    for key in (
        "n",
        "subjects",
        "accuracy",
        "balanced_accuracy",
        "macro_f1",
        "mean_binary_accuracy",
        "emotions",
        "per_emotion",
        "confusion",
        "intervals",
        "interval_method",
        "protocol",
        "folds",
        "seed",
        "condition",
        "corpus",
        "imbalance",
        "curves",
        "version",
    ):
        assert key in result, key
    assert result["corpus"]["synthetic"]
    assert "synthetic" in result["corpus"]["note"].lower()
    assert Condition.from_json(result["condition"]) == condition

    with (out / "predictions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == result["n"] == len({r["clip"] for r in rows})
    right = np.mean([r["emotion"] == r["classified"] for r in rows])
    assert right == pytest.approx(result["accuracy"], abs=1e-5)
    for r in rows:
        p = {e: float(r[f"p_{e}"]) for e in THREE}
        assert p[r["classified"]] == max(p.values())
    by_fold = {f: {r["subject"] for r in rows if r["fold"] == f} for f in "012"}
    assert sum(len(s) for s in by_fold.values()) == result["subjects"]

    bundle = load_bundle(out / "bundle")
    assert bundle.name == "mine"
    assert "stream" not in result and bundle.calibration is None
    assert bundle.recogniser.members == 2
    assert bundle.training["subjects"] == sorted({r["subject"] for r in rows})
    assert bundle.metrics["accuracy"] == result["accuracy"]
    assert "synthetic" in bundle.card.lower()

    assert {e["fold"] for e in events} == {0, 1, 2, run.FINAL}
    assert len(events) == 4 * 2 * 2 * 3  # fits, members, epochs, emotions
    assert set(events[0]) >= {"fold", "emotion", "epoch", "loss", "val_loss"}
    trained = [t for t in told if t[1] == 4 * 2 * 2]
    assert trained[-1][0] == trained[-1][1]
    assert [d for d, _ in trained] == sorted(d for d, _ in trained)


@pytest.mark.slow
def test_a_run_for_cameras_calibrates_its_bundle_on_the_folds(tmp_path: Path) -> None:
    base = tiny()
    streamed = replace(base, augmentation=replace(base.augmentation, stream=1.0, pose=4.0, noise=0.003))
    result = train(demo_part(16), streamed, tmp_path / "run", workers=1)
    quality = result["stream"]
    assert quality["windows"] == 6 * result["n"]
    assert quality["subjects"] == result["subjects"]
    assert 0 <= quality["rest_false_alarm"] <= 1
    bundle = load_bundle(tmp_path / "run" / "bundle")
    assert bundle.streams
    assert bundle.calibration is not None
    assert vars(bundle.calibration) == quality["calibration"]
    assert "As a stream" in bundle.card


def test_the_test_side_has_no_influence(recorded: Recorded) -> None:
    """Garbage in every test clip's landmarks leaves the trained weights as they are, bit for bit."""
    landmarks = made_set(12)
    condition = tiny(protocol="subject-holdout", fit=FitSettings(epochs=3, batch_size=16, validation_share=0.25))
    test = make_splits(landmarks, condition)[0].test
    garbled = replace(landmarks, points=landmarks.points.copy(), neutral=landmarks.neutral.copy())
    g = np.random.default_rng(0)
    garbled.points[test] = g.random(garbled.points[test].shape)
    garbled.neutral[test] = g.random(garbled.neutral[test].shape)

    clean_result = recorded.train(landmarks, condition, with_bundle=False)
    (clean,) = recorded.fitted
    dirty_result = recorded.train(garbled, condition, with_bundle=False)
    (dirty,) = recorded.fitted
    for name, value in clean.recogniser.weights.items():
        np.testing.assert_array_equal(value, dirty.recogniser.weights[name], err_msg=name)
    for a, b in zip(
        clean.recogniser.features.to_arrays()[1].values(),
        dirty.recogniser.features.to_arrays()[1].values(),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)
    assert clean.losses == dirty.losses
    assert clean_result["curves"] == dirty_result["curves"]
    assert clean_result["per_emotion"] != dirty_result["per_emotion"]  # the garbage was really looked at


def test_the_test_sides_labels_have_no_influence(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    landmarks = made_set(12)
    condition = tiny(protocol="subject-holdout")
    splits = make_splits(landmarks, condition)
    monkeypatch.setattr(run, "make_splits", lambda *a: splits)
    relabelled = replace(landmarks, emotion=landmarks.emotion.copy())
    relabelled.emotion[splits[0].test] = "anger"
    recorded.train(landmarks, condition, with_bundle=False)
    (clean,) = recorded.fitted
    recorded.train(relabelled, condition, with_bundle=False)
    (dirty,) = recorded.fitted
    for name, value in clean.recogniser.weights.items():
        np.testing.assert_array_equal(value, dirty.recogniser.weights[name], err_msg=name)


def test_a_training_clip_does_have_influence(recorded: Recorded) -> None:
    """The other way round, so that the two tests above can fail."""
    landmarks = made_set(12)
    condition = tiny(protocol="subject-holdout")
    train_side = make_splits(landmarks, condition)[0].train
    changed = replace(landmarks, points=landmarks.points.copy())
    changed.points[train_side[0], -1] += 0.01 * np.random.default_rng(0).random((468, 2))
    recorded.train(landmarks, condition, with_bundle=False)
    (before,) = recorded.fitted
    recorded.train(changed, condition, with_bundle=False)
    (after,) = recorded.fitted
    assert not np.array_equal(before.recogniser.weights["kernel"], after.recogniser.weights["kernel"])


def test_every_fold_is_fitted_on_its_own_side_and_the_bundle_on_all(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[set[str]] = []
    real = fit.training_data

    def noting(training: LandmarkSet, condition: Condition, *more: Any) -> Any:
        if condition.F != SIZE:  # the leak audit's own fits, before the first fold
            seen.append(set(training.clip.tolist()))
        return real(training, condition, *more)

    monkeypatch.setattr(fit, "training_data", noting)
    landmarks = made_set(9)
    condition = tiny()
    recorded.train(landmarks, condition, out=tmp_path)
    splits = make_splits(landmarks, condition)
    assert seen == [*(set(landmarks.clip[s.train].tolist()) for s in splits), set(landmarks.clip.tolist())]


@pytest.mark.slow
def test_the_network_learns_what_can_be_learned(recorded: Recorded) -> None:
    result = recorded.train(
        made_set(12), tiny(fit=FitSettings(epochs=30, batch_size=16, learning_rate=0.01)), with_bundle=False
    )
    assert result["accuracy"] > 0.9


@pytest.mark.slow
def test_the_seed_decides_the_result(recorded: Recorded) -> None:
    a, b, c = (recorded.train(made_set(9), tiny(seed=s, folds=2), with_bundle=False) for s in (1, 1, 2))
    assert a == b
    assert a["curves"] != c["curves"]


@pytest.mark.slow
def test_processes_give_what_one_process_gives(tmp_path: Path) -> None:
    corpus = demo_part(16)
    condition = tiny(protocol="subject-holdout")
    one = train(corpus, condition, workers=1)
    told: list[str] = []
    two = train(corpus, condition, workers=2, progress=lambda done, total, text: told.append(text))
    assert one["confusion"] == two["confusion"]
    for a, b in zip(one["curves"], two["curves"], strict=True):
        np.testing.assert_allclose(a["train"], b["train"], atol=1e-4)
    (most,) = {t.partition(" of ")[2].split(" ")[0] for t in told if t.startswith("Training")}
    assert f"of {most} rounds begun, " in told[-1] and told[-1].endswith("epochs in all")


def test_a_run_can_be_stopped(recorded: Recorded, tmp_path: Path) -> None:
    calls: list[float] = []

    def stop(done: float, total: float, text: str) -> None:
        calls.append(done)
        if done >= 3:
            raise Cancelled()

    with pytest.raises(Cancelled):
        recorded.train(made_set(9), tiny(), progress=stop, out=tmp_path / "out")
    assert calls == [1, 2, 3]
    assert not (tmp_path / "out" / "result.json").exists()


def test_losses_are_chosen_from_the_training_sides_own_counts() -> None:
    landmarks = made_set(12)
    few = landmarks.take((landmarks.emotion != "surprise") | (landmarks.subject == "P02"))
    chosen = choose_losses(few, tiny())
    assert chosen["surprise"].name == "focal"  # 24 to 1
    assert chosen["anger"].name == "bce"
    moderate = landmarks.take((landmarks.emotion != "surprise") | (landmarks.subject < "P04"))
    assert choose_losses(moderate, tiny())["surprise"].weight == pytest.approx(24 / 4)
    assert {c.name for c in choose_losses(few, tiny(loss="standard")).values()} == {"bce"}


def test_resting_negatives_and_mirrors_do_not_change_the_chosen_loss() -> None:
    landmarks = made_set(9)
    for augmentation in (replace(tiny().augmentation, neutral=2.0), replace(tiny().augmentation, mirror="none")):
        fitted = fit_recogniser(landmarks, tiny(augmentation=augmentation, fit=FitSettings(epochs=1, batch_size=16)), 0)
        assert {c.name for c in fitted.losses.values()} == {"bce"}


def test_only_a_true_mirror_is_read_twice() -> None:
    for kind, twice in (("true", True), ("paper", False), ("none", False)):
        condition = tiny(
            augmentation=replace(tiny().augmentation, mirror=kind), fit=FitSettings(epochs=1, batch_size=16)
        )
        assert fit_recogniser(made_set(6), condition, 0).recogniser.mirrored is twice


def test_emotions_that_do_not_occur_are_said_before_anything_heavy() -> None:
    with pytest.raises(CorpusError, match="fear"):
        train(demo_part(4), tiny(emotions=("fear", "sadness")))


def test_a_place_that_cannot_be_written_is_said_before_training(recorded: Recorded, tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("x")
    with pytest.raises(FerError, match="file"):
        recorded.train(made_set(6), tiny(), out=taken)
    assert recorded.fitted == []


def test_the_lowest_and_highest_of_everything_trains(recorded: Recorded) -> None:
    """LSTM, raw coordinates, the paper's flip and hold-out, early stopping."""
    condition = replace(
        tiny(architecture="lstm", protocol="random-holdout"),
        augmentation=replace(tiny().augmentation, mirror="paper", neutral=0, still=0),
        fit=FitSettings(epochs=2, batch_size=16, validation_share=0.2),
    )
    from fer_core.study.presets import changed

    result = recorded.train(
        made_set(12), changed(condition, features="raw"), with_bundle=False, allow=["subject-on-both-sides"]
    )
    assert result["folds"] is None
    assert all(len(c["val"]) == len(c["train"]) for c in result["curves"])


def test_wrong_settings_speak() -> None:
    with pytest.raises(SettingError):
        tiny(folds=0)


def test_a_search_belongs_into_an_experiment() -> None:
    with pytest.raises(SettingError, match="does not search"):
        train(corpus_of(made_set()), tiny(tuning="bayesian"))
