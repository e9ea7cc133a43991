"""What a comparison of conditions says, in plain words. Tables are those of `fer_core.results.study`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fer_core.results.words import BINARY_METRICS, SETTINGS, WHOLE_METRICS, condition_words, size_words
from ui.common.words import count, listed

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.results.study import Study
    from fer_core.store.records import CellRecord

READING_WORDS = {
    "outputs": "Read as the published study does: a classifier says yes where its raw output is above 0.5, "
    "though weighted and focal losses move outputs away from the probability of the emotion.",
    "probabilities": "Each output is first turned into the probability that its loss implies, so that 0.5 "
    "and “the highest” mean the same for every classifier; the published study reads the raw outputs.",
}
Row = Mapping[Any, Any]
_NAMED = 3
"""Conditions that a sentence names; more are counted."""


def verdict(rows: pd.DataFrame, metric: str, *, asked: int = 0, alike: bool = True) -> str:
    """Which condition is best, with its interval and N, and whether the others' intervals overlap with it.

    Parameters
    ----------
    rows : `per_condition`
    metric : of `WHOLE_METRICS`
    asked : how many conditions there are to be, where some are not tested yet
    alike : whether all conditions were tested on the same clips
    """
    part = rows[rows["metric"] == metric].sort_values("value", ascending=False, kind="stable")
    if part.empty:
        return "No cell is done yet."
    ranked = part.to_dict("records")
    best, others = ranked[0], ranked[1:]
    name = WHOLE_METRICS[metric].lower().replace("f1", "F1")
    value = f"{best['value']:.3f}, 95% interval {best['low']:.3f} to {best['high']:.3f}; {size_words(best)}"
    if not others:
        return f"{_name(best)} reaches a {name} of {value}. There is no other condition to compare it with."
    some = f"Of the {len(ranked)} conditions tested so far, " if asked > len(ranked) else ""
    said = f"{some}{_best(ranked)} the highest {name} ({value})."
    if not alike:
        return f"{said} {_unlike(ranked)}"
    return f"{said} {_overlap(best, others)}"


def lack(part: Study, emotions: Sequence[str]) -> str:
    """Why there is nothing to show of what is chosen, or nothing to compare yet; empty where there is."""
    if not part.conditions or not part.seeds or not emotions:
        return "Nothing is chosen: take at least one level of each factor, one seed and one emotion."
    if part.tested:
        return ""
    return (
        "No cell is done yet: the first results appear when one is."
        if not part.cells
        else ("No cell of these conditions has results.")
    )


def _best(ranked: Sequence[Row]) -> str:
    """``LSTM, Bayesian, advanced has``, or all that share the first place."""
    same = [r for r in ranked if r["value"] == ranked[0]["value"]]
    return f"{_name(same[0])} has" if len(same) == 1 else f"{listed([_name(r) for r in same])} share"


def _unlike(ranked: Sequence[Row]) -> str:
    sizes = sorted({int(r["tests"]) for r in ranked})
    span = f" ({sizes[0]} to {sizes[-1]} tests)" if len(sizes) > 1 else ""
    return (
        f"But the conditions were not tested on the same clips{span}, so the values cannot be compared; a "
        "switch below keeps to the clips that all were tested on."
    )


def _overlap(best: Row, others: Sequence[Row]) -> str:
    below = [r for r in others if r["high"] < best["low"]]
    rest, unknown = len(others) - len(below), "or whether they are equal, is not shown."
    if not below:
        if rest == 1:
            return f"The other's interval overlaps with it: which is better, {unknown}"
        return f"The intervals of all {rest} others overlap with it: which is best, {unknown}"
    many = len(below) > _NAMED
    apart = f"{len(below)} of the {len(others)} others" if many else listed([_name(r) for r in below])
    said = f"The {'interval' if len(below) == 1 else 'intervals'} of {apart} "
    said += f"{'lies' if len(below) == 1 else 'lie'} wholly below its own"
    if not rest:
        return f"{said}."
    remaining = "That of the one left overlaps" if rest == 1 else f"Those of the {rest} left overlap"
    return f"{said}. {remaining} with it: which of these is best, {unknown}"


def weakest(rows: pd.DataFrame, metric: str) -> str:
    """Which emotion has the lowest mean over the conditions, and its range; ``rows``: `per_emotion`."""
    part = rows[rows["metric"] == metric]
    emotion = part.groupby("emotion", sort=False)["value"].mean().idxmin()
    mine = part[part["emotion"] == emotion].sort_values("value", kind="stable").to_dict("records")
    low, high = mine[0], mine[-1]
    said = f"{BINARY_METRICS[metric]} is lowest for {emotion}"
    if len(mine) == 1:
        return f"{said}: {low['value']:.2f}, 95% interval {low['low']:.2f} to {low['high']:.2f}."
    if low["value"] == high["value"]:
        return f"{said}: {low['value']:.2f} in all {len(mine)} conditions."
    return f"{said}: from {low['value']:.2f} ({_name(low)}) to {high['value']:.2f} ({_name(high)})."


def searched(steps: pd.DataFrame) -> str:
    """How many searches and trials, and how far the best value came; ``steps``: `convergence`."""
    searches = steps.groupby(["condition", "seed", "fold", "emotion"], sort=False)
    first, best = searches["value"].first(), searches["best"].last()
    failed = int((steps["state"] == "failed").sum())
    said = f"{len(first)} {'search' if len(first) == 1 else 'searches'} with {count(len(steps), 'trial')}"
    said += f", of which {failed} failed." if failed else "."
    gain = (1 - best / first)[first > 0].median()
    if not gain > 0:
        return said
    return (
        f"{said} The best value of a search lies {gain:.0%} below that of its first trial (median), in part "
        "by luck: the smallest of many noisy values was picked."
    )


def _name(row: Row) -> str:
    return condition_words(str(row["condition"]))


def standing(study: Study, planned: int) -> str:
    """``12 of 40 cells so far, 1 of them failed``."""
    done, failed = (sum(c.state == s for c in study.cells) for s in ("done", "failed"))
    said = f"{done + failed} of {count(planned, 'cell')} so far"
    return said + (f", {failed} of them failed" if failed else "")


def failures(cells: Sequence[CellRecord], planned: int) -> str:
    """How many cells failed, and what that does to the numbers."""
    failed = [c for c in cells if c.state == "failed"]
    slugs = list(dict.fromkeys(c.condition for c in failed))
    who = listed([condition_words(s) for s in slugs]) if len(slugs) <= _NAMED else f"{len(slugs)} conditions"
    has = "has" if len(failed) == 1 else "have"
    return (
        f"{len(failed)} of {count(planned, 'cell')} failed ({who}) and {has} no predictions: the clips of "
        f"{'its' if len(failed) == 1 else 'their'} test sides are missing from the numbers of "
        f"{'that condition' if len(slugs) == 1 else 'these conditions'}."
    )


def failure_rows(cells: Sequence[CellRecord]) -> list[dict[str, Any]]:
    """One row per failed cell."""
    return [
        {"condition": condition_words(c.condition), "seed": c.seed, "fold": c.fold + 1, "what went wrong": c.error}
        for c in cells
        if c.state == "failed"
    ]


def alone(row: Row) -> str:
    """What one emotion's classifier did at 0.5, from its counts; ``row`` is one of `per_emotion`."""
    emotion, unit = row["emotion"], "clip" if row["tests"] == row["n"] else "test"
    shown, rest = int(row["tp"] + row["fn"]), int(row["fp"] + row["tn"])
    return (
        f"Alone, the classifier for {emotion} said yes to {row['tp']} of {count(shown, unit)} labelled "
        f"{emotion}, and to {row['fp']} of {count(rest, f'other {unit}')}."
    )


def metric_table(rows: pd.DataFrame, first: str) -> list[dict[str, Any]]:
    """One row per condition: N, cells, and every metric with its interval as text, ``first`` foremost."""
    several = bool((rows["tests"] != rows["n"]).any())
    shown = []
    for slug, part in rows.groupby("condition", sort=False):
        values = {r["metric"]: f"{r['value']:.3f} [{r['low']:.3f}, {r['high']:.3f}]" for r in _rows(part)}
        size = _rows(part)[0]
        line = {"Condition": condition_words(str(slug)), "Clips": size["n"]}
        line["Subjects"] = "unknown" if size["subjects"] is None else size["subjects"]
        line |= {"Tests": size["tests"]} if several else {}
        line |= {"Cells": f"{size['folds_done']} of {size['folds_planned']}"}
        shown.append(line | {WHOLE_METRICS[m]: values[m] for m in dict.fromkeys([first, *WHOLE_METRICS])})
    return shown


def _rows(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return table.to_dict("records")


def best_rows(best: pd.DataFrame, tried: pd.DataFrame) -> list[dict[str, Any]]:
    """Each search's best trial, of several folds and seeds their median: value and what was searched.

    ``best``: `best_trials`; ``tried``: `trial_table`.
    """
    settings = [name for name in SETTINGS if name in best and tried[name].nunique() > 1]
    shown = []
    for (slug, emotion), part in best.groupby(["condition", "emotion"], sort=False):
        line: dict[str, Any] = {"Condition": condition_words(str(slug)), "Emotion": emotion}
        line |= {"Best value": round(float(part["value"].median()), 4)}
        line |= {s.replace("_", " "): float(f"{part[s].median():.4g}") for s in settings}
        line |= {"Searches": len(part), "Trials": int(part["trials"].sum()), "Failed": int(part["failed"].sum())}
        shown.append(line | {"Minutes": round(float(part["seconds"].sum()) / 60, 1)})
    return shown
