"""Pictures and labels in .npy files beside each other: shapes, kinds of numbers, codes, damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer_core.base.emotions import FER2013_CODES
from fer_core.base.errors import CorpusError, SettingError
from fer_core.datasets.images.catalog import open_images, recognise_images

from .trees import npy, put, whys

PIXELS = np.random.default_rng(1).integers(0, 256, (7, 12, 12), np.uint8)
PIXELS[0, 0, 0], PIXELS[0, 0, 1] = 0, 255
CODES = np.arange(7)


def pair(root: Path, images: np.ndarray = PIXELS, labels: np.ndarray = CODES, **names: str) -> Path:
    """A folder with one pair of files."""
    put(root / names.get("x", "X_train.npy"), npy(images))
    put(root / names.get("y", "y_train.npy"), npy(labels))
    return root


def test_numbers_are_asked_for_and_told(tmp_path: Path) -> None:
    root = pair(tmp_path / "in")
    pair(root, PIXELS[:3], CODES[:3], x="X_test.npy", y="y_test.npy")
    assert recognise_images(root) == "npy" == recognise_images(root / "X_train.npy")
    with pytest.raises(CorpusError, match="labels are 0 to 6, and corpora differ"):
        open_images(root)
    corpus = open_images(root, codes="fer2013")
    assert corpus.emotion[:7].tolist() == list(FER2013_CODES.values()) and "0 anger, 1 disgust" in corpus.note
    assert {p: sum(n.values()) for p, n in corpus.parts.items()} == {"train": 7, "test": 3}
    assert corpus.item[0] == "X_train/0" and corpus.item[-1] == "X_test/2" and corpus.size == 12
    assert (corpus.source.read(6) == PIXELS[6]).all() and (corpus.source.read(8) == PIXELS[1]).all()
    assert corpus.key == open_images(root, codes="fer2013").key


@pytest.mark.parametrize(
    "images",
    [
        PIXELS[..., None],
        PIXELS[:, None],
        PIXELS.reshape(7, 144),
        PIXELS / 255,
        (PIXELS / 255).astype("f4"),
        PIXELS.astype("f8"),
        PIXELS.astype("i8"),
        np.asfortranarray(PIXELS),
    ],
)
def test_usual_forms_of_pictures_give_the_same_pixels(tmp_path: Path, images: np.ndarray) -> None:
    corpus = open_images(pair(tmp_path / "in", images), codes="fer2013")
    assert all((corpus.source.read(k) == PIXELS[k]).all() for k in range(7))


@pytest.mark.parametrize("last", [True, False])
def test_colour_is_told(tmp_path: Path, last: bool) -> None:
    colour = np.stack([PIXELS, PIXELS[:, ::-1], PIXELS[::-1]], axis=-1 if last else 1)
    corpus = open_images(pair(tmp_path / "in", colour), codes="fer2013")
    assert corpus.source.read(2).shape == (12, 12, 3) and (corpus.source.read(2)[..., 0] == PIXELS[2]).all()
    assert "red, green, blue" in corpus.note


@pytest.mark.parametrize(
    "labels",
    [
        CODES[:, None],
        CODES.astype("f4"),
        np.eye(7),
        np.eye(7, dtype=np.uint8),
        np.array([e.encode() for e in FER2013_CODES.values()]),
        np.array(list(FER2013_CODES.values())),
    ],
)
def test_usual_forms_of_labels(tmp_path: Path, labels: np.ndarray) -> None:
    root = pair(tmp_path / "in", labels=labels)
    corpus = open_images(root, codes=None if labels.dtype.kind in "SU" else "fer2013")
    assert corpus.emotion.tolist() == list(FER2013_CODES.values())


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("x_train.npy", "Y_train.npy"),
        ("Xtrain.npy", "ytrain.npy"),
        ("train_images.npy", "train_labels.npy"),
        ("images.npy", "labels.npy"),
        ("fer_images_val.npy", "fer_emotions_val.npy"),
        ("X.NPY", "y.npy"),
    ],
)
def test_other_names_are_pairs(tmp_path: Path, x: str, y: str) -> None:
    corpus = open_images(pair(tmp_path / "in", x=x, y=y), codes="fer2013")
    assert set(corpus.parts) == {"train" if "train" in x else "validation" if "val" in x else ""}


def test_bad_rows_cost_themselves_only(tmp_path: Path) -> None:
    images = (PIXELS / 255).copy()
    images[2, 3, 3] = np.nan
    labels = np.array([0.0, 1, 2, np.nan, 4, 1e300, 99])
    root = pair(tmp_path / "in", images, labels)
    put(root / "mean.npy", npy(np.zeros(3)))
    put(root / "X_extra.npy", npy(PIXELS))
    corpus = open_images(root, codes="fer2013")
    assert corpus.item.tolist() == ["X_train/0", "X_train/1", "X_train/4"]
    told = whys(corpus)
    assert told["X_train/2"] == "a pixel of it is no number" and "out of range" in told["X_train/6"]
    assert "X_extra.npy" in told and "X_train/3" in told and "X_train/5" in told


def header(shape: str, descr: str = "|u1") -> bytes:
    """A .npy file that claims a shape and holds nothing."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        b"\x93NUMPY",
        npy(PIXELS)[:-1],
        npy(PIXELS[:0]),
        npy(np.array(3)),
        header("(7, 48, 48)"),
        header("(400000000, 48, 48)"),
        header("(4611686018427387904, 8, 8)"),
        header("(-7, 12, 12)"),
        header("((7, 12, 12)"),
        header("(7, 12, 12)", "\x1d"),
        header("(" * 3000 + ")" * 3000),
        npy(np.array([{}] * 7, dtype=object)),
        npy(PIXELS.astype("c8")),
        npy(PIXELS - 300.0),
        npy(PIXELS / 10 - 5),
        npy(PIXELS[:6]),
        npy(PIXELS.reshape(7, 9, 16, 1, 1)),
        npy(np.zeros((7, 145))),
    ],
)
def test_what_is_no_array_of_pictures_is_one_sentence(tmp_path: Path, data: bytes) -> None:
    root = pair(tmp_path / "in")
    (root / "X_train.npy").write_bytes(data)
    with pytest.raises(CorpusError) as caught:
        open_images(root, codes="fer2013")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Planted:
        def __reduce__(self) -> tuple[object, tuple[Path]]:
            return Path.touch, (tmp_path / "ran",)

    root = pair(tmp_path / "in", labels=np.array([Planted()] * 7, dtype=object))
    with pytest.raises(CorpusError, match="nothing is unpickled"):
        open_images(root, codes="fer2013")
    assert not (tmp_path / "ran").exists()


def test_parts_of_different_sizes_and_orders_for_names_are_refused(tmp_path: Path) -> None:
    root = pair(tmp_path / "in")
    pair(root, np.zeros((2, 9, 9), np.uint8), CODES[:2], x="X_test.npy", y="y_test.npy")
    with pytest.raises(CorpusError, match=r"X_test.npy are \(9, 9\)"):
        open_images(root, codes="fer2013")
    names = pair(tmp_path / "names", labels=np.array(list(FER2013_CODES.values())))
    with pytest.raises(SettingError, match="names of emotions"):
        open_images(names, codes="fer2013")


def test_an_npz_without_names_of_its_labels_asks_too(tmp_path: Path) -> None:
    np.savez(tmp_path / "fer.npz", images=PIXELS, label=CODES)
    with pytest.raises(CorpusError, match="labels are 0 to 6, and corpora differ"):
        open_images(tmp_path / "fer.npz")
    corpus = open_images(tmp_path / "fer.npz", codes="fer2013")
    assert corpus.emotion.tolist() == list(FER2013_CODES.values()) and "6 neutral" in corpus.note
