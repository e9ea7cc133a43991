"""What the tables of Munsarif and Ku-Mahamud (2026) say about themselves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

from fer_core.paper.other_check import OtherCheck, agrees, number
from fer_core.paper.published import said, table
from fer_core.paper.rounding import as_printed

_said = partial(said, study="munsarif")
_RESULTS = {4: "FER2013", 5: "FERPlus", 6: "RAF-DB", 7: "CK+"}
"""Table → the corpus it is about."""


def checks() -> Iterator[OtherCheck]:
    """Every check, in the order of the study's tables."""
    allocation = {r["database"]: r for r in table("munsarif", 1).fillna(0).to_dict("records")}
    for name, row in allocation.items():
        total = row["training"] + row["validation"] + row["testing"]
        printed, added = number(row["total"]), number(total)
        yield OtherCheck(
            "munsarif",
            f"sum-{name}",
            "Table 1",
            f"{name}: images in all",
            printed,
            added,
            agrees(printed, added),
            f"The parts of {name} add up to {added}.",
        )
    yield _ferplus(float(allocation["FERPlus"]["training"]))
    yield _split(float(allocation["FER2013"]["training"]), float(allocation["FER2013"]["testing"]))
    for t, corpus in _RESULTS.items():
        row = allocation[corpus]
        yield from _attainable(t, corpus, int(row["testing"]), int(row["validation"]))
    yield _fer2013_classes()
    yield _ferplus_classes(int(allocation["FERPlus"]["testing"]))
    yield _best()
    yield _swapped()
    yield _tuned()
    yield _best_on_ckplus()
    yield from _without_error({c: int(allocation[c]["testing"]) for c in ("RAF-DB", "CK+")})
    yield _leak(int(allocation["CK+"]["testing"]), int(allocation["CK+"]["total"]))


def _ferplus(training: float) -> OtherCheck:
    originals = _said("ferplus_originals")
    return OtherCheck(
        "munsarif",
        "ferplus-originals",
        "Table 1",
        "FERPlus: training images",
        number(training),
        f"at most {number(originals)}",
        "inconsistent" if training > originals else "reproduced",
        f"FERPlus labels the {number(originals)} images of FER2013 anew; {number(training)} for training "
        f"alone are {training / originals:.2f} times as many, so some must be made by augmentation, which "
        "is not said.",
    )


def _split(training: float, testing: float) -> OtherCheck:
    official = (_said("fer2013_official_training"), _said("fer2013_official_held_out"))
    printed, known = (" / ".join(number(v) for v in pair) for pair in ((training, testing), official))
    return OtherCheck(
        "munsarif",
        "fer2013-split",
        "Table 1",
        "FER2013: training / held out",
        printed,
        known,
        agrees(printed, known),
        f"The split differs from the official one by {abs(training - official[0]):.0f} images each way.",
    )


def attainable(percent: float, n: int, digits: int = 2) -> int | None:
    """How many errors among n give this accuracy when rounded to so many decimals; None where none do."""
    half = 0.5 * 10.0**-digits + 1e-9
    nearest = round(n * (1 - percent / 100))
    for errors in (nearest, nearest - 1, nearest + 1):
        if 0 <= errors <= n and abs(100 * (1 - errors / n) - percent) <= half:
            return errors
    return None


def _attainable(number_of_table: int, corpus: str, n: int, validated: int) -> Iterator[OtherCheck]:
    results = table("munsarif", number_of_table)
    for percent, rows in results.groupby("accuracy_pct"):
        value = float(str(percent))
        errors = attainable(value, n)
        near = [100 * (1 - e / n) for e in (math.floor(n * (1 - value / 100)), math.ceil(n * (1 - value / 100)))]
        possible = " or ".join(dict.fromkeys(as_printed(v, 2) for v in sorted(near)))
        yield OtherCheck(
            "munsarif",
            f"attainable-{corpus}-{value:g}",
            f"Table {number_of_table}",
            f"{corpus}: accuracy (%) of {_count(len(rows), 'model')}",
            as_printed(value, 2),
            possible if errors is None else as_printed(100 * (1 - errors / n), 2),
            "inconsistent" if errors is None else "reproduced",
            f"No number of errors among {n:,} images gives {value:.2f}%; the nearest are {possible}%."
            f"{_with_validation(value, n, validated)}"
            if errors is None
            else f"{value:.2f}% is {_count(errors, 'error')} among {n:,} images.",
        )


def _with_validation(percent: float, n: int, validated: int) -> str:
    """Whether a count of the test and the validation images together would give it, and what that is "
    "worth.
    """
    errors = attainable(percent, n + validated)
    if errors is None:
        return ""
    every = 100 / (n + validated) <= 0.01
    return f" Among {n + validated:,}, validation and test together, it would be {_count(errors, 'error')}" + (
        ", but there every value with two decimals fits some number." if every else "."
    )


def _fer2013_classes() -> OtherCheck:
    """Fig. 7a names the two best classes; accuracy is the mean of all, weighted by their sizes."""
    best, second = _said("figure_7a_surprise_percent"), _said("figure_7a_anger_percent")
    counts = table("tutuianu", 1).query("dataset == 'FER2013'").set_index("expression")["n_images"]
    share = float(counts["surprise"] / counts.sum())
    limit = accuracy_limit(best, second, share)
    accuracies = table("munsarif", 4)["accuracy_pct"]
    low, high = float(accuracies.min()), float(accuracies.max())
    needed = (low - _HALF - (second + _HALF)) / (best - second)
    return OtherCheck(
        "munsarif",
        "figure-7a",
        "Fig. 7a and Table 4",
        "FER2013: accuracies (%)",
        f"{low:.2f} to {high:.2f}",
        f"at most {limit:.2f}",
        "inconsistent" if low > limit else "reproduced",
        f"The two best classes have {best:.2f}% (surprise) and {second:.2f}% (anger). Accuracy weights the "
        f"classes by their size, and surprise is {share:.0%} of FER2013, so it is at most {limit:.2f}%: "
        f"{int((accuracies > limit).sum())} of {len(accuracies)} printed values are higher, and "
        f"{high:.2f}% is above every class. For {low:.2f}% surprise would have to be {needed:.0%} of the "
        "test images.",
        inference=True,
    )


_HALF = 0.005
"""Half a unit of the last of two decimals."""


def accuracy_limit(best: float, second: float, share: float) -> float:
    """The highest accuracy (%) that can be printed when one class of this share has ``best`` and every other
    ``second`` or less: both are rounded to two decimals, and so is the accuracy.
    """
    return round(share * best + (1 - share) * second + _HALF, 2)


def _ferplus_classes(n: int) -> OtherCheck:
    """Fig. 7b has errors in two classes, so two at least."""
    classes = [_said(f"figure_7b_{c}_percent") for c in ("neutral", "sadness")]
    errors = sum(c < 100 for c in classes)
    limit = round(100 * (1 - errors / n), 2)
    accuracies = table("munsarif", 5)["accuracy_pct"]
    higher = accuracies[accuracies > limit]
    return OtherCheck(
        "munsarif",
        "figure-7b",
        "Fig. 7b and Table 5",
        "FERPlus: accuracies (%)",
        f"{accuracies.min():.2f} to {accuracies.max():.2f}",
        f"at most {limit:.2f}",
        "inconsistent" if len(higher) else "reproduced",
        f"Neutral has {classes[0]:.2f}% and sadness {classes[1]:.2f}%, so there are at least {errors} errors "
        f"among {n:,} images: at most {limit:.2f}%, and {len(higher)} of {len(accuracies)} printed values "
        "are higher. Which model the figure shows is not said.",
        inference=True,
    )


_TUNED = ("learning rate", "dropout", "weight decay")
"""Of the hyperparameters that the abstract calls tuned, those that are not sizes."""


def _tuned() -> OtherCheck:
    settings = table("munsarif", 2)
    listed = [t for t in _TUNED if settings["parameter"].str.contains(t, case=False).any()]
    filters = settings[settings["parameter"].str.contains("filter")].set_index("parameter")
    dtn, dsn = (", ".join(map(str, filters.loc[f"Block {b} (filter)"])) for b in ("DTN", "DSN"))
    return OtherCheck(
        "munsarif",
        "tuned",
        "abstract and Table 2",
        f"of {', '.join(_TUNED)}, those tuned",
        number(len(_TUNED)),
        number(len(listed)),
        "inconsistent" if len(listed) < len(_TUNED) else "reproduced",
        f"Table 2 has {settings.shape[1] - 1} configurations of {len(settings)} settings, "
        f"{len(listed) or 'none'} of these among them, and no value of any other configuration. The filter "
        f"of one block is a size ({dtn}), of the other a number ({dsn}).",
    )


def _best_on_ckplus() -> OtherCheck:
    eighth = table("munsarif", 8).query("dataset == 'CK+' and reference != 'this work'")
    best = eighth.iloc[int(eighth["accuracy_pct"].argmax())]
    stated, found = as_printed(_said("ckplus_best_earlier_percent"), 2), as_printed(best["accuracy_pct"], 2)
    return OtherCheck(
        "munsarif",
        "ckplus-best",
        "section 4 and Table 8",
        "CK+: best earlier accuracy (%)",
        stated,
        found,
        agrees(stated, found),
        f"The state of the art is said to reach only {stated}% on CK+; {best['model']} has {found}% in Table "
        "8, so nothing was left to surpass.",
    )


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _best() -> OtherCheck:
    best = float(table("munsarif", 4)["accuracy_pct"].max())
    printed, found = as_printed(_said("best_fer2013_percent"), 2), as_printed(best, 2)
    return OtherCheck(
        "munsarif",
        "best-fer2013",
        "abstract and Table 4",
        "FER2013: best accuracy (%)",
        printed,
        found,
        agrees(printed, found),
        f"The best of Table 4 is {found}%, the abstract says {printed}%.",
    )


def _swapped() -> OtherCheck:
    results = table("munsarif", 5)
    others = ["precision_pct", "recall_pct", "f1_pct"]
    odd = results[(results["accuracy_pct"] - results[others].mean(axis=1)).abs() > 0.05]
    row = odd.iloc[0]
    printed, likely = as_printed(row["accuracy_pct"], 2), as_printed(row[others].mean(), 2)
    return OtherCheck(
        "munsarif",
        "ferplus-swapped",
        "Table 5",
        f"{row['model']}, case {row['case']}: accuracy (%)",
        printed,
        likely,
        "inconsistent",
        f"Precision, recall and F1 of this model are {likely}%, its accuracy {printed}%: the digits may be exchanged.",
        inference=True,
    )


def zero_error_limit(n: int, confidence: float = 0.95) -> float:
    """Upper end of the exact two-sided interval for a share of which none was seen in n (Clopper, Pearson "
    "1934).
    """
    from scipy.stats import beta

    return float(beta.ppf((1 + confidence) / 2, 1, n))


def _without_error(tested: dict[str, int]) -> Iterator[OtherCheck]:
    for corpus, n in tested.items():
        limit = zero_error_limit(n)
        yield OtherCheck(
            "munsarif",
            f"no-error-{corpus}",
            "Tables 6 and 7",
            f"{corpus}: accuracy (%)",
            "100",
            f"{100 * (1 - limit):.1f} to 100",
            "not checkable",
            f"No error among {n:,} images leaves a true error rate of up to {limit:.1%} (exact 95% interval).",
        )


def shared_sequences(tested: int, total: int, per_sequence: int) -> float:
    """Expected share of test images of which another image of the same sequence is in training.

    Images drawn for testing at random without replacement (hypergeometric).
    """
    none_left = math.prod((tested - 1 - i) / (total - 1 - i) for i in range(per_sequence - 1))
    return 1 - none_left


def _leak(tested: int, total: int) -> OtherCheck:
    each = int(_said("ckplus_frames_per_sequence"))
    share = shared_sequences(tested, total, each)
    return OtherCheck(
        "munsarif",
        "ckplus-leak",
        "Table 1",
        "CK+: test images with a sibling in training",
        "not said",
        f"{share:.0%}",
        "not checkable",
        f"{total} images are {each} frames of {total // each} sequences. Split by image at random, "
        f"{share:.0%} of the {tested} test images would have a frame of the same sequence in training; the "
        "study does not say how it "
        "split.",
        inference=True,
    )
