"""What the Power page says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from fer_core.base.text import for_markdown
from fer_core.stats.planning import PUBLISHED_N, Kind, Plan, Sizes
from fer_core.stats.verdict_words import words
from ui.common.words import listed

if TYPE_CHECKING:
    import pandas as pd

KINDS: dict[Kind, str] = {
    "paired": "Matched pairs",
    "independent": "Two groups",
    "anova": "ANOVA",
    "equivalence": "Equivalence (TOST)",
}
EFFECTS: dict[Kind, str] = {"paired": "d_z", "independent": "d", "anova": "f", "equivalence": "margin"}
LABELS: dict[Kind, str] = {
    "paired": r"Effect, d\_z",
    "independent": "Effect, d",
    "anova": "Effect, Cohen's f",
    "equivalence": "Margin, ± in SDs of the differences",
}
UNITS: dict[Kind, str] = {
    "paired": "matched pairs",
    "independent": "evaluations in each group",
    "anova": "evaluations in each cell",
    "equivalence": "matched pairs",
}
LEAST: dict[Kind, str] = {
    "paired": r"d\_z that",
    "independent": "d that",
    "anova": "f that",
    "equivalence": "margin that",
}
START: dict[Kind, float] = {"paired": 0.6, "independent": 0.6, "anova": 0.3, "equivalence": 0.6}
"""Where the effect's slider stands at first: between the conventional sizes."""

HOW = """
Power is the chance that a test finds an effect that is there. The t tests' power is that of the noncentral t
distribution with noncentrality d_z √n (pairs) or d √(n/2) (two groups), that of the main effect of an ANOVA
the noncentral F with f² · cells · n; all two-sided and exact for normal data (Cohen, 1988). Power of TOST is
the chance that both one-sided tests reject if the true difference is 0, integrated over the distribution of
the sample standard deviation (Phillips, 1990).

d_z is the mean of paired differences over their standard deviation. Small, medium and large are Cohen's
conventions, used where nothing better is known about what matters; for margins they only mark places. The
power of an effect that was found restates that effect's p and is no evidence that nothing is there (Hoenig
and Heisey, 2001); the n that it would need is an aid to planning, and uncertain as the effect itself is. All
of this takes observations to be independent. Pairs of one emotion share their test clips, so the true power
lies below what is shown; with emotions as the unit it is the power at n = number of emotions.
"""


def headline(plan: Plan) -> str:
    """Power here, in a sentence."""
    unit, effect = UNITS[plan.kind], symbol(plan.kind)
    if plan.kind == "equivalence":
        what = f"equivalence within ±{plan.effect:.2f} SD is shown, if there is no difference,"
    else:
        what = f"an effect of {effect} = {plan.effect:.2f} is found"
    return f"With {plan.n} {unit} {what} with a power of {percent(plan.achieved)}."


def would_take(plan: Plan, needed: int, sizes: Sizes) -> str:
    """Markdown: what would it take, in this design."""
    own, unit = sizes.own(plan.kind), UNITS[plan.kind]
    what = (
        f"a margin of ±{plan.effect:.2f} SD"
        if plan.kind == "equivalence"
        else f"{symbol(plan.kind)} = {plan.effect:.2f}"
    )
    start = f"**What would it take?** {percent(plan.power)} power for {what} takes {grouped(needed)} {unit}"
    if own < 2:
        return f"{start}."
    if needed <= own:
        return f"{start}: the {grouped(own)} of these results are enough."
    times = math.ceil(needed * max(1, sizes.replicates) / own)
    runs = f"{grouped(times)} repetitions of the whole experiment (seeds) in place of {sizes.replicates}"
    new = "evaluations" if plan.kind in ("anova", "independent") else "pairs"
    return (
        f"{start}: {needed / own:.1f} times the {grouped(own)} of these results, or {runs}, if repetitions "
        f"brought independent {new}; on the same test clips they bring less."
    )


def out_of_reach(plan: Plan) -> str:
    """Markdown: where no feasible n is enough."""
    return f"**What would it take?** More than 10⁸ {UNITS[plan.kind]}: more than can be had."


def found(table: pd.DataFrame, plan: Plan) -> str:
    """How many of the effects found are as large as what their n can show."""
    there = table[table["d_z"].notna()]
    if there.empty:
        return "No effect size exists in these results: each comparison has too few pairs or no spread."
    large = there[there["d_z"].abs() >= there["smallest_d"]]
    start = (
        f"Of {len(there)} effects found in these results, {len(large)} "
        f"{'is' if len(large) == 1 else 'are'} as large as what their pairs show with "
        f"{percent(plan.power)} power"
    )
    if large.empty or len(large) > 4:
        return f"{start}."
    named = [f"{words(r['metric'])} by {r['factor']} ({abs(r['d_z']):.2f})" for r in large.to_dict("records")]
    return f"{start}: {', '.join(named)}."


def margins(table: pd.DataFrame, plan: Plan) -> str:
    """How many comparisons could have shown equivalence."""
    there = table[table["power"].notna()]
    able = there[there["power"] >= plan.power]
    start = (
        f"Within the published margins, {len(able)} of {len(there)} comparisons had a power of "
        f"{percent(plan.power)} to show equivalence if there was no difference"
    )
    metrics = list(dict.fromkeys(words(m) for m in able["metric"]))
    return f"{start} (in {', '.join(metrics)})." if metrics else f"{start}."


def marks(kind: Kind, sizes: Sizes, published: bool) -> dict[int, str]:
    """n of this design, for the figure."""
    own = sizes.own(kind)
    noun = {"paired": "pairs", "equivalence": "pairs", "independent": "per level", "anova": "per cell"}[kind]
    found = {own: f"{own} {noun}"} if own >= 2 else {}
    if kind in ("paired", "equivalence") and sizes.emotions >= 2 and sizes.emotions != own:
        found[sizes.emotions] = f"{sizes.emotions} emotions"
    if published and kind in ("paired", "equivalence"):
        found[PUBLISHED_N] = "n = 6<br>published"
    return found


def caption(marks: Mapping[int, str], needed: int | None, found: int) -> str:
    """Under the figure, of what is drawn in it.

    Parameters
    ----------
    marks : `marks` as drawn
    needed : where the chosen effect reaches the power asked for; None beyond the axis
    found : how many effects that were found are drawn
    """
    said = "Thick: the chosen effect; disc: the chosen n; dashed: the power asked for."
    if needed is not None:
        said += " Open diamond: where the chosen effect reaches it."
    lines = [words.replace("<br>", " ") for words in marks.values()]
    said += f" Vertical line{'' if len(lines) == 1 else 's'}: {listed(lines)}." if lines else ""
    if found:
        said += (
            f" Open circles: the {found} effects found; their power restates their p and is no evidence that "
            "there is no effect."
        )
    if "published" in marks.get(PUBLISHED_N, ""):
        said += (
            f" The published study planned with n = {PUBLISHED_N}, which is also its number of emotions, "
            "while its tests used 24 pairs."
        )
    return said


def percent(value: float) -> str:
    """``80%``; never 0% or 100% where it is not."""
    if 0.995 <= value < 1:
        return "over 99%"
    return "under 1%" if 0 < value < 0.005 else f"{value:.0%}"


def grouped(n: int) -> str:
    """Thousands apart by a thin space."""
    return f"{n:,}".replace(",", "\u202f")


def symbol(kind: Kind) -> str:
    """What the effect is called, for Markdown."""
    return for_markdown(EFFECTS[kind])
