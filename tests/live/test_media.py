"""Classifying one photo, clip or folder of frames."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from samples import THREE, made_set, made_track, tiny_bundle
from stream_samples import REST, obedient_bundle, speaking_face

from fer_core.base.errors import FerError, LandmarkError, MediaError
from fer_core.datasets.media import read_image
from fer_core.landmarks.detector import open_landmarker
from fer_core.landmarks.extract import extract
from fer_core.landmarks.track import Track
from fer_core.live.media import SURE, predict_image, predict_media, predict_track
from fer_core.live.prediction import Prediction
from fer_core.live.prediction_words import found_words, notes, rule_words, shown_words
from fer_core.live.settings import LiveSettings
from fer_core.models.calibration import Calibration

BUNDLE = tiny_bundle()


def check(said: Prediction) -> None:
    assert tuple(said.log_odds) == THREE == tuple(said.probabilities)
    assert list(said.distribution) == [*THREE, "neutral"]
    assert sum(said.distribution.values()) == pytest.approx(1, abs=1e-6)
    assert said.leading == max(said.log_odds, key=said.log_odds.__getitem__)
    assert said.points.shape == (468, 2)
    assert np.isfinite(said.points).all()


def test_a_photo(shared_data: Path) -> None:
    file = shared_data / "fixtures" / "single_face.jpg"
    said = predict_media(BUNDLE, file)
    check(said)
    assert (said.frames, said.found, said.faces, said.neutral) == (1, 1, 1, "guessed")
    assert predict_image(BUNDLE, read_image(file)).log_odds == said.log_odds
    assert (said.several, said.cut, said.outside, said.frame) == (0, 0, 0, 1)
    assert found_words(said) == "One photo, 1 face. Its resting face is guessed."


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
    largest = faces[int(np.argmax(areas))]
    np.testing.assert_allclose(said.points, largest, atol=1e-3)
    assert (said.faces, said.several) == (len(faces), 1)
    height, width = image.shape[:2]
    left, top, wide, high = said.box
    pixels = largest * height
    np.testing.assert_allclose([left * width, top * height], pixels.min(axis=0), atol=1)
    np.testing.assert_allclose([wide * width, high * height], np.ptp(pixels, axis=0), atol=1)
    assert notes(BUNDLE, said)[0] == (
        "The photo shows 3 faces; only the largest is read, the one whose middle lies 27% from the left and "
        "18% from the top."
    )


def test_a_video(shared_data: Path) -> None:
    said = predict_media(BUNDLE, str(shared_data / "fixtures" / "single_face.mp4"))
    check(said)
    assert said.frames == said.found > 10
    assert said.neutral == "first frame"
    guessed = predict_media(BUNDLE, shared_data / "fixtures" / "single_face.mp4", starts_neutral=False)
    assert guessed.neutral == "guessed"
    assert guessed.log_odds != said.log_odds
    assert found_words(said) == f"{said.frames} frames, a face in {said.found}. " + (
        "Its first frame is taken as the resting face."
    )


def test_a_folder_of_frames_is_what_training_would_see(shared_data: Path, tmp_path: Path) -> None:
    """The same clip through the corpus path and through predict has the same probabilities."""
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
    with pytest.raises(MediaError, match="no file is named"):
        predict_media(BUNDLE, "")


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


# --- what is said beside the reading --------------------------------------------------------------------


def test_a_face_at_the_picture_s_edge_is_said_to_be_cut(shared_data: Path) -> None:
    """The astronaut's picture is cut off through her face: what lies beyond is the detector's guess."""
    image = read_image(shared_data / "fixtures" / "astronaut.png")
    whole = predict_image(BUNDLE, image)
    assert whole.cut == 0 and not any("cut" in note for note in notes(BUNDLE, whole))
    left, _, width, _ = whole.box
    cut = predict_image(BUNDLE, np.ascontiguousarray(image[:, round((left + 0.3 * width) * image.shape[1]) :]))
    assert cut.cut == 1 and 40 < cut.outside < 300
    assert f"{cut.outside} of its 468 landmarks lie outside and are guessed" in " ".join(notes(BUNDLE, cut))


def test_of_a_clip_the_frames_are_counted() -> None:
    track = made_track(20, missed=(3, 4))
    faces = track.faces.copy()
    faces[[5, 6, 7]] = (2, 3, 2)
    points = track.points.copy()
    points[[8, 9], :, 0] -= 0.5  # the face leaves the picture to the left
    said = predict_track(BUNDLE, replace(track, faces=faces, points=points), starts_neutral=True)
    assert (said.frames, said.searched, said.found) == (20, 20, 18)
    assert (said.faces, said.several, said.cut) == (3, 3, 2)
    words = notes(BUNDLE, said)
    assert words[0].startswith("3 of 20 frames show more than one face (up to 3); the largest of each frame")
    assert words[1].startswith("In 2 of 18 frames the face is cut")
    assert words[2].startswith("2 of 20 frames show no face")
    assert rule_words(said) == "the largest of each frame"


def test_as_many_faces_as_are_looked_for_may_be_more() -> None:
    one = made_track(1)
    said = predict_track(BUNDLE, replace(one, faces=np.array([4])), starts_neutral=False)
    assert "at least 4 faces" in found_words(said) and "at least 4 faces" in notes(BUNDLE, said)[0]


def test_an_uncalibrated_recogniser_is_said_to_be_one() -> None:
    said = predict_track(BUNDLE, made_track(12), starts_neutral=True)
    assert notes(BUNDLE, said) == ["This recogniser was never calibrated: its probabilities may be too high."]
    assert notes(replace(BUNDLE, calibration=Calibration()), said) == []


def test_the_frame_that_is_drawn_is_the_one_that_speaks_most() -> None:
    """A face that goes to an expression and half the way back: the peak is drawn, not the end."""
    there = np.concatenate([np.linspace(0, 1, 10), np.linspace(1, 0.4, 10)])
    peak = speaking_face({"happiness": 0.9}) - REST
    points = (REST + there[:, None, None] * peak).astype(np.float32)
    ones = np.ones(20, dtype=np.int64)
    track = Track(points, ones.astype(bool), np.arange(1, 21), 4 / 3, ones)
    said = predict_track(obedient_bundle(), track, starts_neutral=True)
    assert said.decide(LiveSettings()) == ("rest", None), "this recogniser looks at the end alone"
    assert said.leading == "happiness" and said.frame == 10
    np.testing.assert_array_equal(said.points, points[9])
    assert shown_words(said) == "Frame 10: of those that were read, by itself it speaks most for happiness."
