"""What the "adaptive loss" changed where Table 4 has the loss that it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fer_core.base.emotions import SIX
from fer_core.losses.imbalance import LossPolicy
from fer_core.paper.finding import Finding
from fer_core.paper.published import METRICS, table
from fer_core.paper.ratio_checks import candidate_ratios
from fer_core.paper.recompute import Recomputed
from fer_core.paper.rows import one

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.matching import Unit
    from fer_core.stats.table import Evaluations

PLAIN = "bce"
"""The loss of the "standard" arm, as Table 4 calls it."""

LOSSES = ("advanced", "standard")
"""Differences here are advanced minus standard: positive where the adaptive loss scores higher."""


def printed_losses() -> dict[str, str]:
    """Emotion to the loss that Table 4 says the adaptive rule selected."""
    return dict(table("winarno", 4).set_index("emotion")["selected_loss"])


@dataclass(frozen=True)
class LossGroups:
    """The emotions by whether the "advanced" arm has, as printed, another loss than the "standard" arm."""

    same: tuple[str, ...]
    changed: tuple[str, ...]


def loss_groups() -> LossGroups:
    """The six emotions, split by the losses that Table 4 prints."""
    losses = printed_losses()
    same = tuple(e for e in SIX if losses[e] == PLAIN)
    return LossGroups(same, tuple(e for e in SIX if e not in same))


def group_difference(
    evaluations: Evaluations, metric: str, emotions: Sequence[str], unit: Unit = "pair"
) -> dict[str, float]:
    """The loss's difference (advanced minus standard) over the matched pairs of some emotions.

    Keys: n, mean, t 95% interval (low, high), p of the t test; NaN where the pairs do not vary.
    """
    from fer_core.stats import table as tables
    from fer_core.stats.pairwise import pairwise

    frame = evaluations.frame
    part = tables.evaluations(
        frame[frame["emotion"].isin(emotions)], evaluations.title, evaluations.origin, evaluations.note
    )
    row = pairwise(part, (metric,), ("loss",), {"loss": LOSSES}, interval="t", correction="none", unit=unit)
    found = row.iloc[0]
    names = {"n": "n", "mean": "mean_difference", "low": "low", "high": "high", "p": "p"}
    return {name: float(found[column]) for name, column in names.items()}


def loss_pairs(evaluations: Evaluations, metric: str) -> pd.DataFrame:
    """The 24 matched pairs of the two losses.

    Columns: emotion, architecture, tuning, advanced, standard, difference (advanced minus standard), and
    loss_changed (whether Table 4 prints another loss than plain cross-entropy for the emotion).
    """
    from fer_core.stats.pairwise import pairs

    found = pairs(evaluations, metric, "loss", LOSSES)
    found = found.rename(columns=dict(zip(("first", "second"), LOSSES, strict=True)))
    found["loss_changed"] = found["emotion"].isin(loss_groups().changed)
    found = found.sort_values(["loss_changed", "emotion", "architecture", "tuning"], ignore_index=True)
    return found[["emotion", "architecture", "tuning", *LOSSES, "difference", "loss_changed"]]


def same_loss(found: Recomputed, evaluations: Evaluations) -> Finding:
    """Recall rises where nothing was changed."""
    import pandas as pd

    groups = loss_groups()
    rows = [
        {"metric": metric, "emotions": words, **group_difference(evaluations, metric, emotions)}
        for metric in METRICS
        for words, emotions in (("same loss", groups.same), ("another loss", groups.changed))
    ]
    evidence = pd.DataFrame(rows)
    recall = one(evidence, metric="recall", emotions="same loss")
    other = one(evidence, metric="recall", emotions="another loss")
    f1 = one(evidence, metric="f1", emotions="same loss")
    by_emotion = group_difference(evaluations, "recall", groups.same, unit="emotion")
    share = recall["n"] * recall["mean"] / (recall["n"] * recall["mean"] + other["n"] * other["mean"])
    frame = evaluations.frame
    arms = {loss: frame[frame["emotion"].isin(groups.same) & (frame["loss"] == loss)] for loss in LOSSES}
    hits = {loss: int(arm["tp"].sum()) for loss, arm in arms.items()}
    positives = int(arms["standard"]["tp"].sum() + arms["standard"]["fn"].sum())
    keeps, other_losses = _under_every_ratio(found)
    unmoved = [d for e, d in loss_pairs(evaluations, "recall")[["emotion", "difference"]].values if e == keeps]
    counts = frame.loc[frame["emotion"] == keeps, ["tp", "fp", "fn", "tn"]]
    (only,) = {tuple(int(v) for v in row) for row in counts.values}
    figures = {
        "pairs": recall["n"],
        "recall": recall["mean"],
        "low": recall["low"],
        "high": recall["high"],
        "p": recall["p"],
        "p_emotions": by_emotion["p"],
        "changed": other["mean"],
        "changed_p": other["p"],
        "f1": f1["mean"],
        "f1_p": f1["p"],
        "share": share,
        "hits_advanced": hits["advanced"],
        "hits_standard": hits["standard"],
        "positives": positives,
        "surprise": max(map(abs, unmoved)),
    }
    return Finding(
        "same-loss",
        f"In {len(groups.same)} of {len(SIX)} emotions the adaptive arm has the standard loss, and recall "
        "rises there too",
        "overstated",
        f"Recall rises there by {recall['mean']:.3f} ({recall['n']:.0f} pairs, p = {recall['p']:.4f}): "
        f"{share:.0%} of the study's only significant effect.",
        f"Table 4 and section 3.5.3 give {_list(groups.same)} standard cross-entropy by the adaptive rule, "
        "which is what the standard arm has. The recall difference between the arms, the only significant "
        "one of Table 3, is put down to the loss.",
        f"In those {recall['n']:.0f} matched pairs recall rises by {recall['mean']:.3f} (t 95% "
        f"[{recall['low']:.3f}, {recall['high']:.3f}], p = {recall['p']:.4f}; {hits['advanced']} against "
        f"{hits['standard']} of {positives} hits) and F1 by {f1['mean']:.3f} (p = {f1['p']:.3f}); in the "
        f"{other['n']:.0f} pairs of {_list(groups.changed)}, whose loss changed, recall rises by "
        f"{other['mean']:.3f} (p = {other['p']:.3f}). The pairs share their emotions; over the "
        f"{by_emotion['n']:.0f} emotions p is {by_emotion['p']:.3f}. Either the losses of Table 4 are not "
        f"those trained (by CK+'s ratios {_list(other_losses)} would get weighted cross-entropy), or the "
        f"arms differ in something else, or in chance alone. {keeps.capitalize()}, the one emotion that "
        f"keeps plain cross-entropy under every set of ratios, differs by exactly {figures['surprise']:g} in "
        f"{unmoved.count(0)} of {len(unmoved)} pairs. But its four counts {only} are the same in all "
        f"{len(counts)} conditions: {len(counts)} networks, one answer, which is not remarked on.",
        "3.5.3, 4.3, 4.4 and 5.3",
        evidence,
        figures,
        inference=True,
    )


def _under_every_ratio(found: Recomputed) -> tuple[str, list[str]]:
    """The emotion that gets plain cross-entropy by every set of ratios, and those of the same printed loss
    that get another one by CK+'s, with contempt among the negatives and without.
    """
    policy = LossPolicy()
    ratios = candidate_ratios(found.table4).set_index("emotion")
    losses = ratios.map(lambda ratio: policy.choose(float(ratio)).name)
    same = losses.loc[list(loss_groups().same)]
    (keeps,) = same.index[(same == PLAIN).all(axis=1)]
    return str(keeps), [str(e) for e in same.index[(same[["six", "seven"]] != PLAIN).all(axis=1)]]


def _list(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
