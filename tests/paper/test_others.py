"""The other studies' checks against arithmetic done here."""

from __future__ import annotations

from collections import Counter
from math import comb

import numpy as np
import pytest
from scipy import stats

from fer_core.paper.munsarif import attainable, shared_sequences, zero_error_limit
from fer_core.paper.others import OtherCheck, other_checks
from fer_core.paper.suwartono import binomial_error, folds, t_interval


def check(name: str) -> OtherCheck:
    (found,) = [c for c in other_checks() if c.id == name]
    return found


def test_each_check_is_whole_and_has_its_own_name() -> None:
    found = other_checks()
    assert len({(c.study, c.id) for c in found}) == len(found)
    assert {c.study for c in found} == {"munsarif", "tutuianu", "suwartono"}
    assert all(c.sentence.endswith(".") and c.where and c.what for c in found)
    assert not any("nan" in f"{c.published} {c.recomputed}" for c in found)
    statuses = Counter((c.study, c.status) for c in found)
    assert statuses["munsarif", "inconsistent"] == 7
    assert statuses["tutuianu", "inconsistent"] == 5
    assert statuses["suwartono", "inconsistent"] == 6


@pytest.mark.parametrize(
    "name", ["sum-RAF-DB", "sum-FER2013", "sum-AffectNet", "sum-FERPlus", "sum-CK+", "sum-BTFER"]
)
def test_sums_hold(name: str) -> None:
    assert {c.status for c in other_checks() if c.id == name} == {"reproduced"}


@pytest.mark.parametrize("n", [196, 3573, 7158])
def test_attainable_accuracies_by_trying_every_count(n: int) -> None:
    every = {round(100 * (1 - e / n), 2) for e in range(n + 1)}
    for percent in np.round(np.arange(99.5, 100.005, 0.01), 2):
        assert (attainable(float(percent), n) is not None) == (float(percent) in every), percent


def test_the_ferplus_accuracies_that_no_count_gives() -> None:
    wrong = {
        c.published for c in other_checks() if c.id.startswith("attainable-") and c.status == "inconsistent"
    }
    assert wrong == {"99.99", "99.79", "99.96"}


def test_no_error_still_leaves_a_rate() -> None:
    for n in (196, 3068):
        assert zero_error_limit(n) == pytest.approx(1 - 0.025 ** (1 / n))
    assert zero_error_limit(196) == pytest.approx(0.019, abs=0.0005)


def test_siblings_in_training_by_drawing() -> None:
    rng = np.random.default_rng(1)
    sequence = np.repeat(np.arange(327), 3)
    shares = []
    for _ in range(300):
        test = rng.permutation(981)[:196]
        inside = np.zeros(981, bool)
        inside[test] = True
        whole = np.bincount(sequence[inside], minlength=327) == 3
        shares.append(1 - whole[sequence[test]].mean())
    exact = shared_sequences(196, 981, 3)
    assert exact == pytest.approx(1 - comb(978, 193) / comb(980, 195), rel=1e-9)
    assert np.mean(shares) == pytest.approx(exact, abs=5 * np.std(shares) / 300**0.5)


def test_weights_are_the_largest_class_over_each() -> None:
    same = {c.id for c in other_checks() if c.id.startswith("weight-") and c.status == "reproduced"}
    assert same == {"weight-happy", "weight-neutral", "weight-sad", "weight-surprise"}
    assert check("weight-fear").recomputed == f"{5957 / 355:.2f}"
    assert all(c.status == "reproduced" for c in other_checks() if c.id.startswith("capped-"))


def test_disgust_of_raf_db() -> None:
    assert check("rafdb-disgust").status == "inconsistent"
    assert "15,349" in check("rafdb-disgust").sentence


def test_the_folds() -> None:
    values = np.array(folds())
    low, high = stats.t.interval(0.95, 4, values.mean(), stats.sem(values))
    assert t_interval(folds()) == pytest.approx((low, high), abs=1e-9)
    assert check("fold-mean").status == check("fold-sd").status == "reproduced"
    assert (check("fold-se").status, check("fold-se").recomputed) == (
        "inconsistent",
        f"{stats.sem(values):.4f}",
    )
    assert check("fold-interval").recomputed == "0.5991 to 0.6273"


def test_the_test_set() -> None:
    assert binomial_error(0.596, 7178) == pytest.approx(np.sqrt(0.596 * 0.404 / 7178))
    assert check("test-se").status == "reproduced"
    assert check("test-interval").recomputed == "0.5846 to 0.6074"
    assert "238,000" in check("test-interval").sentence
    assert check("overlap").status == "inconsistent"
    assert check("test-count").status == "reproduced"


def test_one_macro_f1_is_of_another_kind() -> None:
    found = {c.id: c.status for c in other_checks() if c.id.startswith("macro-f1")}
    assert [found[f"macro-f1-{i}"] for i in range(5)] == ["reproduced", *["not checkable"] * 4]
