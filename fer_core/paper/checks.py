"""Every printed number of Winarno et al.'s Tables 1 to 7 beside the one computed anew.

The tally is over the results of Tables 1, 2, 3, 4 and 6: 230 numbers that the counts determine.

- Table 1: 8 conditions x 2 metrics x (mean, both ends, SD, median) = 80
- Table 2: 12 effects x (F, p, partial eta squared) = 36
- Table 3: 12 comparisons x (d, mean difference, both ends, corrected p) = 60
- Table 4: 6 emotions x 6 metrics = 36
- Table 6: 4 metrics x (effect, power, smallest effect, n for a medium effect) = 16, and the two sample
  sizes (medium, small) that the text takes from the same calculation

Outside the tally, each for its own reason: the power column of Table 2 and the imbalance ratios of
Table 4 (not determined by the counts and partly impossible), n = 6 in Table 6 (a premise), Table 5
(verdicts, judged by the study's rule and by two one-sided tests), Table 7 (other studies' numbers),
and words such as "small" or "Yes".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, get_args

from fer_core.base.emotions import SIX
from fer_core.paper.check import Check, Tally
from fer_core.paper.published import said, table
from fer_core.paper.ratio_checks import ratio_checks
from fer_core.paper.recompute import ALPHA, Recomputed, printed_keys, recompute, recomputed_study
from fer_core.paper.rounding import Status, status_of
from fer_core.paper.rows import one

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

RULE = "equivalent, by the study's rule"
TOST = "equivalent, by two one-sided tests"
"""The two columns that stand for Table 5's verdicts."""

ALWAYS_NO = 1 - 1 / len(SIX)
"""Mean binary accuracy of six classifiers that always answer no: each clip shows one emotion of six."""


def tally(checks: tuple[Check, ...], tallied: bool = True) -> Tally:
    """Count statuses, of the tallied results alone or (``tallied=False``) of all given checks."""
    statuses = [c.status for c in checks if c.tallied or not tallied]
    names: tuple[Status, ...] = get_args(Status)
    return Tally(*(statuses.count(name) for name in names))


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check of the reconstructed study, Table 1 to Table 7, in printed order; computed once."""
    return tuple(_checks(recomputed_study()))


def checks_of(evaluations: Evaluations) -> tuple[Check, ...]:
    """The same checks against other evaluations of the same design."""
    return tuple(_checks(recompute(evaluations)))


def verdicts(checks: tuple[Check, ...]) -> dict[str, int]:
    """Of Table 5: "of" verdicts, "published_rule" reproduced by its rule, "tost_flips" otherwise by TOST."""
    rule = [c for c in checks if c.column == RULE]
    tost = [c for c in checks if c.column == TOST]
    return {
        "of": len(rule),
        "published_rule": sum(c.status == "reproduced" for c in rule),
        "tost_flips": sum(c.status == "inconsistent" for c in tost),
    }


def _checks(found: Recomputed) -> Iterator[Check]:
    ends = ("ci_low", "ci_high")
    yield from _numbers(1, found.table1, ("mean", *ends, "std", "median"))
    yield from _numbers(2, found.table2, ("f_stat", "p_value", "partial_eta2"))
    yield from _power_column(found.table2)
    yield from _words(2, "effect_label", [_size(v) for v in found.table2["partial_eta2"]])
    yield from _words(2, "significant", [_yes(p < ALPHA) for p in found.table2["p_value"]])
    yield from _numbers(3, found.table3, ("cohens_d", "mean_diff", *ends, "fdr_p"))
    yield from _words(3, "significant", [_yes(p < ALPHA) for p in found.table3["fdr_p"]])
    metrics = ("accuracy", "f1", "precision", "recall", "sensitivity", "specificity")
    yield from _numbers(4, found.table4, metrics)
    yield from ratio_checks(found.table4)
    yield from _numbers(5, found.table5, ("mean_diff",), tallied=False)
    yield from _words(5, "practically_equivalent", [_yes(v) for v in found.table5["published_rule"]], RULE)
    yield from _words(5, "practically_equivalent", [_yes(v) for v in found.table5["tost"]], TOST)
    yield from _power(found)
    yield from _others_and_overall(found.overall)


def _numbers(
    number: int, computed: pd.DataFrame, columns: tuple[str, ...], tallied: bool = True, digits: int = 3
) -> Iterator[Check]:
    printed = table("winarno", number)
    names = row_names(number)
    for column in columns:
        pairs = zip(names, printed[column], computed[column], strict=True)
        for row, a, b in pairs:
            yield _number(number, row, column, float(a), float(b), digits, tallied)


def _number(number: int, row: str, column: str, printed: float, computed: float, digits: int, tallied: bool) -> Check:
    status = status_of(printed, computed, digits)
    return Check(f"Table {number}", row, column, printed, computed, digits, status, tallied)


def _words(number: int, column: str, computed: list[str], title: str = "") -> Iterator[Check]:
    printed = table("winarno", number)[column]
    for row, a, b in zip(row_names(number), printed, computed, strict=True):
        status: Status = "reproduced" if a == b else "inconsistent"
        yield Check(f"Table {number}", row, title or column, str(a), b, 0, status)


def _power_column(computed: pd.DataFrame) -> Iterator[Check]:
    """Printed power against the achieved power; where both print as alpha itself, neither decides."""
    printed = table("winarno", 2)["power"]
    for row, a, b in zip(row_names(2), printed, computed["power"], strict=True):
        differs = status_of(float(a), float(b), 3) != "reproduced"
        note = (
            "the achieved power by the noncentral F is higher"
            if differs
            else "any power prints as alpha here, so the value says nothing about how it was computed"
        )
        status: Status = "inconsistent" if differs else "not checkable"
        yield Check("Table 2", row, "power", float(a), float(b), 3, status, note=note)


def _power(found: Recomputed) -> Iterator[Check]:
    columns = {"observed_effect": 3, "observed_power": 3, "min_detectable_effect": 3, "required_n_medium": 0}
    for column, digits in columns.items():
        yield from _numbers(6, found.table6, (column,), digits=digits)
    sizes = zip(("medium", "small"), found.sample_sizes, strict=True)
    for size, n in sizes:
        yield _number(6, "in the text", f"required_n_{size}", said(f"n_{size}"), n, 0, True)
    for row, a, b in zip(row_names(6), found.table6["current_n"], found.table6["pairs"], strict=True):
        note = "the effects in this table were computed from so many pairs"
        status: Status = "reproduced" if a == b else "inconsistent"
        yield Check("Table 6", row, "current_n", float(a), float(b), 0, status, note=note)


def _others_and_overall(overall: pd.DataFrame) -> Iterator[Check]:
    printed = table("winarno", 7)
    own = printed["reference"].isna()
    for _, other in printed[~own].iterrows():
        note = "another study's result, over several classes at once"
        row, value = str(other["method"]), float(other["accuracy_pct"])
        digits = 2 if value != round(value, 1) else 1
        yield Check("Table 7", row, "accuracy_pct", value, None, digits, "not checkable", note=note)
    this = printed[own].to_dict("records")[0]
    for which, words in (("all", "all 48 evaluations, GRU and LSTM"), ("gru", "GRU alone, as labelled")):
        for column, name in (("accuracy_pct", "mean"), ("sd_pct", "sd")):
            a, b = float(this[column]), 100 * float(one(overall, of=which)[name])
            scored = f"mean of binary accuracies; always answering no would score {ALWAYS_NO:.1%}"
            note = scored if name == "mean" else ""
            yield Check("Table 7", f"{this['method']}: {words}", column, a, b, 1, status_of(a, b, 1), note=note)


def row_names(number: int) -> list[str]:
    """What a printed table's rows are called: its leading words, in the names used here."""
    printed = printed_keys(number)
    keys = [c for c in ("metric", "architecture", "tuning", "loss", "effect", "comparison", "emotion") if c in printed]
    return [", ".join(str(v) for v in row) for row in printed[keys].itertuples(index=False)]


def _size(eta2p: float) -> str:
    """Cohen's (1988) words for a partial eta squared."""
    limits = ((0.01, "negligible"), (0.06, "small"), (0.14, "medium"))
    return next((word for limit, word in limits if eta2p < limit), "large")


def _yes(value: bool) -> str:
    return "yes" if value else "no"
