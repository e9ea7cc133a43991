"""What the Effects page says, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fer_core.base.unknown_people import BY_CLIP, GIVE_NAMES
from fer_core.figures.effects import metric_words, p_words, pair_words, records
from fer_core.results.words import BINARY_METRICS, LEVELS
from ui.common.words import count, listed

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.clipwise import ClipComparison
    from fer_core.stats.mixed import MixedModel

UNITS = {
    "published": "Pooled error, as published",
    "emotion": "Within emotions",
    "mixed": "Mixed model",
    "people": "People",
}
UNIT_WORDS = {
    "published": "Every evaluation counts as an independent observation of its condition, as Winarno et al. "
    "counted, and all effects share one pooled error. Differences in difficulty between emotions then count "
    "as noise, and how emotions react to a factor as chance.",
    "emotion": "Conditions are compared within each emotion, so how hard an emotion is drops out, and each "
    "effect is tested against how differently the emotions react to it: its own error term.",
    "mixed": "Emotions are taken as a sample of many that could have been asked for, each with a level and "
    "reactions of its own (random intercept and slopes). On balanced results this is the same test as within "
    "emotions, unless a variance of the reactions is estimated as 0.",
    "people": "People are drawn anew, each with all clips, and the same draw is used for both levels: how "
    "far would a difference move if other people had been tested? The other units say nothing about that.",
}
IN_SENTENCE = {
    "published": "with every evaluation counted as one observation",
    "emotion": "within emotions",
    "mixed": "in the mixed model",
    "people": "over people",
}
_WHEN = {**IN_SENTENCE, "published": "when every evaluation is counted as one"}
SUMS = {"II": "Type II", "III": "Type III"}
RANDOM_EFFECTS = {"slopes": "Intercepts and slopes", "intercepts": "Intercepts alone"}
CORRECTIONS = {"none": "None", "bonferroni": "Bonferroni", "holm": "Holm", "fdr_bh": "Benjamini–Hochberg"}
FAMILIES = {"metric": "Within a metric", "all": "Over all metrics"}
INTERVALS = {"t": "t", "normal": "Normal", "percentile": "Bootstrap", "bca": "BCa"}

PUBLISHED_NOTE = (
    "In every condition the same 87 test clips were judged. So neither 48 evaluations nor 24 pairs are "
    "independent, and who is on the clips cannot be read from the tables: what other people would change is "
    "not known."
)
NO_PEOPLE = "The unit people needs what was said of every clip, which a table of results does not hold."
PEOPLE_UNKNOWN = f"{BY_CLIP.capitalize()}. For the unit people {GIVE_NAMES} and run the experiment anew."

HOW = """
**Differences by unit.** First level minus second, averaged over everything else. *As published*: the
contrast of the fixed-effects model with all interactions and one pooled error, and its t interval. *Within
emotions*: each emotion's mean difference, and the paired t test over emotions (over seeds, folds or people
where a table has one emotion). *Mixed model*: random intercepts and slopes by restricted maximum
likelihood, t with Satterthwaite's degrees of freedom. *People*: bootstrap over people (1000 draws), on the
clips that both levels were tested on.

**Own error terms.** F of an effect is its mean square over that of effect × emotion. With three levels or
more p is also shown with Greenhouse and Geisser's correction for departures from sphericity. Partial η² is
the effect's share of itself and its error; generalised η² its share of all there is but the other effects,
comparable between designs. *Permutation*: the levels change places within each emotion; with few emotions
every way is counted once.

**Pooled error.** Sums of squares of Type II or III (the same in balanced tables). The interval of partial
η² is that of R's effectsize, the interval of partial ω² is Steiger's, of the population's share.
*Permutation*: residuals of the model without the effect are permuted (1999 times). In simulated tables
whose emotions react differently and whose true mean effects are 0, own error terms found p < 0.05 in 5% of
200 tables, random intercepts or a pooled error with emotions as blocks in 22%, the pooled error as
published in 14%.

*Power* is that of the F test if the true effect were the observed one: it restates p and is no evidence
that there is no effect.

**Effect sizes.** d_z is the mean of the paired differences over their standard deviation; Cohen's cuts of
0.2, 0.5 and 0.8 are not made for it. d_av and Hedges' g stand on the conditions' own spread (the root of
their mean variance); g is corrected for small samples, less well where pairs are strongly correlated.
Intervals invert the noncentral t. Pairs share everything but one factor; with a unit other than *as
published* the pairs of an emotion are averaged first, so that n is the number of emotions. The correction
is for the p of the t tests in its family.

**Zone.** The margin within which the published study calls two conditions practically the same: 0.02 for
accuracy, 0.05 for the others (none was named for specificity; it takes 0.05 here). Whether a difference is
shown to lie in it is a question for the Equivalence page.
"""


def worded(text: str, within: str) -> str:
    """A text about emotions, of results that are compared within something else."""
    return text.replace("emotions", _SEVERAL[within]).replace("emotion", within)


def headline(rows: pd.DataFrame, metric: str, unit: str) -> str:
    """What the chosen unit says of every factor; ``rows``: `differences_by_unit`."""
    mine = records(rows[rows["unit"] == unit])
    start = f"{BINARY_METRICS[metric]}, {worded(IN_SENTENCE[unit], rows.attrs.get('within', 'emotion'))}: "
    shown, others = [r for r in mine if r["shown"]], [r for r in mine if not r["shown"]]
    if not shown:
        return f"{start}no significant difference{_nearest(others)}."
    said = "; ".join(_above(r) for r in shown)
    if not others:
        return f"{start}{said}."
    return f"{start}{said}; no significant difference by {' or '.join(_factors(others))}."


def depends(rows: pd.DataFrame) -> str:
    """Where units of analysis disagree on whether a difference is significant; empty where they agree."""
    said = []
    for _, part in rows.groupby(["factor", "first", "second"], sort=False):
        found = records(part)
        yes, no = [r for r in found if r["shown"]], [r for r in found if not r["shown"]]
        if yes and no:
            factor = found[0]["factor"]
            several = len(rows.loc[rows["factor"] == factor, ["first", "second"]].drop_duplicates()) > 1
            name = factor.capitalize() + (f" ({pair_words(found[0])})" if several else "")
            where, elsewhere = listed([_unit(r) for r in yes]), " or ".join(_unit(r) for r in no)
            verdict = f"{name} is significant {where}, but not {elsewhere}."
            said.append(worded(verdict, rows.attrs.get("within", "emotion")))
    return " ".join(said)


def agreement(rows: pd.DataFrame) -> str:
    """Whether the choice of a unit matters here."""
    if rows["unit"].nunique() < 2:
        return "No other unit of analysis is possible for these results."
    if depends(rows):
        return "Units of analysis disagree here, as the sentence at the top says."
    return "Here all units lead to the same verdicts; how wide the intervals are differs."


def interactions(found: pd.DataFrame, alpha: float = 0.05) -> str:
    """Which interactions of the ANOVA or the mixed model reach alpha."""
    rows = [r for r in records(found) if " x " in r["effect"] and r["p"] == r["p"]]
    if not rows:
        return ""
    there = [r for r in rows if r["p"] < alpha]
    if not there:
        return f"None of {count(len(rows), 'interaction')} is significant (p < {alpha:g})."
    named = listed([f"{times(r['effect'])} (p {p_words(r['p'])})" for r in there])
    return (
        f"Significant, of {count(len(rows), 'interaction')} looked at and uncorrected: {named}. What one "
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


def pooled_rows(found: pd.DataFrame) -> list[dict[str, Any]]:
    """The ANOVA with a pooled error as it is shown."""
    sums = f"SS, Type {found.attrs['sums']}"
    return [
        {
            "Effect": times(r["effect"]),
            sums: r["ss"],
            "df": r["df"],
            "F": r["F"],
            "p": _p(r["p"]),
            "p, permuted": _p(r["p_permutation"]),
            "Partial η²": r["eta2p"],
            "η² interval": _span(r["eta2p_low"], r["eta2p_high"]),
            "Partial ω²": r["omega2p"],
            "ω² interval": _span(r["omega2p_low"], r["omega2p_high"]),
            "Power": r["power"],
        }
        for r in records(found)
    ]


def repeated_rows(found: pd.DataFrame) -> list[dict[str, Any]]:
    """The ANOVA with own error terms as it is shown; the correction only where there is one."""
    rows = [
        {
            "Effect": times(r["effect"]),
            "F": r["F"],
            "df": f"{r['df']:g}, {r['df_error']:g}",
            "p": _p(r["p"]),
            "ε": r["epsilon_gg"],
            "p, corrected": _p(r["p_gg"]),
            "p, permuted": _p(r["p_permutation"]),
            "Partial η²": r["eta2p"],
            "η² interval": _span(r["eta2p_low"], r["eta2p_high"]),
            "Generalised η²": r["ges"],
            "Power": r["power"],
        }
        for r in records(found)
    ]
    if found["epsilon_gg"].notna().any():
        return rows
    return [{k: v for k, v in row.items() if k not in ("ε", "p, corrected")} for row in rows]


def mixed_rows(found: pd.DataFrame) -> list[dict[str, Any]]:
    """The mixed model's coefficients as they are shown."""
    return [
        {
            "Effect": times(r["effect"]),
            "Estimate": r["estimate"],
            "SE": r["se"],
            "df": r["df"],
            "t": r["t"],
            "p": _p(r["p"]),
            "95% interval": _span(r["low"], r["high"]),
        }
        for r in records(found)
    ]


def mixed_f_rows(found: pd.DataFrame) -> list[dict[str, Any]]:
    """The mixed model's F tests as they are shown."""
    return [
        {"Effect": times(r["effect"]), "F": r["F"], "df": f"{r['df']:g}, {r['df_error']:.1f}", "p": _p(r["p"])}
        for r in records(found)
    ]


def clip_rows(record: ClipComparison) -> list[dict[str, Any]]:
    """How many clips each of two conditions gets right."""
    counts = record.mcnemar
    return [
        {"Right": "under both", "Clips": counts.both},
        {"Right": "under the first alone", "Clips": counts.first_only},
        {"Right": "under the second alone", "Clips": counts.second_only},
        {"Right": "under neither", "Clips": counts.neither},
    ]


def spreads(model: MixedModel) -> str:
    """The mixed model's standard deviations in a sentence."""
    reactions = ", ".join(f"{times(effect)} {sd:.3f}" for effect, sd in model.slope_sd.items())
    between = f"Standard deviations: between levels of {model.group} {model.group_sd:.3f}"
    slopes = f"; of their reactions to {reactions}" if reactions else ""
    return f"{between}{slopes}; residual {model.residual_sd:.3f}."


def people_rows(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Differences over people as they are shown."""
    return [
        {
            "Factor": r["factor"],
            "Difference": pair_words(r),
            "Emotion": r["emotion"],
            "Value": r["difference"],
            "95% interval": _span(r["low"], r["high"]),
            "Clips": r["n"],
            "People": r["subjects"],
        }
        for r in records(found)
    ]


def size_rows(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Planned comparisons as they are shown."""
    return [
        {
            "Metric": BINARY_METRICS[r["metric"]],
            "Difference": pair_words(r),
            "n": r["n"],
            "Mean": r["mean_difference"],
            "95% interval": _span(r["low"], r["high"]),
            "d_z": r["d_z"],
            "d_z interval": _span(r["d_z_low"], r["d_z_high"], 2),
            "d_av": r["d_av"],
            "g": r["g"],
            "g interval": _span(r["g_low"], r["g_high"], 2),
            "t": r["t"],
            "p": _p(r["p"]),
            "p, Wilcoxon": _p(r["p_wilcoxon"]),
            "p, corrected": _p(r["p_corrected"]),
            "Note": r["note"],
        }
        for r in records(found)
    ]


# --- inside -----------------------------------------------------------------------------------------

_SEVERAL = {"emotion": "emotions", "replicate": "replicates", "fold": "folds", "person": "people"}

_FAMILY = {"metric": "within each metric", "all": "over all metrics"}


def _nearest(rows: list[dict[str, Any]]) -> str:
    """The smallest p, where there are several."""
    known = [r for r in rows if r["p"] == r["p"]]
    if not known:
        return ""
    least = min(known, key=lambda r: r["p"])
    if len(known) == 1:
        return f" (p {p_words(least['p'])})"
    return f" (smallest p: {least['factor']}, {p_words(least['p']).removeprefix('= ')})"


def _factors(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(r["factor"] for r in rows))


def _above(row: dict[str, Any]) -> str:
    up, down = (row["first"], row["second"]) if row["difference"] > 0 else (row["second"], row["first"])
    up, down = LEVELS.get(up, up), LEVELS.get(down, down)
    sure = f"p {p_words(row['p'])}" if row["p"] == row["p"] else _between(row)
    what = "" if row["factor"] == "architecture" else f" {row['factor']}"
    return f"{up}{what} is {abs(row['difference']):.3f} above {down} ({sure})"


def _between(row: dict[str, Any]) -> str:
    ends = sorted(abs(row[k]) for k in ("low", "high"))
    return f"95% interval {ends[0]:.3f} to {ends[1]:.3f}"


def _unit(row: dict[str, Any]) -> str:
    p = f" (p {p_words(row['p'])})" if row["p"] == row["p"] else ""
    return _WHEN[row["unit"]] + p


def _p(p: float) -> str:
    return "" if p != p else p_words(p).removeprefix("= ")


def _span(low: float, high: float, digits: int = 3) -> str:
    return "" if low != low else f"{low:.{digits}f} to {high:.{digits}f}"
