"""What the tests of the study can show: equivalence, power, sample size, intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fer_core.paper.finding import Finding
from fer_core.paper.published import METRICS, ORDERS, said, table
from fer_core.paper.recompute import ALPHA, MEDIUM, Recomputed, sample_sizes
from fer_core.paper.rounding import status_of
from fer_core.paper.rows import one

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.descriptive import Interval
    from fer_core.stats.table import Evaluations


def tost_flip(found: Recomputed, evaluations: Evaluations) -> Finding:
    """One verdict of Table 5 is another under the test it names."""
    from fer_core.stats.equivalence import equivalence

    evidence = found.table5
    flips = evidence[evidence["tost"] != evidence["published_rule"]]
    row = flips.iloc[0]
    agree = int((evidence["published_rule"].map({True: "yes", False: "no"}) == _verdicts()).sum())
    said_yes, pairs = _verdicts().count("yes"), int(found.table6["pairs"].iloc[0])
    margin = {row["metric"]: (-float(row["margin"]), float(row["margin"]))}
    (emotions,) = equivalence(evaluations, margin, factors=(row["comparison"],), orders=ORDERS, unit="emotion")
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
        f"GRU and LSTM are equivalent in {row['metric']} over {pairs} pairs taken as independent, not over emotions",
        "wrong",
        f"Table 5 is not two one-sided tests. They change {len(flips)} of its {len(evidence)} verdicts, with "
        f"p = {row['p']:.3f} over pairs and {emotions.p:.3f} over emotions.",
        f"Table 5 names two one-sided tests and finds {said_yes} of {len(evidence)} comparisons equivalent; "
        f"{row['metric']} by {row['comparison']} is not among them.",
        f"All {agree} printed verdicts follow from another rule: the 95% interval inside the margin. Two "
        f"one-sided tests at {ALPHA:g} ask for the 90% interval, which here ends at {row['ci90_high']:.4f} "
        f"(the 95% interval at {row['ci95_high']:.4f}, just outside the margin of ±{row['margin']:g}). Both "
        f"take the {pairs} pairs as independent, which they are not, and none of the {len(evidence)} tests "
        "is corrected for there being so many: the changed verdict shows that the rule decides, not that the "
        "two are equivalent.",
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
    outside = ", ".join(evidence.loc[~evidence["difference_inside"], "metric"])
    accuracy = one(evidence, metric="accuracy")
    return Finding(
        "equivalence-words",
        "Most architecture differences lie inside the margins",
        "wrong",
        f"{inside} of {len(evidence)} mean differences between GRU and LSTM lie inside the margin; "
        f"{outside} alone lies outside.",
        "The text says the architecture differences exceed the margins in all metrics, the accuracy one "
        "just so and the others by far.",
        f"The accuracy difference is {accuracy['mean_diff']:.3f} of a margin of {accuracy['margin']:g}. "
        "What reaches over the margins are the intervals: that leaves equivalence open, it does not show a "
        "difference, nor that the two are equivalent.",
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
    same = table("winarno", 2).query("effect == 'architecture'").set_index("metric")["power"]
    sixth = table("winarno", 6).set_index("metric")["observed_power"]
    second = same.loc[sixth.index]
    differs = sum(status_of(a, b, 3) != "reproduced" for a, b in zip(printed, achieved, strict=True))
    return Finding(
        "power-column",
        "The power column of Table 2 belongs to another calculation",
        "wrong",
        f"{differs} of {len(printed)} powers differ: the achieved power reaches {max(achieved):.3f}, the "
        f"column {max(printed):.3f}.",
        f"All {len(printed)} powers are between {min(printed):.3f} and {max(printed):.3f}. Table 6 prints "
        f"others for the same effects of the architecture: {_row(sixth)} where Table 2 has {_row(second)}.",
        f"A paired t test with two observations and Cohen's f taken for d gives {matches} of {len(printed)} "
        "printed values. Other odd choices fit too, so what was computed cannot be known. The usual "
        "noncentral F does not fit. Table 6 is a paired t test with n = 6, which was not made either (see "
        "the sample size). The power is low in all of them.",
        "4.2",
        evidence,
        {"matches": matches, "differs": differs, "highest_achieved": max(achieved), "of": len(printed)},
        inference=True,
    )


RESIDUAL_DF = 40
"""48 evaluations less the 8 cell means."""


def n_6_or_24(found: Recomputed, evaluations: Evaluations) -> Finding:
    """Power for 6 observations, effects from 24 pairs."""
    from fer_core.stats.power import power_of, required_n, smallest

    n, pairs = int(found.table6["current_n"].iloc[0]), int(found.table6["pairs"].iloc[0])
    d = abs(float(one(found.table3, metric="recall", comparison="loss")["cohens_d"]))
    medium, small = sample_sizes()
    per_evaluation = pairs / n
    figures = {
        "smallest_6": smallest("paired", n, 0.8),
        "smallest_24": smallest("paired", pairs, 0.8),
        "power_6": power_of("paired", d, n),
        "power_24": power_of("paired", d, pairs),
        "d": d,
        "per_condition": math.ceil(medium / per_evaluation),
        "per_condition_small": math.ceil(small / per_evaluation),
        "independent": required_n("independent", MEDIUM),
        "increase_percent": 100 * (medium - n) / n,
        "share_percent": 100 * medium / n,
    }
    stated, stated_small = said("n_medium"), said("n_small")
    return Finding(
        "n-6-or-24",
        f"The sample asked for is about {stated / figures['per_condition']:.0f} times too large by the "
        "study's own pairs",
        "wrong",
        f"{medium} pairs, which a medium effect needs, are {figures['per_condition']} evaluations per "
        f"condition, not {stated:.0f}.",
        f"A medium effect is said to need {stated:.0f} evaluations per condition "
        f"({said('n_increase_percent'):.0f}% more than the {n} there are) and a small one "
        f"{stated_small:.0f}; with {n}, only effects of d {said('smallest_effect')} or more are said to be "
        f"detectable, yet d = {-d:.3f} is reported as significant.",
        f"{medium} and {small} are numbers of pairs. The power is computed as if {n} evaluations per "
        f"condition were {n} pairs, but the differences of Table 3 rest on {pairs}, {per_evaluation:g} for "
        f"each evaluation of a condition. So {medium} pairs are {figures['per_condition']} per condition and "
        f"{small} are {figures['per_condition_small']}. Two independent groups would need "
        f"{figures['independent']} each. With {pairs} pairs effects from d = {figures['smallest_24']:.2f} on "
        f"are detectable with 80% power, not only those from {figures['smallest_6']:.2f} on; for the "
        f"reported recall effect the power is {figures['power_24']:.2f}, with {n} it would be "
        f"{figures['power_6']:.2f}. All this takes the pairs as independent. {medium} is "
        f"{figures['share_percent']:.0f}% of {n}, an increase of {figures['increase_percent']:.0f}%.",
        "abstract, 4.6, 5.2 and 6.1",
        found.table6,
        figures,
    )


def interactions(found: Recomputed, evaluations: Evaluations) -> Finding:
    """The factorial design announces interactions and reports none."""
    import pandas as pd

    from fer_core.stats.anova import anova

    rows = []
    for metric in METRICS:
        plain, blocked = anova(evaluations, metric), anova(evaluations, metric, blocks=("emotion",))
        for effect in [e for e in plain["effect"] if " x " in e]:
            p, p_blocked = (float(one(a, effect=effect)["p"]) for a in (plain, blocked))
            rows.append({"metric": metric, "effect": effect, "p": p, "p_with_emotion_as_block": p_blocked})
    evidence = pd.DataFrame(rows)
    least = evidence.iloc[int(evidence["p_with_emotion_as_block"].argmin())]
    figures = {
        "least": float(evidence["p"].min()),
        "least_blocked": float(least["p_with_emotion_as_block"]),
        "of": len(evidence),
    }
    return Finding(
        "interactions",
        "Interactions are announced and none is reported",
        "cannot be checked",
        f"No interaction is printed; by the reconstructed counts the least p of {len(evidence)} is "
        f"{figures['least']:.2f}.",
        "The factorial design is chosen for main effects and interactions, and a three-way analysis of "
        "variance of both is announced. Table 2 has main effects only.",
        f"With emotion as a block the least p is {figures['least_blocked']:.3f} "
        f"({least['effect']}, {_METRIC_WORDS[least['metric']]}), uncorrected, of {len(evidence)}: nothing "
        "that would survive a correction.",
        "3.1 and 3.7.1, against 4.2",
        evidence,
        figures,
        inference=True,
    )


_METRIC_WORDS = {"accuracy": "accuracy", "f1": "F1", "precision": "precision", "recall": "recall"}


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
        "wrong",
        f"All {agree_of['normal']} interval ends of Table 1 are mean ± 1.96 SD / √6; a percentile bootstrap "
        f"gives {agree_of['percentile']} of them.",
        f"Section 3.7.1 announces bootstrap intervals with {said('bootstrap_iterations'):.0f} iterations.",
        f"With six values a t interval is {widths['t'] / widths['normal']:.2f} times as wide as the printed "
        f"one; {agree_of['t']} ends would agree. The printed F1 intervals are therefore too narrow.",
        "3.7.1, 4.1 and 4.3",
        evidence,
        {f"agree_{k}": int(v) for k, v in agree_of.items()} | {"t_to_normal": widths["t"] / widths["normal"]},
    )


def _row(values: pd.Series) -> str:
    return ", ".join(f"{v:.3f}" for v in values)


def _verdicts() -> list[str]:
    return [str(v) for v in table("winarno", 5)["practically_equivalent"]]
