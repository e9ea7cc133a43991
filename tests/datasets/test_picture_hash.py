"""Difference hashes: what survives saving, resizing and brightening, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_core.datasets.base import Clip, Corpus
from fer_core.datasets.catalog import open_corpus
from fer_core.datasets.copies.picture_hash import bits_apart, difference_hash, differing_bits, hash_corpus, hash_files
from fer_core.datasets.media import RGB, read_image


def picture(seed: int, side: int = 120) -> RGB:
    """Smooth blobs of light."""
    noise = np.random.default_rng(seed).random((side, side, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), side / 12)
    return ((smooth - smooth.min()) / np.ptp(smooth) * 255).astype(np.uint8)


def jpeg(image: RGB) -> RGB:
    written = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 40])[1]
    return cv2.imdecode(written, cv2.IMREAD_COLOR)


def bits(first: RGB, second: RGB) -> int:
    return int(bits_apart(difference_hash(first)[None], difference_hash(second)[None])[0])


@pytest.mark.parametrize(
    ("change", "most"),
    [
        (jpeg, 20),
        (lambda i: cv2.resize(i, (60, 60), interpolation=cv2.INTER_AREA), 20),
        (lambda i: cv2.GaussianBlur(i, (0, 0), 2), 20),
        (lambda i: np.clip(i * 0.7 + 20.0, 0, 255).astype(np.uint8), 20),
    ],
)
def test_the_same_picture_stays_near(change: Callable[[RGB], RGB], most: int) -> None:
    assert max(bits(picture(s), change(picture(s))) for s in range(10)) <= most


def test_other_pictures_are_far() -> None:
    hashes = np.stack([difference_hash(picture(s)) for s in range(12)])
    apart = differing_bits(hashes, hashes)
    assert (np.diag(apart) == 0).all()
    assert apart[~np.eye(12, dtype=bool)].min() > 40
    np.testing.assert_array_equal(apart[0], bits_apart(np.repeat(hashes[:1], 12, axis=0), hashes))


def test_files_that_cannot_be_read_leave_their_row_unknown(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    cv2.imwrite(str(good), picture(1)[..., ::-1])
    bad.write_bytes(b"\x89PNG\r\n\x1a\n cut off")
    found = hash_files([(good, good), (good, bad), (), (good, tmp_path / "absent.png")])
    assert found.known.tolist() == [True, False, False, False]
    np.testing.assert_array_equal(found.plain[0, 0], difference_hash(picture(1)))
    np.testing.assert_array_equal(found.mirrored[0, 0], difference_hash(picture(1)[:, ::-1]))


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    cv2.imwrite(str(file), picture(1))
    before = hash_files([(file,)]).plain
    cv2.imwrite(str(file), picture(2, side=130))
    assert bits_apart(before[0], hash_files([(file,)]).plain[0])[0] > 40


def test_clips_without_pictures_have_no_hashes(tmp_path: Path) -> None:
    assert hash_corpus(open_corpus("demo"), ["D001/001"]) is None
    film = Corpus("film", "folder", tmp_path, (Clip("a", "S1", "fear", video=tmp_path / "a.mp4"),))
    assert hash_corpus(film, ["a"]) is None


def test_real_faces_of_different_people_are_told_apart(shared_data: Path) -> None:
    """The margin that the audit's limit of 20 bits rests on."""
    corpus = open_corpus(shared_data / "ckplus_pairs")
    clips = [next(c for c in corpus.clips if c.subject == s) for s in corpus.subjects]
    found = hash_corpus(corpus, [c.clip_id for c in clips])
    assert found is not None
    assert found.known.all()
    for moment in (0, 1):
        apart = differing_bits(found.plain[:, moment], found.plain[:, moment])
        assert apart[~np.eye(len(clips), dtype=bool)].min() > 25
    again = [bits(image, jpeg(image)) for image in (read_image(c.frames[-1]) for c in clips[:25])]
    assert max(again) <= 20
