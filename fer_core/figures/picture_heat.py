"""A picture with what a model's answer rests on laid over it: occlusion patches as SVG, heat as a figure."""

from __future__ import annotations

from base64 import b64encode

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from fer_core.figures.theme import GREY, base
from fer_core.landmarks.track import FloatArray

Picture = npt.NDArray[np.uint8]

_SIDE = 320
_LEAST = 1.0
"""Log odds that a full shade stands for at least: small changes stay pale."""
_DARKEST = 0.75

HEAT = [[0.0, "rgba(0,0,0,0)"], [0.5, "rgba(204,71,120,0.45)"], [1.0, "rgba(240,249,33,0.85)"]]
"""From nothing over plasma's red to its yellow: lighter all the way, so that grey print reads it too."""


def occlusion_svg(picture: Picture, change: FloatArray, colour: str) -> str:
    """A face's picture, uint8 (size, size, channels), under its patches' shades.

    ``change`` (rows, columns): log odds lost by covering each patch; in the colour where positive, hatched in
    grey where negative.
    """
    rows, columns = change.shape
    reach = max(_LEAST, float(np.abs(change).max()))
    wide, high = _SIDE / columns, _SIDE / rows
    shades = "".join(
        f'<rect x="{c * wide:.1f}" y="{r * high:.1f}" width="{wide:.1f}" height="{high:.1f}" '
        f'fill="{colour if change[r, c] > 0 else "url(#against)"}" '
        f'fill-opacity="{_DARKEST * abs(float(change[r, c])) / reach:.2f}"/>'
        for r in range(rows)
        for c in range(columns)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}">'
        '<defs><pattern id="against" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="2.5" height="6" fill="{GREY}"/></pattern></defs>'
        f'<image width="{_SIDE}" height="{_SIDE}" href="{picture_uri(picture)}"/>{shades}</svg>'
    )


def heat_figure(picture: Picture, heat: FloatArray, words: str = "Share of the largest") -> go.Figure:
    """A picture, uint8 (h, w, channels), under its heat (h, w) in 0..1, with a legend of the colours."""
    high, wide = heat.shape
    figure = go.Figure(
        go.Heatmap(
            z=heat,
            zmin=0,
            zmax=1,
            colorscale=HEAT,
            zsmooth="best",
            colorbar={"title": {"text": words, "side": "right"}, "thickness": 12, "tickvals": [0, 0.5, 1]},
            hovertemplate="row %{y}, column %{x}: %{z:.2f}<extra></extra>",
        )
    )
    figure.add_layout_image(
        source=picture_uri(picture),
        x=-0.5,
        y=-0.5,
        sizex=wide,
        sizey=high,
        xref="x",
        yref="y",
        sizing="stretch",
        layer="below",
    )
    base(figure, height=400, margin={"l": 8, "r": 8, "t": 34, "b": 8})
    figure.update_xaxes(visible=False, range=[-0.5, wide - 0.5], constrain="domain")
    figure.update_yaxes(visible=False, range=[high - 0.5, -0.5], scaleanchor="x", constrain="domain")
    return figure


def picture_uri(picture: Picture) -> str:
    """A picture, uint8 (h, w), (h, w, 1) or RGB (h, w, 3), as a PNG's data address."""
    import cv2

    shown = picture[..., ::-1] if picture.ndim == 3 and picture.shape[2] == 3 else picture
    _, png = cv2.imencode(".png", np.ascontiguousarray(shown))
    return "data:image/png;base64," + b64encode(png.tobytes()).decode()
