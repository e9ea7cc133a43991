"""What the Heatmaps page says, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fer_core.figures.effects import metric_words, records
from fer_core.results.words import BINARY_METRICS, condition_words
from fer_core.stats.heatmap_table import MEAN
from ui.compare import words

if TYPE_CHECKING:
    import pandas as pd

VIEWS = {"conditions": "By condition", "metrics": "By metric"}

HOW = """
Every cell is one classifier alone at 0.5: its emotion against all others. Counts are the numbers of test
clips (or, with several seeds, of tests) that were labelled so and called so (tp), called so only (fp),
labelled so only (fn) or neither (tn); a ratio with nothing in its denominator counts as 0.

Intervals are 95%. From counts alone they are Wilson's, which take clips as independent though several may
show the same person, and F1, which is no share of clips, has none. Where it is known who is on the clips,
they are bootstraps over people (1000 draws), in an experiment that does not know them over clips. Of a mean
over conditions the hover gives the lowest and the highest.

All conditions were tested on the same clips, so two intervals that overlap do not show that two cells are
equal. With many cells the lowest and the highest are in part luck.
"""


def headline(cells: pd.DataFrame, metric: str, condition: str, view: str) -> str:
    """Where the chosen metric is lowest, and how it stands to what needs no look at a face."""
    mine = cells[cells["metric"] == metric]
    if view == "metrics":
        return _extremes(mine[mine["condition"] == condition], metric, condition)
    each = mine[mine["condition"] != MEAN]
    if each["condition"].nunique() == 1:
        return _extremes(each, metric, str(each["condition"].iloc[0]))
    return " ".join(filter(None, (words.weakest(each, metric), _beside(each, metric))))


def caption(cells: pd.DataFrame) -> str:
    """Under the heatmap of these cells: what a cell is, and what its hover tells."""
    found = records(cells)
    told = [
        name
        for name, there in (
            ("counts", any(c["tp"] >= 0 for c in found)),
            ("intervals", any(c["low"] == c["low"] for c in found)),
        )
        if there
    ]
    hover = f" {' and '.join(told).capitalize()} on hover;" if told else ""
    click = " click" if told else " Click"
    return f"Each classifier alone at 0.5, its emotion against all others.{hover}{click} a cell to look into it."


def condition_title(condition: str) -> str:
    """A condition in words, or all of them."""
    return "All conditions" if condition == MEAN else condition_words(condition)


def alone(cell: dict[str, Any]) -> str:
    """What the classifier said, from its counts."""
    together = " (all conditions together)" if cell["condition"] == MEAN else ""
    return words.alone(cell).removesuffix(".") + f"{together}."


def metric_rows(cells: pd.DataFrame) -> list[dict[str, Any]]:
    """One cell's classifier, metric by metric; of several conditions, what they reach."""
    order = list(BINARY_METRICS)
    found = sorted(records(cells), key=lambda c: order.index(c["metric"]))
    rows = [{"Metric": BINARY_METRICS[c["metric"]], "Value": c["value"], "95% interval": _span(c)} for c in found]
    if any(c["conditions"] > 1 for c in found):
        for row, c in zip(rows, found, strict=True):
            row["Conditions"] = f"{c['lowest']:.3f} to {c['highest']:.3f}"
    return rows


def always_no(cell: dict[str, Any]) -> float:
    """The accuracy of a classifier that answers no to every clip."""
    return float((cell["fp"] + cell["tn"]) / max(1, cell["tests"]))


# --- inside -----------------------------------------------------------------------------------------


def _extremes(cells: pd.DataFrame, metric: str, condition: str) -> str:
    found = sorted(records(cells), key=lambda c: c["value"])
    low, high = found[0], found[-1]
    start = f"{condition_title(condition)}: {metric_words(metric)}"
    if low["value"] == high["value"]:
        return f"{start} is {low['value']:.2f} for every emotion."
    said = f"{start} is lowest for {low['emotion']} ({low['value']:.2f}) and highest for {high['emotion']} "
    return f"{said}({high['value']:.2f})."


def _beside(each: pd.DataFrame, metric: str) -> str:
    """How many cells say nothing, or no more than a constant answer."""
    found = records(each)
    if metric == "accuracy" and found[0]["tp"] >= 0:
        constant = [always_no(c) for c in found]
        worse = sum(c["value"] <= no for c, no in zip(found, constant, strict=True))
        return (
            f"Always answering no would reach {sum(constant) / len(constant):.2f} on average; {worse} of "
            f"{len(found)} classifiers do no better."
        )
    zeros = sum(c["value"] == 0 for c in found)
    return f"In {zeros} of {len(found)} cells it is 0." if zeros else ""


def _span(cell: dict[str, Any]) -> str:
    if cell["low"] == cell["low"]:
        return f"{cell['low']:.3f} to {cell['high']:.3f}"
    return "none"
