"""What the numbers of Suwartono et al. (2025) say about themselves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from statistics import NormalDist, fmean, stdev

from fer_core.paper.other_check import OtherCheck, agrees, number
from fer_core.paper.published import said, table
from fer_core.paper.rounding import as_printed

_said = partial(said, study="suwartono")
_Z = NormalDist().inv_cdf(0.975)


def folds() -> tuple[float, ...]:
    """The accuracies of the folds as printed."""
    return tuple(_said(f"fold_{i}") for i in range(1, 6))


def t_interval(values: tuple[float, ...], confidence: float = 0.95) -> tuple[float, float]:
    """Mean ± t SD / sqrt n with n - 1 degrees of freedom."""
    from scipy.stats import t

    half = float(t.ppf((1 + confidence) / 2, len(values) - 1)) * stdev(values) / math.sqrt(len(values))
    return fmean(values) - half, fmean(values) + half


def binomial_error(p: float, n: int) -> float:
    """Standard error of a share: sqrt(p (1 - p) / n)."""
    return math.sqrt(p * (1 - p) / n)


def checks() -> Iterator[OtherCheck]:
    """Every check: the folds, the test result, macro F1 and the claims over baselines."""
    yield from _folds()
    yield from _test()
    yield from _macro_f1()
    yield from _gains()
    yield from _questions()


def _folds() -> Iterator[OtherCheck]:
    values = folds()
    n, mean, sd = len(values), fmean(values), stdev(values)
    low, high = t_interval(values)
    for name, found, digits, words in (
        ("fold_mean", mean, 4, "mean accuracy of the folds"),
        ("fold_sd", sd, 5, "SD over the folds"),
        ("fold_se", sd / math.sqrt(n), 4, "standard error over the folds"),
    ):
        a, b = as_printed(_said(name), digits), as_printed(found, digits)
        yield OtherCheck(
            "suwartono",
            name.replace("_", "-"),
            "section 4",
            words,
            a,
            b,
            agrees(a, b),
            f"From the {n} folds: {b}."
            if name != "fold_se"
            else f"SD / √{n} is {b}; SD / √{_said('folds_announced'):.0f}, as written, would be "
            f"{sd / math.sqrt(_said('folds_announced')):.4f}. Neither is {a}.",
        )
    printed = (_said("fold_low"), _said("fold_high"))
    a, b = _range(*printed), _range(low, high)
    centre = fmean(printed)
    of_table = float(table("suwartono", 1)["accuracy"].iloc[0])
    yield OtherCheck(
        "suwartono",
        "fold-interval",
        "section 4",
        "95% interval over the folds",
        a,
        b,
        agrees(a, b),
        f"The printed interval is centred on {centre:.4f}, not on the mean {mean:.4f}; Table 1 has "
        f"{of_table:.4f}. It "
        f"probably belongs to another run. From the {n} folds it is {b}; with the training images that folds "
        f"share taken into account (Nadeau and Bengio, 2003) {_range(*_corrected(values))}.",
        inference=True,
    )
    a = number(_said("folds_announced"))
    yield OtherCheck(
        "suwartono",
        "folds",
        "abstract and section 4",
        "folds",
        a,
        number(n),
        agrees(a, number(n)),
        f"{a} folds are announced, {n} are listed.",
    )


def _corrected(values: tuple[float, ...]) -> tuple[float, float]:
    """The 95% interval of the folds' mean with the variance of Nadeau and Bengio (2003)."""
    from fer_core.stats.classifiers import corrected_t

    n, k = _said("training_n"), len(values)
    found = corrected_t(values, n_train=n * (k - 1) / k, n_test=n / k)
    return found.low, found.high


def _test() -> Iterator[OtherCheck]:
    n = int(_said("test_n"))
    row = table("suwartono", 1).set_index("model").filter(like="(Test)", axis=0).iloc[0]
    p, stated = float(row["accuracy"]), _said("test_accuracy")
    a, b = as_printed(stated, 3), as_printed(p, 3)
    yield OtherCheck(
        "suwartono",
        "test-accuracy",
        "section 4 and Table 1",
        "accuracy on the test set",
        a,
        b,
        agrees(a, b),
        f"Table 1 has {p:.4f}; {a} is the macro precision ({row['macro_precision']:.4f}) rounded.",
        inference=True,
    )
    right = round(p * n)
    yield OtherCheck(
        "suwartono",
        "test-count",
        "Table 1",
        "accuracy as a share of the test set",
        as_printed(p, 4),
        as_printed(right / n, 4),
        agrees(as_printed(p, 4), as_printed(right / n, 4)),
        f"{right:,} of {n:,} are {right / n:.4f}.",
    )
    error = binomial_error(p, n)
    a, b = as_printed(_said("test_se"), 5), as_printed(error, 5)
    yield OtherCheck(
        "suwartono",
        "test-se",
        "section 4",
        "its binomial standard error",
        a,
        b,
        agrees(a, b),
        f"Of {p:.4f} among {n:,} it is {b}.",
    )
    low, high = p - _Z * error, p + _Z * error
    printed = (_said("test_low"), _said("test_high"))
    half = (printed[1] - printed[0]) / 2
    needed = stated * (1 - stated) * (_Z / half) ** 2
    a, b = _range(*printed), _range(low, high)
    yield OtherCheck(
        "suwartono",
        "test-interval",
        "section 4",
        "its 95% interval",
        a,
        b,
        agrees(a, b),
        f"± {half:.3f} would take a test set of about {round(needed, -3):,.0f} images.",
    )
    folded = (_said("fold_low"), _said("fold_high"))
    overlap = [max(x[0], folded[0]) <= min(x[1], folded[1]) for x in (printed, (low, high))]
    cv = table("suwartono", 1).iloc[0]
    yield OtherCheck(
        "suwartono",
        "overlap",
        "section 4",
        "gap from cross-validation to test: intervals overlap",
        "yes",
        "yes" if any(overlap) else "no",
        agrees("yes", "yes" if any(overlap) else "no"),
        f"The gap is called minimal by comparing two models: {cv['model']} in cross-validation "
        f"({cv['accuracy']:.3f}) and FastCNN-SE on the test images ({p:.3f}). Neither has both. Nor do the "
        f"intervals overlap: {_range(*folded)} against {a} as printed or {b}.",
    )


def _macro_f1() -> Iterator[OtherCheck]:
    for row in table("suwartono", 1).reset_index().to_dict("records"):
        harmonic = 2 * row["macro_precision"] * row["macro_recall"] / (row["macro_precision"] + row["macro_recall"])
        a, b = as_printed(row["macro_f1"], 3), as_printed(harmonic, 3)
        same = a == b
        yield OtherCheck(
            "suwartono",
            f"macro-f1-{row['index']}",
            "Table 1",
            f"{row['model']}: macro F1",
            a,
            b,
            "reproduced" if same else "not checkable",
            f"It is the harmonic mean of macro precision and macro recall ({b})."
            if same
            else f"The harmonic mean of macro precision and recall is {b}, so this one is of another definition, "
            "presumably the mean over the classes; the two cannot be compared.",
            inference=not same,
        )


def _gains() -> Iterator[OtherCheck]:
    results = table("suwartono", 1)
    ours, baselines = results.iloc[:2], results.iloc[2:]
    gain = 100 * float(ours["accuracy"].min() - baselines["accuracy"].max())
    stated = _said("gain_percent")
    yield OtherCheck(
        "suwartono",
        "gain",
        "section 4",
        "accuracy above the best baseline (points), more than",
        number(stated),
        as_printed(gain, 1),
        "reproduced" if gain > stated else "inconsistent",
        f"The smaller of the two gains is {gain:.1f} points.",
    )
    times = [float(f) / float(baselines["macro_f1"].max()) for f in ours["macro_f1"]]
    words = " and ".join(f"{t:.2f}" for t in times)
    yield OtherCheck(
        "suwartono",
        "doubled",
        "section 4",
        "macro F1 above the best baseline (times)",
        "nearly 2",
        words,
        "reproduced" if min(times) > 1.75 else "inconsistent",
        f"They are {words} times the best baseline's, if the two definitions of macro F1 are put aside.",
    )


def _questions() -> Iterator[OtherCheck]:
    """What the research questions would need."""
    results = table("suwartono", 1)
    ours, best = results.iloc[:2], results.iloc[2:]["accuracy"].max()
    columns = ["accuracy", "macro_precision", "macro_recall", "macro_f1"]
    plain, refined = (ours.iloc[i][columns].astype(float) for i in (0, 1))
    lower = int((refined < plain).sum())
    yield OtherCheck(
        "suwartono",
        "components",
        "section 4 and Table 1",
        "metrics in which FastCNN-SE is the better model",
        "not said",
        f"{len(columns) - lower} of {len(columns)}",
        "not checkable",
        f"FastCNN-SE, which has Sparsemax, Poly-Focal loss and class weights, is below the attention CNN in "
        f"{lower} of {len(columns)} metrics (on other images). Ablations are said to confirm these parts; no "
        "table holds any, so the three research questions stay open.",
        inference=True,
    )
    yield OtherCheck(
        "suwartono",
        "models",
        "section 3.3 and Table 1",
        "models described / reported",
        "FastCNN-SE, ConvFormer",
        "attention CNN, FastCNN-SE",
        "not checkable",
        "ConvFormer is described as the second model and has no result; the attention CNN has the best "
        "result and is not described among the methods.",
    )
    p, n = float(refined["accuracy"]), int(_said("test_n"))
    times = (p - float(best)) / math.sqrt((p * (1 - p) + best * (1 - best)) / n)
    yield OtherCheck(
        "suwartono",
        "significantly",
        "abstract",
        "significantly above the baselines",
        "yes",
        "no test",
        "not checkable",
        f"No test is printed. It would hold: {p:.3f} against {best:.3f} are {times:.0f} standard errors "
        f"apart with {n:,} images each.",
        inference=True,
    )


def _range(low: float, high: float) -> str:
    return f"{as_printed(low, 4)} to {as_printed(high, 4)}"
