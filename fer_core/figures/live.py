"""Pictures of a photo's or a clip's reading: bars of probability, the mesh that was read."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from fer_core.figures.theme import EMOTION_COLOURS, FAINT, GREY, base
from fer_core.landmarks import mesh
from fer_core.landmarks.track import FloatArray


def bars_figure(probabilities: Mapping[str, float], threshold: float | None = None) -> go.Figure:
    """Probabilities of the outcomes, in the order given; the threshold as a line."""
    emotions, values = list(probabilities), list(probabilities.values())
    figure = go.Figure(
        go.Bar(
            x=values,
            y=emotions,
            orientation="h",
            marker_color=[EMOTION_COLOURS.get(e, GREY) for e in emotions],
            text=[f"{v:.2f}" for v in values],
            textposition=["inside" if v > 0.85 else "outside" for v in values],
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.3f}<extra></extra>",
        )
    )
    if threshold is not None:
        figure.add_vline(x=threshold, line={"color": GREY, "width": 1.5, "dash": "dash"})
    base(figure, height=34 * len(emotions) + 58, bargap=0.3, margin={"l": 8, "r": 12, "t": 8, "b": 8})
    figure.update_xaxes(range=[0, 1], title="Probability", tickformat=".1f", dtick=0.2)
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category")
    return figure


def mesh_figure(points: FloatArray, colour: str = GREY) -> go.Figure:
    """One face's mesh (468, 2), in image heights, as seen by the camera."""
    figure = go.Figure()
    add_edges(figure, points, mesh.tessellation(), FAINT, 1)
    for edges in mesh.contours().values():
        add_edges(figure, points, edges, colour, 2)
    base(figure, height=420, showlegend=False, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(visible=False, autorange="reversed", scaleanchor="x", fixedrange=True)
    return figure


def add_edges(figure: go.Figure, points: FloatArray, edges: np.ndarray, colour: str, width: float) -> None:
    """Draw edges (m, 2) between landmarks (468, 2) as one trace."""
    ends = np.full((len(edges), 3, 2), np.nan, dtype=np.float32)  # a NaN row lifts the pen
    ends[:, :2] = points[edges]
    flat = ends.reshape(-1, 2)
    figure.add_scatter(
        x=flat[:, 0], y=flat[:, 1], mode="lines", line={"color": colour, "width": width}, hoverinfo="skip"
    )
