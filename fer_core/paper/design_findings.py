"""What the tests of the study can show: equivalence, power, sample size, intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fer_core.paper.finding import Finding
from fer_core.paper.published import METRICS, ORDERS, said, table
from fer_core.paper.recompute import ALPHA, Recomputed, sample_sizes
from fer_core.paper.rounding import status_of
from fer_core.paper.rows import one

if TYPE_CHECKING:
    from fer_core.stats.descriptive import Interval
    from fer_core.stats.table import Evaluations


def tost_flip(found: Recomputed, evaluations: Evaluations) -> Finding:
    """One verdict of Table 5 is another under the test it names."""
    from fer_core.stats.equivalence import equivalence

    evidence = found.table5
    flips = evidence[evidence["tost"] != evidence["published_rule"]]
    row = flips.iloc[0]
    agree = int((evidence["published_rule"].map({True: "yes", False: "no"}) == _verdicts()).sum())
    margin = {row["metric"]: (-float(row["margin"]), float(row["margin"]))}
    (emotions,) = equivalence(
        evaluations, margin, factors=(row["comparison"],), orders=ORDERS, unit="emotion"
    )
    figures = {
        "p_emotions": emotions.p,
        "flips": len(flips),
        "rule_agrees": agree,
        "p": float(row["p"]),
        "ci95_high": float(row["ci95_high"]),
        "ci90_high": float(row["ci90_high"]),
        "margin": float(row["margin"]),
    }
    return Finding(
        "tost-flip",
        f"Two one-sided tests find GRU and LSTM equivalent in {row['metric']}",
        f"{len(flips)} of {len(evidence)} verdicts changes: {row['metric']} by {row['comparison']} is "
        f"equivalent within ±{row['margin']:g} (p = {row['p']:.3f}), where the study says it is not.",
        "Table 5 names two one-sided tests and finds one of twelve comparisons equivalent.",
        f"All {agree} printed verdicts follow from another rule: the 95% interval inside the margin. Two "
        f"one-sided tests at {ALPHA:g} ask for the 90% interval, which here ends at {row['ci90_high']:.4f} "
        f"(the 95% interval at {row['ci95_high']:.4f}, just outside). Both take the 24 pairs as "
        f"independent; over the six emotions the test gives p = {emotions.p:.3f}.",
        "3.7.1 and 4.5",
        evidence,
        figures,
    )


def equivalence_words(found: Recomputed, evaluations: Evaluations) -> Finding:
    """The text takes the end of an interval for the difference itself."""
    evidence = found.table5[found.table5["comparison"] == "architecture"].copy()
    evidence["difference_inside"] = evidence["mean_diff"].abs() < evidence["margin"]
    evidence["interval_inside"] = evidence["published_rule"]
    inside = int(evidence["difference_inside"].sum())
    printed = table("winarno", 5)
    printed = printed[printed["comparison"] == "architecture"]
    refused = int((printed["practically_equivalent"] == "no").sum())
    outside = ", ".join(evidence.loc[~evidence["difference_inside"], "metric"])
    accuracy = one(evidence, metric="accuracy")
    return Finding(
        "equivalence-words",
        "Most architecture differences lie inside the margins",
        f"{inside} of {len(evidence)} mean differences between GRU and LSTM lie inside the margin; only "
        f"{outside} lies outside.",
        "The text says the architecture differences exceed the margins in all metrics, the accuracy one "
        "just so and the others by far.",
        f"The accuracy difference is {accuracy['mean_diff']:.3f} of a margin of {accuracy['margin']:g}. "
        "What reaches over the margins are the intervals: that leaves equivalence open, it does not show a "
        "difference. Nor does it show equivalence, of which the abstract on the journal's page speaks: "
        f"Table 5 answers no in {refused} of {len(printed)} metrics.",
        "4.5 and 5.2",
        evidence[["metric", "mean_diff", "margin", "difference_inside", "interval_inside"]],
        {"inside": inside, "of": len(evidence)},
    )


def power_column(found: Recomputed, evaluations: Evaluations) -> Finding:
    """The power that Table 2 prints is not that of its tests."""
    import pandas as pd

    from fer_core.stats.power import power_of

    printed = [float(v) for v in table("winarno", 2)["power"]]
    fs = [float(v) for v in found.table2["f_stat"]]
    odd = [power_of("paired", math.sqrt(f / RESIDUAL_DF), 2) for f in fs]
    achieved = [float(v) for v in found.table2["power"]]
    evidence = pd.DataFrame(
        {
            "metric": found.table2["metric"],
            "effect": found.table2["effect"],
            "printed": printed,
            "achieved": achieved,
            "two_observations": odd,
        }
    )
    matches = sum(status_of(a, b, 3) == "reproduced" for a, b in zip(printed, odd, strict=True))
    differs = sum(status_of(a, b, 3) != "reproduced" for a, b in zip(printed, achieved, strict=True))
    return Finding(
        "power-column",
        "The power column of Table 2 belongs to another calculation",
        f"The achieved power reaches {max(achieved):.3f}, the column stays at or below {max(printed):.3f}; "
        f"{differs} of {len(printed)} values differ.",
        "All twelve powers are between 0.050 and 0.053.",
        f"A paired t test with two observations and Cohen's f taken for d gives {matches} of {len(printed)} "
        "printed values. Other odd choices fit too, so what was computed cannot be known. The usual "
        "noncentral F does not fit. The power is low either way.",
        "4.2",
        evidence,
        {"matches": matches, "differs": differs, "highest_achieved": max(achieved), "of": len(printed)},
        inference=True,
    )


RESIDUAL_DF = 40
"""48 evaluations less the 8 cell means."""


def n_6_or_24(found: Recomputed, evaluations: Evaluations) -> Finding:
    """Power for 6 observations, effects from 24 pairs."""
    from fer_core.stats.power import power_of, smallest

    n, pairs = int(found.table6["current_n"].iloc[0]), int(found.table6["pairs"].iloc[0])
    d = abs(float(one(found.table3, metric="recall", comparison="loss")["cohens_d"]))
    medium, _ = sample_sizes()
    figures = {
        "smallest_6": smallest("paired", n, 0.8),
        "smallest_24": smallest("paired", pairs, 0.8),
        "power_6": power_of("paired", d, n),
        "power_24": power_of("paired", d, pairs),
        "d": d,
        "increase_percent": 100 * (medium - n) / n,
        "share_percent": 100 * medium / n,
    }
    return Finding(
        "n-6-or-24",
        "The power is computed for 6 observations, the effects from 24 pairs",
        f"With {pairs} pairs effects from d = {figures['smallest_24']:.2f} on are detectable with 80% "
        f"power, not only those from {figures['smallest_6']:.2f} on.",
        f"Only effects of d {said('smallest_effect')} or more are said to be detectable, and the sample to "
        f"need {said('n_increase_percent'):.0f}% more for medium ones; yet d = {-d:.3f} is reported as "
        "significant.",
        f"For the reported recall effect the power is {figures['power_24']:.2f} with {pairs} pairs and "
        f"{figures['power_6']:.2f} with {n}. If the 24 pairs are not independent, neither number is quite "
        f"right. {medium} is {figures['share_percent']:.0f}% of {n}, an increase of "
        f"{figures['increase_percent']:.0f}%.",
        "4.6, 5.2 and 6.1",
        found.table6,
        figures,
    )


def intervals(found: Recomputed, evaluations: Evaluations) -> Finding:
    """The intervals are normal ones, not the announced bootstrap."""
    import pandas as pd

    from fer_core.stats.descriptive import describe

    printed = table("winarno", 1)
    rows, widths = [], {}
    kinds: tuple[Interval, ...] = ("normal", "t", "percentile")
    for kind in kinds:
        agree = 0
        for metric in METRICS[:2]:
            made = describe(evaluations, metric, interval=kind)
            widths[kind] = float((made["high"] - made["low"]).mean())
            for p in printed[printed["metric"] == metric].to_dict("records"):
                levels = {"architecture": p["architecture"].lower(), "tuning": p["optimization"]}
                row = one(made, **levels, loss=p["loss"])
                for a, b in ((p["ci_low"], row["low"]), (p["ci_high"], row["high"])):
                    agree += status_of(float(a), float(b), 3) != "inconsistent"
        rows.append({"interval": kind, "ends_that_agree": agree, "of": 2 * len(printed)})
    evidence = pd.DataFrame(rows)
    agree_of = evidence.set_index("interval")["ends_that_agree"]
    return Finding(
        "intervals",
        "The intervals are normal approximations, not a bootstrap",
        f"All {agree_of['normal']} interval ends of Table 1 are mean ± 1.96 SD / √6; a percentile bootstrap "
        f"gives {agree_of['percentile']} of them.",
        f"Section 3.7.1 announces bootstrap intervals with {said('bootstrap_iterations'):.0f} iterations.",
        f"With six values a t interval is {widths['t'] / widths['normal']:.2f} times as wide as the printed "
        f"one; {agree_of['t']} ends would agree. The printed F1 intervals are therefore too narrow.",
        "3.7.1, 4.1 and 4.3",
        evidence,
        {f"agree_{k}": int(v) for k, v in agree_of.items()} | {"t_to_normal": widths["t"] / widths["normal"]},
    )


def _verdicts() -> list[str]:
    return [str(v) for v in table("winarno", 5)["practically_equivalent"]]
