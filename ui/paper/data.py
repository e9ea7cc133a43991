"""The numbers behind the Paper page's pictures, of the reconstructed study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.losses.imbalance import Boundary
    from fer_core.stats.tost import Equivalence

WHOLE = "mean of all"
_SHORT = {"bce": "plain", "weighted_bce": "weighted", "focal": "focal"}


@st.cache_data(show_spinner=False)
def recall_values(look: str) -> pd.DataFrame:
    """Recall of both losses: per emotion with the mean of all at the end, or for each matched pair."""
    import pandas as pd

    from fer_core.stats.pairwise import pairs
    from fer_core.stats.table import reconstructed

    found = pairs(reconstructed(), "recall", "loss", ("advanced", "standard"))
    found = found.rename(columns={"first": "advanced", "second": "standard"})
    if look == "pairs":
        found = found.sort_values(["emotion", "architecture", "tuning"], ignore_index=True)
        rows = found["emotion"] + ", " + found["architecture"].str.upper() + ", " + found["tuning"]
        return found.assign(row=rows)[["row", "emotion", "advanced", "standard"]]
    means = found.groupby("emotion", as_index=False)[["advanced", "standard"]].mean()
    whole = pd.DataFrame([{"emotion": WHOLE, **means[["advanced", "standard"]].mean().to_dict()}])
    return pd.concat([means, whole], ignore_index=True).assign(row=lambda f: f["emotion"])


def loss_differences(metric: str) -> tuple[pd.DataFrame, dict[bool, dict[str, float]]]:
    """Every matched pair of the two losses, and the mean difference by whether its loss changed."""
    from fer_core.paper.loss_findings import group_difference, loss_groups, loss_pairs
    from fer_core.stats.table import reconstructed

    groups = loss_groups()
    means = {
        changed: group_difference(reconstructed(), metric, emotions)
        for changed, emotions in ((False, groups.same), (True, groups.changed))
    }
    return loss_pairs(reconstructed(), metric), means


def margin_results(half: float) -> tuple[dict[str, Equivalence], dict[str, tuple[float, float]]]:
    """TOST of the accuracy difference GRU minus LSTM within ±half, and the normal 95% interval, by unit."""
    from fer_core.stats.matching import match
    from fer_core.stats.table import reconstructed
    from fer_core.stats.tost import tost

    matched = match(reconstructed(), "architecture", ("gru", "lstm"))
    results = {}
    for words, unit in (("24 pairs", "pair"), ("6 emotions", "emotion")):
        first, second = matched.values("accuracy", unit)  # type: ignore[arg-type]
        results[words] = tost(first - second, -half, half)
    normal = {k: (e.mean - 1.96 * e.se, e.mean + 1.96 * e.se) for k, e in results.items()}
    return results, normal


def chosen_losses(evidence: pd.DataFrame, boundary: Boundary) -> pd.DataFrame:
    """Per emotion: the printed loss, and what the rule gives for each set of ratios, as "ratio: loss"."""
    from fer_core.losses.imbalance import LossPolicy
    from fer_core.paper.published import table

    policy = LossPolicy(boundary=boundary)
    printed = table("winarno", 4).set_index("emotion")["selected_loss"]
    made = evidence[["emotion"]].copy()
    made["printed"] = [_SHORT[printed[e]] for e in evidence["emotion"]]
    sets = {"printed": "by printed ratio", "six": "by CK+ six", "seven": "by CK+ seven"}
    for column, words in sets.items():
        made[words] = [f"{r:.1f}: {_SHORT[policy.choose(float(r)).name]}" for r in evidence[column]]
    return made


def accuracies() -> pd.DataFrame:
    """Every evaluation's accuracy, what always answering no scores there, and its condition in words."""
    from fer_core.stats.table import reconstructed

    frame = reconstructed().frame
    return frame[["emotion", "accuracy"]].assign(
        always_no=(frame["fp"] + frame["tn"]) / frame[["tp", "fp", "fn", "tn"]].sum(axis=1),
        words=frame["architecture"].str.upper() + ", " + frame["tuning"] + ", " + frame["loss"],
    )
