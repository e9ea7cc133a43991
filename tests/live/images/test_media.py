"""A photo and a clip read as pictures: the largest face, as it would be on a stream."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from image_bundle_samples import BANDS, band_bundle

from fer_core.base.errors import LandmarkError, MediaError, SettingError
from fer_core.datasets.base import Clip
from fer_core.datasets.media import read_image
from fer_core.live.images.face_reader import face_reader
from fer_core.live.images.media import predict_apex, predict_picture
from fer_core.live.media import faces_of
from fer_core.live.predict import predict
from fer_core.live.prediction_words import found_words, notes, rule_words
from fer_core.live.settings import LiveSettings
from fer_core.models.images.bundle import ImageBundle, load_image_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> ImageBundle:
    return load_image_bundle(band_bundle(tmp_path_factory.mktemp("m") / "bands"), arrays=False)


def test_the_largest_face_of_a_photo_is_read(bundle: ImageBundle, shared_data: Path) -> None:
    image = read_image(shared_data / "fixtures" / "multi_face.jpg")
    faces = faces_of(image)
    assert len(faces) > 1
    said = predict_picture(bundle, image)
    assert (said.faces, said.found, said.frames, said.neutral) == (len(faces), 1, 1, "not needed")
    np.testing.assert_array_equal(said.points, faces[0])
    expected = face_reader(bundle).look(image, faces[:1])[0]
    assert list(said.distribution) == [*BANDS]
    np.testing.assert_allclose(list(said.distribution.values()), expected, atol=1e-6)
    np.testing.assert_allclose(list(said.probabilities.values()), expected, atol=1e-5)  # from the log odds
    assert said.leading == max(("happiness", "surprise"), key=said.distribution.__getitem__)
    assert (said.several, said.searched) == (1, 1)
    assert found_words(said).startswith(f"One photo, {len(faces)} faces. The face is cut out")
    assert notes(bundle, said)[0].startswith(f"The photo shows {len(faces)} faces; only the largest is read")


def test_without_a_face_it_is_read_only_if_it_is_one_already(bundle: ImageBundle, shared_data: Path) -> None:
    photo = shared_data / "fixtures" / "no-faces.jpg"
    with pytest.raises(LandmarkError, match=r"no face was found.*read it as it is"):
        predict(bundle, photo)
    bright = np.zeros((60, 90, 3), np.uint8)
    bright[20:40] = 255  # the middle band of the central square
    said = predict_picture(bundle, bright, as_is=True)
    assert said.decide(LiveSettings()) == ("emotion", "surprise") and said.leading == "surprise"
    assert (said.faces, said.searched, said.box, said.outside) == (0, 0, None, 0)
    assert "read as it is" in found_words(said) and rule_words(said) == "the picture as it is"
    assert sum(predict(bundle, photo, as_is=True).distribution.values()) == pytest.approx(1, abs=1e-5)


def test_a_clip_is_read_at_its_end(bundle: ImageBundle, shared_data: Path) -> None:
    clip = Clip("c", "c", None, video=shared_data / "fixtures" / "single_face.mp4")
    said, image = predict_apex(bundle, clip)
    assert said.frames > 1 and image.ndim == 3
    again = predict_picture(bundle, image)
    assert said.distribution == pytest.approx(again.distribution, abs=1e-6)
    assert predict(bundle, clip.video).distribution == said.distribution
    assert (said.frame, said.searched) == (said.frames, 1)
    assert f"the last one with a face is read, frame {said.frames}" in found_words(said)
    with pytest.raises(LandmarkError, match=r"in the last \d+ frames"):
        predict(bundle, shared_data / "fixtures" / "no_face.mp4")


def test_a_bundle_that_knows_no_neutral_does_not_speak_of_it(tmp_path: Path) -> None:
    two = load_image_bundle(band_bundle(tmp_path / "two", ("anger", "happiness")), arrays=False)
    said = predict_picture(two, np.zeros((50, 50, 3), np.uint8), as_is=True)
    assert set(said.probabilities) == set(said.log_odds) == {"anger", "happiness"}
    assert said.distribution["neutral"] == 0
    assert notes(two, said) == ["This model knows no resting face, so it never answers rest."]


def test_what_cannot_be_read_is_one_sentence(bundle: ImageBundle, tmp_path: Path) -> None:
    from samples import tiny_bundle

    (tmp_path / "notes.txt").write_text("no")
    with pytest.raises(MediaError, match="does not exist"):
        predict(bundle, tmp_path / "absent.png")
    with pytest.raises(MediaError, match="neither a photo nor a video"):
        predict(bundle, tmp_path / "notes.txt")
    with pytest.raises(SettingError, match="as it is"):
        predict(tiny_bundle(), tmp_path / "x.png", as_is=True)
