"""Pixels at a model's size: every usual kind of file, what cannot be read, resizing, bounded memory."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_core.base.errors import MediaError, SettingError
from fer_core.datasets.images.base import ImageCorpus
from fer_core.datasets.images.catalog import open_images
from fer_core.datasets.images.pixels import fitted, pixels, readable_pixels
from fer_core.datasets.images.sources import ArraySource, FileSource
from fer_core.datasets.picture_headers import is_animated
from fer_core.datasets.signatures import IMAGE_WORDS

from ..builders import put, put_empty
from .trees import blobs, png, put_by_emotion

COLOUR = (200, 60, 20)


def of_files(root: Path, files: dict[str, bytes]) -> ImageCorpus:
    for name, data in files.items():
        put(root / "happy" / name, data) if data else put_empty(root / "happy" / name)
    put(root / "sad" / "other.png", png(blobs(99)))
    return open_images(root)


def of_array(images: np.ndarray) -> ImageCorpus:
    n = len(images)
    item = np.array([f"row/{k}" for k in range(n)])
    return ImageCorpus(
        "a",
        "arrays",
        None,
        ArraySource(images),
        item,
        np.full(n, "fear"),
        np.full(n, ""),
        item,
        False,
        None,
        np.arange(n),
    )


def animated(data: bytes) -> bytes:
    """A PNG with the chunk that announces an animation."""
    body = struct.pack(">II", 2, 0)
    chunk = struct.pack(">I", 8) + b"acTL" + body + struct.pack(">I", zlib.crc32(b"acTL" + body))
    at = data.index(b"IDAT") - 4
    return data[:at] + chunk + data[at:]


def test_every_usual_kind_of_file_becomes_the_same_colour(tmp_path: Path) -> None:
    from PIL import Image

    rgb = np.full((20, 20, 3), COLOUR, np.uint8)
    alpha = np.dstack([rgb[..., ::-1], np.full((20, 20), 128, np.uint8)])
    cmyk = io.BytesIO()
    Image.fromarray(rgb).convert("CMYK").save(cmyk, "JPEG", quality=95)
    deep = rgb[..., ::-1].astype(np.uint16) * 257
    files = {
        "plain.png": png(rgb),
        "alpha.png": cv2.imencode(".png", alpha)[1].tobytes(),
        "cmyk.jpg": cmyk.getvalue(),
        "deep.png": cv2.imencode(".png", deep)[1].tobytes(),
        "deep.tiff": cv2.imencode(".tiff", deep)[1].tobytes(),
        "plain.jpg": cv2.imencode(".jpg", rgb[..., ::-1])[1].tobytes(),
        "plain.bmp": cv2.imencode(".bmp", rgb[..., ::-1])[1].tobytes(),
    }
    corpus = of_files(tmp_path, files)
    at = np.flatnonzero(corpus.emotion == "happiness")
    shown = pixels(corpus, at, 20, 3)
    assert shown.shape == (7, 20, 20, 3) and shown.dtype == np.uint8
    apart = np.abs(shown.astype(int) - COLOUR).max(axis=(1, 2, 3))
    assert dict(zip(corpus.item[at].tolist(), (apart <= 4).tolist(), strict=True)) == {
        f"happy/{name}": True for name in files
    }


def test_what_cannot_be_read_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    whole = png(blobs(1))
    files = {
        "a.png": whole,
        "cut.png": whole[: len(whole) // 2],
        "empty.png": b"",
        "gif.png": b"GIF89a" + bytes(60),
        "text.jpg": b"no image at all",
        "moving.png": animated(whole),
        "z.png": whole,
    }
    corpus = of_files(tmp_path, files)
    at = np.flatnonzero(corpus.emotion == "happiness")
    told: dict[str, str] = {}

    def on_error(position: int, error: MediaError) -> None:
        told[str(corpus.item[position])] = error.what
        assert "\n" not in str(error) and error.fix

    shown, kept = readable_pixels(corpus, at, 48, 1, on_error=on_error)
    assert corpus.item[kept].tolist() == ["happy/a.png", "happy/z.png"] and len(shown) == 2
    assert (shown[..., 0] == blobs(1)).all()
    assert {name.partition("/")[2]: why for name, why in told.items()} == {
        "cut.png": told["happy/cut.png"],
        "empty.png": "the file is empty (0 bytes)",
        "gif.png": "the image is damaged: its header gives no size",
        "text.jpg": f"the file is not a {IMAGE_WORDS} image",
        "moving.png": "the picture is animated, and which of its pictures is meant is unknown",
    }
    with pytest.raises(MediaError):
        pixels(corpus, at, 48, 1)


def test_a_still_png_is_not_called_animated() -> None:
    assert not is_animated(png(blobs(1))) and is_animated(animated(png(blobs(1))))
    assert not is_animated(b"acTL IDAT")


def test_a_file_that_becomes_a_link_out_is_not_read(tmp_path: Path) -> None:
    secret = put(tmp_path / "secret.png")
    corpus = open_images(put_by_emotion(tmp_path / "corpus", ["happy/a.png", "sad/b.png"]))
    file = tmp_path / "corpus" / "happy" / "a.png"
    file.unlink()
    file.symlink_to(secret)
    with pytest.raises(MediaError, match="outside the corpus"):
        corpus.source.read(0)
    file.unlink()
    with pytest.raises(MediaError, match="cannot be read"):
        corpus.source.read(0)


def test_an_array_of_the_right_size_comes_out_as_it_is() -> None:
    images = np.stack([blobs(k) for k in range(5)])
    assert (pixels(of_array(images), [4, 0], 48, 1)[..., 0] == images[[4, 0]]).all()
    assert (pixels(of_array(images), [3], 48, 3) == images[3][None, ..., None]).all()
    colour = np.repeat(images[..., None], 3, axis=3)
    assert (pixels(of_array(colour), [1], 48, 3)[0] == colour[1]).all()
    grey = pixels(of_array(colour), [1], 48, 1)[0, ..., 0]
    assert np.abs(grey.astype(int) - images[1]).max() <= 1


def test_smaller_is_averaged_and_larger_is_cubic() -> None:
    image = np.random.default_rng(0).integers(0, 255, (48, 48), np.uint8)
    mean = image.reshape(24, 2, 24, 2).mean(axis=(1, 3))
    assert np.abs(fitted(image, 24, 1)[..., 0] - mean).max() <= 1
    larger = cv2.resize(image, (96, 96), interpolation=cv2.INTER_CUBIC)
    assert (pixels(of_array(image[None]), [0], 96, 3)[0] == larger[..., None]).all()


def test_other_shapes_are_cut_to_their_middle_not_squeezed() -> None:
    image = np.zeros((10, 30), np.uint8)
    image[:, 10:20] = 200
    assert (fitted(image, 10, 1) == 200).all() and (fitted(image.T, 10, 1) == 200).all()


def test_order_and_repeats_are_kept(tmp_path: Path) -> None:
    corpus = open_images(put_by_emotion(tmp_path, [f"happy/{k}.png" for k in range(40)] + ["sad/x.png"]))
    at = np.random.default_rng(0).integers(0, 41, 100)
    shown = pixels(corpus, at, 24, 1)
    assert all((shown[k, ..., 0] == blobs(int(p), 24)).all() for k, p in enumerate(at))
    assert (shown == pixels(corpus, at, 24, 1, threads=1)).all()
    assert pixels(corpus, [], 24, 1).shape == (0, 24, 24, 1)


@pytest.mark.parametrize(("size", "channels"), [(0, 1), (-3, 1), (48, 2), (48, 4)])
def test_sizes_that_cannot_be_are_refused(size: int, channels: int) -> None:
    with pytest.raises(SettingError):
        pixels(of_array(np.zeros((1, 8, 8), np.uint8)), [0], size, channels)


def test_a_sources_key_follows_its_content(tmp_path: Path) -> None:
    put_by_emotion(tmp_path, ["happy/a.png", "sad/b.png"])
    names = np.array(["happy/a.png", "sad/b.png"])
    key = FileSource(tmp_path, names).key
    assert key == FileSource(tmp_path, names).key and len(key) == 32
    assert key != FileSource(tmp_path, names[::-1]).key
    put(tmp_path / "happy" / "a.png", png(blobs(7)))
    assert key != FileSource(tmp_path, names).key
    images = np.stack([blobs(1), blobs(2)])
    assert ArraySource(images).key == ArraySource(images.copy()).key != ArraySource(images[::-1]).key
