"""Classifying one photo, clip or folder of frames."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from samples import THREE, made_set, made_track, tiny_bundle

from fer_core.datasets.media import read_image
from fer_core.errors import FerError, LandmarkError, MediaError
from fer_core.landmarks.detector import open_landmarker
from fer_core.landmarks.extract import extract
from fer_core.landmarks.track import Track
from fer_core.live.media import SURE, Prediction, predict_bytes, predict_image, predict_media, predict_track

BUNDLE = tiny_bundle()


def check(said: Prediction) -> None:
    assert set(said.probabilities) == set(THREE)
    assert all(0 <= p <= 1 for p in said.probabilities.values())
    assert said.probabilities[said.emotion] == max(said.probabilities.values())
    assert said.points.shape == (468, 2)
    assert np.isfinite(said.points).all()


def test_a_photo(shared_data: Path) -> None:
    file = shared_data / "fixtures" / "single_face.jpg"
    said = predict_media(BUNDLE, file)
    check(said)
    assert (said.frames, said.found, said.faces, said.neutral) == (1, 1, 1, "guessed")
    same = predict_bytes(BUNDLE, file.read_bytes(), "upload.jpg")
    assert same.probabilities == predict_image(BUNDLE, read_image(file)).probabilities == said.probabilities


def test_several_faces_are_counted_and_the_largest_is_classified(shared_data: Path) -> None:
    image = read_image(shared_data / "fixtures" / "multi_face.jpg")
    said = predict_image(BUNDLE, image)
    assert said.faces >= 2
    landmarker = open_landmarker("still", max_faces=4, min_confidence=SURE)
    faces = landmarker.detect(image)
    landmarker.close()
    # At the lower threshold the half-hidden man at (0.77, 0.48) comes with a mesh that is too large.
    np.testing.assert_allclose(said.points.mean(axis=0), [0.41, 0.19], atol=0.03)
    areas = [np.prod(np.ptp(f, axis=0)) for f in faces]
    np.testing.assert_allclose(said.points, faces[int(np.argmax(areas))], atol=1e-3)


def test_a_video(shared_data: Path) -> None:
    said = predict_media(BUNDLE, str(shared_data / "fixtures" / "single_face.mp4"))
    check(said)
    assert said.frames == said.found > 10
    assert said.neutral == "first frame"
    guessed = predict_media(BUNDLE, shared_data / "fixtures" / "single_face.mp4", starts_neutral=False)
    assert guessed.neutral == "guessed"
    assert guessed.probabilities != said.probabilities


def test_a_folder_of_frames_is_what_training_would_see(shared_data: Path, tmp_path: Path) -> None:
    """The same clip through the corpus path and through predict has the same probabilities."""
    from dataclasses import replace

    from fer_core.datasets.catalog import open_corpus

    corpus = open_corpus(shared_data / "ckplus_sample")
    clip = min(corpus.clips, key=lambda c: len(c.frames))
    said = predict_media(BUNDLE, clip.frames[0].parent)
    check(said)
    assert said.frames == len(clip.frames)
    landmarks = extract(replace(corpus, clips=(clip,)), workers=1)
    by_corpus = BUNDLE.recogniser.probabilities(landmarks)[0]
    np.testing.assert_allclose(list(said.probabilities.values()), by_corpus, atol=1e-3)


def test_a_folder_with_one_frame_is_a_photo(shared_data: Path, tmp_path: Path) -> None:
    shutil.copy(shared_data / "fixtures" / "single_face.jpg", tmp_path / "bild mit ü.jpg")
    said = predict_media(BUNDLE, tmp_path)
    assert said.neutral == "guessed"
    assert said.frames == 1


@pytest.mark.parametrize("name", ["no-faces.jpg"])
def test_no_face_is_one_sentence(name: str, shared_data: Path) -> None:
    with pytest.raises(LandmarkError, match=r"no face was found \(no-faces.jpg\)"):
        predict_media(BUNDLE, shared_data / "fixtures" / name)


def test_bad_files_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "zero.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "text.mp4").write_text("hello")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty").mkdir()
    for name in ("zero.png", "text.png", "text.mp4", "notes.txt", "empty", "absent.png"):
        with pytest.raises(FerError) as caught:
            predict_media(BUNDLE, tmp_path / name)
        assert "\n" not in str(caught.value)
        assert name in str(caught.value)
    with pytest.raises(MediaError, match=r"upload\.png"):
        predict_bytes(BUNDLE, b"hello", "upload.png")


def test_a_clip_whose_first_frame_has_no_face_has_no_neutral_frame() -> None:
    """As in training: the first face seen may already show the expression."""
    assert predict_track(BUNDLE, made_track(20), starts_neutral=True).neutral == "first frame"
    assert predict_track(BUNDLE, made_track(20, missed=(0, 1)), starts_neutral=True).neutral == "guessed"


def test_a_single_seen_frame_is_no_neutral_frame() -> None:
    track = made_track(20, missed=tuple(range(1, 20)))
    said = predict_track(BUNDLE, track, starts_neutral=True)
    assert (said.neutral, said.frames, said.found) == ("guessed", 20, 1)


def test_a_track_without_any_face_is_refused() -> None:
    with pytest.raises(LandmarkError):
        predict_track(BUNDLE, made_track(3, missed=(0, 1, 2)), starts_neutral=True)


def test_a_track_gives_the_recognisers_own_probabilities() -> None:
    clips = made_set(2, seed=4)
    for i in range(len(clips)):
        track = Track(clips.points[i], np.ones(10, bool), np.arange(1, 11), 1.3, np.ones(10, np.int64))
        said = predict_track(BUNDLE, track, starts_neutral=True)
        np.testing.assert_allclose(
            list(said.probabilities.values()), BUNDLE.recogniser.probabilities(clips.take([i]))[0], atol=1e-6
        )
