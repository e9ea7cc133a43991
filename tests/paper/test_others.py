"""The other studies' checks against arithmetic done here."""

from __future__ import annotations

from collections import Counter
from math import comb

import numpy as np
import pytest
from scipy import stats

from fer_core.paper.munsarif import accuracy_limit, attainable, shared_sequences, zero_error_limit
from fer_core.paper.others import STAND_OUT, OtherCheck, other_checks, stand_outs
from fer_core.paper.published import said, table
from fer_core.paper.suwartono import binomial_error, folds, t_interval
from fer_core.paper.tutuianu import difference_p


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
    assert statuses["munsarif", "inconsistent"] == 11
    assert statuses["tutuianu", "inconsistent"] == 7
    assert statuses["suwartono", "inconsistent"] == 6


@pytest.mark.parametrize("name", ["sum-RAF-DB", "sum-FER2013", "sum-AffectNet", "sum-FERPlus", "sum-CK+", "sum-BTFER"])
def test_sums_hold(name: str) -> None:
    assert {c.status for c in other_checks() if c.id == name} == {"reproduced"}


@pytest.mark.parametrize("n", [196, 3573, 7158])
def test_attainable_accuracies_by_trying_every_count(n: int) -> None:
    every = {round(100 * (1 - e / n), 2) for e in range(n + 1)}
    for percent in np.round(np.arange(99.5, 100.005, 0.01), 2):
        assert (attainable(float(percent), n) is not None) == (float(percent) in every), percent


def test_the_ferplus_accuracies_that_no_count_gives() -> None:
    wrong = {c.published for c in other_checks() if c.id.startswith("attainable-") and c.status == "inconsistent"}
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
    assert (check("fold-se").status, check("fold-se").recomputed) == ("inconsistent", f"{stats.sem(values):.4f}")
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


# --- what a reader should know of, with its verdict -----------------------------------------------------


def test_each_verdict_fits_the_status_of_its_check() -> None:
    for study, verdicts in STAND_OUT.items():
        assert [c.id for c in stand_outs(study)] == list(verdicts)
        for c in stand_outs(study):
            assert c.verdict == verdicts[c.id]
            assert c.verdict != "wrong" or c.status == "inconsistent", c.id
    rest = [c for c in other_checks() if c.id not in STAND_OUT[c.study]]
    assert rest and all(c.verdict is None for c in rest)


def test_the_two_best_classes_limit_the_accuracy() -> None:
    """Every vector of class recalls that prints as in Fig. 7a, drawn with the sizes of FER2013's classes."""
    sizes = table("tutuianu", 1).query("dataset == 'FER2013'").set_index("expression")["n_images"]
    rng = np.random.default_rng(0)
    best = 0.0
    for _ in range(2000):
        recall = {e: rng.uniform(95, 99.72499) for e in sizes.index}
        recall |= {"surprise": rng.uniform(99.845, 99.85499), "angry": rng.uniform(99.715, 99.72499)}
        best = max(best, sum(sizes[e] * r for e, r in recall.items()) / sizes.sum())
    full = dict.fromkeys(sizes.index, 99.72499) | {"surprise": 99.85499}
    best = max(best, sum(sizes[e] * r for e, r in full.items()) / sizes.sum())
    limit = accuracy_limit(99.85, 99.72, sizes["surprise"] / sizes.sum())
    assert limit == 99.74 == round(best, 2)
    assert table("munsarif", 4)["accuracy_pct"].min() == 99.79 > limit
    found = check("figure-7a")
    assert found.recomputed == "at most 99.74" and "6 of 6 printed values are higher" in found.sentence


def test_two_classes_with_errors_are_two_errors() -> None:
    assert round(100 * (1 - 2 / 3573), 2) == 99.94
    found = check("figure-7b")
    assert found.recomputed == "at most 99.94" and "5 of 6 printed values are higher" in found.sentence


def test_at_11914_images_every_value_fits() -> None:
    n = 8341 + 3573
    every = {round(100 * (1 - e / n), 2) for e in range(n + 1)}
    assert every >= set(np.round(np.arange(99.0, 100.005, 0.01), 2))
    for value, errors in ((99.79, 25), (99.96, 5), (99.99, 1)):
        assert round(100 * (1 - errors / n), 2) == value
        sentence = check(f"attainable-FERPlus-{value:g}").sentence
        assert f"Among 11,914, validation and test together, it would be {errors} error" in sentence
        assert "every value with two decimals" in sentence


def test_what_is_called_tuned_has_no_value() -> None:
    assert (check("tuned").published, check("tuned").recomputed) == ("3", "0")
    assert not table("munsarif", 2)["parameter"].str.contains("learning|dropout|decay", case=False).any()
    assert (check("ckplus-best").published, check("ckplus-best").recomputed) == ("99.40", "100.00")


def test_with_balanced_classes_recall_is_accuracy() -> None:
    """300 images of each class: so by any confusion matrix; not in 19 of the printed pairs."""
    rng = np.random.default_rng(0)
    right = rng.integers(0, 301, 7)
    assert (right / 300).mean() == pytest.approx(right.sum() / 2100)
    rows = table("tutuianu", "btfer")
    apart = rows[(100 * rows["recall"]).round() - (100 * rows["accuracy"]).round() != 0]
    wide = apart[((100 * apart["recall"]).round() - (100 * apart["accuracy"]).round()).abs() > 1]
    assert (len(rows), len(wide)) == (146, 19)
    found = check("recall-accuracy")
    assert "Of 203 pairs, 146 stand" in found.sentence and "in 19 of those" in found.sentence


@pytest.mark.parametrize(
    ("where", "recall", "accuracy"),
    [
        ((2, "VGG16 - VF", "RAF-DB", "simple"), 0.37, 0.45),
        ((2, "MobileNet", "AffectNet", "simple"), 0.44, 0.36),
        ((2, "ResNet18", "AffectNet", "conservative"), 0.61, 0.44),
        ((3, "ResNet50 - VF", "AffectNet", "simple"), 0.48, 0.56),
        ((3, "ResNet50 - VF", "RAF-DB", "simple"), 0.62, 0.62),
        ((3, "GoogLeNet", "FER2013", "conservative"), 0.62, 0.62),
    ],
)
def test_the_btfer_pairs_are_as_printed(where: tuple[int, str, str, str], recall: float, accuracy: float) -> None:
    rows = table("tutuianu", "btfer").set_index(["table", "model", "dataset", "balance"])
    assert rows.index.is_unique
    assert tuple(rows.loc[where]) == (recall, accuracy)


def test_single_runs_do_not_rank() -> None:
    for first, second, p in ((0.56, 0.54, 0.19), (0.62, 0.60, 0.18)):
        hits = [round(2100 * share) for share in (first, second)]
        chi = stats.chi2_contingency([hits, [2100 - h for h in hits]], correction=False)
        assert difference_p(first, second, 2100) == pytest.approx(chi.pvalue, rel=1e-9)
        assert round(chi.pvalue, 2) == p
    assert check("ranking").recomputed == "p = 0.19, p = 0.18"


def test_the_training_sets_on_the_images_that_they_share() -> None:
    """Means over the models that have all three, counted here without pandas' pivot."""
    rows = table("tutuianu", "btfer").to_dict("records")
    for number, size, expected in ((2, 48, "FER2013"), (3, 224, "AffectNet")):
        by_model: dict[tuple[str, str], dict[str, float]] = {}
        for r in rows:
            if r["table"] == number:
                by_model.setdefault((r["model"], r["balance"]), {})[r["dataset"]] = r["accuracy"]
        whole = [d for d in by_model.values() if len(d) == 3]
        means = {c: np.mean([d[c] for d in whole]) for c in ("RAF-DB", "FER2013", "AffectNet")}
        assert max(means, key=lambda c: means[c]) == expected
        words = ", ".join(f"{c} {m:.2f}" for c, m in means.items())
        assert f"at {size} x {size} {words}" in check("labels").sentence


def test_the_corrected_interval_of_the_folds() -> None:
    """Nadeau and Bengio's variance by its formula: (1/k + 1/(k - 1)) s^2 for k folds."""
    values = np.array(folds())
    half = stats.t.ppf(0.975, 4) * np.sqrt(1 / 5 + 1 / 4) * values.std(ddof=1)
    low, high = values.mean() - half, values.mean() + half
    assert (round(low, 3), round(high, 3)) == (0.592, 0.634)
    assert f"{low:.4f} to {high:.4f}" in check("fold-interval").sentence


def test_the_gap_compares_two_models() -> None:
    results = table("suwartono", 1)
    assert "FastCNN-SE" not in results["model"][0] and "FastCNN-SE" in results["model"][1]
    assert "comparing two models" in check("overlap").sentence
    columns = ["accuracy", "macro_precision", "macro_recall", "macro_f1"]
    assert (results.loc[1, columns] < results.loc[0, columns]).all()
    assert check("components").recomputed == "0 of 4"
    assert said("training_n", "suwartono") + said("test_n", "suwartono") == 35887
