"""Frames and faces that are none: passed over, or one sentence; and a recogniser whose numbers overflow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from samples import demo_part

from fer_core.base.errors import BundleError, LandmarkError, MediaError, SettingError
from fer_core.landmarks import mesh
from fer_core.landmarks.landmarker import RgbImage
from fer_core.landmarks.track import FloatArray, Track, is_face
from fer_core.live.media import predict_track
from fer_core.live.stream import LiveStream
from fer_core.models.bundle import Bundle, load_bundle
from fer_core.results.evaluation import evaluate_bundle

SHIPPED = Path(__file__).resolve().parents[2] / "saved_models" / "ckplus-gru"


class Finder:
    """A landmarker that finds the faces it is given."""

    def __init__(self, faces: list[FloatArray]) -> None:
        self.faces = faces

    def detect(self, image: RgbImage) -> list[FloatArray]:
        """The faces, whatever the picture."""
        return self.faces

    def reset(self) -> None:
        """Nothing to forget."""

    def close(self) -> None:
        """Nothing to close."""


def face(scale: float = 0.2) -> FloatArray:
    """The template in the middle of a picture."""
    return (mesh.template() * scale + 0.5).astype(np.float32)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(SHIPPED)


@pytest.fixture
def stream(bundle: Bundle) -> LiveStream:
    return LiveStream(bundle, Finder([face()]))


@pytest.mark.parametrize("shape", [(0, 5, 3), (5, 0, 3), (0, 0, 3)])
def test_a_frame_without_pixels_is_passed_over_and_counted(stream: LiveStream, shape: tuple[int, ...]) -> None:
    stream.feed(np.zeros((8, 8, 3), np.uint8), 0.0)
    state = stream.feed(np.zeros(shape, np.uint8), 0.1, skipped=2)
    assert (state.time_s, state.dropped) == (0.0, 3)
    assert stream.feed(np.zeros((8, 8, 3), np.uint8), 0.2).faces == 1


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 4), (8, 8, 1), (3,), (2, 8, 8, 3)])
def test_what_is_no_picture_is_one_sentence(stream: LiveStream, shape: tuple[int, ...]) -> None:
    with pytest.raises(MediaError, match="is no picture"):
        stream.feed(np.zeros(shape, np.uint8), 0.0)


@pytest.mark.parametrize("shape", [(478, 2), (0, 2), (468, 3), (468,), (0,), (2, 468, 2)])
def test_landmarks_of_another_shape_are_one_sentence_and_the_stream_goes_on(
    stream: LiveStream, bundle: Bundle, shape: tuple[int, ...]
) -> None:
    odd = np.full(shape, 0.5, np.float32)
    with pytest.raises(LandmarkError, match="468"):
        stream.feed_faces([odd], 0.0, 1.0)
    with pytest.raises(LandmarkError, match="468"):
        LiveStream(bundle, Finder([odd])).feed(np.zeros((8, 8, 3), np.uint8), 0.0)
    assert stream.feed_faces([face()], 0.1, 1.0).faces == 1


@pytest.mark.parametrize(
    "odd",
    [
        face() * np.float32(1e-30),
        face() * 0,
        face() * np.float32(1e-5) + 0.5,
        face() * np.nan,
        face() + np.inf,
        face() * np.array([1, 0], np.float32),
        face() * np.array([0, 1], np.float32),
        np.full((468, 2), 1e38, np.float32),
    ],
)
def test_a_face_of_no_extent_is_no_face(stream: LiveStream, odd: FloatArray) -> None:
    state = stream.feed_faces([odd], 0.0, 1.0)
    assert (state.kind, state.faces, state.emotion) == ("no face", 0, None)
    assert not is_face(odd)
    assert stream.feed_faces([odd, face()], 0.1, 1.0).faces == 1


@pytest.mark.parametrize("aspect", [0.0, -1.0, float("nan"), float("inf"), 1e9])
def test_an_aspect_that_no_picture_has(stream: LiveStream, aspect: float) -> None:
    with pytest.raises(SettingError, match="aspect"):
        stream.feed_faces([face()], 0.0, aspect)
    assert stream.feed_faces([face()], 0.1, 1.0).faces == 1


def overflowing(bundle: Bundle, scale: float = 1e30) -> Bundle:
    """The bundle with all its weights multiplied; each still a finite number."""
    weights = {name: w * np.float32(scale) for name, w in bundle.recogniser.weights.items()}
    assert all(np.isfinite(w).all() for w in weights.values())
    return replace(bundle, recogniser=replace(bundle.recogniser, weights=weights))


def test_outputs_that_are_not_finite_are_one_sentence(bundle: Bundle) -> None:
    points = np.stack([face(0.2 + 0.001 * k) for k in range(12)])
    one = np.ones(12, dtype=np.int64)
    track = Track(points, np.ones(12, dtype=bool), np.arange(1, 13), 1.0, one)
    for starts_neutral in (True, False):
        with pytest.raises(BundleError, match="not finite numbers"):
            predict_track(overflowing(bundle), track, starts_neutral=starts_neutral)
    with pytest.raises(BundleError, match="not finite numbers"):
        LiveStream(overflowing(bundle), Finder([])).feed_faces([face()], 0.0, 1.0)


def test_a_corpus_is_not_judged_by_outputs_that_are_not_finite(bundle: Bundle) -> None:
    with pytest.raises(BundleError, match="not finite numbers"):
        evaluate_bundle(overflowing(bundle), demo_part(3), include_seen=True)
