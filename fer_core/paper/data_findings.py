"""What the study says about its data and its scores, against the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fer_core.losses.imbalance import LossPolicy, focal_alpha
from fer_core.paper.checks import ALWAYS_NO
from fer_core.paper.finding import Finding
from fer_core.paper.published import PAPER_RATIOS, said
from fer_core.paper.ratio_checks import candidate_ratios, training_sets
from fer_core.paper.recompute import Recomputed
from fer_core.paper.rows import one

if TYPE_CHECKING:
    from fer_core.stats.table import Evaluations


def impossible_ratios(found: Recomputed, evaluations: Evaluations) -> Finding:
    """The six ratios cannot belong to one corpus."""
    evidence = candidate_ratios(found.table4)
    policy = LossPolicy()
    for column in ("printed", "test", "six", "seven"):
        evidence[f"loss_{column}"] = [policy.choose(float(r)).name for r in evidence[column]]
    known = evidence[["test", "six", "seven"]]
    evidence["possible"] = evidence["printed"].between(known.min(axis=1), known.max(axis=1))
    shares = [1 / (1 + r) for r in PAPER_RATIOS.values()]
    ends = [sum(1 / (1 + r + h) for r in PAPER_RATIOS.values()) for h in (0.05, -0.05)]
    wrong = list(evidence.loc[~evidence["possible"], "emotion"])
    changed = [
        r["emotion"]
        for r in evidence.to_dict("records")
        if r["loss_printed"] != r["loss_six"] and r["loss_printed"] != r["loss_seven"]
    ]
    fits = training_sets(found.table4)
    exact = fits[fits["usual_split"]]
    likely = exact.iloc[0] if len(exact) else None
    guess = (
        ""
        if likely is None
        else f" A likely training set, inferred: {likely['training']:.0f} of {likely['total']:.0f} clips, "
        f"in which fear's ratio is {likely['fear_low']:.2f}."
    )
    return Finding(
        "imbalance-ratios",
        "The printed imbalance ratios cannot belong to one corpus",
        "wrong",
        f"The shares of clips that the six ratios imply add up to {sum(shares):.2f}; more than 1 is impossible.",
        "Table 4 prints the training set's ratios, which decide each classifier's loss.",
        "In one-vs-all each clip is positive for at most one classifier, so the shares add up to at most 1, "
        "and to less where neutral (which 3.2.1 lists) or contempt is among the negatives; even at the ends "
        f"of the rounding they add up to {ends[0]:.2f} or more. The ratios of {', '.join(wrong)} lie outside "
        f"what CK+ and the test set have. By the study's own thresholds {' and '.join(changed)} get another "
        "loss than printed, with contempt among the negatives or without." + guess,
        "3.5, 4.4 and 5.3",
        evidence,
        {
            "sum": sum(shares),
            "sum_low": ends[0],
            "sum_high": ends[1],
            "impossible": len(wrong),
            "changed": len(changed),
            "training": float("nan") if likely is None else float(likely["training"]),
        },
        inference=True,
    )


def always_no(found: Recomputed, evaluations: Evaluations) -> Finding:
    """The overall accuracy is a mean of binary accuracies."""
    import pandas as pd

    everything, gru = one(found.overall, of="all"), one(found.overall, of="gru")
    frame = found.table4
    tp, fp = int(frame["tp"].sum()), int(frame["fp"].sum())
    n = int(frame[["tp", "fp", "fn", "tn"]].iloc[0].sum())
    least = max(0, tp - fp) / n
    baseline = pd.DataFrame([{"of": "always answering no", "n": None, "mean": ALWAYS_NO, "sd": None}])
    evidence = pd.concat([found.overall, baseline.astype({"mean": float})], ignore_index=True)
    return Finding(
        "always-no",
        f"{everything['mean']:.1%} is a mean of yes-no accuracies, where always answering no scores {ALWAYS_NO:.1%}",
        "overstated",
        f"It is the mean of {everything['n']:.0f} binary accuracies, not how often the right one of six "
        "emotions is chosen.",
        "It is called overall accuracy and set beside results over six or seven classes, as the accuracy of "
        "MediaPipe with GRU.",
        f"Six classifiers that never recognise anything reach {ALWAYS_NO:.1%}. {everything['mean']:.1%} ± "
        f"{everything['sd']:.1%} averages GRU and LSTM; GRU alone has {gru['mean']:.1%} ± {gru['sd']:.1%}. "
        "The accuracy over six emotions is not published. The counts of Table 4 only say that it is at least "
        f"({tp} - {fp}) / {n} = {least:.1%} there, if every clip is classified by the highest output.",
        "abstract, 4.8 and 7",
        evidence,
        {
            "mean": float(everything["mean"]),
            "sd": float(everything["sd"]),
            "gru": float(gru["mean"]),
            "gru_sd": float(gru["sd"]),
            "always_no": ALWAYS_NO,
            "least_of_six": least,
        },
    )


def hidden_fear(found: Recomputed, evaluations: Evaluations) -> Finding:
    """The F1 range is that of one condition."""
    frame = evaluations.frame
    fear = frame[frame["emotion"] == "fear"]
    evidence = fear[["architecture", "tuning", "loss", "tp", "fp", "fn", "tn", "f1"]].reset_index(drop=True)
    zeros = int((fear["f1"] == 0).sum())
    gru = float(fear.loc[fear["architecture"] == "gru", "f1"].mean())
    low, high = float(frame["f1"].min()), float(frame["f1"].max())
    return Finding(
        "hidden-fear",
        f"Fear is never recognised in {zeros} of {len(fear)} conditions",
        "overstated",
        f"F1 for fear is 0 in {zeros} of {len(fear)} conditions and {gru:.3f} on average over the GRU conditions.",
        f"F1 is said to range from {said('f1_lowest')} to {said('f1_highest')}.",
        "That is the range within the one condition of Table 4, which has the best F1 for fear of all "
        f"eight. Over all {len(frame)} evaluations it runs from {low:g} to {high:g}.",
        "abstract, 4.4 and 7",
        evidence,
        {"zeros": zeros, "gru_mean": gru, "low": low, "high": high},
        inference=True,
    )


def focal_boundary(found: Recomputed, evaluations: Evaluations) -> Finding:
    """Whether fear gets the focal loss hangs on one sign."""
    import pandas as pd

    candidates = one(candidate_ratios(found.table4), emotion="fear")
    rows = []
    for words in ("printed", "test", "six", "seven"):
        ratio = float(candidates[words])
        above = LossPolicy(boundary=">").choose(ratio).name
        from_on = LossPolicy(boundary=">=").choose(ratio).name
        rows.append({"ratios": words, "ratio": ratio, "above": above, "from_on": from_on, "alpha": focal_alpha(ratio)})
    evidence = pd.DataFrame(rows)
    six = float(candidates["six"])
    return Finding(
        "focal-boundary",
        "Whether the focal loss is ever used hangs on one sign",
        "wrong",
        f"Fear's ratio {candidates['printed']:g} is the threshold itself; by section 3.5.2 it gets weighted "
        "cross-entropy, not the focal loss.",
        f"Section 3.1 says {said('threshold_severe'):g} or more, 3.5.2 above {said('threshold_severe'):g}; "
        "Table 4 gives fear the focal loss.",
        f"Table 4 fits the first reading only. With the ratios of CK+'s six emotions (fear {six:.2f}) the "
        "focal loss is never chosen. The threshold was set by trials on the very emotion that lies on it.",
        "3.1, 3.5.2, 3.5.3 and 4.4",
        evidence,
        {"printed": float(candidates["printed"]), "six": six, "seven": float(candidates["seven"])},
    )
