"""Pictures of what the published study's numbers show: recall, units of analysis, margins, accuracies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from fer_core.base.text import for_html
from fer_core.figures.theme import ALARM, CONDITIONS, EMOTION_COLOURS, FAINT, GREY, SLATE, base

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.tost import Equivalence

ADAPTIVE, PLAIN = "adaptive loss", "plain cross-entropy"
EACH, ALWAYS_NO, MEAN = "one of the 8 conditions", "always answering no", "mean of all 48"
SAME_LOSS, ANOTHER_LOSS = "same loss in both arms", "another loss"
SIGNIFICANT = 0.05


def recall_figure(values: pd.DataFrame) -> go.Figure:
    """Recall with the adaptive loss (filled) against plain cross-entropy (open), a line between the two.

    ``values``: columns row (what the line is called, each once), emotion, advanced, standard.
    """
    rows = [str(r) for r in values["row"]]
    colours = [EMOTION_COLOURS.get(e, GREY) for e in values["emotion"]]
    figure = go.Figure()
    for row, a, b, colour in zip(rows, values["advanced"], values["standard"], colours, strict=True):
        figure.add_scatter(
            x=[a, b],
            y=[row, row],
            mode="lines",
            line={"color": colour, "width": 2},
            opacity=0.6,
            hoverinfo="skip",
            showlegend=False,
        )
    for name, column, symbol in ((ADAPTIVE, "advanced", "circle"), (PLAIN, "standard", "circle-open")):
        figure.add_scatter(
            x=values[column],
            y=rows,
            mode="markers",
            name=name,
            showlegend=False,
            marker={"symbol": symbol, "size": 12, "color": colours, "line": {"width": 2.5, "color": colours}},
            hovertemplate="%{y}, " + name + ": recall %{x:.3f}<extra></extra>",
        )
        _key(figure, name, symbol)
    base(figure, height=max(320, 20 * len(rows) + 130), margin={"l": 8, "r": 16, "t": 60, "b": 44})
    _rows_down(figure, rows)
    figure.update_xaxes(range=[-0.04, 1.04], title="Recall", tickformat=".1f", fixedrange=True)
    return figure


def same_loss_figure(pairs: pd.DataFrame, groups: Mapping[bool, Mapping[str, float]], metric: str) -> go.Figure:
    """Every matched pair's difference, by emotion, marked by whether the pair's loss changed at all.

    Parameters
    ----------
    pairs : DataFrame
        One row per pair: emotion, architecture, tuning, difference (adaptive minus plain), loss_changed.
    groups : mapping
        loss_changed to the mean of those pairs with its interval: mean, low, high, n, p.
    metric : str
        What the differences are of, in words.
    """
    figure = go.Figure()
    rows: list[str] = []
    for changed, name, colour, symbol in (
        (False, SAME_LOSS, ALARM, "circle"),
        (True, ANOTHER_LOSS, CONDITIONS[1], "diamond"),
    ):
        part = pairs[pairs["loss_changed"] == changed]
        emotions = list(dict.fromkeys(part["emotion"]))
        first = len(rows)
        rows += [*emotions, f"<b>mean of {groups[changed]['n']:.0f} pairs</b>"]
        figure.add_scatter(
            x=part["difference"],
            y=first + part["emotion"].map(emotions.index) + _spread_out(part["emotion"]),
            mode="markers",
            name=name,
            customdata=part[["emotion", "architecture", "tuning"]],
            marker={"symbol": symbol, "size": 10, "color": colour, "opacity": 0.8},
            hovertemplate="%{customdata[0]}, %{customdata[1]}, %{customdata[2]}: %{x:+.3f}<extra></extra>",
        )
        mean, low, high = (groups[changed][k] for k in ("mean", "low", "high"))
        figure.add_scatter(
            x=[low, high],
            y=[len(rows) - 1] * 2,
            mode="lines",
            line={"color": colour, "width": 3},
            hoverinfo="skip",
            showlegend=False,
        )
        figure.add_scatter(
            x=[mean],
            y=[len(rows) - 1],
            mode="markers+text",
            text=[f"<b>{mean:+.3f}</b>"],
            textposition="top center",
            showlegend=False,
            marker={"symbol": f"{symbol}-open", "size": 15, "color": colour, "line": {"width": 3}},
            hovertemplate=f"{for_html(name)}: {mean:+.3f} [{low:+.3f}, {high:+.3f}]<extra></extra>",
        )
    base(figure, height=46 * len(rows) + 130, margin={"l": 8, "r": 16, "t": 52, "b": 60})
    figure.add_vline(x=0, line={"color": GREY, "width": 2}, layer="below")
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=rows,
        range=[len(rows) - 0.4, -0.6],
        fixedrange=True,
        zeroline=False,
        showgrid=False,
    )
    figure.update_xaxes(
        title=f"Difference in {metric},<br>adaptive minus standard arm", tickformat="+.1f", fixedrange=True
    )
    return figure


def _spread_out(emotions: pd.Series) -> pd.Series:
    """Steps off the row for the pairs of one emotion, so that equal ones do not hide each other."""
    place = emotions.groupby(emotions).cumcount()
    of = emotions.groupby(emotions).transform("size")
    return (place - (of - 1) / 2) * 0.16


def units_figure(evidence: pd.DataFrame, chosen: int) -> go.Figure:
    """p of one difference under several analyses on a log axis, the one looked at marked.

    ``evidence``: columns analysis, n, p, printed, in order; ``chosen`` is a row's position.
    """
    rows = [str(a).replace(", ", ",<br>", 1) for a in evidence["analysis"]]
    figure = go.Figure()
    for printed, name, symbol in ((True, "printed", "diamond"), (False, "not printed", "circle")):
        places = [i for i, p in enumerate(evidence["printed"]) if bool(p) is printed]
        part = evidence.iloc[places]
        figure.add_scatter(
            x=part["p"],
            y=[rows[i] for i in places],
            mode="markers+text",
            name=name,
            text=[f"<b>{p:.4f}</b>" if i == chosen else "" for i, p in zip(places, part["p"], strict=True)],
            textposition="top center",
            cliponaxis=False,
            marker={
                "symbol": [symbol if i == chosen else f"{symbol}-open" for i in places],
                "size": [17 if i == chosen else 11 for i in places],
                "color": CONDITIONS[1],
                "line": {"width": 2, "color": CONDITIONS[1]},
            },
            customdata=part["n"],
            hovertemplate="%{y}<br>n = %{customdata}, p = %{x:.4f}<extra></extra>",
        )
    base(figure, height=40 * len(rows) + 130, margin={"l": 8, "r": 20, "t": 72, "b": 44})
    figure.add_vline(x=SIGNIFICANT, line={"color": GREY, "width": 2, "dash": "dash"})
    figure.add_annotation(
        x=-1.301, y=1, yref="paper", yanchor="bottom", text="0.05", showarrow=False, font={"size": 12}
    )  # of a log axis
    _rows_down(figure, rows)
    figure.update_xaxes(
        type="log",
        range=[-3.5, -0.4],
        title="p (log axis)",
        fixedrange=True,
        tickvals=[0.001, 0.01, 0.1],
        ticktext=["0.001", "0.01", "0.1"],
    )
    figure.update_layout(legend={"y": 1.06})
    return figure


def margin_figure(results: Mapping[str, Equivalence], normal: Mapping[str, tuple[float, float]]) -> go.Figure:
    """One difference with its 90% (thick) and normal 95% interval (thin) against a margin (shaded).

    ``results``: unit of analysis → TOST; ``normal``: the same → mean ± 1.96 standard errors.
    """
    rows = list(results)
    margin = next(iter(results.values())).high
    figure = go.Figure()
    inside = [results[r].p < results[r].alpha for r in rows]
    for name, width, spans in (
        ("95%, the study's rule", 2, normal),
        ("90%, two one-sided tests", 8, {r: results[r].ci90 for r in rows}),
    ):
        for i, row in enumerate(rows):
            figure.add_scatter(
                x=list(spans[row]),
                y=[row, row],
                mode="lines",
                name=name,
                showlegend=i == 0,
                line={"color": CONDITIONS[1], "width": width},
                hovertemplate=f"{row}<br>{for_html(name)}: {spans[row][0]:.4f} to {spans[row][1]:.4f}<extra></extra>",
            )
    figure.add_scatter(
        x=[results[r].mean for r in rows],
        y=rows,
        mode="markers",
        name="difference",
        showlegend=False,
        marker={
            "size": 14,
            "color": ["#FFFFFF" if not i else CONDITIONS[1] for i in inside],
            "line": {"width": 2.5, "color": CONDITIONS[3]},
        },
        hovertemplate="%{y}<br>difference %{x:.4f}<extra></extra>",
    )
    base(figure, height=230, margin={"l": 8, "r": 16, "t": 44, "b": 44})
    figure.add_vrect(x0=-margin, x1=margin, fillcolor=FAINT, opacity=0.5, line_width=0, layer="below")
    for x, dash in ((-margin, "dash"), (0.0, "solid"), (margin, "dash")):
        figure.add_vline(x=x, line={"color": GREY, "width": 1.5, "dash": dash}, layer="below")
    _rows_down(figure, rows)
    reach = 1.1 * max(0.05, margin)
    figure.update_xaxes(
        range=[-reach, reach],
        title="Difference in accuracy, GRU minus LSTM",
        fixedrange=True,
        tickformat="+.2f",
        zeroline=False,
    )
    return figure


def accuracies_figure(cells: pd.DataFrame) -> go.Figure:
    """Every classifier's accuracy per emotion beside what always answering no would score.

    ``cells``: columns emotion, accuracy, always_no, words (of the condition), one row per evaluation.
    """
    figure = go.Figure()
    emotions = list(dict.fromkeys(cells["emotion"]))
    rows = [*emotions, "mean"]
    colours = [EMOTION_COLOURS.get(e, GREY) for e in cells["emotion"]]
    figure.add_scatter(
        x=cells["accuracy"],
        y=cells["emotion"],
        mode="markers",
        name=EACH,
        customdata=cells["words"],
        marker={"size": 11, "color": colours, "opacity": 0.75},
        showlegend=False,
        hovertemplate="%{y}, %{customdata}: accuracy %{x:.3f}<extra></extra>",
    )
    no = [float(cells.loc[cells["emotion"] == e, "always_no"].iloc[0]) for e in emotions]
    no_mean = sum(no) / len(no)
    figure.add_scatter(
        x=[*no, no_mean],
        y=rows,
        mode="markers+text",
        name=ALWAYS_NO,
        text=[""] * len(no) + [f"<b>{no_mean:.1%}</b>"],
        textposition="middle left",
        marker={"symbol": "line-ns-open", "size": 24, "color": ALARM, "line": {"width": 3, "color": ALARM}},
        hovertemplate="%{y}: always no scores %{x:.3f}<extra></extra>",
    )
    mean = float(cells["accuracy"].mean())
    figure.add_scatter(
        x=[mean],
        y=["mean"],
        mode="markers+text",
        name=MEAN,
        text=[f"<b>{mean:.1%}</b>"],
        textposition="middle right",
        marker={"symbol": "diamond", "size": 15, "color": SLATE},
        hovertemplate="mean of all: %{x:.3f}<extra></extra>",
    )
    _key(figure, EACH, "circle")
    base(figure, height=360, margin={"l": 8, "r": 16, "t": 60, "b": 44})
    _rows_down(figure, rows)
    figure.update_xaxes(range=[0.68, 1.02], title="Accuracy of a yes-no classifier", tickformat=".0%")
    figure.update_xaxes(fixedrange=True)
    return figure


def _key(figure: go.Figure, name: str, symbol: str) -> None:
    """A legend entry in grey that holds for every emotion's colour."""
    mark: dict[str, Any] = {"symbol": symbol, "size": 12, "color": GREY, "line": {"width": 2, "color": GREY}}
    figure.add_scatter(x=[None], y=[None], mode="markers", name=name, marker=mark)


def _rows_down(figure: go.Figure, rows: Sequence[str]) -> None:
    """The rows named on the left, the first at the top."""
    figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=list(rows), fixedrange=True, range=[len(rows) - 0.4, -0.6]
    )
