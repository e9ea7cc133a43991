"""One face, one reading: a photo, a clip and a stream that show the same give the same distribution."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from image_bundle_samples import band_bundle
from scipy.special import logsumexp
from stream_samples import Actor

from fer_core.base.emotions import SEVEN, SIX
from fer_core.base.errors import BundleError
from fer_core.base.paths import bundles_dir
from fer_core.datasets.catalog import open_corpus
from fer_core.datasets.media import read_image
from fer_core.landmarks import mesh
from fer_core.landmarks.detector import open_landmarker
from fer_core.landmarks.extract import default_settings, extract_tracks
from fer_core.landmarks.sampling import sample_track
from fer_core.landmarks.track import FloatArray, Track
from fer_core.live.images.stream import ImageStream
from fer_core.live.media import MAX_FACES, SURE, faces_of, predict_track
from fer_core.live.predict import predict
from fer_core.live.prediction import Prediction
from fer_core.live.settings import LiveSettings
from fer_core.live.state import LiveState
from fer_core.live.stream import LiveStream
from fer_core.losses.imbalance import LossChoice
from fer_core.models.bundle import Bundle, load_bundle
from fer_core.models.calibration import Calibration
from fer_core.models.images.bundle import load_image_bundle
from fer_core.models.recogniser import Recogniser
from fer_core.models.weights import NetworkShape, initial_weights

AT_ONCE = LiveSettings(time_constant=0.0, hysteresis=0.0)
"""A stream that smooths nothing and keeps nothing it said: a photo and a clip have no past."""
ASPECT = 4 / 3
POINTS = (mesh.template() * 0.2 + [0.6, 0.5]).astype(np.float32)
LOSSES = (LossChoice("bce"), LossChoice("weighted_bce", weight=5.0), LossChoice("focal", alpha=0.8, gamma=2.0))
KINDS = {
    "ckplus-gru": {},
    "ckplus-live": {},
    "lstm, six emotions": {"emotions": SIX, "streams": True},
    "lstm, seven, calibrated": {"emotions": SEVEN, "streams": False, "calibration": Calibration(0.6, -0.4)},
}


def bundle_of(kind: str) -> Bundle:
    """A shipped bundle, or an LSTM with random weights on its features, losses of every kind."""
    if not KINDS[kind]:
        return load_bundle(bundles_dir() / kind)
    shipped, about = load_bundle(bundles_dir() / "ckplus-live"), dict(KINDS[kind])
    emotions = about.pop("emotions")
    shape = NetworkShape("lstm", 8, 12, 10, shipped.recogniser.shape.inputs)
    weights = initial_weights(shape, 2 * len(emotions), seed=4)
    weights["out_kernel"] *= 6
    losses = tuple(LOSSES[k % len(LOSSES)] for k in range(len(emotions)))
    features = shipped.recogniser.features
    recogniser = Recogniser(emotions, shape, 2, features, weights, True, losses, (0.2,) * len(emotions))
    return replace(shipped, recogniser=recogniser, **{"calibration": None} | about)


def planted(bundle: Bundle, log_odds: tuple[float, ...]) -> Bundle:
    """The bundle with classifiers that put out these log odds whatever they see, taken as they are."""
    r = bundle.recogniser
    weights = r.weights | {
        "out_kernel": np.zeros_like(r.weights["out_kernel"]),
        "out_bias": np.tile(np.array(log_odds, dtype=np.float32)[:, None], (r.members, 1)),
    }
    return replace(bundle, recogniser=replace(r, weights=weights, losses=(), offsets=()))


def held(points: FloatArray, frames: int, aspect: float = ASPECT) -> Track:
    """A clip of one face that does not move."""
    every, ones = np.repeat(points[None], frames, axis=0), np.ones(frames, dtype=np.int64)
    return Track(every, ones.astype(bool), np.arange(1, frames + 1), aspect, ones)


def streamed(
    bundle: Bundle, faces: FloatArray, times: FloatArray, aspect: float, neutral: FloatArray | None = None
) -> LiveState:
    """What a stream says after these faces (T, 468, 2) at these moments."""
    stream = LiveStream(bundle, Actor(), settings=AT_ONCE, neutral=neutral)
    for points, time_s in zip(faces, times, strict=True):
        state = stream.feed_faces([points], float(time_s), aspect)
    return state


def same(said: Prediction, other: Prediction | LiveState, within: float = 1e-6) -> None:
    """The same distribution, and the same decision."""
    values = other.distribution if isinstance(other, Prediction) else other.probabilities
    assert values is not None and list(values) == list(said.distribution)
    apart = max(abs(values[name] - p) for name, p in said.distribution.items())
    assert apart <= within, f"{apart}: {said.distribution} {values}"
    decided = other.decide(AT_ONCE) if isinstance(other, Prediction) else (other.kind, other.emotion)
    assert said.decide(AT_ONCE) == decided


# --- log odds of any size ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "log_odds", [(0.3, -1.2, 0.9), (20, 18, -3), (30, 27, 30), (-20, -18, -40), (40, 38, 39), (-40, -40, -40)], ids=str
)
def test_photo_clip_and_stream_agree_however_sure_the_classifiers_are(kind: str, log_odds: tuple[float, ...]) -> None:
    bundle = bundle_of(kind)
    every = tuple(log_odds[k % 3] - k // 3 for k in range(len(bundle.emotions)))
    bundle = planted(bundle, every)
    photo = predict_track(bundle, held(POINTS, 1), starts_neutral=False)
    clip = predict_track(bundle, held(POINTS, 25), starts_neutral=False)
    stream = streamed(bundle, held(POINTS, 25).points, np.arange(25) / 25, ASPECT)
    scale, bias = (1.0, 0.0) if (c := bundle.calibration) is None else (c.scale, c.bias)
    z = np.append(scale * np.array(every) + bias, 0.0)
    np.testing.assert_allclose(list(photo.distribution.values()), np.exp(z - logsumexp(z)), atol=1e-6)
    assert list(photo.log_odds.values()) == pytest.approx(every, abs=1e-5)
    same(photo, clip)
    same(photo, stream)


def test_two_sure_classifiers_are_no_tie() -> None:
    """The finding this holds: log odds (20, 18) were .50/.50 on a photo."""
    bundle = planted(bundle_of("ckplus-gru"), (20, 18, -9, -9, -9, -9))
    said = predict_track(bundle, held(POINTS, 1), starts_neutral=False)
    assert said.distribution["anger"] == pytest.approx(1 / (1 + np.exp(-2)), abs=1e-6)
    assert said.decide(LiveSettings(threshold=0.85)) == ("emotion", "anger")
    assert said.probabilities["anger"] > said.probabilities["disgust"] > 1 - 1e-7


def test_from_the_picture_on(shared_data: Path, tmp_path: Path) -> None:
    """The same file as a photo, as a folder of frames and before a camera, detector and all."""
    file = shared_data / "fixtures" / "astronaut.png"
    bundle = planted(bundle_of("ckplus-live"), (20, 18, -9, -9, -9, 19))
    for k in range(3):
        shutil.copy(file, tmp_path / f"frame_{k + 1}.png")
    photo, clip = predict(bundle, file), predict(bundle, tmp_path, starts_neutral=False)
    landmarker = open_landmarker("clip", MAX_FACES, SURE)
    stream = LiveStream(bundle, landmarker, settings=AT_ONCE)
    for k in range(3):
        state = stream.feed(read_image(file), k / 25)
    landmarker.close()
    same(photo, clip)
    same(photo, state)


# --- real faces, networks as they are ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def faces(shared_data: Path) -> list[tuple[FloatArray, float]]:
    """The largest face of each picture, with the picture's aspect."""
    images = [
        read_image(shared_data / "fixtures" / name) for name in ("single_face.jpg", "astronaut.png", "multi_face.jpg")
    ]
    return [(faces_of(image)[0], image.shape[1] / image.shape[0]) for image in images]


@pytest.mark.parametrize("kind", KINDS)
def test_a_held_expression_reads_alike(kind: str, faces: list[tuple[FloatArray, float]]) -> None:
    """No resting face is known. A stream's estimate of it takes in a little of what is shown, a photo's none:
    of a face far from rest too little to matter, so that these agree to 1e-4.
    """
    bundle = bundle_of(kind)
    for points, aspect in faces:
        photo = predict_track(bundle, held(points, 1, aspect), starts_neutral=False)
        same(photo, predict_track(bundle, held(points, 30, aspect), starts_neutral=False))
        same(photo, streamed(bundle, held(points, 60).points, np.arange(60) / 25, aspect), within=1e-4)


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "lstm, seven, calibrated"])
def test_a_whole_clip_reads_alike(kind: str, shared_data: Path) -> None:
    """Sampled at the same moments, from the same resting face: within rounding.

    A network that was trained on clips alone gets a stream's windows growing from rest; here it counts as one
    that was trained on streams, which gets them as they are, so that both read the same window.
    """
    bundle = replace(bundle_of(kind), streams=True)
    corpus = open_corpus(shared_data / "ckplus_sample")
    clips = [next(c for c in corpus.clips if c.emotion == e) for e in ("happiness", "surprise", "disgust")]
    tracks, _ = extract_tracks(corpus, clips, default_settings().detect, workers=1)
    for track in tracks.values():
        said = predict_track(bundle, track, starts_neutral=True)
        assert said.neutral == "first frame"
        sample = sample_track(track, bundle.frames, bundle.rule)
        times = np.linspace(0, AT_ONCE.window, bundle.frames)
        same(said, streamed(bundle, sample.points, times, track.aspect, neutral=track.points[0]))


def test_a_clip_that_ends_at_its_resting_face_is_at_rest_as_on_a_stream() -> None:
    bundle = planted(bundle_of("ckplus-live"), (5, -9, -9, -9, -9, -9))
    track = held(POINTS, 20)
    said = predict_track(bundle, track, starts_neutral=True)
    assert said.still and said.decide(AT_ONCE) == ("rest", None)
    same(said, streamed(bundle, track.points, np.arange(20) / 25, ASPECT, neutral=POINTS))
    assert predict_track(bundle, track, starts_neutral=False).decide(AT_ONCE) == ("emotion", "anger")


# --- pictures ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gain", [5.0, 400.0])
def test_an_image_model_reads_alike(gain: float, shared_data: Path, tmp_path: Path) -> None:
    """Photo, folder of frames and stream; with logits so far apart that all but one probability is tiny."""
    file = shared_data / "fixtures" / "single_face.jpg"
    bundle = load_image_bundle(band_bundle(tmp_path / "bands", gain=gain), arrays=False)
    (tmp_path / "frames").mkdir()
    for k in range(2):
        shutil.copy(file, tmp_path / "frames" / f"frame_{k + 1}.jpg")
    photo = predict(bundle, file)
    landmarker = open_landmarker("still", MAX_FACES, SURE)
    state = ImageStream(bundle, landmarker, settings=AT_ONCE).feed(read_image(file), 0.0)
    landmarker.close()
    same(photo, predict(bundle, tmp_path / "frames"))
    same(photo, state)
    assert gain < 100 or max(photo.log_odds.values()) > 16, "surer than probabilities clipped at 1e-7 can be"


def test_damaged_weights_are_refused_on_every_path() -> None:
    whole = bundle_of("ckplus-gru")
    weights = {k: v * np.float32(1e30) for k, v in whole.recogniser.weights.items()}
    bundle = replace(whole, recogniser=replace(whole.recogniser, weights=weights))
    with pytest.raises(BundleError, match="not finite numbers"):
        predict_track(bundle, held(POINTS, 1), starts_neutral=False)
    with pytest.raises(BundleError, match="not finite numbers"), np.errstate(all="ignore"):
        streamed(bundle, held(POINTS, 1).points, np.zeros(1), ASPECT)
