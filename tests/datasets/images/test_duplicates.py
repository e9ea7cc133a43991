"""Copies: the search against comparing every pair, planted copies of every kind, FER2013's real ones."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from fer_core.base.errors import SettingError
from fer_core.datasets.copies.duplicate_report import duplicate_report, report_words
from fer_core.datasets.copies.duplicates import Twins, copies, twins_across, twins_within
from fer_core.datasets.copies.fingerprints import Fingerprints, fingerprints
from fer_core.datasets.copies.near_search import near_pairs, set_bits
from fer_core.datasets.copies.picture_hash import Hash, differing_bits
from fer_core.datasets.images.base import ImageCorpus
from fer_core.datasets.images.catalog import open_images
from fer_core.datasets.images.sources import ArraySource

from .trees import blobs, png, put, put_by_emotion


def of(images: list[np.ndarray], part: list[str] | None = None, emotion: list[str] | None = None) -> ImageCorpus:
    n = len(images)
    item = np.array([f"row/{k}" for k in range(n)])
    return ImageCorpus(
        "c",
        "arrays",
        None,
        ArraySource(np.stack(images)),
        item,
        np.array(emotion or ["fear"] * n),
        np.array(part or [""] * n),
        item,
        False,
        None,
        np.arange(n),
    )


def noisy(image: np.ndarray, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 2, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def random_hashes(n: int, seed: int) -> Hash:
    return np.random.default_rng(seed).integers(0, 256, (n, 32), dtype=np.uint8)


def clustered(n: int, flips: int, seed: int) -> Hash:
    """Hashes around a few centres, up to some flipped bits away from them."""
    generator = np.random.default_rng(seed)
    bits = np.unpackbits(random_hashes(12, seed), axis=1)[generator.integers(0, 12, n)]
    for row in bits:
        at = generator.choice(256, generator.integers(0, flips + 1), replace=False)
        row[at] ^= 1
    return np.packbits(bits, axis=1)


@pytest.mark.parametrize("limit", [0, 1, 7, 20, 31])
def test_the_search_finds_exactly_what_comparing_every_pair_finds(limit: int) -> None:
    first = np.concatenate([clustered(150, limit + 3, 0), random_hashes(50, 1)])
    second = np.concatenate([clustered(120, limit + 3, 0), random_hashes(30, 2)])
    apart = differing_bits(first, second)
    found = {}
    for i, j, bits in near_pairs(first, second, limit):
        found.update(zip(zip(i.tolist(), j.tolist(), strict=True), bits.tolist(), strict=True))
    expected = {(int(i), int(j)): int(apart[i, j]) for i, j in zip(*np.nonzero(apart <= limit), strict=True)}
    assert found == expected and len(found) > 10


def test_within_one_list_only_earlier_rows_are_met() -> None:
    hashes = clustered(200, 12, 3)
    apart = differing_bits(hashes, hashes)
    found = {
        pair
        for i, j, _ in near_pairs(hashes, hashes, 20, earlier=True)
        for pair in zip(i.tolist(), j.tolist(), strict=True)
    }
    assert found == {(int(i), int(j)) for i, j in zip(*np.nonzero(apart <= 20), strict=True) if j < i}


def test_set_bits_are_counted() -> None:
    words = np.random.default_rng(0).integers(0, 2**63, 500, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    assert set_bits(words).tolist() == [bin(w).count("1") for w in words.tolist()]


@pytest.mark.parametrize("limit", [-1, 32, 256])
def test_a_limit_that_cannot_be_searched_is_refused(limit: int) -> None:
    with pytest.raises(SettingError, match="0 to 31"):
        list(near_pairs(random_hashes(2, 0), random_hashes(2, 0), limit))


def test_planted_copies_of_every_kind_are_found_in_their_nearest_form() -> None:
    plain = [blobs(k) for k in range(8)]
    planted = [plain[3], plain[5][:, ::-1], noisy(plain[1]), noisy(plain[2][:, ::-1])]
    found = twins_within(fingerprints(of(plain + planted)))
    assert found.twin.tolist() == [-1] * 8 + [3, 5, 1, 2]
    assert found.exact.tolist() == [False] * 8 + [True, True, False, False]
    assert found.mirrored.tolist() == [False] * 8 + [False, True, False, True]
    assert (found.bits[:8] == -1).all() and (found.bits[8:10] == 0).all()
    across = twins_across(fingerprints(of(planted)), fingerprints(of(plain)))
    assert across.twin.tolist() == [3, 5, 1, 2] and across.exact.tolist() == [True, True, False, False]
    assert across.mirrored.tolist() == [False, True, False, True]
    assert not twins_within(fingerprints(of(plain))).found.any()


def test_an_exact_twin_beats_a_nearer_row() -> None:
    image = blobs(1)
    found = twins_within(fingerprints(of([noisy(image, 1), image, image])))
    assert found.twin.tolist() == [-1, 0, 1] and found.exact.tolist() == [False, False, True]


def test_images_of_one_grey_are_copies_only_where_they_are_equal() -> None:
    flat = [np.full((48, 48), g, np.uint8) for g in (0, 0, 90)]
    prints = fingerprints(of(flat))
    assert prints.featureless.all()
    assert twins_within(prints).twin.tolist() == [-1, 0, -1]
    assert copies(of(flat)).tolist() == [0, 0, 2]


def test_colour_and_grey_files_of_one_picture_are_exact_copies(tmp_path: Path) -> None:
    grey = blobs(4)
    put(tmp_path / "happy" / "grey.png", png(grey))
    put(tmp_path / "sad" / "rgb.png", png(np.repeat(grey[..., None], 3, axis=2)))
    put(tmp_path / "sad" / "broken.png", b"\x89PNG\r\n\x1a\n")
    corpus = open_images(tmp_path)
    prints = fingerprints(corpus)
    assert prints.readable.tolist() == [True, False, True]
    found = twins_across(prints, fingerprints(of([grey])))
    assert found.twin.tolist() == [0, -1, 0] and found.exact.tolist() == [True, False, True]
    assert copies(corpus).tolist() == [0, 1, 0]


def test_copies_of_copies_are_one_group() -> None:
    """A chain: the ends need not be near each other; a fold that parts them would part two twins."""
    hashes = np.zeros((6, 256), dtype=np.uint8)
    for k in range(4):
        hashes[k, : 15 * k] = 1
    hashes[4:] = np.unpackbits(random_hashes(2, 5), axis=1)
    packed = np.packbits(hashes, axis=1)
    far = np.packbits(np.random.default_rng(9).integers(0, 2, (6, 256), dtype=np.uint8), axis=1)
    numbers = np.arange(6, dtype=np.uint64)
    true, false = np.ones(6, bool), np.zeros(6, bool)
    prints = Fingerprints(numbers, numbers + np.uint64(100), packed, far, true, false)
    assert copies(of([blobs(k) for k in range(6)]), prints=prints).tolist() == [0, 0, 0, 0, 4, 5]
    assert twins_within(prints).twin.tolist() == [-1, 0, 1, 2, -1, -1]


def test_thousands_of_copies_of_one_picture_stay_small() -> None:
    n = 10_000
    hashes = np.repeat(random_hashes(1, 0), n, axis=0)
    numbers = np.arange(n, dtype=np.uint64)
    prints = Fingerprints(
        numbers, numbers + np.uint64(n), hashes, random_hashes(n, 1), np.ones(n, bool), np.zeros(n, bool)
    )
    tracemalloc.start()
    found = twins_within(prints)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.twin[1:] == 0).all() and peak < 100e6


def test_ten_thousand_hashes_are_searched_in_bounded_memory() -> None:
    n = 10_000
    hashes = random_hashes(n, 0)
    hashes[-100:] = hashes[:100]
    hashes[-100:, 0] ^= 7
    numbers = np.arange(n, dtype=np.uint64)
    prints = Fingerprints(
        numbers, numbers + np.uint64(n), hashes, random_hashes(n, 1), np.ones(n, bool), np.zeros(n, bool)
    )
    tracemalloc.start()
    found = twins_within(prints)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.twin[-100:].tolist() == list(range(100)) and (found.bits[-100:] == 3).all()
    assert found.found.sum() == 100
    assert peak < 150e6, f"{peak / 1e6:.0f} MB; all pairs fill 400 MB"


def test_the_report_counts_within_and_from_part_to_part(tmp_path: Path) -> None:
    images = [blobs(0), blobs(1), blobs(0), noisy(blobs(1)), blobs(2), blobs(3)]
    corpus = of(
        images,
        ["train", "train", "validation", "test", "test", "train"],
        ["fear", "anger", "sadness", "anger", "fear", "fear"],
    )
    report = duplicate_report(corpus)
    assert [w["exact"] + w["near"] for w in report["within"]] == [0, 0, 0]
    told = {(a["of"], a["among"]): (a["exact"], a["near"], a["other_label"]) for a in report["across"]}
    assert told == {("validation", "train"): (1, 0, 1), ("test", "train"): (0, 1, 0), ("test", "validation"): (0, 0, 0)}
    example = report["across"][0]["examples"][0]
    assert (example["item"], example["twin"], example["exact"]) == ("row/2", "row/0", True)
    assert (example["emotion"], example["twin_emotion"]) == ("sadness", "fear")
    assert "validation, seen in train: 1 exact and 0 near copies, 1 with another label" in report_words(report)
    other = open_images(put_by_emotion(tmp_path, ["happy/a.png"]))
    against = duplicate_report(corpus, other)
    assert sum(a["among"].startswith("all of") for a in against["across"]) == 3


def exact_by_hand(images: np.ndarray) -> dict[bytes, int]:
    first: dict[bytes, int] = {}
    for k, image in enumerate(images):
        first.setdefault(image.tobytes(), k)
    return first


def test_fer2013s_public_test_was_partly_seen_in_training(shared_data: Path) -> None:
    """Exact copies against a dictionary of the pixels, near ones against every pair of a sample."""
    corpus = open_images(shared_data / "fer2013_train_public.npz")
    train, public = corpus.of_part("train"), corpus.of_part("validation")
    images = corpus.source.images  # type: ignore[attr-defined]
    seen = exact_by_hand(images[train])
    assert sum(images[p].tobytes() in seen for p in public) == 280, "what the command line reports"
    public, train = public[:1200], train[:6000]
    ours, theirs = fingerprints(corpus, public), fingerprints(corpus, train)
    found = twins_across(ours, theirs)
    seen = exact_by_hand(images[train])
    expected = [seen.get(images[p].tobytes(), -1) for p in public]
    assert np.where(found.exact & ~found.mirrored, found.twin, -1).tolist() == expected
    _agrees_with_all_pairs(found, ours, theirs)


def _agrees_with_all_pairs(found: Twins, ours: Fingerprints, theirs: Fingerprints) -> None:
    rows = np.flatnonzero(~ours.featureless)[::3]
    targets = np.flatnonzero(~theirs.featureless)
    nearest = np.minimum(
        differing_bits(ours.plain[rows], theirs.plain[targets]).min(axis=1),
        differing_bits(ours.mirrored[rows], theirs.plain[targets]).min(axis=1),
    )
    assert (found.found[rows] == (nearest <= 20)).all() and found.found[rows].sum() > 5
    near = found.found[rows] & ~found.exact[rows]
    assert (found.bits[rows][near] == nearest[near]).all()
