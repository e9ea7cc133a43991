"""A stream of pictures: which face, cut how, read as what, said when; with a model whose answer is known."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from image_bundle_samples import BANDS, band_bundle, said_of
from live_samples import FACE
from stream_samples import Actor, elsewhere

from fer_core.base.errors import BundleError
from fer_core.landmarks.face_crop import fer2013_transform
from fer_core.live.images.face_reader import face_reader
from fer_core.live.images.stream import ImageStream
from fer_core.live.open_stream import open_stream
from fer_core.live.settings import LiveSettings
from fer_core.live.stream import LiveStream
from fer_core.models.images.bundle import GRAPH, load_image_bundle

HIGH, WIDE = 240, 320
AT_ONCE = LiveSettings(time_constant=0.0)


def picture(shown: str | None, faces: tuple[np.ndarray, ...] = (FACE,), level: int = 200) -> np.ndarray:
    """A dark frame in which the band of each face's crop that says this emotion is bright."""
    frame = np.full((HIGH, WIDE, 3), 20, dtype=np.uint8)
    for face in faces if shown else ():
        matrix = fer2013_transform(np.asarray(face, dtype=np.float64) * HIGH, 24)
        first = BANDS.index(shown) * 8
        ends = np.array([[-0.5, first - 0.5], [23.5, first + 7.5]])
        low, high = ((ends - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T).round().astype(int)
        frame[max(0, low[1]) : high[1] + 1, max(0, low[0]) : high[0] + 1] = level
    return frame


class Screen:
    """A stream of the band bundle with an actor before it."""

    def __init__(self, folder: Path, settings: LiveSettings | None = None) -> None:
        self.actor = Actor()
        self.actor.faces = [FACE]
        self.stream = ImageStream(
            load_image_bundle(folder, arrays=False),
            self.actor,
            clock=itertools.count(step=0.004).__next__,
            settings=settings,
        )
        self.now = 0.0

    def run(self, seconds: float, frame: np.ndarray, fps: float = 25.0):
        state = self.stream.snapshot()
        for _ in range(round(seconds * fps)):
            self.now += 1 / fps
            state = self.stream.feed(frame, self.now)
        return state


@pytest.fixture(scope="module")
def bands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return band_bundle(tmp_path_factory.mktemp("bundles") / "bands")


def test_the_face_is_read_where_it_is_and_neutral_is_rest(bands: Path) -> None:
    screen = Screen(bands, AT_ONCE)
    happy = screen.run(0.2, picture("happiness"))
    assert (happy.kind, happy.emotion, happy.faces) == ("emotion", "happiness", 1)
    assert list(happy.probabilities) == ["happiness", "surprise", "neutral"]
    assert sum(happy.probabilities.values()) == pytest.approx(1, abs=1e-5)
    expected = said_of(np.array([200, 20, 20]) / 255)
    np.testing.assert_allclose(list(happy.probabilities.values()), expected, atol=0.05)
    assert screen.run(0.2, picture("surprise")).text.startswith("surprise 0.9")
    rest = screen.run(0.2, picture("neutral"))
    assert (rest.kind, rest.emotion, rest.text) == ("rest", None, "rest")
    assert screen.run(0.2, picture(None)).kind == "unsure"


def test_there_is_no_resting_face_and_nothing_to_calibrate(bands: Path) -> None:
    screen = Screen(bands)
    screen.run(0.2, picture("happiness"))
    screen.stream.calibrate()
    state = screen.run(0.2, picture("happiness"))
    assert state.kind == "emotion"
    assert (state.calibrated, state.calibration, state.reference, state.motion) == (False, 0.0, None, None)
    screen.stream.forget_neutral()
    assert screen.stream.neutral is None
    assert not screen.stream.calibrates


def test_a_change_is_smoothed_over_time_and_what_was_said_is_kept_for_a_while(bands: Path) -> None:
    screen = Screen(bands, LiveSettings(time_constant=0.5, threshold=0.6, hysteresis=0.2))
    screen.run(3, picture("happiness"))
    first = screen.run(0.04, picture("surprise"))
    assert first.emotion == "happiness"
    assert 0.02 < first.probabilities["surprise"] < 0.2
    kinds = [screen.run(0.04, picture("surprise")) for _ in range(60)]
    said = [s.emotion for s in kinds]
    assert said[-1] == "surprise"
    assert "happiness" not in said[said.index("surprise") :]  # it never flickers back


def test_a_face_that_was_lost_begins_anew(bands: Path) -> None:
    screen = Screen(bands, LiveSettings(time_constant=5.0))
    screen.run(1, picture("happiness"))
    screen.actor.faces = []
    assert screen.run(1, picture("happiness")).kind == "no face"
    screen.actor.faces = [FACE]
    assert screen.run(0.04, picture("surprise")).emotion == "surprise"


def test_two_faces_are_read_in_one_batch_and_keep_their_numbers(bands: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = elsewhere(FACE, (-0.35, 0.0)), elsewhere(FACE, (0.35, 0.0))
    screen = Screen(bands, LiveSettings(time_constant=0.0, max_faces=2))
    screen.actor.faces = [left, right]
    frame = np.maximum(picture("happiness", (left,)), picture("surprise", (right,)))
    batches: list[int] = []
    read = screen.stream._reader.reader.read
    monkeypatch.setattr(screen.stream._reader.reader, "read", lambda x: batches.append(len(x)) or read(x))
    state = screen.run(0.2, frame)
    assert [(p.face, p.emotion) for p in state.people] == [(1, "happiness"), (2, "surprise")]
    assert set(batches) == {2}
    screen.actor.faces = [right, left]
    assert [(p.face, p.emotion) for p in screen.run(0.2, frame).people] == [(2, "surprise"), (1, "happiness")]


def test_a_face_without_a_direction_is_passed_over(bands: Path) -> None:
    screen = Screen(bands)
    edge_on = np.full_like(FACE, 0.5)
    edge_on[1] = 0.6  # the tip of the nose: all else lies in one point
    screen.actor.faces = [edge_on]
    state = screen.run(0.2, picture("happiness"))
    assert (state.kind, state.people, state.faces) == ("no face", (), 1)
    screen.actor.faces = [np.full_like(FACE, np.nan)]
    assert screen.run(0.2, picture("happiness")).kind == "no face"


def test_a_model_that_knows_no_neutral_never_says_rest(tmp_path: Path) -> None:
    screen = Screen(band_bundle(tmp_path / "two", ("anger", "happiness")), AT_ONCE)
    frames = [picture(None), *(picture(e) for e in BANDS)]
    states = [screen.run(0.2, frame) for frame in frames]
    assert all(s.probabilities["neutral"] == 0 and s.kind != "rest" for s in states)


def test_a_colour_model_gets_colours(tmp_path: Path) -> None:
    folder = band_bundle(tmp_path / "rgb", channels=3)
    reader = face_reader(load_image_bundle(folder, arrays=False))
    frame = picture("happiness") * np.array([1, 0, 0], dtype=np.uint8)
    crop = reader.cut(frame, [FACE])
    assert crop.shape == (1, 24, 24, 3)
    assert crop[..., 0].max() == 200 and not crop[..., 1:].any()


def test_where_the_reading_rests_is_found(bands: Path) -> None:
    screen = Screen(bands)
    assert screen.stream.occlusion() is None
    screen.run(0.5, picture("happiness"))
    found = screen.stream.occlusion()
    assert found is not None and found.emotion == "happiness"
    assert found.change.shape == (6, 6)
    top, rest = found.change[:2], found.change[2:]
    assert top.min() > 0.1 > rest.max()


def test_the_stream_that_fits_a_bundle_is_opened(bands: Path) -> None:
    from stream_samples import obedient_bundle

    actor = Actor()
    assert isinstance(open_stream(load_image_bundle(bands, arrays=False), actor), ImageStream)
    assert isinstance(open_stream(obedient_bundle(), actor, neutral=FACE), LiveStream)


def test_a_bundle_without_a_graph_is_refused_with_the_way_out(tmp_path: Path) -> None:
    folder = band_bundle(tmp_path / "bare")
    (folder / GRAPH).unlink()
    with pytest.raises(BundleError, match="images graph"):
        open_stream(load_image_bundle(folder, arrays=False), Actor())


def test_a_bundle_that_changed_on_disk_is_read_anew(tmp_path: Path) -> None:
    folder = band_bundle(tmp_path / "changing")
    before = face_reader(load_image_bundle(folder, arrays=False))
    assert face_reader(load_image_bundle(folder, arrays=False)) is before
    band_bundle(folder, gain=2.0)
    assert face_reader(load_image_bundle(folder, arrays=False)) is not before


def test_tensorflow_stays_away(bands: Path) -> None:
    """The server's process reads pictures without it."""
    code = (
        "import sys; from live_samples import FACE; from stream_samples import Actor; import numpy as np\n"
        "from fer_core.live.open_stream import open_stream; from fer_core.models.opening import open_bundle\n"
        f"stream = open_stream(open_bundle({str(bands)!r}), Actor())\n"
        "stream.feed(np.zeros((60, 80, 3), np.uint8), 0.0)\n"
        "print([m for m in ('tensorflow', 'keras') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(__file__).parents[3],
        env={"PYTHONPATH": "tests:.", "PATH": ""},
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
