"""Windows made from clips nobody was trained on, the calibration from them, and the figures, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from samples import THREE, made_set, tiny

from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.features import FeatureSpec
from fer_core.models.calibration import Calibration
from fer_core.training.landmarks.fit import fit_recogniser
from fer_core.training.landmarks.stream_quality import FoldWindows, calibrate, read_windows, stream_quality
from fer_core.training.landmarks.stream_windows import PER_CLIP, stream_windows


def size(points: np.ndarray, neutral: np.ndarray) -> np.ndarray:
    moved = align(points, neutral[:, None], mesh.STABLE) - neutral[:, None]
    return np.sqrt((moved**2).sum(axis=-1).mean(axis=-1))


def test_windows_show_the_clips_own_expression_and_rest() -> None:
    clips = made_set()
    windows = stream_windows(clips, FeatureSpec(components=8), pose=0.0, noise=0.0, seed=0)
    assert len(windows) == PER_CLIP * len(clips)
    assert sorted(set(windows.emotion)) == sorted({*THREE, "neutral"})
    assert (windows.emotion == "neutral").mean() == 0.5
    rest = align(clips.neutral, mesh.template(), mesh.STABLE)
    apex = size(clips.points, rest)[:, -1]
    ends = size(windows.points, windows.neutral)[:, -1].reshape(PER_CLIP, -1)
    np.testing.assert_allclose(ends[0], apex, rtol=0.02)  # held
    assert (ends[1:3] > 0.3 * apex).all()  # the made clips grow with the power 1.5
    np.testing.assert_allclose(ends[3], 0, atol=1e-5)  # at rest
    assert (ends[4:] < 0.2 * apex).all()


def test_clips_that_do_not_begin_at_rest_are_left_out() -> None:
    clips = made_set()
    clips = replace(clips, has_neutral=np.arange(len(clips)) % 2 == 0)
    windows = stream_windows(clips, FeatureSpec(components=8), 3.0, 0.002, 0)
    assert set(windows.clip) == set(clips.clip[::2])
    condition = tiny()
    fitted = fit_recogniser(made_set(), condition, 0).recogniser
    nobody = replace(clips, has_neutral=np.zeros(len(clips), dtype=bool))
    assert read_windows(fitted, nobody, condition, 0) is None


def folds(scale: float = 1.0, n: int = 600) -> list[FoldWindows]:
    """Three folds whose log odds are ``scale`` times too large for their outcomes."""
    g = np.random.default_rng(2)
    z = g.normal(-1, 2, (n, 3))
    p = Calibration().distribution(z).astype(np.float64)
    target = (p.cumsum(axis=1) > g.uniform(size=(n, 1))).argmax(axis=1)
    parts = np.array_split(np.arange(n), 3)
    return [
        FoldWindows((scale * z[i]).astype(np.float32), target[i], np.array([f"P{k}_{j % 7}" for j in i]))
        for k, i in enumerate(parts)
    ]


def test_a_recogniser_too_sure_of_itself_is_calibrated_and_judged_by_the_other_folds() -> None:
    sure = folds(scale=4.0)
    found = calibrate(sure)
    assert found.scale == pytest.approx(0.25, rel=0.3)
    quality = stream_quality(sure, found)
    raw = stream_quality(sure[:1], Calibration())  # one fold alone: no others to learn from
    assert quality["ece"] < 0.6 * raw["ece"]
    assert (quality["windows"], quality["subjects"]) == (600, 21)
    for name in ("shown_accuracy", "rest_false_alarm", "unsure_rate"):
        low, high = quality["intervals"][name]
        assert low <= quality[name] <= high


def test_the_figures_by_hand() -> None:
    z = np.array([[4, -4, -4], [-4, 4, -4], [0.3, 0.3, -4], [-4, -4, -4], [4, -4, -4]], dtype=np.float32)
    one = FoldWindows(z, np.array([0, 0, 1, 3, 3]), np.array(["a", "a", "b", "b", "c"]))
    quality = stream_quality([one], Calibration())
    # Shown: right, wrong, unsure (two at 0.36 each). Rest: rightly rest, given an emotion.
    assert quality["shown_accuracy"] == pytest.approx(1 / 3, abs=1e-6)
    assert quality["unsure_rate"] == pytest.approx(1 / 3, abs=1e-6)
    assert quality["rest_false_alarm"] == pytest.approx(1 / 2, abs=1e-6)


@pytest.mark.slow
def test_training_on_streams_is_what_makes_a_held_expression_and_a_turned_head_readable() -> None:
    """The same clips and network, with and without: read on people that neither was trained on."""
    clips = made_set(subjects=18, noise=0.004)
    train = clips.take(np.array([int(s[1:]) < 12 for s in clips.subject]))
    test = clips.take(np.array([int(s[1:]) >= 12 for s in clips.subject]))
    base = tiny(F=8, Q=12, R=8)
    base = replace(base, fit=replace(base.fit, epochs=20))
    live = replace(base, augmentation=replace(base.augmentation, stream=2.0, pose=6.0, noise=0.004, neutral=0.3))
    right = {}
    for name, condition in (("plain", base), ("live", live)):
        fitted = fit_recogniser(train, condition, 0).recogniser
        windows = read_windows(fitted, test, live, 0)
        assert windows is not None
        said = Calibration().distribution(windows.log_odds).argmax(axis=1)
        right[name] = float((said == windows.target).mean())
    assert right["live"] > right["plain"] + 0.05
    assert right["live"] > 0.8
