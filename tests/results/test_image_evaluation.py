"""An image bundle judged: on which pictures, with which labels left out, and never on what it learnt from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from image_bundle_samples import BANDS, band_bundle

from fer_core.base.errors import BundleError, ProtocolError
from fer_core.cli.main import main
from fer_core.datasets.copies.digests import pixel_digests
from fer_core.datasets.images.base import ImageCorpus, held_out
from fer_core.datasets.images.catalog import open_images
from fer_core.datasets.images.sources import ArraySource
from fer_core.models.images.graph import ImageReader
from fer_core.models.images.trained_pictures import SEEN, load_seen, save_seen
from fer_core.results.images.evaluation import evaluate_images
from fer_core.results.images.unseen_subset import family

SIDE = 24


def banded(
    emotions: list[str], parts: list[str], subjects: list[str] | None = None, name: str = "other"
) -> ImageCorpus:
    """Noise with a bright band that says its emotion; an emotion without a band gets the middle one."""
    generator = np.random.default_rng(3)
    drawn = generator.integers(0, 60, (len(emotions), SIDE, SIDE)).astype(np.uint8)
    for image, emotion in zip(drawn, emotions, strict=True):
        first = 8 * (BANDS.index(emotion) if emotion in BANDS else 1)
        image[first : first + 8] += 150
    item = np.array([f"{k}" for k in range(len(emotions))])
    return ImageCorpus(
        name,
        "arrays",
        None,
        ArraySource(drawn),
        item,
        np.array(emotions),
        np.array(parts),
        item if subjects is None else np.array(subjects),
        subjects is not None,
        None,
        np.arange(len(item)),
    )


@pytest.fixture
def reader(tmp_path: Path) -> ImageReader:
    return ImageReader(band_bundle(tmp_path / "bands"))


def test_it_is_judged_on_what_the_corpus_holds_out(reader: ImageReader) -> None:
    shown = ["happiness", "surprise", "neutral"] * 4
    corpus = banded(shown, ["train"] * 6 + ["validation"] * 6)
    corpus.emotion[7] = "neutral"  # one label that is wrong, on the held-out side
    found = evaluate_images(reader, corpus)
    assert (found["n"], found["accuracy"]) == (6, pytest.approx(5 / 6, abs=1e-6))
    assert found["protocol"] == "image bundle on pictures it has not seen, validation part"
    assert evaluate_images(reader, corpus, part="train")["accuracy"] == 1
    with pytest.raises(ProtocolError, match=r"no test part.*train or validation"):
        evaluate_images(reader, corpus, part="test")
    assert evaluate_images(reader, banded(shown, [""] * 12))["n"] == 12


def test_labels_that_do_not_fit_are_said_by_name(reader: ImageReader) -> None:
    corpus = banded(["happiness", "surprise", "fear", "fear", "contempt"], [""] * 5)
    found = evaluate_images(reader, corpus)
    assert found["n"] == 2
    notes = " ".join(found["notes"])
    assert "2 pictures show fear" in notes and "1 pictures show contempt" in notes
    assert "no picture shows neutral" in notes
    with pytest.raises(ProtocolError, match="no picture shows an emotion that the bundle knows"):
        evaluate_images(reader, banded(["fear", "anger"], ["", ""]))


def test_pictures_it_learnt_from_are_known_by_their_pixels_in_any_copy_of_the_corpus(tmp_path: Path) -> None:
    folder = band_bundle(tmp_path / "bands")
    corpus = banded(["happiness", "surprise", "neutral"] * 4, [""] * 12)
    save_seen(folder, pixel_digests(corpus, np.arange(5))[0])
    reader = ImageReader(folder)
    found = evaluate_images(reader, corpus)
    assert found["n"] == 7
    assert "5 pictures with the pixels of pictures it was trained on were left out" in found["notes"]
    turned = replace(corpus, source=ArraySource(corpus.source.images[:, :, ::-1].copy()))
    colour = replace(corpus, source=ArraySource(np.repeat(corpus.source.images[..., None], 3, axis=3)))
    assert evaluate_images(reader, turned)["n"] == evaluate_images(reader, colour)["n"] == 7
    everything = evaluate_images(reader, corpus, include_seen=True)
    assert everything["n"] == 12 and "all pictures" in everything["protocol"]
    save_seen(folder, pixel_digests(corpus, np.arange(12))[0])
    with pytest.raises(ProtocolError, match="trained on every picture"):
        evaluate_images(ImageReader(folder), corpus)


@pytest.mark.parametrize(
    ("about", "n"),
    [
        ({"protocol": "official", "tested": "validation"}, 6),  # of that part alone
        ({"protocol": "subject-kfold", "subjects": ["A", "B"]}, 6),
        ({"protocol": "kfold", "tested": "fold 1 of 5"}, None),
    ],
)
def test_without_a_list_of_pictures_people_or_parts_say_what_was_seen(
    about: dict[str, object], n: int | None, tmp_path: Path
) -> None:
    folder = band_bundle(tmp_path / "bands", **(about | {"corpus": "FER 2013 (train)", "format": "arrays"}))
    shown, parts = ["happiness", "surprise", "neutral"] * 4, ["train"] * 6 + ["validation"] * 6
    people = [*"AABBCC"] * 2 if "subjects" in about else None
    corpus = banded(shown, parts, people, name="fer2013_train_public")
    if n is None:
        with pytest.raises(ProtocolError, match="which pictures is not stored"):
            evaluate_images(ImageReader(folder), corpus)
        return
    part = "validation"
    found = evaluate_images(ImageReader(folder), corpus, part=part)
    assert found["n"] == (2 if people else n)
    if not people:
        with pytest.raises(ProtocolError, match="trained on every picture"):
            evaluate_images(ImageReader(folder), corpus, part="train")
    other = replace(corpus, name="elsewhere")  # another corpus, whose people happen to have the same names
    assert evaluate_images(ImageReader(folder), other, part=part)["n"] == 6


@pytest.mark.parametrize(
    ("form", "name", "expected"),
    [
        ("fer2013", "train", "FER2013"),
        ("ferplus", "x", "FER2013"),
        ("arrays", "FER_2013 public", "FER2013"),
        ("rafdb-folders", "x", "RAF-DB"),
        ("folder", "RAF-DB aligned", "RAF-DB"),
        ("ckplus48", "x", "CK+"),
        ("folder", "My Faces", "myfaces"),
    ],
)
def test_forms_of_one_corpus_belong_together(form: str, name: str, expected: str) -> None:
    assert family(form, name) == expected


def test_a_damaged_list_of_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / SEEN).write_bytes(b"\x93NUMPY no")
    with pytest.raises(BundleError, match="list of pictures"):
        load_seen(tmp_path)
    np.save(tmp_path / SEEN, np.zeros(3))
    with pytest.raises(BundleError, match="no list of digests"):
        load_seen(tmp_path)


def test_a_picture_that_cannot_be_read_is_told_and_the_rest_goes_on(reader: ImageReader) -> None:
    corpus = banded(["happiness", "surprise", "neutral"], [""] * 3)

    class Torn(ArraySource):
        def read(self, position: int) -> np.ndarray:
            from fer_core.base.errors import MediaError

            if position == 1:
                raise MediaError("the file is cut off", where="1")
            return super().read(position)

    torn = Torn(np.pad(corpus.source.images, ((0, 0), (0, 1), (0, 1)), mode="edge"))  # not the wanted size
    found = evaluate_images(reader, replace(corpus, source=torn))
    assert found["n"] == 2
    assert [r["clip"] for r in found["rejected"]] == ["1"]


# --- from the command line ------------------------------------------------------------------------------


def test_evaluate_and_predict_take_image_bundles(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, shared_data: Path
) -> None:
    folder = band_bundle(tmp_path / "bands", size=48)
    assert main(["evaluate", str(folder), str(shared_data / "fer2013_excerpt.csv"), "--json"]) == 0
    got = json.loads(capsys.readouterr().out)
    corpus = open_images(shared_data / "fer2013_excerpt.csv")
    held, _ = held_out(corpus)
    assert got["n"] == int(np.isin(corpus.emotion[held], BANDS).sum())
    assert any("show anger" in note for note in got["notes"])
    assert main(["evaluate", str(folder), str(shared_data / "fer2013_excerpt.csv"), "--part", "train"]) == 0
    assert "pictures" in capsys.readouterr().out.splitlines()[0]
    photo = shared_data / "fixtures" / "single_face.jpg"
    assert main(["predict", str(folder), str(photo), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert set(said["probabilities"]) == set(BANDS) and said["faces"] == 1 and said["neutral"] == "not needed"
    assert sum(said["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert main(["predict", str(folder), str(photo), "--as-is"]) == 0
    for words in (["evaluate", folder, "demo", "--stream"], ["evaluate", folder, photo, "--no-calibration"]):
        assert main([str(w) for w in words]) == 1
        assert "means nothing to an image model" in capsys.readouterr().err


def test_last_frames_of_real_clips_are_read_with_their_faces_cut_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, shared_data: Path
) -> None:
    folder = band_bundle(tmp_path / "bands", size=48)
    assert main(["evaluate", str(folder), str(shared_data / "ckplus_sample"), "--neutral", "--json"]) == 0
    got = json.loads(capsys.readouterr().out)
    assert "faces cut out" in got["protocol"]
    assert got["subjects"] == 5 and got["per_emotion"]["neutral"]["tp"] + got["per_emotion"]["neutral"]["fn"] == 18
    assert got["rejected"] == []
