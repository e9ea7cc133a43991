"""What the tables of Ipinze Tutuianu et al. (2024) say about themselves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from fer_core.paper.other_check import OtherCheck, agrees, number
from fer_core.paper.published import said, statement, table
from fer_core.paper.rounding import as_printed
from fer_core.paper.rows import one

if TYPE_CHECKING:
    import pandas as pd

_said = partial(said, study="tutuianu")


def checks() -> Iterator[OtherCheck]:
    """Every check, in the order of the study's sections."""
    counts = table("tutuianu", 1)
    for name, part in counts.groupby("dataset", sort=False):
        printed, added = number(float(part["dataset_total"].iloc[0])), number(float(part["n_images"].sum()))
        yield OtherCheck(
            "tutuianu",
            f"sum-{name}",
            "Table 1",
            f"{name}: images in all",
            printed,
            added,
            agrees(printed, added),
            f"The classes of {name} add up to {added}.",
        )
    by_class = counts.set_index(["dataset", "expression"])["n_images"]
    yield _eight(len(by_class["BTFER"]))
    yield _disgust(int(by_class["RAF-DB", "disgust"]), int(by_class["RAF-DB"].sum()))
    yield _affectnet(int(by_class["AffectNet"].sum()))
    yield from _weights({str(k): int(v) for k, v in by_class["RAF-DB"].items()})
    yield from _models()
    yield _copied()
    yield _gains()
    yield _recall_is_accuracy()
    yield _ranking(int(by_class["BTFER"].sum()))
    yield _labels(by_class)


def _eight(classes: int) -> OtherCheck:
    printed = number(_said("btfer_printed_classes"))
    return OtherCheck(
        "tutuianu",
        "btfer-classes",
        "Table 1",
        "BTFER: class sizes printed",
        printed,
        number(classes),
        agrees(printed, number(classes)),
        f"{printed} sizes are printed for {classes} classes; the total fits {classes}.",
    )


def _disgust(in_table: int, total: int) -> OtherCheck:
    text = int(_said("rafdb_disgust"))
    return OtherCheck(
        "tutuianu",
        "rafdb-disgust",
        "section 2 and Table 1",
        "RAF-DB: images of disgust",
        number(text),
        number(in_table),
        agrees(number(text), number(in_table)),
        f"With {text} the classes would add up to {number(total - in_table + text)} instead of {number(total)}.",
    )


def _affectnet(total: int) -> OtherCheck:
    text = _said("affectnet_images")
    return OtherCheck(
        "tutuianu",
        "affectnet-images",
        "section 4.5 and Table 1",
        "AffectNet: images, about",
        number(text),
        number(round(total, -3)),
        agrees(number(text), number(round(total, -3))),
        f"Table 1 has {number(total)}, which is about {number(round(total, -3))}.",
    )


def _weights(counts: dict[str, int]) -> Iterator[OtherCheck]:
    """Figures 11 and 13: largest class over each class, and the same capped at 3."""
    cap, largest = _said("weight_cap"), max(counts.values())
    for name, n in counts.items():
        printed, found = _said(f"weight_{name}"), largest / n
        same = as_printed(printed, 2) == as_printed(found, 2)
        yield OtherCheck(
            "tutuianu",
            f"weight-{name}",
            "Fig. 11",
            f"RAF-DB: weight of {name}",
            as_printed(printed, 2),
            as_printed(found, 2),
            "reproduced" if same else "not checkable",
            f"Table 1 gives {found:.3f} as largest class over {name}"
            + (", as printed." if same else "; the training counts behind the printed weight are not given."),
        )
    for name in counts:
        weight, capped = _said(f"weight_{name}"), _said(f"capped_{name}")
        found = min(cap, weight)
        yield OtherCheck(
            "tutuianu",
            f"capped-{name}",
            "Fig. 13",
            f"RAF-DB: capped weight of {name}",
            as_printed(capped, 2),
            as_printed(found, 2),
            agrees(as_printed(capped, 2), as_printed(found, 2)),
            f"The smaller of {cap:g} and {weight:g} is {found:g}.",
        )


def _models() -> Iterator[OtherCheck]:
    best = table("tutuianu", 6)
    low = table("tutuianu", 4)
    high = table("tutuianu", 5)
    high = high[high["model"].str.startswith("ResNet50")]
    for column, what in (("val_accuracy", "validation accuracy"), ("btfer_accuracy", "BTFER accuracy")):
        a, b = (as_printed(one(best, model="ResNet18")[column], 2), as_printed(one(low, model="ResNet18")[column], 2))
        yield OtherCheck(
            "tutuianu",
            f"resnet18-{column}",
            "Tables 6 and 4",
            f"ResNet18 at 48 x 48: {what}",
            a,
            b,
            agrees(a, b),
            f"Table 6 has {a}, Table 4 {b} for the same model.",
        )
        a = as_printed(one(best, model="ResNet50")[column], 2)
        options = [as_printed(v, 2) for v in high[column]]
        fits = a in options
        yield OtherCheck(
            "tutuianu",
            f"resnet50-{column}",
            "Tables 6 and 5",
            f"ResNet50 at 224 x 224: {what}",
            a,
            a if fits else " or ".join(options),
            "reproduced" if fits else "inconsistent",
            f"Table 6 has {a}, Table 5 {' and '.join(options)} under its two ways of balancing.",
        )
    small, large = (_said(f"resnet18_{s}_parameters_million") for s in (48, 224))
    yield OtherCheck(
        "tutuianu",
        "resnet18-parameters",
        "Tables 2 and 3",
        "ResNet18: parameters, millions",
        number(small),
        number(large),
        "not checkable",
        f"About {small:g} million in one table, {large:g} in the other. The first has layers added; whether "
        "they "
        "explain the difference is not said.",
        inference=True,
    )


def _copied() -> OtherCheck:
    f1, accuracy = _said("resnet18_affectnet_f1"), _said("resnet18_affectnet_accuracy")
    return OtherCheck(
        "tutuianu",
        "resnet18-affectnet",
        statement("tutuianu", "resnet18_affectnet_f1").where,
        "ResNet18 on AffectNet: F1 beside accuracy",
        as_printed(f1, 2),
        as_printed(accuracy, 2),
        "not checkable",
        f"Precision, recall and F1 of {f1:g} stand beside an accuracy of {accuracy:g}, in a corpus whose "
        "classes are of similar size; elsewhere in the table they differ by a few hundredths. Cells may "
        "have been copied.",
        inference=True,
    )


def _gains() -> OtherCheck:
    bases = [_said(f"gain_{k}") / (_said(f"gain_{k}_percent") / 100) for k in ("validation", "btfer")]
    text = " / ".join(f"+{_said(f'gain_{k}'):g} as {_said(f'gain_{k}_percent'):g}%" for k in ("validation", "btfer"))
    return OtherCheck(
        "tutuianu",
        "gains",
        "section 4.3",
        "gain by resolution, validation / BTFER",
        text,
        " / ".join(f"from {b:.2f}" for b in bases),
        "not checkable",
        f"The percentages are relative: they fit if the mean accuracies at 48 x 48 are {bases[0]:.2f} and "
        f"{bases[1]:.2f}, which are drawn but not printed.",
    )


def _recall_is_accuracy() -> OtherCheck:
    """With classes of one size macro recall is accuracy."""
    rows = table("tutuianu", "btfer")
    apart = rows[(rows["recall"] - rows["accuracy"]).abs() > 0.01 + 1e-9]
    worst = apart.iloc[int((apart["recall"] - apart["accuracy"]).abs().argmax())]
    return OtherCheck(
        "tutuianu",
        "recall-accuracy",
        "Tables 2 and 3",
        "BTFER: pairs of recall and accuracy, those equal",
        number(len(rows)),
        number(len(rows) - len(apart)),
        "inconsistent" if len(apart) else "reproduced",
        "BTFER has as many images of each class, so macro recall and accuracy are one number. Of "
        f"{_said('btfer_pairs'):.0f} pairs, {len(rows)} stand in rows that were read without doubt, and in "
        f"{len(apart)} of those the two differ by more than 0.01, at most in {worst['model']} trained on "
        f"{worst['dataset']} (Table {worst['table']}): recall {worst['recall']:.2f}, accuracy "
        f"{worst['accuracy']:.2f}.",
        inference=True,
    )


def difference_p(first: float, second: float, n: int) -> float:
    """p of the two-sided z test of two shares of n each, with the pooled share (independent samples)."""
    from scipy.stats import norm

    pooled = (first + second) / 2
    return float(2 * norm.sf(abs(first - second) / math.sqrt(2 * pooled * (1 - pooled) / n)))


def _ranking(n: int) -> OtherCheck:
    """The best model of Tables 4 and 6 against the next on BTFER."""
    sixth = table("tutuianu", 6)
    results = {48: table("tutuianu", 4), 224: sixth[sixth["resolution"] == "224x224"]}
    best, words, ps = [], [], []
    for size, rows in results.items():
        first, second = rows.sort_values("btfer_accuracy", ascending=False).iloc[:2].to_dict("records")
        a, b = float(first["btfer_accuracy"]), float(second["btfer_accuracy"])
        ps.append(f"p = {difference_p(a, b, n):.2f}")
        best.append(str(first["model"]))
        words.append(f"{first['model']} has {a:.2f}, {second['model']} {b:.2f} ({size} x {size}, {ps[-1]})")
    return OtherCheck(
        "tutuianu",
        "ranking",
        "Tables 4 and 6",
        "the best models on BTFER, against the next",
        ", ".join(best),
        ", ".join(ps),
        "not checkable",
        f"Each is a single run without an interval. {'; '.join(words)}, of {n:,} images as independent "
        "samples. A test on the same images could find more, but needs the answers to each, and the spread "
        "from run to run is unknown: the ranking is not shown.",
        inference=True,
    )


def _labels(by_class: pd.Series) -> OtherCheck:
    """Which training set is best, on validation sets of their own and on the one that all share."""
    corpora = ("RAF-DB", "FER2013", "AffectNet")
    largest = {c: float(by_class[c].max() / by_class[c].sum()) for c in corpora}
    rows = table("tutuianu", "btfer").pivot(index=["table", "model", "balance"], columns="dataset", values="accuracy")
    whole = rows.dropna().reset_index()
    best, words = [], []
    for number_of_table, size in ((2, 48), (3, 224)):
        part = whole[whole["table"] == number_of_table]
        means = {c: float(part[c].mean()) for c in corpora}
        best.append(max(means, key=lambda c: means[c]))
        words.append(f"at {size} x {size} " + ", ".join(f"{c} {m:.2f}" for c, m in means.items()))
    classes = ", ".join(f"{c} {largest[c]:.0%}" for c in corpora)
    return OtherCheck(
        "tutuianu",
        "labels",
        "section 4.5",
        "training set with the best models",
        "RAF-DB",
        " and ".join(dict.fromkeys(best)),
        "reproduced" if set(best) == {"RAF-DB"} else "inconsistent",
        "RAF-DB is called best for its labels by accuracies on three different validation sets, whose "
        f"corpora differ in resolution and in how large the largest class is ({classes}). On BTFER, which "
        f"all share, the mean accuracy by training set is {'; '.join(words)} (models with all three, in rows "
        "read without doubt).",
        inference=True,
    )
