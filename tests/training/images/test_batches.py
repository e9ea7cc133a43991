"""Batches: every picture once an epoch, the same for the same seed, soft targets, reading beyond memory."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from fer_core.base.emotions import EMOTIONS
from fer_core.base.errors import MediaError
from fer_core.datasets.images.pixels import pixels
from fer_core.study.image_conditions import ImageCondition, ImageFit
from fer_core.training.images import batches as module
from fer_core.training.images.augment import ImageAugmentation
from fer_core.training.images.batches import Pictures, TrainingBatches, reading_batches, targets

from .image_samples import SHOWN, SIDE, corpus, quick


def made(n: int = 50, batch: int = 16, seed: int = 0, **changes: object) -> TrainingBatches:
    c = corpus(n, 0)
    condition = quick(fit=ImageFit(batch_size=batch), **changes)
    pictures = Pictures(c, np.arange(n), SIDE, 1)
    augmentation = ImageAugmentation.of(condition.augmentation)
    return TrainingBatches(pictures, targets(c, SHOWN, False), condition, augmentation, seed)


def drawn(batches: TrainingBatches, epoch: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    return list(batches.epoch(epoch))


def same(a: list, b: list) -> bool:  # type: ignore[type-arg]
    return len(a) == len(b) and all(
        np.array_equal(x, u) and np.array_equal(y, v) for (x, y), (u, v) in zip(a, b, strict=True)
    )


@pytest.mark.parametrize(
    ("n", "batch", "sizes"),
    [(50, 16, [16, 16, 16, 2]), (49, 16, [16, 16, 17]), (48, 16, [16, 16, 16]), (5, 16, [5]), (1, 16, [1])],
)
def test_an_epoch_shows_every_picture_once(n: int, batch: int, sizes: list[int]) -> None:
    batches = made(n, batch)
    found = drawn(batches)
    assert [len(x) for x, _ in found] == sizes and len(batches) == len(sizes)
    shown = np.concatenate([x for x, _ in found])[..., 0] * 255
    expected = corpus(n, 0).source.images  # type: ignore[attr-defined]
    assert sorted(map(bytes, shown.round().astype(np.uint8))) == sorted(map(bytes, expected))
    assert found[0][0].dtype == np.float32 and shown.min() >= 0 and shown.max() <= 255


def test_pictures_keep_their_targets() -> None:
    c = corpus(50, 0)
    label = {bytes(p): e for p, e in zip(c.source.images, c.emotion, strict=True)}  # type: ignore[attr-defined]
    for x, y in drawn(made(50)):
        for picture, target in zip((x[..., 0] * 255).round().astype(np.uint8), y, strict=True):
            assert label[bytes(picture)] == SHOWN[int(target.argmax())]


@pytest.mark.parametrize("changes", [{}, {"augmentation": "suwartono", "mixup": 0.4, "cutmix": 0.4}])
def test_seed_and_epoch_decide_and_nothing_else(changes: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    first = drawn(made(seed=3, **changes), 2)
    slow = made(seed=3, **changes)
    take = Pictures.take

    def dawdling(self: Pictures, which: np.ndarray) -> np.ndarray:
        time.sleep(0.01 * (which[0] % 3))
        return take(self, which)

    monkeypatch.setattr(Pictures, "take", dawdling)
    list(slow.epoch(0))  # an epoch before it changes nothing
    assert same(first, drawn(slow, 2))
    monkeypatch.undo()
    assert not same(first, drawn(made(seed=4, **changes), 2))
    assert not same(first, drawn(made(seed=3, **changes), 3))


def test_mixing_shares_targets_and_distortions_leave_the_corpus_alone() -> None:
    batches = made(augmentation="munsarif", mixup=1.0)
    before = batches.pictures.take(np.arange(50)).copy()
    y = np.concatenate([y for _, y in drawn(batches)])
    assert ((y > 0).sum(axis=1) == 2).any()
    np.testing.assert_allclose(y.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(batches.pictures.take(np.arange(50)), before)


# --- targets -------------------------------------------------------------------------------------------


def test_votes_become_shares_among_the_chosen_emotions() -> None:
    c = corpus(3, 0)
    soft = np.zeros((3, len(EMOTIONS)), dtype=np.float32)
    at = {e: k for k, e in enumerate(EMOTIONS)}
    soft[0, [at["anger"], at["happiness"]]] = 0.75, 0.25
    soft[1, [at["anger"], at["contempt"]]] = 0.4, 0.6
    soft[2, at["contempt"]] = 1.0  # nobody named a chosen one: its own label counts
    c = replace(c, soft=soft)
    expected = [[0.75, 0.25, 0], [1, 0, 0], [0, 0, 1]]
    np.testing.assert_allclose(targets(c, SHOWN, True), expected, atol=1e-6)
    np.testing.assert_allclose(targets(c, SHOWN, False), np.eye(3))


# --- reading -------------------------------------------------------------------------------------------


def test_beyond_its_memory_a_side_is_read_anew_each_time() -> None:
    c = corpus(40, 0)
    at = np.arange(40)[::-1].copy()
    kept, lazy = Pictures(c, at, 30, 3), Pictures(c, at, 30, 3, memory=1000)
    assert kept._kept is not None and lazy._kept is None
    which = np.array([5, 0, 39])
    np.testing.assert_array_equal(kept.take(which), lazy.take(which))
    np.testing.assert_array_equal(lazy.take(which), pixels(c, at[which], 30, 3))
    reads: list[int] = []
    read = c.source.read
    c.source.read = lambda position: (reads.append(position), read(position))[1]  # type: ignore[method-assign]
    kept.take(which)
    assert reads == []
    lazy.take(which)
    assert sorted(reads) == [0, 34, 39], "only what is asked for"


def test_reading_goes_through_all_in_order() -> None:
    c = corpus(50, 0)
    x = np.concatenate(list(reading_batches(Pictures(c, np.arange(50), SIDE, 1), batch=7)))
    np.testing.assert_array_equal((x[..., 0] * 255).round().astype(np.uint8), c.source.images)  # type: ignore[attr-defined]
    assert list(reading_batches(Pictures(c, np.arange(0), SIDE, 1))) == []


def test_only_some_batches_are_made_ahead_and_none_after_the_reader_left() -> None:
    made_now: list[int] = []
    stream = module._ahead(lambda k: made_now.append(k) or k, 100)
    assert next(stream) == 0
    time.sleep(0.1)
    assert len(made_now) <= module.AHEAD + 1
    stream.close()
    assert len(made_now) <= module.AHEAD + 1
    assert not [t for t in threading.enumerate() if t.name.startswith("batches")]


def test_a_picture_that_cannot_be_read_is_said() -> None:
    c = corpus(10, 0)
    broken = replace(c, position=np.array([*range(9), 99]))
    with pytest.raises(MediaError, match="99"):
        Pictures(broken, np.arange(10), 30, 1)


def test_the_default_condition_has_an_augmentation() -> None:
    assert ImageAugmentation.of(ImageCondition().augmentation) is not None
