"""Pictures of what factors do: differences by unit of analysis, means, interactions, effect sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from fer_core.base.text import for_html
from fer_core.figures.condition_marks import add_legend, condition_marks
from fer_core.figures.forest import ZONE, Line, forest_figure
from fer_core.figures.theme import GREY, base
from fer_core.results.words import BINARY_METRICS, LEVELS

if TYPE_CHECKING:
    import pandas as pd

Zone = tuple[float, float]


def level_words(level: str) -> str:
    """``GRU`` for ``gru``; what users wrote is taken as text, not as markup."""
    return for_html(LEVELS.get(level, level))


def units_figure(rows: pd.DataFrame, names: Mapping[str, str], chosen: str, zone: Zone, metric: str) -> go.Figure:
    """The same differences under each unit of analysis, the chosen one strong, the zone around 0 shaded.

    ``rows``: `fer_core.stats.units.differences_by_unit`; ``names``: unit → its words.
    """
    lines = []
    order = {unit: k for k, unit in enumerate(names)}
    heads = dict.fromkeys((r["factor"], r["first"], r["second"]) for r in records(rows))
    for head in heads:
        title = f"{head[0].capitalize()}: {pair_words({'first': head[1], 'second': head[2]})}"
        mine = [r for r in records(rows) if (r["factor"], r["first"], r["second"]) == head]
        for r in sorted(mine, key=lambda r: order[r["unit"]]):
            p = f"<br>p {p_words(r['p'])}" if r["p"] == r["p"] else ""
            hover = f"{for_html(title)}, {for_html(names[r['unit']])}<br>{_difference(r)}{p}"
            cell = (r["difference"], r["low"], r["high"], hover)
            lines.append(Line(title, names[r["unit"]], (cell,), r["unit"] == chosen, bool(r["shown"])))
    return forest_figure(lines, [f"Difference in {metric_words(metric)}"], [zone])


def means_figure(rows: pd.DataFrame, factors: Sequence[str], metric: str, grand: float, zone: Zone) -> go.Figure:
    """Each condition's mean with its interval, the margin around the grand mean shaded.

    ``rows``: the factors, mean, low, high, and n or conditions. The legend names the levels that are drawn.
    """
    found = records(rows)
    names = [", ".join(level_words(r[f]) for f in factors) for r in found]
    levels = [{f: str(r[f]) for f in factors} for r in found]
    shapes, colours = zip(*condition_marks(levels), strict=True)
    figure = go.Figure()
    figure.add_vrect(grand + zone[0], grand + zone[1], fillcolor=ZONE, line_width=0, layer="below")
    figure.add_vline(x=grand, line={"color": GREY, "width": 1, "dash": "dash"})
    figure.add_scatter(
        x=[r["mean"] for r in found],
        y=names,
        mode="markers",
        marker={"symbol": shapes, "color": colours, "size": 11, "line": {"width": 2, "color": colours}},
        error_x={
            "type": "data",
            "array": [r["high"] - r["mean"] for r in found],
            "arrayminus": [r["mean"] - r["low"] for r in found],
            "color": GREY,
            "thickness": 2,
            "width": 0,
        },
        hovertext=[f"{n}<br>{estimate_words(r)}" for n, r in zip(names, found, strict=True)],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    base(figure, height=30 * len(found) + 80, margin={"l": 8, "r": 16, "t": 8, "b": 8})
    add_legend(figure, levels, narrow=True)
    figure.update_yaxes(type="category", autorange="reversed", fixedrange=True)
    figure.update_xaxes(zeroline=False, title=f"Mean {metric_words(metric)}")
    return figure


def sizes_figure(rows: pd.DataFrame, metric: str) -> go.Figure:
    """d_z and Hedges' g of each planned comparison, grouped by metric, ``metric`` first and strong.

    ``rows``: `fer_core.stats.pairwise.pairwise`. Filled: p after correction below its level.
    """
    lines = []
    for r in _first(records(rows), metric):
        what = f"{level_words(r['first'])} minus {level_words(r['second'])}, {metric_words(r['metric'])}"
        tail = f"<br>t({r['df']:.0f}) = {r['t']:.2f}, p {p_words(r['p'])}, corrected {p_words(r['p_corrected'])}"
        tail = tail if r["t"] == r["t"] else f"<br>{for_html(str(r['note']))}"
        cells = tuple(
            (
                r[k],
                r[f"{k}_low"],
                r[f"{k}_high"],
                f"{what}<br>{word} {interval_words(r[k], r[f'{k}_low'], r[f'{k}_high'], 2)}{tail}",
            )
            for k, word in (("d_z", "d<sub>z</sub>"), ("g", "g"))
        )
        name = pair_words(r)
        lines.append(Line(BINARY_METRICS[r["metric"]], name, cells, r["metric"] == metric, bool(r["reject"])))
    return forest_figure(lines, ["d<sub>z</sub>", "Hedges’ g"])


def people_figure(rows: pd.DataFrame, metric: str, zones: Mapping[str, Zone]) -> go.Figure:
    """Differences between levels with intervals over people, grouped by metric; margins on hover.

    ``rows``: metric, factor, first, second, difference, low, high, n, subjects.
    """
    lines = []
    for r in _first(records(rows), metric):
        name = pair_words(r)
        shown = r["low"] > 0 or r["high"] < 0
        hover = (
            f"{for_html(name)}, {metric_words(r['metric'])}<br>{_difference(r)}"
            f"<br>{r['n']} clips of {r['subjects']:,} people; margin {zones[r['metric']][0]:g} to "
            f"{zones[r['metric']][1]:g}"
        )
        cell = (r["difference"], r["low"], r["high"], hover)
        lines.append(Line(BINARY_METRICS[r["metric"]], name, (cell,), r["metric"] == metric, shown))
    return forest_figure(lines, ["Difference, mean over emotions"])


def pair_words(row: Mapping[str, Any]) -> str:
    """``GRU − LSTM`` for a row with first and second, as they are written."""
    return f"{LEVELS.get(row['first'], row['first'])} − {LEVELS.get(row['second'], row['second'])}"


def p_words(p: float) -> str:
    """``= 0.145``, ``< 0.001``, ``not defined``."""
    return "not defined" if p != p else "< 0.001" if p < 0.001 else f"= {p:.3f}"


def interval_words(value: float, low: float, high: float, digits: int = 3) -> str:
    """``0.145, 95% interval 0.054 to 0.235``."""
    if low != low:
        return f"{value:.{digits}f}, no interval"
    return f"{value:.{digits}f}, 95% interval {low:.{digits}f} to {high:.{digits}f}"


def estimate_words(row: Mapping[str, Any]) -> str:
    """A row's mean and interval."""
    return interval_words(row["mean"], row["low"], row["high"])


def metric_words(metric: str) -> str:
    """``recall``, ``F1``, in the middle of a sentence."""
    return BINARY_METRICS[metric].lower().replace("f1", "F1")


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows, one dict each."""
    return [{str(k): v for k, v in row.items()} for row in rows.to_dict("records")]


# --- inside -----------------------------------------------------------------------------------------


def _difference(row: Mapping[str, Any]) -> str:
    return interval_words(row["difference"], row["low"], row["high"])


def _first(rows: list[dict[str, Any]], metric: str) -> list[dict[str, Any]]:
    """The chosen metric's rows first, the others in the order used everywhere."""
    order = list(BINARY_METRICS)
    return sorted(rows, key=lambda r: (r["metric"] != metric, order.index(r["metric"])))
