"""Tables 1 to 7 of Winarno et al. computed anew from the 48 reconstructed confusion matrices.

Each function takes the evaluations and gives back the printed table's rows in its order, with its
column names, so that the two can be laid side by side. All statistics are those of `fer_core.stats`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from fer_core.paper.published import FACTOR_OF, METRICS, ORDERS, table

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

TABLE_4_CONDITION = {"architecture": "gru", "tuning": "bayesian", "loss": "advanced"}
"""The condition whose counts give Table 4; the study calls it representative and does not name it."""

MEDIUM, SMALL = 0.5, 0.2
"""Cohen's d of a medium and of a small effect (Cohen, 1988)."""

ALPHA = 0.05
"""Level of every test of the study."""


@dataclass(frozen=True, eq=False)
class Recomputed:
    """Every table of the study, computed anew; see the functions of the same names."""

    table1: pd.DataFrame
    table2: pd.DataFrame
    table3: pd.DataFrame
    table4: pd.DataFrame
    table5: pd.DataFrame
    table6: pd.DataFrame
    sample_sizes: tuple[int, int]
    overall: pd.DataFrame


def recompute(evaluations: Evaluations) -> Recomputed:
    """All tables at once, of the given evaluations (the study's design: six emotions, one replicate)."""
    third = table3(evaluations)
    return Recomputed(
        table1(evaluations),
        table2(evaluations),
        third,
        table4(evaluations),
        table5(evaluations),
        table6(third),
        sample_sizes(),
        overall(evaluations),
    )


@cache
def recomputed_study() -> Recomputed:
    """`recompute` for the reconstructed study, computed once."""
    from fer_core.stats.table import reconstructed

    return recompute(reconstructed())


def table1(evaluations: Evaluations) -> pd.DataFrame:
    """Mean, normal 95 % interval (mean ± 1.96 SD / sqrt n), SD (ddof 1) and median over six emotions."""
    import pandas as pd

    from fer_core.stats.descriptive import describe

    parts = [describe(evaluations, metric, interval="normal").assign(metric=metric) for metric in METRICS[:2]]
    found = pd.concat(parts, ignore_index=True)
    found = found.rename(columns={"low": "ci_low", "high": "ci_high", "sd": "std"})
    return _in_printed_order(found, 1, ["metric", *FACTOR_OF.values()])


def table2(evaluations: Evaluations) -> pd.DataFrame:
    """Fixed-effects 2 x 2 x 2 analysis of variance, emotions as replicates: F, p, partial eta squared, power.

    The power is the achieved one by the noncentral F, which the study's column does not hold.
    """
    import pandas as pd

    from fer_core.stats.anova import anova

    found = pd.concat([anova(evaluations, m).assign(metric=m) for m in METRICS], ignore_index=True)
    found = found.rename(columns={"F": "f_stat", "p": "p_value", "eta2p": "partial_eta2"})
    return _in_printed_order(found, 2, ["metric", "effect"])


def table3(evaluations: Evaluations) -> pd.DataFrame:
    """Matched pairs: d_z, mean difference with normal interval, p by Benjamini-Hochberg within a metric."""
    from fer_core.stats.pairwise import pairwise

    found = pairwise(
        evaluations,
        metrics=METRICS,
        factors=tuple(ORDERS),
        orders=ORDERS,
        interval="normal",
        correction="fdr_bh",
        family="metric",
        unit="pair",
    )
    names = {"d_z": "cohens_d", "mean_difference": "mean_diff", "low": "ci_low", "high": "ci_high"}
    found = found.rename(columns={**names, "p_corrected": "fdr_p", "factor": "comparison"})
    return _in_printed_order(found, 3, ["metric", "comparison"])


def table4(evaluations: Evaluations) -> pd.DataFrame:
    """The six classifiers of one condition: metrics, counts, and the imbalance ratio of the test set."""
    frame = evaluations.frame
    for factor, level in TABLE_4_CONDITION.items():
        frame = frame[frame[factor] == level]
    found = frame.assign(
        sensitivity=frame["recall"], imbalance_ratio=(frame["fp"] + frame["tn"]) / (frame["tp"] + frame["fn"])
    )
    return _in_printed_order(found, 4, ["emotion"])


def table5(evaluations: Evaluations) -> pd.DataFrame:
    """Equivalence within the study's margins: its own rule and two one-sided tests, alpha 0.05."""
    import pandas as pd

    from fer_core.stats.equivalence import equivalence

    printed = table("winarno", 5).groupby("metric")["margin"].first()
    margins = {metric: (-float(printed[metric]), float(printed[metric])) for metric in METRICS}
    results = equivalence(evaluations, margins, factors=tuple(ORDERS), orders=ORDERS, unit="pair")
    rows = [
        {
            "metric": e.metric,
            "comparison": e.factor,
            "mean_diff": e.mean,
            "margin": e.high,
            "published_rule": e.published_rule,
            "tost": e.p < ALPHA,
            "p": e.p,
            "ci90_low": e.ci90[0],
            "ci90_high": e.ci90[1],
            "ci95_low": e.mean - 1.96 * e.se,
            "ci95_high": e.mean + 1.96 * e.se,
            "smallest_margin": e.smallest_margin,
        }
        for e in results
    ]
    return _in_printed_order(pd.DataFrame(rows), 5, ["metric", "comparison"])


def table6(third: pd.DataFrame) -> pd.DataFrame:
    """Power at the architecture effects of `table3` for n = 6, the smallest effect, the n for a medium one.

    All three are of a two-sided paired t test with alpha 0.05 and power 0.8. ``pairs`` is the number of
    pairs behind the effects.
    """
    from fer_core.stats.power import power_of, required_n, smallest

    printed = table("winarno", 6)
    found = third[third["comparison"] == "architecture"].set_index("metric").loc[printed["metric"]]
    n = [int(v) for v in printed["current_n"]]
    effects = [float(v) for v in found["cohens_d"]]
    pairs = [int(v) for v in found["n"]]
    columns: dict[str, list[float] | list[int]] = {
        "observed_effect": effects,
        "observed_power": [power_of("paired", abs(d), k) for d, k in zip(effects, n, strict=True)],
        "min_detectable_effect": [smallest("paired", k, 0.8) for k in n],
        "required_n_medium": [_ceil(required_n("paired", MEDIUM, 0.8))] * len(n),
        "pairs": pairs,
        "power_with_all_pairs": [power_of("paired", abs(d), k) for d, k in zip(effects, pairs, strict=True)],
    }
    return printed[["metric", "current_n"]].assign(**columns)


def sample_sizes() -> tuple[int, int]:
    """Pairs that a medium and a small effect need (two-sided paired t test, alpha 0.05, power 0.8)."""
    from fer_core.stats.power import required_n

    medium, small = (_ceil(required_n("paired", d, 0.8)) for d in (MEDIUM, SMALL))
    return medium, small


def overall(evaluations: Evaluations) -> pd.DataFrame:
    """n, mean and SD (ddof 1) of the binary accuracies: of all, and of each architecture."""
    import pandas as pd

    frame = evaluations.frame
    parts = {"all": frame, **{str(k): part for k, part in frame.groupby("architecture")}}
    rows = {
        name: {"n": len(p), "mean": p["accuracy"].mean(), "sd": p["accuracy"].std(ddof=1)} for name, p in parts.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("of").reset_index()


def _in_printed_order(found: pd.DataFrame, number: int, keys: list[str]) -> pd.DataFrame:
    """The rows that the printed table has, in its order."""
    printed = printed_keys(number)[keys]
    return printed.merge(found, on=keys, how="left", validate="one_to_one")


def printed_keys(number: int) -> pd.DataFrame:
    """A printed table of the study with the factors and levels in the names used here."""
    printed = table("winarno", number).rename(columns=FACTOR_OF)
    for column in ("effect", "comparison"):
        if column in printed:
            printed[column] = printed[column].replace(FACTOR_OF)
    for column in ("architecture", "tuning", "loss"):
        if column in printed:
            printed[column] = printed[column].str.lower()
    return printed


def _ceil(value: float) -> int:
    """Whole pairs; a number that is whole but for rounding stays."""
    return math.ceil(value - 1e-9)
