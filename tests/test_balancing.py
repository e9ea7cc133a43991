"""Class weights against the numbers the studies print."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.base.errors import SettingError
from fer_core.losses.balancing import (
    BALANCINGS,
    class_weights,
    conservative_weights,
    effective_weights,
    simple_weights,
    weigh,
)

RAFDB_TOTALS = (867, 877, 355, 5957, 3204, 2460, 1619)
"""Table 1 of Tutuianu et al.: angry, disgust, fear, happy, neutral, sad, surprise; both parts together."""
FIGURE_11 = (6.88, 6.80, 16.81, 1.00, 1.86, 2.42, 3.68)
FIGURE_13 = (3.00, 3.00, 3.00, 1.00, 1.86, 2.42, 3.00)
"""As printed. They are of the study's own training part, whose counts it does not print."""
FER2013_TRAINING = (3995, 436, 4097, 7215, 4830, 3171, 4965)


def test_simple_weights_are_near_figure_11() -> None:
    assert simple_weights(RAFDB_TOTALS) == pytest.approx(FIGURE_11, rel=2.5e-3)


def test_conservative_weights_are_figure_13() -> None:
    assert np.round(conservative_weights(RAFDB_TOTALS), 2) == pytest.approx(FIGURE_13)
    assert conservative_weights(RAFDB_TOTALS, cap=1.5).max() == 1.5


def test_capping_figure_11_gives_figure_13() -> None:
    assert np.minimum(3, FIGURE_11) == pytest.approx(FIGURE_13)


def test_effective_weights_are_the_printed_formula() -> None:
    got = weigh("effective", FER2013_TRAINING, mean_one=False)
    for weight, n in zip(got, FER2013_TRAINING, strict=True):
        effective_number = sum(0.999**i for i in range(n))  # the series the closed form sums
        assert weight == pytest.approx(1 / effective_number, rel=1e-9)
    assert got.max() < 0.003  # what the study's unscaled weights do to the loss


def test_effective_weights_scaled_have_the_mean_one_and_the_same_ratios() -> None:
    scaled, printed = effective_weights(FER2013_TRAINING), effective_weights(FER2013_TRAINING, mean_one=False)
    assert scaled.mean() == pytest.approx(1.0)
    assert scaled / scaled[0] == pytest.approx(printed / printed[0])
    assert scaled[1] == scaled.max()  # disgust


def test_beta_spans_from_equal_to_inverse_frequency() -> None:
    counts = np.array([10.0, 20.0, 40.0])
    assert effective_weights(counts, 0.0) == pytest.approx([1, 1, 1])
    assert effective_weights(counts, 1 - 1e-9) == pytest.approx((1 / counts) / (1 / counts).mean(), rel=1e-4)


def test_weights_by_name_keep_their_names() -> None:
    assert class_weights({"fear": 10, "anger": 5, "neutral": 2}, "conservative") == {
        "fear": 1.0,
        "anger": 2.0,
        "neutral": 3.0,
    }


@pytest.mark.parametrize("strategy", BALANCINGS)
def test_a_class_without_images_weighs_nothing(strategy: str) -> None:
    got = weigh(strategy, (5, 0, 10))  # type: ignore[arg-type]
    assert got[1] == 0 and (got[[0, 2]] > 0).all() and np.isfinite(got).all()


@pytest.mark.parametrize("strategy", BALANCINGS)
def test_equal_counts_weigh_one(strategy: str) -> None:
    assert weigh(strategy, (7, 7, 7)) == pytest.approx([1, 1, 1])  # type: ignore[arg-type]


@pytest.mark.parametrize("counts", [(), (0, 0), (-1, 2), (np.nan, 1), ((1, 2), (3, 4))])
def test_counts_that_are_none_are_refused(counts: object) -> None:
    with pytest.raises(SettingError, match="count from 0 up"):
        weigh("simple", counts)  # type: ignore[arg-type]


def test_settings_outside_their_range_are_refused() -> None:
    with pytest.raises(SettingError, match="use one of none, simple"):
        weigh("oversample", (1, 2))  # type: ignore[arg-type]
    with pytest.raises(SettingError, match="below 1"):
        weigh("conservative", (1, 2), cap=0.5)
    with pytest.raises(SettingError, match="outside"):
        weigh("effective", (1, 2), beta=1.0)
