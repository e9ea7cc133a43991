"""What the study says about its data and its scores, against the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fer_core.emotions import CKPLUS_PUBLISHED_COUNTS, SIX
from fer_core.imbalance import LossPolicy, focal_alpha
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
        f"The shares that the six ratios imply add up to {sum(shares):.2f} instead of 1; those of "
        f"{', '.join(wrong)} lie outside what CK+ and the test set have.",
        "Table 4 prints the training set's ratios, which decide each classifier's loss.",
        f"Even at the ends of the rounding the shares add up to {ends[0]:.2f} or more. In one-vs-all each "
        "clip is positive for exactly one classifier, so they must add up to 1. By the study's own "
        f"thresholds {' and '.join(changed)} get another loss than printed, with contempt among the "
        "negatives or "
        "without." + guess,
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
        f"{everything['mean']:.1%} is a mean of yes-no accuracies, where always answering no scores "
        f"{ALWAYS_NO:.1%}",
        f"The accuracy of {everything['mean']:.1%} ± {everything['sd']:.1%} is the mean over "
        f"{everything['n']:.0f} binary evaluations; six classifiers that never recognise anything reach "
        f"{ALWAYS_NO:.1%}.",
        "It is called overall accuracy and set beside results over six or seven classes, as the accuracy of "
        "MediaPipe with GRU.",
        f"It averages GRU and LSTM; GRU alone has {gru['mean']:.1%} ± {gru['sd']:.1%}. How often the right "
        "one of six emotions is chosen is not published. The counts of Table 4 only say that it is at least "
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
    surprise = float(frame.loc[frame["emotion"] == "surprise", "f1"].mean())
    low, high = float(frame["f1"].min()), float(frame["f1"].max())
    return Finding(
        "hidden-fear",
        f"Fear is never recognised in {zeros} of {len(fear)} conditions",
        f"F1 for fear is 0 in {zeros} of {len(fear)} conditions and {gru:.3f} on average over the GRU "
        "conditions.",
        f"F1 is said to range from {said('f1_lowest')} to {said('f1_highest')}.",
        "That is the range within the one condition of Table 4, which has the best F1 for fear of all "
        f"eight. Over all 48 evaluations it runs from {low:g} to {high:g}. The abstract on the journal's "
        f"page gives {said('abstract_page_f1_fear')} for fear, which is the GRU mean, and "
        f"{said('abstract_page_f1_surprise')} for surprise, which is {surprise:.3f} in every condition.",
        "abstract, 4.4 and 7",
        evidence,
        {"zeros": zeros, "gru_mean": gru, "surprise": surprise, "low": low, "high": high},
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
        rows.append(
            {"ratios": words, "ratio": ratio, "above": above, "from_on": from_on, "alpha": focal_alpha(ratio)}
        )
    evidence = pd.DataFrame(rows)
    six = float(candidates["six"])
    return Finding(
        "focal-boundary",
        "Whether the focal loss is ever used hangs on one sign",
        f"Fear's ratio {candidates['printed']:g} is exactly the threshold: above "
        f"{said('threshold_severe'):g} it gets weighted cross-entropy, from it on the focal loss.",
        "Section 3.1 says 11.5 or more, 3.5.2 above 11.5; Table 4 gives fear the focal loss.",
        f"Table 4 fits the first reading only. With the ratios of CK+'s six emotions (fear {six:.2f}) the "
        "focal loss is never chosen. The threshold was set by trials on the very emotion that lies on it.",
        "3.1, 3.5.2, 3.5.3 and 4.4",
        evidence,
        {"printed": float(candidates["printed"]), "six": six, "seven": float(candidates["seven"])},
    )


def counted_twice(found: Recomputed, evaluations: Evaluations) -> Finding:
    """288 evaluations are 48."""
    n, emotions = len(evaluations.frame), len(SIX)
    conditions = n // emotions
    return Finding(
        "evaluations-288",
        f"There are {n} evaluations, not {said('evaluations'):.0f}",
        f"{conditions} conditions times {emotions} emotions are {n} evaluations.",
        f"The design is said to expand to {said('evaluations'):.0f} evaluations; section 6.1 says "
        f"{said('observations'):.0f}.",
        f"{said('evaluations'):.0f} is {n} x {emotions}, which counts the emotions twice. Every table rests "
        f"on {n}.",
        "3.3.3, against 6.1",
        None,
        {"evaluations": n, "printed_over_real": said("evaluations") / n},
    )


def counting_slips(found: Recomputed, evaluations: Evaluations) -> Finding:
    """Sizes that differ between sections."""
    import pandas as pd

    fear = one(found.table4, emotion="fear")
    fear_test = int(fear["tp"] + fear["fn"])
    n = int(found.table4[["tp", "fp", "fn", "tn"]].iloc[0].sum())
    labelled = sum(CKPLUS_PUBLISHED_COUNTS.values())
    rows = [
        ("sequences of CK+", said("corpus_sequences"), said("limits_sequences"), "3.2.1 and 6.2"),
        ("subjects of CK+", said("corpus_subjects"), said("limits_subjects"), "3.2.1 and 6.2"),
        (
            "fear clips in the test set",
            fear_test,
            said("fear_clips_per_split"),
            "Table 4 (reconstructed) and 5.3",
        ),
    ]
    evidence = pd.DataFrame(rows, columns=["what", "first", "second", "where"])
    return Finding(
        "counting-slips",
        "Sizes of the data differ between sections",
        f"Section 6.2 speaks of {said('limits_sequences'):.0f} sequences from {said('limits_subjects'):.0f} "
        f"subjects; {said('limits_sequences'):.0f} is the number of subjects and {n} the number of test "
        "clips.",
        f"Section 3.2.1 gives {said('corpus_sequences'):.0f} sequences of {said('corpus_subjects'):.0f} "
        f"subjects; section 5.3 speaks of {said('fear_clips_per_split'):.0f} fear clips per split.",
        f"{labelled} of CK+'s sequences carry an emotion label, "
        f"{labelled - CKPLUS_PUBLISHED_COUNTS['contempt']} of them one of the six. The test set of Table 4 "
        f"has {fear_test} fear clips.",
        "3.2.1, 5.3 and 6.2",
        evidence,
        {"test": n, "fear_test": fear_test, "labelled": labelled},
    )
