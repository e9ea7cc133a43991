"""Images in an .npz: the real files, every optional column, and files that are none."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_core.base.errors import CorpusError
from fer_core.datasets.images.arrays import open_arrays
from fer_core.datasets.images.catalog import open_images

from ..builders import whys
from .trees import blobs


def put_arrays(file: Path, **arrays: Any) -> Path:
    """Four images, labelled happy, sad, sad, happy; given arrays replace or add, None removes."""
    usual = {
        "images": np.stack([blobs(k, 16) for k in range(4)]),
        "label": np.array([0, 1, 1, 0], np.int8),
        "label_names": np.array(["happy", "sad"]),
    }
    kept = {k: v for k, v in (usual | arrays).items() if v is not None}
    np.savez(file, **kept)
    return file


def test_the_usual_arrays(tmp_path: Path) -> None:
    usage = np.array(["Training", "PublicTest", "test", "Validation"])
    corpus = open_images(put_arrays(tmp_path / "faces.npz", usage=usage))
    assert corpus.format == "arrays" and corpus.name == "faces" and corpus.size == 16
    assert corpus.emotion.tolist() == ["happiness", "sadness", "sadness", "happiness"]
    assert corpus.part.tolist() == ["train", "validation", "test", "validation"]
    assert corpus.item[0] == "Training/0" and (corpus.source.read(2) == blobs(2, 16)).all()
    assert open_images(tmp_path).key == corpus.key, "a folder with nothing but the file"


def test_images_are_mapped_and_colour_is_kept(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 255, (4, 10, 12, 3), np.uint8)
    corpus = open_arrays(put_arrays(tmp_path / "a.npz", images=images))
    assert isinstance(corpus.source.images, np.memmap) and corpus.size is None
    assert (corpus.source.read(3) == images[3]).all()


def test_rows_without_a_usable_label_are_left_out(tmp_path: Path) -> None:
    odd = put_arrays(tmp_path / "a.npz", label=np.array([0, 5, -1, 1]), usage=np.array(["Training"] * 3 + ["?"]))
    assert open_arrays(odd).item.tolist() == ["Training/0"]
    assert whys(open_arrays(odd)) == {
        "Training/1": "its label '5' is no emotion",
        "Training/2": "its label '-1' is no emotion",
        "?/3": "its usage '?' is unknown",
    }
    named = put_arrays(tmp_path / "b.npz", label=None, emotion=np.array(["anger", "", "bored", "fear"]))
    assert open_arrays(named).emotion.tolist() == ["anger", "fear"]
    assert whys(open_arrays(named)) == {"row/1": "it is unlabelled", "row/2": "its label 'bored' is no emotion"}


@pytest.mark.parametrize(
    ("arrays", "why"),
    [
        ({"images": None}, "no array called images"),
        ({"images": np.zeros((4, 8, 8), np.float32)}, "its images are float32"),
        ({"images": np.zeros((4, 64), np.uint8)}, "its images are uint8"),
        ({"images": np.zeros((4, 8, 8, 4), np.uint8)}, "its images are uint8"),
        ({"images": np.zeros((5, 8, 8), np.uint8)}, "label has 4 rows, and images has 5"),
        ({"label": None}, "neither label with label_names nor emotion"),
        ({"label": np.zeros(4)}, "not whole numbers"),
        ({"label_names": np.array([{"a": 1}], dtype=object)}, "no .npz of arrays"),
        ({"images": np.zeros((0, 8, 8), np.uint8), "label": np.zeros(0, int)}, "no usable image"),
    ],
)
def test_arrays_that_do_not_fit_are_one_sentence(tmp_path: Path, arrays: dict[str, Any], why: str) -> None:
    with pytest.raises(CorpusError, match=why.replace(".", r"\.")):
        open_arrays(put_arrays(tmp_path / "a.npz", **arrays))


def test_files_that_are_no_npz_are_one_sentence(tmp_path: Path) -> None:
    file = put_arrays(tmp_path / "a.npz")
    data = file.read_bytes()
    for content in (b"", b"PK", data[: len(data) // 2], b"hello" * 100):
        file.write_bytes(content)
        with pytest.raises(CorpusError):
            open_arrays(file)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("images.npy", b"\x93NUMPY broken")
    with pytest.raises(CorpusError):
        open_arrays(file)
    with pytest.raises(CorpusError, match="cannot be read"):
        open_arrays(tmp_path / "absent.npz")


def test_votes_are_used_when_asked_for(tmp_path: Path) -> None:
    votes = np.array([[9, 1], [5, 5], [0, 10], [-1, -1]], np.int8)
    file = put_arrays(tmp_path / "a.npz", ferplus_votes=votes, ferplus_columns=np.array(["fear", "anger"]))
    assert open_images(file).emotion.tolist() == ["happiness", "sadness", "sadness", "happiness"]
    assert open_images(file, labels="majority").emotion.tolist() == ["fear", "anger"]
    assert len(open_images(file, labels="soft")) == 3
    plain = put_arrays(tmp_path / "b.npz")
    assert len(open_images(plain, labels="majority")) == 4, "its labels are all the labels it has"
    with pytest.raises(CorpusError, match="no votes"):
        open_images(plain, labels="soft")


def test_real_fer2013(shared_data: Path) -> None:
    file = shared_data / "fer2013_train_public.npz"
    data = np.load(file, allow_pickle=False)
    corpus = open_images(file)
    assert {p: sum(n.values()) for p, n in corpus.parts.items()} == {"train": 28_709, "validation": 3_589}
    tally = np.bincount(data["label"], minlength=7)
    spelled = dict(zip(data["label_names"].tolist(), tally.tolist(), strict=True))
    assert corpus.counts["anger"] == spelled["angry"] and corpus.counts["neutral"] == spelled["neutral"]
    assert corpus.omissions == () and len(corpus) == tally.sum()


def test_real_ckplus48(shared_data: Path) -> None:
    """Apex frames, with subjects; neutral frames only on request."""
    file = shared_data / "ckplus48.npz"
    data = dict(np.load(file, allow_pickle=False).items())
    apex = (data["phase"] == "apex") & (data["emotion"] != "")
    corpus = open_images(file)
    assert len(corpus) == apex.sum() == 915 and corpus.subjects_known
    assert corpus.subject.tolist() == data["subject"][apex].tolist()
    assert corpus.item[0] == "S005/001/9" and "neutral" not in corpus.emotions
    more = open_images(file, neutral=True)
    assert more.counts["neutral"] == (data["phase"] == "neutral").sum()
