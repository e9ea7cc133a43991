"""Verdicts of equivalence under two rules and three units of analysis, and where they part.

Rules: "tost", two one-sided tests, which is whether the 1 - 2 alpha interval lies inside the margin
(Schuirmann, 1987); "published", that of the published study: whether the 95 % interval does. Units: "pair"
and "emotion" as in `fer_core.stats.matching`; "people" reads bootstraps over subjects, where every
clip's outputs are known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from fer_core.base.errors import SettingError
from fer_core.results.differences import ALL
from fer_core.stats.effect_sizes import spread, undefined
from fer_core.stats.matching import comparisons
from fer_core.stats.pairwise import corrected
from fer_core.stats.table import METRICS
from fer_core.stats.tost import Verdict, tested, verdict_of
from fer_core.stats.tost_power import Margin, limits

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.matching import Unit
    from fer_core.stats.table import Evaluations

Rule = Literal["tost", "published"]
Basis = Literal["pair", "emotion", "people"]
"""What counts as one observation."""

NORMAL = 1.96
"""Standard errors on either side of the published study's 95 % intervals."""

PEOPLE_ALPHA = 0.05
"""The intervals over people are 90 % and 95 %, so this is the level of their verdicts."""


@dataclass(frozen=True)
class Summary:
    """One planned comparison, first minus second, before any margin; ``note`` says why nothing is tested.

    ``intervals`` are given where no standard error is: the 90 % and the 95 % interval.
    """

    metric: str
    factor: str
    first: str
    second: str
    basis: Basis
    n: int
    mean: float
    se: float = math.nan
    intervals: tuple[tuple[float, float], tuple[float, float]] | None = None
    note: str = ""


@dataclass(frozen=True)
class Judged:
    """A comparison's verdict within a margin, low < 0 < high.

    Attributes
    ----------
    alpha : the level asked for; `PEOPLE_ALPHA` over people
    inner, outer : the 1 - 2 alpha and the 1 - alpha interval; the normal 95 % one under the published rule
    deciding : which of them must lie inside the margin
    p : TOST's, NaN under the other rule and over people
    smallest_margin : half of the narrowest symmetric margin that would be accepted
    p_holm, verdict_holm : after Holm's (1979) correction over the tests that are judged together
        (`judge_all`); NaN and None where there is no p
    power : to be found equivalent by TOST, if the true difference is 0; NaN as p is
    """

    metric: str
    factor: str
    first: str
    second: str
    basis: Basis
    rule: Rule
    alpha: float
    n: int
    mean: float
    low: float
    high: float
    inner: tuple[float, float]
    outer: tuple[float, float]
    verdict: Verdict
    p: float
    smallest_margin: float
    power: float
    note: str
    p_holm: float = math.nan
    verdict_holm: Verdict | None = None

    @property
    def deciding(self) -> tuple[float, float]:
        """The interval that must lie inside the margin."""
        return self.inner if self.rule == "tost" else self.outer

    @property
    def different(self) -> bool:
        """Whether the outer interval leaves out 0."""
        return self.outer[0] > 0 or self.outer[1] < 0

    @property
    def inside(self) -> bool:
        """Whether equivalence is shown."""
        return self.verdict in ("equivalent", "both")

    @property
    def name(self) -> tuple[str, str, str, str]:
        """Metric, factor and levels: the same under every rule and unit."""
        return self.metric, self.factor, self.first, self.second


def summaries(table: Evaluations, unit: Unit = "pair", factors: Iterable[str] | None = None) -> list[Summary]:
    """Every metric's planned comparisons, reduced to what a test needs.

    Raises `TableError` where nothing can be compared.
    """
    matched = comparisons(table, factors)
    found = []
    for metric in table.metrics:
        for pair in matched:
            first, second = pair.values(metric, unit)
            values, n = first - second, len(first)
            mean, sd = (float(values.mean()) if n else math.nan), spread(values)
            why = undefined(n, sd, mean)
            note = "; ".join(filter(None, (why, pair.note)))
            se = math.nan if why else sd / math.sqrt(n)
            found.append(Summary(metric, pair.factor, pair.first, pair.second, unit, n, mean, se, None, note))
    return found


def summaries_of_people(differences: pd.DataFrame, emotion: str = ALL) -> list[Summary]:
    """Comparisons over people, of one emotion's classifier, or of the mean over all of them.

    ``differences``: `fer_core.results.differences.level_differences` with ``inner``.
    """
    prefix = "mean_binary_" if emotion == ALL else ""
    rows = differences[differences["emotion"] == emotion].to_dict("records")
    by_metric = {metric: [r for r in rows if r["metric"] == f"{prefix}{metric}"] for metric in METRICS}
    found = []
    for metric, part in by_metric.items():
        for row in part:
            intervals = ((row["low90"], row["high90"]), (row["low"], row["high"]))
            flat = intervals[1][1] - intervals[1][0] <= 1e-12
            note = "the same in every draw of people: no interval and no verdict" if flat else ""
            found.append(
                Summary(
                    metric,
                    row["factor"],
                    row["level"],
                    row["minus"],
                    "people",
                    int(row["subjects"]),
                    float(row["value"]),
                    intervals=None if flat else intervals,
                    note=note,
                )
            )
    return found


def judge(summary: Summary, margin: Margin, alpha: float = 0.05, rule: Rule = "tost") -> Judged:
    """The verdict on one comparison. Raises `SettingError` for an unknown rule, and as `tost` does.

    Over people alpha is `PEOPLE_ALPHA`, whatever is asked for.
    """
    if rule not in ("tost", "published"):
        raise SettingError(f"{rule!r} is not a rule", fix='use "tost" or "published"')
    low, high = limits(margin)
    p = power = math.nan
    inner = outer = (math.nan, math.nan)
    if summary.intervals is not None:
        inner, outer = summary.intervals
    elif math.isfinite(summary.se):
        test = tested(summary.n, summary.mean, summary.se, summary.n - 1, (low, high), alpha, "")
        inner, outer = test.ci90, test.ci95
        if rule == "tost":
            p, power = test.p, test.power
        else:
            half = NORMAL * summary.se
            outer = (summary.mean - half, summary.mean + half)
    deciding = inner if rule == "tost" else outer
    level = PEOPLE_ALPHA if summary.basis == "people" else alpha
    head = (summary.metric, summary.factor, summary.first, summary.second, summary.basis, rule, level)
    return Judged(
        *head,
        summary.n,
        summary.mean,
        low,
        high,
        inner,
        outer,
        _verdict(low < deciding[0] and deciding[1] < high, outer[0] > 0 or outer[1] < 0),
        p,
        max(abs(deciding[0]), abs(deciding[1])),
        power,
        summary.note,
    )


def judge_all(
    found: Sequence[Summary], margins: Mapping[str, Margin], alpha: float = 0.05, rule: Rule = "tost"
) -> list[Judged]:
    """`judge` of each comparison with its metric's margin, and its verdict after Holm's correction over all.

    The correction is for claiming several equivalences at once; whether levels differ stays as it is.
    """
    judged = [judge(one, margins[one.metric], alpha, rule) for one in found]
    p_holm = corrected([j.p for j in judged], "holm")
    return [
        j if math.isnan(p) else replace(j, p_holm=p, verdict_holm=verdict_of(p, j.different, alpha))
        for j, p in zip(judged, p_holm, strict=True)
    ]


def flips(one: Sequence[Judged], other: Sequence[Judged]) -> list[tuple[Judged, Judged]]:
    """The comparisons that both have and whose verdicts differ, in the order of ``one``."""
    theirs = {j.name: j for j in other}
    pairs = [(j, theirs[j.name]) for j in one if j.name in theirs]
    return [(mine, their) for mine, their in pairs if mine.verdict != their.verdict]


def _verdict(inside: bool, different: bool) -> Verdict:
    if inside:
        return "both" if different else "equivalent"
    return "different" if different else "undecided"
