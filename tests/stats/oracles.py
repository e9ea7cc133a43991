"""R's values for small tables (tests/stats/r), and the same numbers by this package.

Made with R 4.2.2: car, effectsize, emmeans, lme4, lmerTest, afex, pwr, coin and exactRankTests; Steiger's and
Algina and Keselman's intervals and TOST power are their published formulas written out in R. ``case`` is
"table|analysis|options|...|quantity".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy.stats import wilcoxon

from fer_core.base.errors import FerError
from fer_core.stats.anova import anova, assumptions, marginal_means
from fer_core.stats.equivalence import equivalence
from fer_core.stats.matching import match
from fer_core.stats.mixed import mixed_model
from fer_core.stats.pairwise import Correction, corrected, pairwise
from fer_core.stats.power import SIZES, power_of, required_n, smallest
from fer_core.stats.table import Evaluations, read_table
from fer_core.stats.tost_power import tost_power, tost_smallest_margin
from fer_core.stats.units import contrasts

HERE = Path(__file__).parent / "r"
MOST_R_COUNTS = 50
"""Differences up to which R's p of the signed-rank test is exact."""
VERDICTS = ("undecided", "equivalent", "different", "both")

Numbers = dict[str, float]
_required_n, _smallest = cache(required_n), cache(smallest)  # of few sizes, for every row


@cache
def table_of(name: str) -> Evaluations:
    return read_table(HERE / "tables" / f"{name}.csv")


@cache
def r_values() -> pd.DataFrame:
    """Columns kind, table, rest (the case without its table and kind), value."""
    rows = pd.read_csv(HERE / "r_values.csv.gz")
    split = rows["case"].str.split("|", n=2, expand=True)
    return rows.assign(table=split[0], rest=split[2])


def ours(kind: str, table: str, wanted: set[str]) -> Numbers:
    """Our number for each case of a kind and a table; only analyses that occur among ``wanted`` are run."""
    return dict(_MAKERS[kind](table_of(table), wanted))


def _blocks(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("+")))


def _options(wanted: set[str], *places: int) -> list[tuple[str, ...]]:
    """The distinct values of some fields of the cases."""
    return sorted({tuple(case.split("|")[p] for p in places) for case in wanted})


def _anova(table: Evaluations, wanted: set[str], confidence: float) -> Iterator[tuple[str, float]]:
    for block, metric in _options(wanted, 0, 1):
        for row in anova(table, metric, _blocks(block), confidence).to_dict("records"):
            for name in ("ss", "df", "F", "p", "eta2p", "omega2p", "power"):
                yield f"{block}|{metric}|{row['effect']}|{name}", row[name]
            for end in ("low", "high"):  # R's are Steiger's, which are printed beside omega squared
                yield f"{block}|{metric}|{row['effect']}|eta2p_{end}", row[f"omega2p_{end}"]


def _assume(table: Evaluations, wanted: set[str]) -> Iterator[tuple[str, float]]:
    for metric, block in _options(wanted, 0, 1):
        for row in assumptions(table, metric, _blocks(block)).to_dict("records"):
            for name in ("statistic", "p"):
                yield f"{metric}|{block}|{row['check']}|{name}", row[name]


def _contrasts(table: Evaluations, wanted: set[str]) -> Iterator[tuple[str, float]]:
    for metric, block in _options(wanted, 0, 1):
        for row in contrasts(table, metric, _blocks(block)).to_dict("records"):
            for name in ("difference", "low", "high", "p"):
                yield f"{metric}|{block}|{row['factor']}/{row['first']}/{row['second']}|{name}", row[name]


def _means(table: Evaluations, wanted: set[str]) -> Iterator[tuple[str, float]]:
    for metric, factor, block in _options(wanted, 0, 1, 2):
        for row in marginal_means(table, metric, [factor], _blocks(block)).to_dict("records"):
            for name in ("mean", "low", "high"):
                yield f"{metric}|{factor}|{block}|{row[factor]}|{name}", row[name]


def _mixed(table: Evaluations, wanted: set[str]) -> Iterator[tuple[str, float]]:
    """R's z, p and limits are those of the normal distribution; ours of t: what both share is compared,
    and the normal ones are made from it."""
    from scipy.stats import norm

    for metric, group in _options(wanted, 0, 1):
        try:
            model = mixed_model(table, metric, group)
        except FerError:
            continue
        yield f"{metric}|{group}|group_sd", model.group_sd
        yield f"{metric}|{group}|residual_sd", model.residual_sd
        for row in model.coefficients.to_dict("records"):
            half = norm.ppf(0.975) * row["se"]
            numbers = {
                "estimate": row["estimate"],
                "se": row["se"],
                "z": row["t"],
                "p": 2 * norm.sf(abs(row["t"])),
                "low": row["estimate"] - half,
                "high": row["estimate"] + half,
            }
            for name, value in numbers.items():
                yield f"{metric}|{group}|{row['effect']}|{name}", value


def _pairwise(table: Evaluations, wanted: set[str], family: str, confidence: float) -> Iterator[tuple[str, float]]:
    metrics = list(dict.fromkeys(case.split("|")[2].split("/")[0] for case in wanted))  # R's family
    tested: Any = {
        unit: pairwise(table, metrics, confidence=confidence, unit=unit, correction="none")  # type: ignore[arg-type]
        for (unit,) in _options(wanted, 0)
    }
    for unit, correction in _options(wanted, 0, 1):
        frame, kind = tested[unit], cast("Correction", correction)
        families = frame.groupby("metric" if family == "metric" else np.zeros(len(frame)))["p"]
        p = families.transform(lambda values, kind=kind: corrected(values.to_list(), kind))
        for row in frame.assign(p_corrected=p, reject=p < 0.05).to_dict("records"):
            name = f"{row['metric']}/{row['factor']}/{row['first']}/{row['second']}"
            for column in frame.columns.difference(["metric", "factor", "first", "second", "note"]):
                yield f"{unit}|{correction}|{name}|{column}", float(row[column])
            if row["n"] > MOST_R_COUNTS:
                p = _normal_wilcoxon(table, row, unit)
                yield f"{unit}|{correction}|{name}|p_wilcoxon", p


def _normal_wilcoxon(table: Evaluations, row: dict[str, Any], unit: Any) -> float:
    """R's own approximation of these differences; ours is exact there, and has tests of its own."""
    matched = match(table, row["factor"], (row["first"], row["second"]))
    first, second = matched.values(row["metric"], unit)
    differences = np.round(first - second, 12)
    differences = differences[differences != 0]
    if len(differences) <= MOST_R_COUNTS:
        return float(row["p_wilcoxon"])
    return float(wilcoxon(differences, method="asymptotic").pvalue)


def _power(table: Evaluations, wanted: set[str]) -> Iterator[tuple[str, float]]:
    for (unit,) in _options(wanted, 0):
        for row in pairwise(table, unit=unit).to_dict("records"):  # type: ignore[arg-type]
            name = f"{unit}|{row['metric']}/{row['factor']}/{row['first']}/{row['second']}"
            n, sd, d = int(row["n"]), row["sd"], row["d_z"]
            margin = 0.02 if row["metric"] == "accuracy" else 0.05
            known = n >= 2 and sd > 0
            yield f"{name}|d_z", d
            yield f"{name}|power", power_of("paired", d, n) if known else np.nan
            yield f"{name}|smallest_effect", _smallest("paired", n) if n > 1 else np.nan
            for size, effect in SIZES["paired"].items():
                yield f"{name}|n_{size}", _required_n("paired", effect)
            yield f"{name}|tost_power", tost_power(margin, sd, n) if known else np.nan
            yield f"{name}|smallest_margin", tost_smallest_margin(sd, n) if known else np.nan


def _equivalence(table: Evaluations, wanted: set[str]) -> Iterator[tuple[str, float]]:
    values = r_values()
    mine = values[(values["kind"] == "equivalence") & (values["table"] == table.title.removesuffix(".csv"))]
    limits = {r.rest: r.value for r in mine.itertuples()}
    for (unit,) in _options(wanted, 0):
        margins = {}
        for case, value in limits.items():
            if case.startswith(f"{unit}|") and case.endswith("|low"):
                margins[case.split("|")[1].split("/")[0]] = (value, limits[case[:-3] + "high"])
        for e in equivalence(table, margins, unit=unit):  # type: ignore[arg-type]
            name = f"{unit}|{e.metric}/{e.factor}/{e.first}/{e.second}"
            numbers = ("mean", "se", "low", "high", "t_low", "p_low", "t_high", "p_high", "p", "power")
            for column in (*numbers, "smallest_margin"):
                yield f"{name}|{column}", getattr(e, column)
            for interval in ("ci90", "ci95"):
                for end, value in zip(("low", "high"), getattr(e, interval), strict=True):
                    yield f"{name}|{interval}_{end}", value
            yield f"{name}|verdict", VERDICTS.index(e.verdict)


_MAKERS = {
    "anova": lambda t, w: _anova(t, w, 0.95),
    "anova90": lambda t, w: _anova(t, w, 0.90),
    "assume": _assume,
    "contrasts": _contrasts,
    "means": _means,
    "mixed": _mixed,
    "pairwise": lambda t, w: _pairwise(t, w, "metric", 0.95),
    "pairwiseall": lambda t, w: _pairwise(t, w, "all", 0.90),
    "power": _power,
    "equivalence": _equivalence,
}
