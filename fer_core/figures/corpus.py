"""Pictures of a corpus: counts, imbalance and loss, subjects, missed frames, failures."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from fer_core.base.emotions import in_order
from fer_core.base.text import for_html
from fer_core.datasets.base import Clip
from fer_core.figures.emotion_rows import beside, lay_out, log_ticks
from fer_core.figures.theme import ALARM, GREY, SLATE, base, emotion_colours
from fer_core.landmarks.landmark_set import FrameStatus
from fer_core.landmarks.view import Coverage
from fer_core.losses.imbalance import ImbalanceRow, LossChoice, LossPolicy
from fer_core.paper.published import PAPER_RATIOS as PAPER_RATIOS

_DARK, _PALE = "#3A4550", "#F4F6F8"
_MARKER = {
    "diamond": {"color": _PALE, "line": {"width": 1.5, "color": _DARK}},
    "x": {"color": _DARK, "line": {"width": 1, "color": _PALE}},
}
"""Marks that lie on bars of every colour, and beyond them on either ground: dark and pale together."""

_PATTERNS = {"bce": "", "weighted_bce": "/", "focal": "x"}
_SHORT = {"bce": "plain BCE", "weighted_bce": "weighted BCE", "focal": "focal"}
_STATUS_WORDS = {
    FrameStatus.OBSERVED: "observed",
    FrameStatus.INTERPOLATED: "interpolated",
    FrameStatus.MISSED: "missed",
}
_STATUS_COLOURS = {FrameStatus.OBSERVED: SLATE, FrameStatus.INTERPOLATED: "#B9C6D6", FrameStatus.MISSED: ALARM}


def counts_figure(
    counts: Mapping[str, int], published: Mapping[str, int] | None = None, left_out: Collection[str] = ()
) -> go.Figure:
    """Labelled clips per emotion, with the published corpus's counts as faint diamonds.

    Emotions ``left_out`` of what is trained are drawn pale, and say so.
    """
    emotions = in_order(counts)
    figure = go.Figure(
        go.Bar(
            x=[counts[e] for e in emotions],
            y=list(emotions),
            orientation="h",
            marker={"color": emotion_colours(emotions), "opacity": [0.35 if e in left_out else 1.0 for e in emotions]},
            showlegend=False,
            hovertemplate="%{y}: %{x} clips<extra></extra>",
        )
    )
    _mark_known(figure, emotions, published, "CK+ as published", "diamond", "%{x} clips")
    for emotion in emotions:
        out = "<br>left out" if emotion in left_out else ""
        beside(figure, emotion, f"<b>{counts[emotion]}</b>{out}")
    right = 72 if left_out else 48
    return lay_out(figure, emotions, "Labelled clips", right=right, rangemode="tozero")


def ratio_figure(
    table: Mapping[str, ImbalanceRow],
    policy: LossPolicy,
    published: Mapping[str, float] | None = None,
    printed: Mapping[str, float] | None = None,
) -> go.Figure:
    """Imbalance ratio per emotion on a log axis, thresholds as lines, the chosen loss beside each bar.

    ``published`` (ratios of CK+'s published counts) and ``printed`` (those in the study's table)
    appear as faint markers.
    """
    emotions = in_order(table)
    low, high = _log_range([r.ratio for r in table.values()], [*(published or {}).values()])
    figure = go.Figure(
        go.Bar(
            x=[max(table[e].ratio, low) for e in emotions],
            y=list(emotions),
            orientation="h",
            marker={
                "color": emotion_colours(emotions),
                "pattern": {
                    "shape": [_PATTERNS[table[e].choice.name] for e in emotions],
                    "fgopacity": 0.55,
                    "fillmode": "overlay",
                    "size": 7,
                },
            },
            customdata=[[table[e].n_positive, table[e].n_negative, table[e].choice.words] for e in emotions],
            hovertemplate="%{y}: %{customdata[0]} clips against "
            "%{customdata[1]}, ratio %{x:.2f}<br>%{customdata[2]}<extra></extra>",
            showlegend=False,
        )
    )
    _mark_known(figure, emotions, published, "CK+ as published", "diamond", "ratio %{x:.1f}")
    _mark_known(figure, emotions, printed, "printed in the study", "x", "ratio %{x:.1f}")
    for emotion in emotions:
        row = table[emotion]
        text = f"<b>{_ratio(row.ratio)}</b>  {short_loss(row.choice)}"
        beside(figure, emotion, text)
    sign = {">": "above", ">=": "from"}[policy.boundary]
    _threshold(figure, policy.moderate, f"{sign} {policy.moderate:g} weighted", "right")
    _threshold(figure, policy.severe, f"{sign} {policy.severe:g} focal", "left")
    lay_out(figure, emotions, "Imbalance ratio (log scale)", right=190)
    figure.update_layout(legend={"y": 1, "yanchor": "top", "yref": "container"})
    log_ticks(figure, low, high, (0.2, 0.5, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500))
    return figure


def short_loss(choice: LossChoice) -> str:
    """A loss in a few signs, for a label beside a bar."""
    if choice.name == "focal":
        return f"focal, α {choice.alpha:.2f}, γ {choice.gamma:g}"
    return f"weighted BCE, × {choice.weight:.3g}" if choice.name == "weighted_bce" else _SHORT[choice.name]


def clips_per_subject_figure(clips: Sequence[Clip]) -> go.Figure:
    """How many subjects have one clip, two clips and so on."""
    per_subject = _tally([c.subject for c in clips])
    sizes = _tally([str(n) for n in per_subject.values()])
    x = sorted(sizes, key=int)
    figure = go.Figure(
        go.Bar(
            x=x,
            y=[sizes[n] for n in x],
            marker_color=SLATE,
            text=[str(sizes[n]) for n in x],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y} subjects with %{x} labelled clips<extra></extra>",
        )
    )
    base(figure, height=300, showlegend=False)
    figure.update_xaxes(title="Labelled clips of a subject", type="category")
    figure.update_yaxes(title="Subjects", rangemode="tozero")
    return figure


def subject_emotion_figure(clips: Sequence[Clip]) -> go.Figure:
    """Who shows what: one column per subject (most clips first), one row per emotion."""
    per_subject = _tally([c.subject for c in clips])
    subjects = sorted(per_subject, key=lambda s: (-per_subject[s], s))
    emotions = in_order({c.emotion for c in clips})
    counts = np.zeros((len(emotions), len(subjects)), dtype=int)
    at = {s: i for i, s in enumerate(subjects)}
    for clip in clips:
        counts[emotions.index(str(clip.emotion)), at[clip.subject]] += 1
    shown = np.where(counts > 0, np.arange(len(emotions))[:, None] + 0.5, np.nan)
    figure = go.Figure(
        go.Heatmap(
            z=shown,
            x=[for_html(s) for s in subjects],
            y=list(emotions),
            zmin=0,
            zmax=len(emotions),
            colorscale=_steps(emotion_colours(emotions)),
            showscale=False,
            xgap=1 if len(subjects) < 250 else 0,
            ygap=3,
            text=np.where(counts > 1, counts.astype(str), ""),
            texttemplate="%{text}" if len(subjects) <= 40 else None,
            customdata=counts,
            hovertemplate="%{x}, %{y}: %{customdata} clips<extra></extra>",
            hoverongaps=False,
        )
    )
    base(figure, height=300)
    few = len(subjects) <= 40
    figure.update_xaxes(
        title=f"{len(subjects)} subjects, most clips first", showticklabels=few, type="category", showgrid=False
    )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def coverage_figure(covered: Mapping[str, Coverage]) -> go.Figure:
    """Share of each emotion's sampled frames that were observed, interpolated and missed."""
    emotions = in_order(covered)
    figure = go.Figure()
    parts = {status: [getattr(covered[e], word) for e in emotions] for status, word in _STATUS_WORDS.items()}
    for status, values in parts.items():
        shares = [v / max(1, covered[e].frames) for v, e in zip(values, emotions, strict=True)]
        figure.add_bar(
            x=shares,
            y=list(emotions),
            orientation="h",
            name=_STATUS_WORDS[status],
            marker={
                "color": _STATUS_COLOURS[status],
                "pattern": {"shape": ["", "/", "x"][status], "fgopacity": 0.5, "fillmode": "overlay", "size": 7},
            },
            customdata=[[v, covered[e].frames] for v, e in zip(values, emotions, strict=True)],
            hovertemplate="%{y}: %{customdata[0]} of %{customdata[1]} sampled frames (%{x:.1%})<extra>"
            + _STATUS_WORDS[status]
            + "</extra>",
        )
    for emotion in emotions:
        missed, rejected = covered[emotion].missed, covered[emotion].rejected
        said = f", {rejected} clip" + ("s" if rejected > 1 else "") + " rejected" if rejected else ""
        beside(figure, emotion, f"{missed} missed{said}")
    lay_out(figure, emotions, "Share of sampled frames", right=190, barmode="stack")
    figure.update_xaxes(range=[0, 1], tickformat=".0%")
    return figure


def failure_figure(clips: Sequence[str], status: np.ndarray) -> go.Figure:
    """One strip per clip: where its P sampled frames come from. ``status`` is (n, P)."""
    colours = [_STATUS_COLOURS[s] for s in FrameStatus]
    words = np.array([_STATUS_WORDS[s] for s in FrameStatus])[status]
    figure = go.Figure(
        go.Heatmap(
            z=status.astype(float) + 0.5,
            x=list(range(1, status.shape[1] + 1)),
            y=[for_html(c) for c in clips],
            zmin=0,
            zmax=3,
            colorscale=_steps(colours),
            showscale=False,
            xgap=2,
            ygap=3,
            text=np.where(status == FrameStatus.MISSED, "×", ""),
            texttemplate="%{text}",
            textfont={"color": "white"},
            customdata=words,
            hovertemplate="%{y}, sample %{x}: %{customdata}<extra></extra>",
        )
    )
    base(figure, height=60 + 24 * len(clips))
    figure.update_xaxes(title="Sampled frame", dtick=1, showgrid=False, zeroline=False)
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    return figure


def _mark_known(
    figure: go.Figure, emotions: Sequence[str], values: Mapping[str, float] | None, name: str, symbol: str, hover: str
) -> None:
    """Markers of values known from elsewhere, in the rows they belong to."""
    shown = [e for e in emotions if e in (values or {})]
    if values and shown:
        figure.add_scatter(
            x=[values[e] for e in shown],
            y=shown,
            mode="markers",
            name=name,
            marker={"symbol": symbol, "size": 10, **_MARKER[symbol]},
            hovertemplate="%{y}, " + name + ": " + hover + "<extra></extra>",
        )


def _threshold(figure: go.Figure, at: float, text: str, side: str) -> None:
    """A threshold's line, its words on the side away from the other one's."""
    figure.add_vline(x=at, line={"color": GREY, "width": 2, "dash": "dash"})
    figure.add_annotation(
        x=math.log10(at),
        y=1,
        yref="paper",
        yanchor="bottom",
        text=text,
        showarrow=False,
        xanchor=side,
        font={"size": 12},
    )


def _log_range(ratios: Sequence[float], others: Sequence[float]) -> tuple[float, float]:
    """A range that holds every ratio and, so that moving a threshold moves no bar, at least 1 to 40."""
    finite = [v for v in (*ratios, *others) if 0 < v < float("inf")]
    return min([1.0, *(v * 0.8 for v in finite)]), max([40.0, *(v * 1.3 for v in finite)])


def _ratio(ratio: float) -> str:
    return "no other" if ratio == 0 else "∞" if math.isinf(ratio) else f"{ratio:.3g}" if ratio >= 1 else f"{ratio:.2f}"


def _tally(values: Sequence[str]) -> dict[str, int]:
    tally: dict[str, int] = {}
    for value in values:
        tally[value] = tally.get(value, 0) + 1
    return tally


def _steps(colours: Sequence[str]) -> list[list[object]]:
    """A colour scale of flat steps, one per colour."""
    n = len(colours)
    return [[(i + side) / n, c] for i, c in enumerate(colours) for side in (0, 1)]
