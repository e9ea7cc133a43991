"""Pictures of a study: conditions compared, learning curves, searches. They take tables of `fer_core.results`.

Conditions are told apart by words, marker and fill, in greys and blues; colours belong to emotions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fer_core.figures.matrix import matrix_figure
from fer_core.figures.results import METRICS, told
from fer_core.figures.theme import CONDITIONS, EMOTION_COLOURS, FAINT, GREY, base

if TYPE_CHECKING:
    import pandas as pd

LEVELS = {"gru": "GRU", "lstm": "LSTM", "bayesian": "Bayesian"}
"""Factor levels that are written otherwise than in a slug."""

WHOLE_METRICS: dict[str, str] = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro F1",
    "mean_binary_accuracy": "Mean binary accuracy",
    "mean_binary_f1": "Mean binary F1",
    "mean_binary_precision": "Mean precision",
    "mean_binary_recall": "Mean recall",
    "mean_binary_specificity": "Mean specificity",
}
"""A condition's metrics: the first three read the highest of the classifiers, the others each alone."""

BASELINE_WORDS = {
    "accuracy": "the commonest emotion for every clip",
    "balanced_accuracy": "one emotion for every clip",
    "mean_binary_accuracy": "always answering no",
}
"""What the baselines of `fer_core.results.study.baselines` answer."""

_LEGEND_ROOM = 40


def condition_words(slug: str, between: str = ", ") -> str:
    """``GRU, Bayesian, advanced`` for ``gru-bayesian-advanced``."""
    return between.join(LEVELS.get(level, level) for level in slug.split("-"))


# --- heatmaps -------------------------------------------------------------------------------------


def emotion_metrics_figure(rows: pd.DataFrame) -> go.Figure:
    """Emotion by metric of one condition; a click gives [emotion, metric].

    ``rows``: `fer_core.results.study.per_emotion` of that condition.
    """
    titles = [title.replace(" ", "<br>") for title in METRICS.values()]
    return _heatmap(rows, "metric", list(METRICS), titles, list(METRICS.values()))


def emotion_conditions_figure(rows: pd.DataFrame, metric: str) -> go.Figure:
    """Emotion by condition for one metric; a click gives [emotion, condition].

    ``rows``: `fer_core.results.study.per_emotion`.
    """
    conditions = list(dict.fromkeys(rows["condition"]))
    titles = [condition_words(c, "<br>") for c in conditions]
    words = [f"{condition_words(c)}, {METRICS[metric].lower()}" for c in conditions]
    return _heatmap(rows[rows["metric"] == metric], "condition", conditions, titles, words)


def _heatmap(
    rows: pd.DataFrame, across: str, names: list[str], titles: list[str], words: list[str]
) -> go.Figure:
    emotions = list(dict.fromkeys(rows["emotion"]))
    cells = {(r["emotion"], r[across]): r for r in rows.to_dict("records")}
    values = [[cells[e, n]["value"] if (e, n) in cells else np.nan for n in names] for e in emotions]
    text = [["" if np.isnan(v) else f"{v:.2f}" for v in row] for row in values]
    hover = [
        [f"{e}, {w}: {_told(cells[e, n]) if (e, n) in cells else 'not tested'}"
         for n, w in zip(names, words, strict=True)]
        for e in emotions
    ]  # fmt: skip
    return matrix_figure(emotions, titles, values, text, hover, [[[e, n] for n in names] for e in emotions])


def _told(row: dict[str, Any]) -> str:
    """A row of `per_emotion` in words, with its N."""
    metric = row["metric"]
    cell = {**row, metric: row["value"], "intervals": {metric: (row["low"], row["high"])}}
    return f"{told(cell, metric, _unit(row))}<br>{size_words(row)}"


def _unit(row: Mapping[str, Any]) -> str:
    return "clips" if row["seeds"] == 1 else "tests"


def size_words(row: Mapping[str, Any]) -> str:
    """``269 clips of 100 subjects, each tested once in each of 3 seeds``."""
    seeds = "" if row["seeds"] == 1 else f", each tested once in each of {row['seeds']} seeds"
    return f"{row['n']} clips of {row['subjects']} subjects{seeds}"


# --- conditions -----------------------------------------------------------------------------------


def means_figure(
    rows: pd.DataFrame, metrics: Sequence[str], baselines: Mapping[str, float] | None = None
) -> go.Figure:
    """Each condition's value with its interval, one panel per metric; a click gives [condition, metric].

    ``rows``: `fer_core.results.study.per_condition`. A baseline is drawn where it is near the values.
    """
    conditions = list(dict.fromkeys(rows["condition"]))
    figure = make_subplots(
        1, len(metrics), shared_yaxes=True, horizontal_spacing=0.03,
        subplot_titles=[WHOLE_METRICS[m] for m in metrics],
    )  # fmt: skip
    for column, metric in enumerate(metrics, 1):
        part = rows[rows["metric"] == metric].to_dict("records")
        figure.add_trace(_dots(part, metric), row=1, col=column)
        _frame_values(figure, column, part, metric, (baselines or {}).get(metric))
    base(
        figure,
        height=34 * len(conditions) + 110,
        showlegend=False,
        margin={"l": 8, "r": 16, "t": 44, "b": 36},
    )
    figure.update_yaxes(
        type="category", autorange="reversed", showgrid=True, fixedrange=True,
        categoryorder="array", categoryarray=[condition_words(c) for c in conditions],
    )  # fmt: skip
    figure.update_xaxes(zeroline=False, tickformat=".2f", nticks=5)
    return figure


def _dots(part: list[dict[str, Any]], metric: str) -> go.Scatter:
    above = [r["high"] - r["value"] for r in part]
    below = [r["value"] - r["low"] for r in part]
    colours = [CONDITIONS[1 if r["loss"] == "advanced" else 3] for r in part]
    shape = {"gru": "circle", "lstm": "square"}
    filled = [
        shape.get(r["architecture"], "diamond") + ("" if r["tuning"] == "bayesian" else "-open") for r in part
    ]
    hover = [
        f"{condition_words(r['condition'])}<br>{WHOLE_METRICS[metric]} {r['value']:.3f}, "
        f"95% interval {r['low']:.3f} to {r['high']:.3f}<br>{size_words(r)}"
        for r in part
    ]
    return go.Scatter(
        x=[r["value"] for r in part],
        y=[condition_words(r["condition"]) for r in part],
        mode="markers",
        marker={"symbol": filled, "color": colours, "size": 11, "line": {"width": 2, "color": colours}},
        error_x={
            "type": "data",
            "array": above,
            "arrayminus": below,
            "thickness": 2,
            "width": 0,
            "color": GREY,
        },
        customdata=[[r["condition"], metric] for r in part],
        hovertext=hover,
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _frame_values(
    figure: go.Figure, column: int, part: list[dict[str, Any]], metric: str, baseline: float | None
) -> None:
    """The axis holds every interval, and the baseline if it is no further away than they are wide."""
    low, high = min(r["low"] for r in part), max(r["high"] for r in part)
    near = baseline is not None and low - 1.5 * (high - low) <= baseline
    low = min(low, baseline) if near and baseline is not None else low
    pad = 0.06 * max(high - low, 0.02)
    figure.update_xaxes(range=[low - pad, high + pad], row=1, col=column)
    if near:
        figure.add_vline(x=baseline, line={"color": GREY, "width": 2, "dash": "dash"}, row=1, col=column)
        figure.add_annotation(
            x=baseline, y=0, yref="y domain" if column == 1 else f"y{column} domain", yanchor="top", yshift=-18,
            xref="x" if column == 1 else f"x{column}", xanchor="left", showarrow=False,
            text=BASELINE_WORDS.get(metric, "baseline"), font={"size": 11},
        )  # fmt: skip


# --- learning curves ------------------------------------------------------------------------------


def learning_curves_figure(curves: Sequence[Mapping[str, Any]], emotions: Sequence[str]) -> go.Figure:
    """Loss by epoch, one panel per emotion: every fold and seed thin, their median thick.

    ``curves``: `fer_core.results.study.curves` of one condition. Validation loss is dashed.
    """
    figure, places = _panels(emotions)
    for emotion, place in zip(emotions, places, strict=True):
        mine = [c for c in curves if c["emotion"] == emotion]
        for kind, dash in (("train", "solid"), ("val", "dash")):
            lines = [c[kind] for c in mine if c[kind]]
            colour = EMOTION_COLOURS.get(emotion, GREY)
            if lines:
                figure.add_trace(_thin(lines, colour, dash), **place)
                figure.add_trace(_median(lines, colour, dash, kind), **place)
    for name, dash in (("training", "solid"), ("validation", "dash")):
        if any(c["train" if name == "training" else "val"] for c in curves):
            _legend_entry(figure, name, dash)
    figure.update_xaxes(title="Epoch", row=places[-1]["row"])
    figure.update_yaxes(title="Loss", col=1, rangemode="tozero")
    return figure


def _thin(lines: Sequence[Sequence[float]], colour: str, dash: str) -> go.Scatter:
    """All lines as one trace, with gaps between them."""
    x: list[float | None] = []
    y: list[float | None] = []
    for line in lines:
        x += [*range(1, len(line) + 1), None]
        y += [*line, None]
    return go.Scatter(
        x=x, y=y, mode="lines", line={"color": colour, "width": 1, "dash": dash}, opacity=0.3,
        hoverinfo="skip", showlegend=False,
    )  # fmt: skip


def _median(lines: Sequence[Sequence[float]], colour: str, dash: str, kind: str) -> go.Scatter:
    """The median over the fits that still go on, as long as that is half of them."""
    longest = max(map(len, lines))
    values = np.full((len(lines), longest), np.nan)
    for row, line in zip(values, lines, strict=True):
        row[: len(line)] = [np.nan if v is None else v for v in line]
    going = np.isfinite(values).sum(axis=0)
    last = int((going >= len(lines) / 2).sum())
    words = "training" if kind == "train" else "validation"
    return go.Scatter(
        x=list(range(1, last + 1)),
        y=np.nanmedian(values[:, :last], axis=0).tolist(),
        mode="lines",
        line={"color": colour, "width": 3, "dash": dash},
        customdata=going[:last].tolist(),
        hovertemplate="epoch %{x}, " + words + ": %{y:.4f}, median of %{customdata} fits<extra></extra>",
        showlegend=False,
    )


# --- searches -------------------------------------------------------------------------------------

_DASHES = ("solid", "dash", "dot", "dashdot")


def convergence_figure(rows: pd.DataFrame, emotions: Sequence[str], objective: str) -> go.Figure:
    """The best value so far by trial, one panel per emotion, one line per search; trials as dots.

    ``rows``: `fer_core.results.searches.convergence`. Conditions are told apart by dashes, failed trials
    are crosses on the line. ``objective`` names the values.
    """
    figure, places = _panels(emotions)
    conditions = list(dict.fromkeys(rows["condition"]))
    for emotion, place in zip(emotions, places, strict=True):
        colour = EMOTION_COLOURS.get(emotion, GREY)
        mine = rows[rows["emotion"] == emotion]
        for (condition, seed, fold), search in mine.groupby(["condition", "seed", "fold"], sort=False):
            dash = _DASHES[conditions.index(condition) % len(_DASHES)]
            where = f"{condition_words(condition)}, seed {seed}, fold {fold + 1}"
            figure.add_trace(_best_line(search, colour, dash, where), **place)
        figure.add_trace(_trial_dots(mine, colour), **place)
    for condition, dash in zip(conditions, _DASHES * len(conditions), strict=False):
        _legend_entry(figure, condition_words(condition), dash)
    if (rows["state"] == "failed").any():
        _legend_entry(figure, "failed trial", None)
    figure.update_xaxes(title="Trial", row=places[-1]["row"])
    figure.update_yaxes(title=objective, col=1)
    return figure


def _best_line(search: pd.DataFrame, colour: str, dash: str, where: str) -> go.Scatter:
    return go.Scatter(
        x=(search["number"] + 1).tolist(),
        y=search["best"].tolist(),
        mode="lines",
        line={"color": colour, "width": 2, "dash": dash, "shape": "hv"},
        opacity=0.8,
        hovertemplate="best of %{x} trials: %{y:.4f}<br>" + where + "<extra></extra>",
        showlegend=False,
    )


def _trial_dots(mine: pd.DataFrame, colour: str) -> go.Scatter:
    failed = (mine["state"] == "failed").tolist()
    return go.Scatter(
        x=(mine["number"] + 1).tolist(),
        y=mine["value"].where(mine["state"] == "done", mine["best"]).tolist(),
        mode="markers",
        marker={
            "symbol": ["x" if f else "circle" for f in failed],
            "size": [9 if f else 4 for f in failed],
            "opacity": [1 if f else 0.35 for f in failed],
            "color": [GREY if f else colour for f in failed],
        },
        hoverinfo="skip",
        showlegend=False,
    )


def space_figure(rows: pd.DataFrame, objective: str) -> go.Figure:
    """Settings that were tried, two at a time, coloured by their value; each search's best is ringed.

    ``rows``: `fer_core.results.searches.trial_table`. Of several searches, whose values cannot be compared,
    the colour is the rank within the search. Failed trials are crosses.
    """
    pairs = _pairs(rows)
    titles = [f"{a} and {b}" for a, b in pairs]
    figure = make_subplots(1, max(1, len(pairs)), subplot_titles=titles, horizontal_spacing=0.08)
    colour, words = _colours(rows, objective)
    for column, (a, b) in enumerate(pairs, 1):
        place = {"row": 1, "col": column}
        figure.add_trace(_tried(rows, a, b, colour, objective), **place)
        figure.add_trace(_rings(rows, a, b), **place)
        figure.update_xaxes(title=SETTING_WORDS[a], **place, type="log" if a == "learning_rate" else "linear")
        figure.update_yaxes(title=SETTING_WORDS[b], **place, type="log" if b == "learning_rate" else "linear")
    for name, symbol in (("best of its search", "circle-open"), ("failed trial", "x")):
        if name != "failed trial" or (rows["state"] == "failed").any():
            figure.add_scatter(x=[None], y=[None], mode="markers", name=name,
                               marker={"symbol": symbol, "size": 11, "color": GREY, "line": {"width": 2}})  # fmt: skip
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


SETTING_WORDS = {
    "F": "F, first layer's units",
    "Q": "Q, second layer's units",
    "R": "R, dense layer's units",
    "dropout": "Dropout",
    "learning_rate": "Learning rate",
}
_PAIRS = (("F", "Q"), ("F", "R"), ("Q", "R"), ("dropout", "learning_rate"))


def _pairs(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Pairs of settings that were searched: those that vary."""
    varied = {name for pair in _PAIRS for name in pair if name in rows and rows[name].nunique() > 1}
    return [(a, b) for a, b in _PAIRS if {a, b} & varied]


def _searches(rows: pd.DataFrame) -> Any:
    return rows.groupby(["condition", "seed", "fold", "emotion"], sort=False)["value"]


def _colours(rows: pd.DataFrame, objective: str) -> tuple[list[float], str]:
    groups = _searches(rows)
    if groups.ngroups <= 1:
        return rows["value"].tolist(), objective
    return groups.rank(pct=True).tolist(), "Rank within its search (dark: best)"


def _tried(rows: pd.DataFrame, a: str, b: str, colour: list[float], objective: str) -> go.Scatter:
    failed = (rows["state"] == "failed").tolist()
    return go.Scatter(
        x=rows[a].tolist(),
        y=rows[b].tolist(),
        mode="markers",
        marker={
            "symbol": ["x" if f else "circle" for f in failed],
            "size": 8,
            "color": [1.0 if f else c for f, c in zip(failed, colour, strict=True)],
            "coloraxis": "coloraxis",
            "line": {"width": 0.5, "color": GREY},
        },
        hovertext=[_tried_words(r, objective) for r in rows.to_dict("records")],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )


def _tried_words(row: dict[str, Any], objective: str) -> str:
    settings = ", ".join(f"{name} {row[name]:g}" for name in SETTING_WORDS if name in row)
    value = "failed" if row["state"] == "failed" else f"{objective} {row['value']:.4f}"
    where = f"{condition_words(row['condition'])}, seed {row['seed']}, fold {row['fold'] + 1}"
    return f"{row['emotion']}, trial {row['number'] + 1}: {value}<br>{settings}<br>{where}"


def _rings(rows: pd.DataFrame, a: str, b: str) -> go.Scatter:
    best = rows.loc[_searches(rows).idxmin().dropna()] if (rows["state"] == "done").any() else rows.iloc[:0]
    return go.Scatter(
        x=best[a].tolist(),
        y=best[b].tolist(),
        mode="markers",
        marker={"symbol": "circle-open", "size": 15, "color": GREY, "line": {"width": 2.5}},
        hoverinfo="skip",
        showlegend=False,
    )


# --- panels ---------------------------------------------------------------------------------------


def _panels(emotions: Sequence[str], across: int = 3) -> tuple[go.Figure, list[dict[str, int]]]:
    """Small multiples, one per emotion, and each one's place."""
    columns = min(across, max(1, len(emotions)))
    lines = -(-max(1, len(emotions)) // columns)
    figure = make_subplots(
        lines, columns, subplot_titles=list(emotions), vertical_spacing=0.16 / lines + 0.04,
        horizontal_spacing=0.06,
    )  # fmt: skip
    base(
        figure,
        height=210 * lines + 60 + _LEGEND_ROOM,
        margin={"l": 8, "r": 8, "t": 34 + _LEGEND_ROOM, "b": 40},
    )
    figure.update_layout(legend={"y": 1 + _LEGEND_ROOM / (210 * lines)})
    figure.update_xaxes(zeroline=False)
    figure.update_yaxes(zerolinecolor=FAINT)
    return figure, [{"row": k // columns + 1, "col": k % columns + 1} for k in range(len(emotions))]


def _legend_entry(figure: go.Figure, name: str, dash: str | None) -> None:
    """A line of the legend in grey, which holds for every panel's colour; no dash: a cross."""
    figure.add_scatter(
        x=[None], y=[None], name=name, mode="markers" if dash is None else "lines",
        line={"color": GREY, "width": 3, "dash": dash or "solid"}, marker={"symbol": "x", "color": GREY},
    )  # fmt: skip
