"""MixUp and CutMix: shares against pixels counted one by one."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.base.errors import SettingError
from fer_core.training.images.mixing import cutmix, mixup

WAYS = [mixup, cutmix]


def batch(n: int = 40, h: int = 20, w: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Picture i is i everywhere and its target is its own class, so that a mixture says what it is of."""
    x = np.broadcast_to(np.arange(n, dtype=np.float32)[:, None, None, None], (n, h, w, 1)).copy()
    return x, np.eye(n, dtype=np.float32)


@pytest.mark.parametrize("way", WAYS)
def test_targets_share_as_pixels_do(way: object) -> None:
    x, y = batch()
    mixed, shares = way(x, y, 1.0, np.random.default_rng(0))  # type: ignore[operator]
    assert shares.sum(1) == pytest.approx(np.ones(40), abs=1e-6)
    # The mean pixel of a picture that is i everywhere is i, so of a mixture it is the shares' expectation.
    assert mixed.mean((1, 2, 3)) == pytest.approx(shares @ np.arange(40), abs=1e-4)
    assert ((shares > 0).sum(1) <= 2).all() and ((shares > 0).sum(1) == 2).sum() > 20
    assert mixed.dtype == np.float32 and shares.dtype == np.float32


def test_cutmix_counts_the_pixels_that_are_left() -> None:
    x, y = batch()
    mixed, shares = cutmix(x, y, 1.0, np.random.default_rng(1))
    clipped = 0
    for i in range(40):
        own = mixed[i, ..., 0] == i
        values = np.unique(mixed[i])
        if len(values) > 1:
            assert shares[i, i] == pytest.approx(own.mean(), abs=1e-6)
            rows, columns = np.nonzero(~own)
            box = mixed[i, rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
            assert (box != i).all()  # one whole rectangle
            clipped += rows.min() == 0 or columns.min() == 0
    assert clipped  # some box was cut off at the border


def test_cutmix_boxes_have_the_drawn_area_where_nothing_is_cut_off() -> None:
    n, side = 400, 64
    x, y = batch(n, side, side)
    generator = np.random.default_rng(2)
    drawn = np.random.default_rng(2).beta(1.0, 1.0, n)
    mixed, shares = cutmix(x, y, 1.0, generator)
    inside = 0
    for i in range(n):
        rows, columns = np.nonzero(mixed[i, ..., 0] != i)
        if len(rows) and rows.min() > 0 and columns.min() > 0 and max(rows.max(), columns.max()) < side - 1:
            assert shares[i, i] == pytest.approx(drawn[i], abs=2 / side)
            inside += 1
    assert inside > 20


def test_mixup_draws_from_the_beta_distribution() -> None:
    x, y = batch(4000, 1, 1)
    shares = mixup(x, y, 0.2, np.random.default_rng(3))[1].max(1)
    # Of the larger share: P(max(l, 1 - l) > 0.9) = 2 I_0.1(0.2, 0.2), 0.703 by scipy.special.betainc.
    assert (shares > 0.9).mean() == pytest.approx(0.703, abs=0.03)


@pytest.mark.parametrize("way", WAYS)
def test_the_same_seed_mixes_alike_and_the_batch_stays(way: object) -> None:
    x, y = batch()
    before = x.copy(), y.copy()
    one = way(x, y, 0.2, np.random.default_rng(5))  # type: ignore[operator]
    two = way(x, y, 0.2, np.random.default_rng(5))  # type: ignore[operator]
    other = way(x, y, 0.2, np.random.default_rng(6))  # type: ignore[operator]
    assert np.array_equal(one[0], two[0]) and np.array_equal(one[1], two[1])
    assert not np.array_equal(one[1], other[1])
    assert np.array_equal(x, before[0]) and np.array_equal(y, before[1])


@pytest.mark.parametrize("way", WAYS)
def test_alpha_must_be_above_zero(way: object) -> None:
    with pytest.raises(SettingError, match="alpha"):
        way(*batch(), 0.0, np.random.default_rng(0))  # type: ignore[operator]
