"""The live stream with a made-up clock: faces of known motion, then the real FaceMesh on a film."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from samples import THREE, similar, tiny_bundle, waves

from fer_core.errors import SettingError
from fer_core.landmarks import mesh
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.landmarker import RgbImage
from fer_core.landmarks.track import FloatArray
from fer_core.live.stream import CALIBRATION, FORGET, HISTORY_SECONDS, TIME_CONSTANT, LiveStream
from fer_core.live.window import MOST_FRAMES, Calibration, Window, as_clip, motion
from fer_core.models.bundle import Bundle

PICTURE: RgbImage = np.zeros((30, 40, 3), dtype=np.uint8)
FACE = similar(mesh.template(), 0.1, 0.2, (0.6, 0.5)).astype(np.float32)
MOVED = similar(mesh.template() + waves(1000, 0.08), 0.1, 0.2, (0.6, 0.5)).astype(np.float32)


class Actor:
    """A landmarker that shows the face it is told to; counts its resets."""

    name = "actor"

    def __init__(self) -> None:
        self.faces: list[FloatArray] = [FACE]
        self.resets = 0

    def detect(self, image: RgbImage) -> list[FloatArray]:
        return list(self.faces)

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None: ...


class Judge:
    """A recogniser whose probabilities are set by the test; keeps the clip it was last asked about."""

    def __init__(self, emotions: tuple[str, ...] = THREE) -> None:
        self.emotions, self.answer = emotions, np.zeros(len(emotions), dtype=np.float32)
        self.asked: LandmarkSet | None = None

    def probabilities(self, landmarks: LandmarkSet) -> FloatArray:
        self.asked = landmarks
        return self.answer[None].copy()


class Stage:
    """A stream, its actor and its judge; `run` lets time pass at 25 frames a second."""

    def __init__(self, emotions: tuple[str, ...] = THREE) -> None:
        self.actor, self.judge = Actor(), Judge(emotions)
        bundle: Bundle = replace(tiny_bundle(), recogniser=self.judge)  # type: ignore[arg-type]
        self.stream = LiveStream(bundle, self.actor, clock=itertools.count(step=0.004).__next__)
        self.now = 0.0

    def run(self, seconds: float, face: FloatArray | None = FACE, fps: float = 25.0) -> object:
        self.actor.faces = [] if face is None else [face]
        for _ in range(round(seconds * fps)):
            self.now += 1 / fps
            state = self.stream.feed(PICTURE, self.now)
        return state

    def answer(self, *values: float) -> None:
        self.judge.answer = np.array(values, dtype=np.float32)


@pytest.fixture
def stage() -> Stage:
    return Stage()


# --- decisions ----------------------------------------------------------------------------------------


def test_before_the_first_frame_it_waits(stage: Stage) -> None:
    state = stage.stream.snapshot()
    assert (state.kind, state.frames, state.probabilities) == ("waiting", 0, None)


@pytest.mark.parametrize(
    ("answer", "kind", "emotion", "text"),
    [
        ((0.1, 0.91, 0.3), "emotion", "happiness", "happiness 0.91"),
        ((0.1, 0.45, 0.3), "unsure", None, "unsure: happiness comes first with 0.45"),
        ((0.1, 0.15, 0.1), "rest", None, "rest"),
    ],
)
def test_what_it_says(stage: Stage, answer: tuple[float, ...], kind: str, emotion: str, text: str) -> None:
    stage.answer(*answer)
    state = stage.run(0.2)
    assert (state.kind, state.emotion, state.text) == (kind, emotion, text)
    assert state.probabilities == pytest.approx(dict(zip(THREE, answer, strict=True)))


def test_the_threshold_can_be_moved(stage: Stage) -> None:
    stage.answer(0.1, 0.6, 0.3)
    assert stage.run(0.1).kind == "emotion"
    stage.stream.threshold = 0.7
    assert stage.run(0.1).kind == "unsure"
    with pytest.raises(SettingError):
        stage.stream.threshold = 1.5


def test_neutral_as_a_class_of_its_own_is_rest() -> None:
    stage = Stage(("anger", "happiness", "neutral"))
    stage.answer(0.1, 0.2, 0.9)
    assert stage.run(0.1).kind == "rest"


def test_probabilities_follow_with_the_stated_time_constant(stage: Stage) -> None:
    stage.answer(0.0, 0.0, 0.0)
    stage.run(1.0)
    stage.answer(0.0, 1.0, 0.0)
    state = stage.run(TIME_CONSTANT)
    # Exponential smoothing comes 1 - 1/e of the way in one time constant, whatever the frame rate.
    assert state.probabilities["happiness"] == pytest.approx(1 - np.exp(-1), abs=1e-3)
    other = Stage()
    other.run(1.0, fps=10)
    other.answer(0.0, 1.0, 0.0)
    assert other.run(TIME_CONSTANT, fps=10).probabilities["happiness"] == pytest.approx(
        1 - np.exp(-1), abs=1e-3
    )


# --- faces that come and go ---------------------------------------------------------------------------


def test_a_lost_face_is_said_and_a_new_one_begins_anew(stage: Stage) -> None:
    stage.answer(0.9, 0.1, 0.1)
    stage.run(1.0)
    gone = stage.run(FORGET + 0.2, face=None)
    assert (gone.kind, gone.faces, gone.points, gone.probabilities) == ("no face", 0, None, None)
    stage.answer(0.1, 0.9, 0.1)
    back = stage.run(0.04, MOVED)
    assert back.text == "happiness 0.90", "nothing of the former face is left in the smoothing"
    assert np.ptp(stage.judge.asked.points, axis=1).max() == 0, "nor in the window"


def test_a_short_miss_is_bridged(stage: Stage) -> None:
    stage.answer(0.9, 0.1, 0.1)
    stage.run(1.0)
    assert stage.run(0.12, face=None).kind == "no face"
    stage.answer(0.1, 0.9, 0.1)
    assert stage.run(0.04, MOVED).emotion == "anger", "one frame does not turn the smoothed reading"


def test_never_a_face(stage: Stage) -> None:
    state = stage.run(3.0, face=None)
    assert (state.kind, state.frames) == ("no face", 75)
    stage.stream.calibrate()
    assert stage.run(5.0, face=None).calibrated is False


def test_the_largest_face_is_the_first_one(stage: Stage) -> None:
    stage.actor.faces = [MOVED, FACE]
    state = stage.stream.feed(PICTURE, 1.0)
    assert state.faces == 2
    assert np.array_equal(state.points, MOVED)


# --- time ---------------------------------------------------------------------------------------------


def test_time_stamps_that_go_back_begin_a_new_stream_but_keep_the_resting_face(stage: Stage) -> None:
    stage.stream.calibrate()
    stage.run(CALIBRATION + 0.2)
    stage.answer(0.9, 0.1, 0.1)
    stage.run(2.0)
    stage.answer(0.1, 0.9, 0.1)
    state = stage.stream.feed(PICTURE, 0.5)
    assert stage.actor.resets == 1
    assert state.calibrated
    assert state.probabilities["happiness"] == pytest.approx(0.9)
    assert len(stage.stream.history()) == 1
    stage.now = 0.5
    assert stage.run(1.0).frames > 100


def test_a_time_stamp_that_stands_still_is_dropped(stage: Stage) -> None:
    stage.stream.feed(PICTURE, 1.0)
    state = stage.stream.feed(PICTURE, 1.0, skipped=2)
    assert (state.frames, state.dropped) == (1, 3)


def test_skipped_frames_speed_and_latency_are_told(stage: Stage) -> None:
    for i in range(1, 40):
        state = stage.stream.feed(PICTURE, i / 20, skipped=i % 2)
    assert (state.frames, state.dropped) == (39, 20)
    assert state.fps == pytest.approx(20)
    assert state.latency_p50 == pytest.approx(4.0)  # the clock moves on 4 ms each time it is asked
    assert state.latency_p95 == pytest.approx(4.0)


def test_memory_is_bounded(stage: Stage) -> None:
    for i in range(3000):
        stage.stream.feed(PICTURE, i / 1000)  # a camera of a thousand frames a second
    assert len(stage.stream._window) <= MOST_FRAMES
    stage.now = 3.0
    stage.run(60, fps=10)
    history = stage.stream.history()
    assert len(history) <= HISTORY_SECONDS / 0.2
    assert history[-1][0] - history[0][0] <= HISTORY_SECONDS
    assert len(stage.stream._window) <= 1.5 * 10 + 2


def test_other_threads_read_while_frames_come(stage: Stage) -> None:
    stage.answer(0.9, 0.1, 0.1)
    faults: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                state = stage.stream.snapshot()
                assert (state.kind == "waiting") == (state.frames == 0)
                stage.stream.history()
                stage.stream.calibrate()
        except BaseException as fault:
            faults.append(fault)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    stage.run(4.0)
    done.set()
    for reader in readers:
        reader.join()
    assert faults == []


# --- the clip that a recogniser is shown ----------------------------------------------------------------


def test_a_window_is_sampled_by_time_and_not_by_frame() -> None:
    window = Window(1.0)
    # The face moves evenly in time, but most frames come early.
    for t in [0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.5, 1.0]:
        window.add(t, FACE + np.float32(t))
    sampled = window.sampled(11)
    assert sampled.shape == (11, 468, 2)
    np.testing.assert_allclose((sampled - FACE).mean(axis=(1, 2)), np.linspace(0, 1, 11), atol=1e-5)


def test_what_is_older_than_the_window_is_forgotten() -> None:
    window = Window(1.5)
    for i in range(100):
        window.add(i / 10, FACE)
    assert len(window) <= 17
    window.clear()
    assert len(window) == 0


def test_a_held_expression_grows_out_of_the_calibrated_face() -> None:
    held = np.repeat(MOVED[None], 10, axis=0)
    clip = as_clip(held, 1.3, FACE)
    distance = [motion(p, FACE) for p in clip.points[0]]
    assert distance[0] == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(distance, np.linspace(0, motion(MOVED, FACE), 10), rtol=0.02, atol=1e-5)
    assert clip.has_neutral.all()
    np.testing.assert_allclose(clip.points[0, -1], MOVED, atol=1e-6)


def test_without_calibration_the_features_are_told_to_guess() -> None:
    clip = as_clip(np.repeat(MOVED[None], 10, axis=0), 1.3, None)
    assert not clip.has_neutral.any()
    assert np.array_equal(clip.points[0, 0], MOVED)


def test_motion_is_the_expressions_and_not_the_heads() -> None:
    elsewhere = similar(FACE, -0.3, 1.7, (0.2, -0.4))
    assert motion(elsewhere, FACE) == pytest.approx(0, abs=1e-5)
    # Known by hand: one landmark displaced by one eye distance, 1 / sqrt(468) in the mean square's root.
    moved = FACE.copy()
    moved[0] += np.float32(np.hypot(*(FACE[263] - FACE[33]))) * np.array([0, 1], dtype=np.float32)
    assert motion(moved, FACE) == pytest.approx(1 / np.sqrt(468), rel=1e-4)


def test_calibration_takes_the_mean_of_the_aligned_faces() -> None:
    generator = np.random.default_rng(0)
    calibration = Calibration(3.0)
    for i in range(90):
        noise = generator.normal(0, 0.002, FACE.shape)
        head = similar(FACE + noise, 0.2 * np.sin(i / 9), 1.0, (0.01 * np.sin(i), 0))
        calibration.add(i / 25, head.astype(np.float32))
        assert (calibration.neutral is not None) == (i / 25 >= 3.0)
    assert motion(calibration.neutral, FACE) < 0.2 * 0.002 / 0.2 * np.sqrt(2), "noise is averaged out"


def test_a_calibrated_resting_face_is_at_rest_whatever_the_classifiers_say(stage: Stage) -> None:
    stage.answer(0.9, 0.1, 0.1)
    stage.stream.calibrate()
    during = stage.run(CALIBRATION / 2)
    assert during.kind == "calibrating"
    assert 0.3 < during.calibration < 0.6
    after = stage.run(CALIBRATION)
    assert (after.kind, after.calibrated) == ("rest", True)
    assert stage.run(0.5, MOVED).emotion == "anger"
    stage.stream.forget_neutral()
    assert stage.run(0.5).emotion == "anger", "without a calibrated face nothing says how far it has moved"


# --- the real face finder on a real film --------------------------------------------------------------------


@pytest.fixture(scope="module")
def film(shared_data: Path) -> list[tuple[float, RgbImage]]:
    from fer_core.datasets.media import iter_video

    return [(t, rgb) for _, t, rgb in iter_video(shared_data / "fixtures" / "single_face.mp4")]


@pytest.fixture
def real(film: object) -> Iterator[Callable[[], LiveStream]]:
    from fer_core.landmarks.detector import open_landmarker

    opened = []

    def start() -> LiveStream:
        opened.append(open_landmarker("clip", min_confidence=0.5))
        return LiveStream(tiny_bundle(), opened[-1])

    yield start
    for landmarker in opened:
        landmarker.close()


def test_a_real_film(film: list[tuple[float, RgbImage]], real: Callable[[], LiveStream]) -> None:
    stream = real()
    states = [stream.feed(rgb, t) for t, rgb in film]
    assert [s.faces for s in states] == [1] * len(film)
    last = states[-1]
    assert last.frames == len(film)
    assert last.fps == pytest.approx(1 / np.median(np.diff([t for t, _ in film])), rel=0.1)
    assert set(last.probabilities) == set(THREE)
    assert all(0 <= p <= 1 for p in last.probabilities.values())
    assert last.latency_p95 >= last.latency_p50 > 0
    # The landmarks lie on the picture, and the eyes above the mouth.
    height_width = film[0][1].shape[:2]
    assert (last.points >= 0).all()
    assert (last.points <= [height_width[1] / height_width[0], 1]).all()
    assert last.points[[33, 263], 1].mean() < last.points[[13, 14], 1].mean()


def test_a_real_face_that_goes_and_comes_back(
    film: list[tuple[float, RgbImage]], real: Callable[[], LiveStream]
) -> None:
    stream, now = real(), 0.0
    empty = np.full_like(film[0][1], 90)
    kinds = []
    for picture in [*[rgb for _, rgb in film[:10]], *[empty] * 25, *[rgb for _, rgb in film[10:20]]]:
        now += 0.04
        kinds.append(stream.feed(picture, now).faces)
    assert kinds == [1] * 10 + [0] * 25 + [1] * 10


def test_a_real_film_calibrates(film: list[tuple[float, RgbImage]], real: Callable[[], LiveStream]) -> None:
    stream, now = real(), 0.0
    stream.calibrate()
    still = [film[0][1]] * 4
    while stream.snapshot().calibrated is False:
        assert now < 2 * CALIBRATION
        for picture in still:
            now += 0.1
            stream.feed(picture, now)
    assert stream.snapshot().motion < 0.005, "the same picture is its own resting face"


def test_expressions_of_unseen_people_are_read_live(shared_data: Path) -> None:
    """Real CK+ sequences played as a camera would: rest, onset, then the apex held for two seconds."""
    from fer_core.datasets.catalog import open_corpus
    from fer_core.datasets.media import iter_frames
    from fer_core.landmarks.detector import open_landmarker
    from fer_core.models.bundle import load_bundle
    from fer_core.paths import bundles_dir

    if not (bundles_dir() / "ckplus-gru").is_dir():
        pytest.skip("the bundle ckplus-gru is not shipped yet")
    bundle = load_bundle(bundles_dir() / "ckplus-gru")
    corpus = open_corpus(shared_data / "ckplus_sample")
    assert not set(corpus.subjects) & set(bundle.training["subjects"]), "these people were trained on"
    landmarker = open_landmarker("clip", min_confidence=0.5)
    right = []
    clips = [c for c in corpus.clips if c.emotion in bundle.emotions][::2]
    for clip in clips:
        landmarker.reset()
        stream, now = LiveStream(bundle, landmarker), 0.0
        frames = [image for _, image in iter_frames(clip)]
        stream.calibrate()
        for _ in range(36):
            now += 0.1
            resting = stream.feed(frames[0], now)
        assert (resting.kind, resting.calibrated) == ("rest", True), clip.clip_id
        for image in frames:
            now += 1 / 30
            stream.feed(image, now)
        for _ in range(20):
            now += 0.1
            held = stream.feed(frames[-1], now)
        right.append(held.emotion == clip.emotion)
    landmarker.close()
    assert sum(right) >= 0.75 * len(clips), f"{sum(right)} of {len(clips)}"
