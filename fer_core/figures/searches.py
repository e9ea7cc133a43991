"""Pictures of searches: how they converge, and the settings they tried."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fer_core.base.text import for_html
from fer_core.figures.panels import legend_entry, panels_figure
from fer_core.figures.theme import EMOTION_COLOURS, GREY, base
from fer_core.results.words import SETTINGS, condition_words

if TYPE_CHECKING:
    import pandas as pd

_DASHES = ("solid", "dash", "dot", "dashdot")


def convergence_figure(rows: pd.DataFrame, emotions: Sequence[str], objective: str) -> go.Figure:
    """The best value so far by trial, one panel per emotion; failed trials are crosses.

    ``rows``: `fer_core.results.searches.convergence`. A condition has its own dashes; where it has several
    searches (folds, seeds) they are thin and their median is thick. ``objective`` names the values.
    """
    figure, places = panels_figure(emotions)
    conditions = list(dict.fromkeys(rows["condition"]))
    for emotion, place in zip(emotions, places, strict=True):
        colour = EMOTION_COLOURS.get(emotion, GREY)
        for condition, dash in zip(conditions, cycle(_DASHES)):
            mine = rows[(rows["emotion"] == emotion) & (rows["condition"] == condition)]
            searches = [search for _, search in mine.groupby(["seed", "fold"], sort=False)]
            if searches:
                figure.add_trace(_best_lines(searches, colour, dash), **place)
            if len(searches) > 1:
                figure.add_trace(_median_line(mine, colour, dash), **place)
        figure.add_trace(_trial_marks(rows[rows["emotion"] == emotion], colour), **place)
    for condition, dash in zip(conditions, cycle(_DASHES)):
        legend_entry(figure, condition_words(condition), dash)
    if (rows["state"] == "failed").any():
        legend_entry(figure, "failed trial", None)
    figure.update_xaxes(title="Trial", row=places[-1]["row"])
    figure.update_yaxes(title=objective, col=1)
    return figure


def _best_lines(searches: Sequence[pd.DataFrame], colour: str, dash: str) -> go.Scatter:
    """All searches of one condition and emotion as one trace, which draws faster than many."""
    thin = len(searches) > 1
    x: list[int | None] = []
    y: list[float | None] = []
    where: list[str] = []
    for search in searches:
        x += [*(search["number"] + 1).tolist(), None]  # a gap
        y += [*search["best"].tolist(), None]
        where += [_where(search.iloc[0].to_dict())] * (len(search) + 1)
    return go.Scatter(
        x=x[:-1],
        y=y[:-1],
        customdata=where[:-1],
        mode="lines",
        line={"color": colour, "width": 1 if thin else 2.5, "dash": "solid" if thin else dash, "shape": "hv"},
        opacity=0.3 if thin else 1,
        hovertemplate="best of %{x} trials: %{y:.4f}<br>%{customdata}<extra></extra>",
        showlegend=False,
    )


def _median_line(mine: pd.DataFrame, colour: str, dash: str) -> go.Scatter:
    middle = mine.groupby("number")["best"].agg(["median", "count"])
    return go.Scatter(
        x=(middle.index + 1).tolist(),
        y=middle["median"].tolist(),
        mode="lines",
        line={"color": colour, "width": 3, "dash": dash, "shape": "hv"},
        customdata=middle["count"].tolist(),
        hovertemplate="best of %{x} trials: %{y:.4f}, median of %{customdata} searches<br>"
        + condition_words(mine["condition"].iloc[0])
        + "<extra></extra>",
        showlegend=False,
    )


def _trial_marks(mine: pd.DataFrame, colour: str) -> go.Scatter:
    """Failed trials as crosses at the best value so far; the others as dots while they can be told apart."""
    few = mine.groupby(["condition", "seed", "fold"]).ngroups <= 4
    shown = mine[(mine["state"] == "failed") | few]
    failed = (shown["state"] == "failed").tolist()
    return go.Scatter(
        x=(shown["number"] + 1).tolist(),
        y=shown["value"].fillna(shown["best"]).tolist(),
        mode="markers",
        marker={
            "symbol": ["x" if f else "circle" for f in failed],
            "size": [8 if f else 5 for f in failed],
            "opacity": [0.8 if f else 0.5 for f in failed],
            "color": [GREY if f else colour for f in failed],
        },
        hoverinfo="skip",
        showlegend=False,
    )


def space_figure(rows: pd.DataFrame, objective: str) -> go.Figure:
    """Settings that were tried, two at a time, coloured by their value; each search's best is ringed.

    ``rows``: `fer_core.results.searches.trial_table`. Of several searches, whose values cannot be compared,
    the colour is the rank within the search; of many, no best is ringed. Failed trials are crosses.
    """
    pairs = _pairs(rows)
    titles = [f"{a} and {b}".replace("_", " ") for a, b in pairs]
    figure = make_subplots(1, max(1, len(pairs)), subplot_titles=titles, horizontal_spacing=0.08)
    colour, words = _colours(rows, objective)
    for column, (a, b) in enumerate(pairs, 1):
        place = {"row": 1, "col": column}
        figure.add_trace(_tried(rows, a, b, colour, objective), **place)
        figure.add_trace(_rings(rows, a, b), **place)
        figure.update_xaxes(title=SETTINGS[a], **place, type="log" if a == "learning_rate" else "linear")
        figure.update_yaxes(title=SETTINGS[b], **place, type="log" if b == "learning_rate" else "linear")
    if _searches(rows).ngroups <= FEW:
        _mark_legend(figure, "best of its search", "circle-open")
    if (rows["state"] == "failed").any():
        _mark_legend(figure, "failed trial", "x")
    base(figure, height=380, margin={"l": 8, "r": 8, "t": 70, "b": 40})
    figure.update_layout(
        legend={"y": 1.12},
        coloraxis={
            "colorscale": [[0, "#0B2A4A"], [0.5, "#5B8DBE"], [1, "#C9D6E3"]],
            "colorbar": {"title": {"text": words, "side": "right"}, "thickness": 12},
        },
    )
    figure.update_xaxes(zeroline=False)
    figure.update_yaxes(zeroline=False)
    return figure


FEW = 24
"""Searches whose best trials are ringed; the rings of more would hide what they ring."""
_PAIRS = (("F", "Q"), ("F", "R"), ("Q", "R"), ("dropout", "learning_rate"))


def _mark_legend(figure: go.Figure, name: str, symbol: str) -> None:
    marker = {"symbol": symbol, "size": 11, "color": GREY, "line": {"width": 2}}
    figure.add_scatter(x=[None], y=[None], mode="markers", name=name, marker=marker)


def _pairs(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Pairs of settings that were searched: those that vary."""
    varied = {name for pair in _PAIRS for name in pair if name in rows and rows[name].nunique() > 1}
    return [(a, b) for a, b in _PAIRS if {a, b} & varied]


def _searches(rows: pd.DataFrame) -> Any:
    return rows.groupby(["condition", "seed", "fold", "emotion"], sort=False)["value"]


def _colours(rows: pd.DataFrame, objective: str) -> tuple[list[float], str]:
    """A number per trial, and what it is; a failed one takes the worst."""
    groups = _searches(rows)
    one = groups.ngroups <= 1
    values = rows["value"] if one else groups.rank(pct=True)
    words = objective if one else "Rank within its search (dark: best)"
    return values.fillna(values.max()).fillna(1.0).tolist(), words


def _tried(rows: pd.DataFrame, a: str, b: str, colour: list[float], objective: str) -> go.Scatter:
    failed = (rows["state"] == "failed").tolist()
    return go.Scatter(
        x=rows[a].tolist(),
        y=rows[b].tolist(),
        mode="markers",
        marker={
            "symbol": ["x" if f else "circle" for f in failed],
            "size": 8,
            "color": colour,
            "coloraxis": "coloraxis",
            "line": {"width": 0.5, "color": GREY},
        },
        hovertext=[_tried_words(r, objective) for r in rows.to_dict("records")],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )


def _tried_words(row: dict[Any, Any], objective: str) -> str:
    settings = ", ".join(f"{name} {row[name]:g}" for name in SETTINGS if name in row)
    value = "failed" if row["state"] == "failed" else f"{objective} {row['value']:.4f}"
    return f"{for_html(row['emotion'])}, trial {row['number'] + 1}: {value}<br>{settings}<br>{_where(row)}"


def _where(row: dict[Any, Any]) -> str:
    return f"{condition_words(row['condition'])}, seed {row['seed']}, fold {row['fold'] + 1}"


def _rings(rows: pd.DataFrame, a: str, b: str) -> go.Scatter:
    """The best trial of each search, while the rings can be told apart."""
    done = rows[rows["state"] == "done"]
    best = done.loc[_searches(done).idxmin()] if _searches(rows).ngroups <= FEW else done.iloc[:0]
    return go.Scatter(
        x=best[a].tolist(),
        y=best[b].tolist(),
        mode="markers",
        marker={"symbol": "circle-open", "size": 15, "color": GREY, "line": {"width": 2.5}},
        hoverinfo="skip",
        showlegend=False,
    )
