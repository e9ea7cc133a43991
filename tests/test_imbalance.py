"""Imbalance ratios and loss choice against the study's text and published counts."""

from __future__ import annotations

import math

import pytest

from fer_core.base.emotions import CKPLUS_PUBLISHED_COUNTS, SIX
from fer_core.base.errors import SettingError
from fer_core.losses.imbalance import (
    LossPlan,
    LossPolicy,
    focal_alpha,
    imbalance_ratio,
    imbalance_table,
    usual_emotions,
)

SIX_COUNTS = {e: CKPLUS_PUBLISHED_COUNTS[e] for e in SIX}

# Ratios and losses worked out by hand from 309 clips (six emotions), and from 327 (contempt among the rest).
OF_309 = {
    "anger": (5.87, "weighted_bce"),
    "disgust": (4.24, "weighted_bce"),
    "fear": (11.36, "weighted_bce"),
    "happiness": (3.48, "bce"),
    "sadness": (10.04, "weighted_bce"),
    "surprise": (2.72, "bce"),
}
OF_327 = {
    "anger": (6.27, "weighted_bce"),
    "contempt": (17.17, "focal"),
    "disgust": (4.54, "weighted_bce"),
    "fear": (12.08, "focal"),
    "happiness": (3.74, "weighted_bce"),
    "sadness": (10.68, "weighted_bce"),
    "surprise": (2.94, "bce"),
}


@pytest.mark.parametrize(("counts", "expected"), [(SIX_COUNTS, OF_309), (CKPLUS_PUBLISHED_COUNTS, OF_327)])
def test_published_counts_give_these_ratios_and_losses(
    counts: dict[str, int], expected: dict[str, tuple[float, str]]
) -> None:
    table = imbalance_table(counts)
    assert list(table) == list(counts)
    for emotion, (ratio, loss) in expected.items():
        row = table[emotion]
        assert row.ratio == pytest.approx(ratio, abs=0.005)
        assert row.choice.name == loss, emotion
        assert (row.n_positive, row.n_positive + row.n_negative) == (counts[emotion], sum(counts.values()))


def test_the_shares_of_all_classifiers_add_up_to_one() -> None:
    """What the study's printed ratios fail: 1 / (1 + ratio) is a class's share."""
    table = imbalance_table(CKPLUS_PUBLISHED_COUNTS)
    assert sum(1 / (1 + row.ratio) for row in table.values()) == pytest.approx(1)


def test_without_positives_the_ratio_is_infinite_and_the_loss_focal() -> None:
    assert math.isinf(imbalance_ratio(0, 10))
    assert LossPolicy().choose(math.inf).alpha == pytest.approx(0.8)
    assert imbalance_ratio(10, 0) == 0


def test_negative_counts_are_refused() -> None:
    with pytest.raises(SettingError):
        imbalance_ratio(-1, 3)


@pytest.mark.parametrize(
    ("boundary", "ratio", "loss"),
    [
        (">", 3.5, "bce"),
        (">=", 3.5, "weighted_bce"),
        (">", 11.5, "weighted_bce"),
        (">=", 11.5, "focal"),
        (">", 3.5000001, "weighted_bce"),
        (">=", 3.4999999, "bce"),
        (">", 11.5000001, "focal"),
        (">=", 11.4999999, "weighted_bce"),
    ],
)
def test_the_boundary_rule_decides_at_the_thresholds(boundary: str, ratio: float, loss: str) -> None:
    assert LossPolicy(boundary=boundary).choose(ratio).name == loss  # type: ignore[arg-type]


def test_thresholds_are_parameters() -> None:
    policy = LossPolicy(moderate=2.0, severe=5.0, gamma=3.0)
    assert [policy.choose(r).name for r in (2.0, 2.1, 5.0, 5.1)] == ["bce", "weighted_bce", "weighted_bce", "focal"]
    assert policy.choose(6).gamma == 3.0


def test_equal_thresholds_leave_weighted_bce_out() -> None:
    policy = LossPolicy(moderate=4.0, severe=4.0)
    assert {policy.choose(r / 10).name for r in range(100)} == {"bce", "focal"}


@pytest.mark.parametrize("ratio", [12.000001, 12.08, 13, 17.2, 100, 1e9])
def test_equation_9_always_gives_0_8(ratio: float) -> None:
    assert focal_alpha(ratio) == pytest.approx(0.8)
    assert 0.25 + (ratio - 5) * 0.1 > 0.8  # the printed formula, without its minimum


@pytest.mark.parametrize("ratio", [11.5, 11.51, 12.0])
def test_up_to_12_alpha_is_0_75(ratio: float) -> None:
    assert focal_alpha(ratio) == 0.75


def test_the_weight_of_weighted_bce_is_the_ratio() -> None:
    assert LossPolicy().choose(7.25).weight == 7.25


@pytest.mark.parametrize(
    "wrong",
    [
        {"moderate": 0},
        {"moderate": -1},
        {"moderate": 12.0},
        {"boundary": "="},
        {"gamma": -0.1},
        {"moderate": math.nan},
        {"severe": math.nan},
    ],
)
def test_impossible_policies_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingError):
        LossPolicy(**wrong)  # type: ignore[arg-type]


def test_choices_speak() -> None:
    policy = LossPolicy()
    assert policy.choose(20).words == "focal loss (alpha 0.80, gamma 2.0)"
    assert policy.choose(5.866).words == "weighted binary cross-entropy (positives × 5.87)"
    assert policy.choose(1).words == "binary cross-entropy"


def test_a_plan_counts_only_what_is_told_apart_and_names_what_is_not() -> None:
    plan = LossPlan(CKPLUS_PUBLISHED_COUNTS, SIX, LossPolicy())
    assert (plan.total, plan.used, plan.left_out) == (327, 309, {"contempt": 18})
    for emotion, (ratio, loss) in OF_309.items():
        assert plan.table[emotion].ratio == pytest.approx(ratio, abs=0.005)
        assert plan.table[emotion].choice.name == loss, emotion
    whole = plan.telling(CKPLUS_PUBLISHED_COUNTS)
    assert {e: r.choice.name for e, r in whole.table.items()} == {e: loss for e, (_, loss) in OF_327.items()}
    assert plan.other_losses(whole) == {"fear": "focal", "happiness": "weighted_bce"}
    assert whole.other_losses(plan) == {"fear": "weighted_bce", "happiness": "bce"}


def test_without_a_policy_every_emotion_gets_plain_bce() -> None:
    plan = LossPlan(CKPLUS_PUBLISHED_COUNTS, SIX, None)
    assert {r.choice.name for r in plan.table.values()} == {"bce"}
    assert plan.table["fear"].ratio == pytest.approx(284 / 25)


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (("contempt", "fear", "anger"), ("anger", "fear")),
        (("contempt", "fear"), ("contempt", "fear")),
        (("contempt",), ("contempt",)),
        (CKPLUS_PUBLISHED_COUNTS, SIX),
    ],
)
def test_the_six_are_usual_where_two_of_them_occur(there: tuple[str, ...], told: tuple[str, ...]) -> None:
    assert usual_emotions(there) == told
