"""The live stream with a made-up clock: faces that say what they mean, then the real FaceMesh on a film."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from samples import THREE, tiny_bundle
from stream_samples import GAIN, PICTURE, REST, Stage, answer_of, elsewhere, obedient_bundle

from fer_core.base.errors import SettingError
from fer_core.landmarks.landmarker import RgbImage
from fer_core.live.face_track import FORGET
from fer_core.live.region_attribution import parts
from fer_core.live.settings import LiveSettings
from fer_core.live.stream import ALONE, HISTORY_SECONDS, HISTORY_STEP, LiveStream
from fer_core.live.window import MOST_FRAMES

CALIBRATION = LiveSettings().calibration


@pytest.fixture
def stage() -> Stage:
    return Stage()


# --- what it says -------------------------------------------------------------------------------------


def test_before_the_first_frame_it_waits(stage: Stage) -> None:
    state = stage.stream.snapshot()
    assert (state.kind, state.frames, state.probabilities) == ("waiting", 0, None)


@pytest.mark.parametrize(
    ("answers", "kind", "emotion", "text"),
    [
        ({"happiness": 0.91}, "emotion", "happiness", "happiness 0.91"),
        ({"anger": 0.6, "happiness": 0.64}, "unsure", None, "unsure: happiness comes first with 0.42"),
        ({"happiness": 0.15}, "rest", None, "rest"),
    ],
)
def test_what_it_says(stage: Stage, answers: dict[str, float], kind: str, emotion: str | None, text: str) -> None:
    state = stage.run(3.0, stage.face(**answers))
    assert (state.kind, state.emotion, state.text) == (kind, emotion, text)
    assert list(state.probabilities) == [*THREE, "neutral"]
    assert sum(state.probabilities.values()) == pytest.approx(1, abs=1e-5)
    # The classifiers' odds, normalised with 1 for rest.
    odds = {e: p / (1 - p) for e, p in answers.items()}
    for name, value in odds.items():
        expected = value / (1 + sum(odds.values()))
        assert state.probabilities[name] == pytest.approx(expected, abs=2e-3)


def test_the_settings_can_be_changed_while_it_runs(stage: Stage) -> None:
    shown = stage.face(happiness=0.6)
    assert stage.run(2.0, shown).kind == "emotion"
    stage.stream.settings = LiveSettings(threshold=0.8, hysteresis=0.0)
    assert stage.run(0.1, shown).kind == "unsure"
    with pytest.raises(SettingError, match="out of range"):
        LiveSettings(threshold=1.5)


def test_neutral_as_a_class_of_its_own_is_rest() -> None:
    stage = Stage(emotions=("anger", "happiness", "neutral"))
    state = stage.run(3.0, stage.face(neutral=0.9))
    assert state.kind == "rest"
    assert list(state.probabilities) == ["anger", "happiness", "neutral"]
    assert sum(state.probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_probabilities_follow_with_the_stated_time_constant() -> None:
    """Exponential smoothing comes 1 - 1/e of the way in one time constant, whatever the frame rate."""
    for fps in (10.0, 30.0, 60.0):
        stage = Stage(LiveSettings(time_constant=0.5))
        before = stage.run(3.0, REST, fps=fps).probabilities["happiness"]
        state = stage.run(0.5, stage.face(happiness=0.9), fps=fps)
        assert state.probabilities["happiness"] == pytest.approx(before + (0.9 - before) * (1 - np.exp(-1)), abs=5e-3)


def test_a_calibrated_resting_face_is_measured_from() -> None:
    stage = Stage()
    stage.stream.forget_neutral()
    own = stage.face(anger=0.9)  # somebody whose resting face looks angry to the recogniser
    stage.stream.calibrate()
    during = stage.run(CALIBRATION / 2, own)
    assert during.kind == "calibrating"
    assert 0.3 < during.calibration < 0.6
    after = stage.run(CALIBRATION, own)
    assert (after.kind, after.calibrated, after.reference) == ("rest", True, "calibrated")
    assert after.motion == pytest.approx(0, abs=1e-4)
    assert stage.run(1.0, stage.face(anger=0.9, happiness=0.95)).emotion == "happiness"
    stage.stream.forget_neutral()
    assert stage.run(0.1, own).reference in ("guessed", "running")


def test_the_resting_face_can_be_handed_on(stage: Stage) -> None:
    stage.stream.calibrate()
    stage.run(CALIBRATION + 0.2, stage.face(anger=0.9))
    handed = LiveStream(obedient_bundle(), stage.actor, neutral=stage.stream.neutral)
    stage.actor.faces = [stage.face(anger=0.9)]
    state = handed.feed(PICTURE, 1.0)
    assert (state.calibrated, state.kind) == (True, "rest")


# --- faces that come and go ---------------------------------------------------------------------------


def test_a_lost_face_is_said_and_comes_back_with_its_resting_face(stage: Stage) -> None:
    stage.run(1.0, stage.face(anger=0.9))
    gone = stage.run(FORGET + 0.2)
    assert (gone.kind, gone.faces, gone.points, gone.probabilities, gone.people) == ("no face", 0, None, None, ())
    back = stage.run(0.04, stage.face(happiness=0.9))
    assert back.text == "happiness 0.90", "nothing of the former course is left"
    assert (back.people[0].face, back.calibrated) == (1, True)


def test_a_face_that_was_away_for_long_is_a_new_one(stage: Stage) -> None:
    stage.run(1.0, REST)
    stage.run(ALONE + 1, fps=2)
    back = stage.run(0.04, REST)
    assert (back.people[0].face, back.calibrated) == (2, False)


def test_a_short_miss_is_bridged(stage: Stage) -> None:
    stage.run(1.0, stage.face(anger=0.9))
    assert stage.run(0.12).kind == "no face"
    assert stage.run(0.04, stage.face(happiness=0.9)).emotion == "anger", "one frame does not turn it"


def test_never_a_face(stage: Stage) -> None:
    state = stage.run(3.0)
    assert (state.kind, state.frames) == ("no face", 75)
    stage.stream.calibrate()
    assert stage.run(5.0).calibrated is False
    stage.run(CALIBRATION + 0.2, REST)
    assert stage.stream.snapshot().calibrated, "a calibration asked for waits for a face"


def test_the_largest_face_is_read_and_another_person_in_its_place_is_somebody_else(stage: Stage) -> None:
    near, far = stage.face(anger=0.9), elsewhere(REST * 0.5, (0.8, 0.1))
    state = stage.run(1.0, near, far)
    assert (state.faces, len(state.people), state.emotion) == (2, 1, "anger")
    other = stage.run(0.04, far)
    assert other.people[0].face == 2
    assert not other.calibrated, "the first one's resting face is not the second one's"


def test_several_faces_keep_their_identities_and_their_own_state() -> None:
    stage = Stage(LiveSettings(max_faces=4))
    left, right = elsewhere(stage.face(anger=0.9), (-0.3, 0)), elsewhere(REST, (0.5, 0))
    stage.stream.calibrate()
    stage.run(0.04, elsewhere(REST, (-0.3, 0)), right)
    stage.stream.calibrate()
    calm = stage.run(CALIBRATION + 0.2, elsewhere(REST, (-0.3, 0)), right)
    assert [p.kind for p in calm.people] == ["rest", "rest"]
    first, second = (p.face for p in calm.people)
    # They cross the picture, and the detector gives them in the other order.
    for k in range(25):
        stage.now += 0.04
        stage.actor.faces = [elsewhere(right, (-0.01 * k, 0)), elsewhere(left, (0.01 * k, 0))]
        state = stage.stream.feed(PICTURE, stage.now)
    said = {p.face: p.emotion for p in state.people}
    assert said == {first: "anger", second: None}
    assert state.faces == 2


# --- time ---------------------------------------------------------------------------------------------


def test_time_stamps_that_go_back_begin_a_new_course_but_keep_the_resting_face(stage: Stage) -> None:
    stage.run(2.0, stage.face(anger=0.9))
    stage.actor.faces = [stage.face(happiness=0.9)]
    state = stage.stream.feed(PICTURE, 0.5)
    assert stage.actor.resets == 1
    assert state.calibrated
    assert state.probabilities["happiness"] == pytest.approx(0.9, abs=2e-3)
    assert len(stage.stream.history()) == 1
    stage.now = 0.5
    assert stage.run(1.0, REST).frames == 76


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


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_face_with_a_bad_coordinate_is_one_that_was_missed(stage: Stage, bad: float) -> None:
    shown = stage.face(happiness=0.9)
    before = stage.run(3.0, shown)
    broken = shown.copy()
    broken[17, 1] = bad
    missed = stage.run(0.04, broken)
    assert (missed.kind, missed.faces, missed.people, missed.probabilities) == ("no face", 0, (), None)
    assert missed.frames == before.frames + 1, "it is a frame, and a row says that it has no face"
    after = stage.run(0.04, shown)
    assert (after.kind, after.emotion) == ("emotion", "happiness")
    assert after.probabilities["happiness"] == pytest.approx(before.probabilities["happiness"], abs=1e-3)
    both = stage.stream.feed_faces([broken, shown], after.time_s + 0.04, 4 / 3)
    assert both.faces == 1 and both.emotion == "happiness", "the other face is read"


def test_a_time_stamp_that_is_no_number_is_dropped(stage: Stage) -> None:
    before = stage.run(1.0, stage.face(happiness=0.9))
    state = stage.stream.feed(PICTURE, float("nan"), skipped=2)
    assert state == replace(before, dropped=before.dropped + 3)
    assert stage.run(0.04, stage.face(happiness=0.9)).frames == before.frames + 1


def test_a_varying_frame_rate_gives_the_same_reading() -> None:
    """The same course at an even and at a jumping rate: what counts is time, not the number of frames."""
    ends = []
    for steps in ([0.04], [0.01, 0.09, 0.02, 0.04]):
        stage = Stage()
        stage.run(2.0, REST)
        shown, begun, k = stage.face(surprise=0.9), stage.now, 0
        while stage.now < begun + 0.4:
            stage.now = round(stage.now + steps[k % len(steps)], 6)
            k += 1
            stage.actor.faces = [shown]
            state = stage.stream.feed(PICTURE, stage.now)
        ends.append((stage.now, state.probabilities["surprise"]))
    assert ends[0][0] == pytest.approx(ends[1][0], abs=0.05)
    assert ends[0][1] == pytest.approx(ends[1][1], abs=0.06)


def test_memory_is_bounded(stage: Stage) -> None:
    stage.actor.faces = [REST]
    for i in range(1500):
        stage.stream.feed(PICTURE, i / 1000)  # a camera of a thousand frames a second
    (person,) = stage.stream._people.values()
    assert len(person._window) <= MOST_FRAMES
    stage.now = 1.5
    stage.run(60, REST, fps=10)
    history = stage.stream.history()
    assert len(history) <= HISTORY_SECONDS / HISTORY_STEP
    assert history[-1][0] - history[0][0] <= HISTORY_SECONDS
    assert len(person._window) <= 1.5 * 10 + 2
    for k in range(200):  # faces that flicker up all over the picture
        stage.run(0.1, elsewhere(REST, (3.0 * k, 0)), fps=10)
    assert len(stage.stream._people) <= ALONE * 10 + 1


def test_other_threads_read_while_frames_come(stage: Stage) -> None:
    faults: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                state = stage.stream.snapshot()
                assert (state.kind == "waiting") == (state.frames == 0)
                stage.stream.history()
                stage.stream.why()
                stage.stream.settings = replace(stage.stream.settings, threshold=0.6)
                stage.stream.calibrate()
        except BaseException as fault:
            faults.append(fault)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    stage.run(2.0, stage.face(anger=0.9))
    done.set()
    for reader in readers:
        reader.join()
    assert faults == []


# --- why ----------------------------------------------------------------------------------------------


def test_why_names_the_parts_that_speak_for_the_emotion(stage: Stage) -> None:
    assert stage.stream.why() is None, "nobody has been seen"
    stage.run(2.0, stage.face(happiness=0.9))
    changes = stage.stream.why()
    assert changes is not None
    # By hand: the answer is GAIN tanh(x) + SILENT, and a part holds its share of x.
    size, direction = answer_of("happiness", 0.9)
    share = {name: float((mask[:, None] * direction**2).sum()) for name, mask in parts().items()}
    expected = {n: GAIN * (np.tanh(size) - np.tanh(size * (1 - v))) for n, v in share.items()}
    assert changes == pytest.approx(expected, abs=0.02)
    assert sum(share.values()) == pytest.approx(1), "every landmark belongs to one part"
    stage.run(1.0)
    assert stage.stream.why() is None


def test_two_streams_know_nothing_of_each_other() -> None:
    first, second = Stage(), Stage()
    first.run(1.0, first.face(anger=0.9))
    second.run(1.0, second.face(surprise=0.9))
    assert first.stream.snapshot().emotion == "anger"
    assert second.stream.snapshot().emotion == "surprise"


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
    assert set(last.probabilities) == {*THREE, "neutral"}
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
