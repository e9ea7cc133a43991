"""What the Effects page says, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fer_core.figures.effects import metric_words, p_words, pair_words, records
from fer_core.results.words import BINARY_METRICS, LEVELS
from ui.words import count, listed

if TYPE_CHECKING:
    import pandas as pd

UNITS = {
    "published": "As published",
    "emotion": "Within emotions",
    "mixed": "Mixed model",
    "people": "People",
}
UNIT_WORDS = {
    "published": "Every evaluation counts as an independent observation of its condition, as Winarno et al. "
    "counted. How hard an emotion is then passes for noise, which every difference has to stand out from.",
    "emotion": "Conditions are compared within each emotion, so how hard an emotion is drops out. What is "
    "left as error is how differently a condition does on different emotions.",
    "mixed": "Emotions are taken as a sample of many that could have been asked for, each with a level of "
    "its own (a random intercept); effects are estimated next to it.",
    "people": "People are drawn anew, each with all clips, and the same draw is used for both levels: how "
    "far would a difference move if other people had been tested? The other units say nothing about that.",
}
IN_SENTENCE = {
    "published": "with every evaluation counted as one observation",
    "emotion": "compared within each emotion",
    "mixed": "by the mixed model",
    "people": "with people drawn anew",
}
_DEPENDS = {"published": "as published", "emotion": "within emotions", "mixed": "by the mixed model",
            "people": "over people"}  # fmt: skip
CORRECTIONS = {"none": "None", "bonferroni": "Bonferroni", "holm": "Holm", "fdr_bh": "Benjamini–Hochberg"}
FAMILIES = {"metric": "Within a metric", "all": "Over all metrics"}
INTERVALS = {"t": "t", "normal": "Normal", "percentile": "Bootstrap", "bca": "BCa"}

PUBLISHED_NOTE = (
    "In every condition the same 87 test clips were judged. So neither 48 evaluations nor 24 pairs are "
    "independent, and who is on the clips cannot be read from the tables: what other people would change is "
    "not known."
)
NO_PEOPLE = "The unit people needs what was said of every clip, which a table of results does not hold."

HOW = """
**Differences by unit.** First level minus second, averaged over everything else. *As published* and *within
emotions*: the contrast of the fixed-effects model with all interactions, without and with emotion as an
additive block, and its t interval. *Mixed model*: the same effects with a random intercept per emotion
(REML), and Wald intervals. *People*: bootstrap over people (1000 draws), on the clips that both levels were
tested on.

**Analysis of variance.** Type II sums of squares. Partial η² is the sample's share, partial ω² the
population's, estimated with less bias (below 0: no effect to be seen); the interval holds the population's
share, by inverting the noncentral F. *Power* is that of the F test if the true effect were the observed
one: it restates p and is no evidence that there is no effect. *Permutation*: residuals of the model without
the effect are permuted, within emotions where these are a block (1999 permutations).

**Effect sizes.** d_z is the mean of the paired differences over their standard deviation; Hedges' g stands
on the conditions' own spread, less its bias. Their intervals invert the noncentral t. Pairs share
everything but one factor; with a unit other than *as published* the pairs of an emotion are averaged first,
so that n is the number of emotions. The correction is for the p of the t tests in its family.

**Zone.** The margin within which the published study calls two conditions practically the same: 0.02 for
accuracy, 0.05 for the others (none was named for specificity; it takes 0.05 here). Whether a difference is
shown to lie in it is a question for the Equivalence page.
"""


def headline(rows: pd.DataFrame, metric: str, unit: str) -> str:
    """What the chosen unit says of every factor; ``rows``: `differences_by_unit`."""
    mine = records(rows[rows["unit"] == unit])
    name = BINARY_METRICS[metric]
    start = f"{name}, {IN_SENTENCE[unit]}: "
    shown, others = [r for r in mine if r["shown"]], [r for r in mine if not r["shown"]]
    if not shown:
        what = "no difference can" if len(others) > 1 else "the difference cannot"
        return f"{start}{what} be told from chance{_nearest(others)}."
    said = "; ".join(_above(r) for r in shown)
    if not others:
        return f"{start}{said}."
    rest = listed(list(dict.fromkeys(r["factor"] for r in others)))
    verb = "show no difference" if len({r["factor"] for r in others}) > 1 else "shows no difference"
    return f"{start}{said}; {rest} {verb} that can be told from chance."


def depends(rows: pd.DataFrame) -> str:
    """Which differences are shown under some units and not under others."""
    units = list(dict.fromkeys(rows["unit"]))
    if len(units) < 2:
        return "No other unit of analysis can be taken for this table."
    said = []
    for _, part in rows.groupby(["factor", "first", "second"], sort=False):
        found = records(part)
        yes, no = [r for r in found if r["shown"]], [r for r in found if not r["shown"]]
        if yes and no:
            where = listed([_unit(r) for r in yes])
            elsewhere = " or ".join(_unit(r) for r in no)
            said.append(
                f"Whether {found[0]['factor']} makes a difference depends on this choice: it is told from "
                f"chance {where}, not {elsewhere}."
            )
    return " ".join(said) or "Here all units come to the same verdicts; how wide the intervals are differs."


def interactions(found: pd.DataFrame, alpha: float = 0.05) -> str:
    """Which interactions of the ANOVA or the mixed model reach alpha."""
    rows = [r for r in records(found) if " x " in r["effect"]]
    if not rows:
        return ""
    there = [r for r in rows if r["p"] < alpha]
    if not there:
        return f"Of {count(len(rows), 'interaction')} none can be told from chance (p < {alpha:g})."
    named = listed([f"{times(r['effect'])} (p {p_words(r['p'])})" for r in there])
    return (
        f"Told from chance, though {count(len(rows), 'interaction')} were looked at: {named}. What one "
        "factor does then depends on the other."
    )


def sizes(rows: pd.DataFrame, correction: str, family: str) -> str:
    """How many planned comparisons remain after correction, and which."""
    tested = [r for r in records(rows) if r["p"] == r["p"]]
    kept = [r for r in tested if r["reject"]]
    how = corrected(correction, family)
    if not tested:
        return "None of the planned comparisons can be tested."
    if not kept:
        return f"None of {count(len(tested), 'planned comparison')} reaches p < 0.05 {how}."
    named = listed([f"{metric_words(r['metric'])} by {r['factor']}" for r in kept])
    verb = "reaches" if len(kept) == 1 else "reach"
    return f"{len(kept)} of {count(len(tested), 'planned comparison')} {verb} p < 0.05 {how}: {named}."


def corrected(correction: str, family: str) -> str:
    """``after Holm within each metric``, ``uncorrected``."""
    return "uncorrected" if correction == "none" else f"after {CORRECTIONS[correction]} {_FAMILY[family]}"


def pairs_words(rows: pd.DataFrame, unit: str) -> str:
    """How many observations a comparison has."""
    sizes = sorted({int(n) for n in rows["n"]})
    span = f"{sizes[0]} to {sizes[-1]}" if len(sizes) > 1 else f"{sizes[0]}"
    return f"{span} matched pairs" if unit == "pair" else f"{span} emotions, their pairs averaged"


def times(effect: str) -> str:
    """``architecture × loss``."""
    return effect.replace(" x ", " × ")


def test_rows(found: pd.DataFrame) -> list[dict[str, Any]]:
    """The ANOVA as it is shown."""
    return [
        {
            "Effect": times(r["effect"]), "SS": r["ss"], "df": r["df"], "F": r["F"], "p": _p(r["p"]),
            "p, permuted": _p(r["p_permutation"]), "Partial η²": r["eta2p"], "Partial ω²": r["omega2p"],
            "95% interval": _span(r["eta2p_low"], r["eta2p_high"]), "Power": r["power"],
        }
        for r in records(found)
    ]  # fmt: skip


def mixed_rows(found: pd.DataFrame) -> list[dict[str, Any]]:
    """The mixed model as it is shown."""
    return [
        {"Effect": times(r["effect"]), "Estimate": r["estimate"], "SE": r["se"], "z": r["z"], "p": _p(r["p"]),
         "95% interval": _span(r["low"], r["high"])}
        for r in records(found)
    ]  # fmt: skip


def people_rows(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Differences over people as they are shown."""
    return [
        {"Factor": r["factor"], "Difference": pair_words(r), "Emotion": r["emotion"],
         "Value": r["difference"], "95% interval": _span(r["low"], r["high"]), "Clips": r["n"],
         "People": r["subjects"]}
        for r in records(found)
    ]  # fmt: skip


def size_rows(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Planned comparisons as they are shown."""
    return [
        {"Metric": BINARY_METRICS[r["metric"]], "Difference": pair_words(r), "n": r["n"],
         "Mean": r["mean_difference"], "95% interval": _span(r["low"], r["high"]), "d_z": r["d_z"],
         "d_z interval": _span(r["d_z_low"], r["d_z_high"], 2), "g": r["g"],
         "g interval": _span(r["g_low"], r["g_high"], 2), "t": r["t"], "p": _p(r["p"]),
         "p, Wilcoxon": _p(r["p_wilcoxon"]), "p, corrected": _p(r["p_corrected"]), "Note": r["note"]}
        for r in records(found)
    ]  # fmt: skip


# --- inside -----------------------------------------------------------------------------------------

_FAMILY = {"metric": "within each metric", "all": "over all metrics"}


def _nearest(rows: list[dict[str, Any]]) -> str:
    """The smallest p, where there are several."""
    known = [r for r in rows if r["p"] == r["p"]]
    if not known:
        return ""
    least = min(known, key=lambda r: r["p"])
    if len(known) == 1:
        return f" (p {p_words(least['p'])})"
    return f" (the smallest p: {least['factor']}, {p_words(least['p']).removeprefix('= ')})"


def _above(row: dict[str, Any]) -> str:
    up, down = (row["first"], row["second"]) if row["difference"] > 0 else (row["second"], row["first"])
    up, down = LEVELS.get(up, up), LEVELS.get(down, down)
    sure = f"p {p_words(row['p'])}" if row["p"] == row["p"] else _between(row)
    what = "" if row["factor"] == "architecture" else f" {row['factor']}"
    return f"{up}{what} lies {abs(row['difference']):.3f} above {down} ({sure})"


def _between(row: dict[str, Any]) -> str:
    ends = sorted(abs(row[k]) for k in ("low", "high"))
    return f"95% interval {ends[0]:.3f} to {ends[1]:.3f}"


def _unit(row: dict[str, Any]) -> str:
    p = f" (p {p_words(row['p'])})" if row["p"] == row["p"] else ""
    return _DEPENDS[row["unit"]] + p


def _p(p: float) -> str:
    return "" if p != p else p_words(p).removeprefix("= ")


def _span(low: float, high: float, digits: int = 3) -> str:
    return "" if low != low else f"{low:.{digits}f} to {high:.{digits}f}"
