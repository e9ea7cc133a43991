"""Clips played to a stream: the script frame by frame, and what is said of real people never trained on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from samples import made_track
from stream_samples import REST, obedient_bundle, speaking_face

from fer_core.base.errors import LandmarkError, SettingError
from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.pose import field
from fer_core.landmarks.track import Track
from fer_core.live.rehearsal import Phase, Script, rehearse
from fer_core.live.settings import LiveSettings

SETTINGS = LiveSettings()


def clip(frames: int = 20, **answers: float) -> Track:
    """From rest to a face that says this, evenly."""
    apex = speaking_face(answers)
    points = np.stack([REST + t * (apex - REST) for t in np.linspace(0, 1, frames)]).astype(np.float32)
    found = np.ones(frames, dtype=bool)
    return Track(points, found, np.arange(1, frames + 1), 1.3, found.astype(np.int64))


def test_the_script_is_played_frame_by_frame() -> None:
    script = Script(fps=25, rest=0.4, hold=1.0, after=0.8, noise=0.0)
    done = rehearse(obedient_bundle(), clip(anger=0.9), script, SETTINGS)
    counts = {phase: int((done.phase == phase).sum()) for phase in Phase}
    assert counts == {
        Phase.CALIBRATION: 76,
        Phase.REST_BEFORE: 10,
        Phase.ONSET: 20,
        Phase.HOLD: 25,
        Phase.OFFSET: 19,
        Phase.REST_AFTER: 20,
    }
    times = [s.time_s for s in done.states]
    np.testing.assert_allclose(np.diff(times), 1 / 25, atol=1e-9)
    assert {s.kind for s in done.in_phase(Phase.CALIBRATION)} == {"calibrating", "rest"}
    before = done.in_phase(Phase.REST_BEFORE)
    assert {s.kind for s in before} == {"rest"}
    assert all(s.calibrated and s.motion < 1e-4 for s in before)
    held = done.in_phase(Phase.HOLD)
    assert held[-1].emotion == "anger"
    assert held[-1].motion == pytest.approx(max(s.motion for s in done.states), rel=1e-3)


def test_without_calibration_the_resting_face_is_estimated() -> None:
    done = rehearse(obedient_bundle(), clip(anger=0.9), Script(calibrated=False), SETTINGS)
    assert not len(done.in_phase(Phase.CALIBRATION))
    assert not any(s.calibrated for s in done.states)


def test_frames_that_a_clip_lacks_are_interpolated_in_time() -> None:
    whole = clip(21, happiness=0.9)
    two = Track(whole.points[[0, -1]], whole.found[[0, -1]], whole.frame_numbers[[0, -1]], 1.3, whole.faces[[0, -1]])
    script = Script(noise=0.0)
    one, other = (rehearse(obedient_bundle(), t, script, SETTINGS) for t in (whole, two))
    assert np.array_equal(one.phase, other.phase)
    for a, b in zip(one.states, other.states, strict=True):
        assert a.motion == pytest.approx(b.motion, abs=1e-4)


def test_the_noise_has_the_size_it_says() -> None:
    done = rehearse(obedient_bundle(), clip(anger=0.9), Script(noise=0.01, rest=4.0), SETTINGS)
    trembling = np.stack([s.points for s in done.in_phase(Phase.REST_BEFORE)]) - REST
    right, left = REST[mesh.EYE_CORNERS]
    assert trembling.std() == pytest.approx(0.01 * np.hypot(*(left - right)), rel=0.02)


def test_a_head_sways_as_far_as_it_says_and_only_after_the_calibration() -> None:
    script = Script(noise=0.0, rest=30.0, turn=6.0)
    done = rehearse(obedient_bundle(), clip(anger=0.9), script, SETTINGS)
    assert max(s.motion for s in done.in_phase(Phase.CALIBRATION)) < 1e-4
    points = np.stack([s.points for s in done.in_phase(Phase.REST_BEFORE)])
    upright = align(points, mesh.template(), mesh.STABLE) - mesh.template()
    solved, *_ = np.linalg.lstsq(field("stable").reshape(5, -1).T, upright.reshape(len(points), -1).T, rcond=None)
    yaw, pitch = np.degrees(solved[0]), np.degrees(solved[1])
    assert np.sqrt((yaw**2).mean()) == pytest.approx(6.0, rel=0.05)
    assert np.sqrt((pitch**2).mean()) == pytest.approx(6.0, rel=0.1)


def test_a_clip_without_a_face_and_an_impossible_script_are_refused() -> None:
    track = made_track()
    nobody = replace(track, found=np.zeros(len(track.found), dtype=bool))
    with pytest.raises(LandmarkError, match="no face"):
        rehearse(obedient_bundle(), nobody, Script(), SETTINGS)
    with pytest.raises(SettingError, match="frames a second"):
        Script(fps=0)
    with pytest.raises(SettingError, match="out of range"):
        Script(hold=-1)


@pytest.mark.slow
def test_real_sequences_of_unseen_people_through_the_real_face_finder(shared_data: Path) -> None:
    """As a camera would show them: rest, onset, the apex held; pictures in, words out."""
    from fer_core.base.paths import bundles_dir
    from fer_core.datasets.catalog import open_corpus
    from fer_core.datasets.media import iter_frames
    from fer_core.landmarks.detector import open_landmarker
    from fer_core.live.stream import LiveStream
    from fer_core.models.bundle import load_bundle

    bundle = load_bundle(bundles_dir() / "ckplus-live")
    corpus = open_corpus(shared_data / "ckplus_sample")
    assert not set(corpus.subjects) & set(bundle.training["subjects"]), "these people were trained on"
    landmarker = open_landmarker("clip", min_confidence=0.5)
    right = []
    clips = [c for c in corpus.clips if c.emotion in bundle.emotions][::2]
    for one in clips:
        landmarker.reset()
        stream, now = LiveStream(bundle, landmarker), 0.0
        frames = [image for _, image in iter_frames(one)]
        stream.calibrate()
        for _ in range(36):
            now += 0.1
            resting = stream.feed(frames[0], now)
        assert (resting.kind, resting.calibrated) == ("rest", True), one.clip_id
        for image in frames:
            now += 1 / 30
            stream.feed(image, now)
        for _ in range(20):
            now += 0.1
            held = stream.feed(frames[-1], now)
        right.append(held.emotion == one.emotion)
    landmarker.close()
    assert sum(right) >= 0.75 * len(clips), f"{sum(right)} of {len(clips)}"
