"""Pictures of a corpus of images: counts by official part, class weights, how sure voters were."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from fer_core.base.emotions import in_order
from fer_core.datasets.images.agreement import BANDS, Agreement
from fer_core.figures.emotion_rows import beside, lay_out, log_ticks
from fer_core.figures.theme import CONDITIONS, GREY, SLATE, emotion_colours

PART_WORDS = {"train": "train", "validation": "validation", "test": "test", "": "no official part"}
_PART_PATTERNS = {"train": "", "validation": "/", "test": "x", "": ""}

WEIGHT_WORDS = {"simple": "simple", "conservative": "conservative", "effective": "effective"}
"""The balancing strategies that weigh classes, as figure and table call them."""

_MARKERS = {
    # Rings, diamonds and crosses: where strategies agree, all three are still seen.
    "simple": {"symbol": "circle-open", "size": 15, "color": CONDITIONS[1], "line": {"width": 2.5}},
    "conservative": {"symbol": "diamond", "size": 9, "color": CONDITIONS[0]},
    "effective": {"symbol": "x-thin", "size": 10, "line": {"width": 2.5, "color": GREY}},
}
_BAND_LOOKS = ((SLATE, ""), ("#8FAAC8", "/"), ("#B9C6D6", "."), (CONDITIONS[3], "x"))


def parts_figure(parts: Mapping[str, Mapping[str, int]]) -> go.Figure:
    """Labelled images per emotion, the official parts told apart by pattern and end to end."""
    emotions = in_order({e for counts in parts.values() for e in counts})
    figure = go.Figure()
    for part, counts in parts.items():
        look = {"shape": _PART_PATTERNS.get(part, ""), "fgopacity": 0.6, "fillmode": "overlay", "size": 7}
        name = PART_WORDS.get(part, part)
        figure.add_bar(
            x=[counts.get(e, 0) for e in emotions],
            y=list(emotions),
            orientation="h",
            marker={"color": emotion_colours(emotions), "pattern": look},
            legendgroup=part,
            showlegend=False,
            hovertemplate="%{y}: %{x:,} images<extra>" + name + "</extra>",
        )
        # Its entry in the legend is of no emotion's colour.
        figure.add_bar(
            x=[None],
            y=[emotions[0]],
            orientation="h",
            marker={"color": GREY, "pattern": look},
            name=name,
            legendgroup=part,
            showlegend=len(parts) > 1,
        )
    for emotion in emotions:
        beside(figure, emotion, f"<b>{sum(counts.get(emotion, 0) for counts in parts.values()):,}</b>")
    return lay_out(figure, emotions, "Labelled images", right=64, rangemode="tozero", barmode="stack")


def weights_figure(weights: Mapping[str, Mapping[str, float]]) -> go.Figure:
    """Each class's weight, on a log axis with a line at 1; ``weights`` is by strategy, then by emotion."""
    emotions = in_order({e for by_emotion in weights.values() for e in by_emotion})
    figure = go.Figure()
    for strategy, by_emotion in weights.items():
        words = WEIGHT_WORDS.get(strategy, strategy)
        figure.add_scatter(
            x=[by_emotion[e] for e in emotions],
            y=list(emotions),
            mode="markers",
            name=words,
            marker=_MARKERS.get(strategy, {"color": SLATE}),
            hovertemplate="%{y}, " + words + ": weight %{x:.3g}<extra></extra>",
        )
    figure.add_vline(x=1, line={"color": GREY, "width": 1, "dash": "dash"})
    lay_out(figure, emotions, "Weight of an image in the loss (log scale)")
    shown = [w for by_emotion in weights.values() for w in by_emotion.values() if w > 0]
    low, high = min([0.5, *(w * 0.8 for w in shown)]), max([4.0, *(w * 1.25 for w in shown)])
    log_ticks(figure, low, high, (0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500))
    figure.update_yaxes(showgrid=True)
    return figure


def agreement_figure(found: Mapping[str, Agreement]) -> go.Figure:
    """Share of each emotion's images by how large a share of the votes its emotion has."""
    emotions = in_order(found)
    figure = go.Figure()
    for number, ((words, _), (colour, pattern)) in enumerate(zip(BANDS, _BAND_LOOKS, strict=True)):
        counts = [found[e].bands[number] for e in emotions]
        figure.add_bar(
            x=[n / max(1, found[e].images) for n, e in zip(counts, emotions, strict=True)],
            y=list(emotions),
            orientation="h",
            name=words,
            marker={
                "color": colour,
                "pattern": {"shape": pattern, "fgopacity": 0.45, "fillmode": "overlay", "size": 7},
            },
            customdata=[[n, found[e].images] for n, e in zip(counts, emotions, strict=True)],
            hovertemplate="%{y}: %{customdata[0]:,} of %{customdata[1]:,} images (%{x:.1%})<extra>"
            + words
            + "</extra>",
        )
    for emotion in emotions:
        beside(figure, emotion, f"median <b>{found[emotion].median:.0%}</b>")
    lay_out(figure, emotions, "Share of the emotion's images", right=110, barmode="stack")
    figure.update_xaxes(range=[0, 1], tickformat=".0%")
    return figure
