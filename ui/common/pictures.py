"""Small drawings for the pages, as SVG in a grey that shows in both themes; the face is nobody's."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable
from functools import cache

import numpy as np

from fer_core.base.emotions import SIX
from fer_core.figures.theme import EMOTION_COLOURS, GREY
from fer_core.landmarks import mesh

WIDTH, HEIGHT = 132, 84


@cache
def clip() -> str:
    """Three frames of a film, a face in each."""
    frames = []
    for i, x in enumerate((4, 46, 88)):
        box = f'<rect x="{x}" y="14" width="40" height="56" rx="4" fill="none" stroke-width="1.2"/>'
        frames.append(box + _path(_contours(), x + 20, 40, 23, 0.6 + 0.15 * i))
    return _svg("a clip of a face", "".join(frames))


@cache
def face() -> str:
    """The mesh."""
    return _svg(
        "a mesh of 468 points", _path(mesh.tessellation(), 66, 32, 38, 0.45, 0.5) + _path(_contours(), 66, 32, 38, 0.9)
    )


@cache
def frames() -> str:
    """Ten moments on an expression's rise."""
    moments = [(8 + 13 * i, 70 - 56 / (1 + math.exp(-(i - 5) * 1.1))) for i in range(10)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in moments)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" fill="{GREY}" stroke="none"/>' for x, y in moments)
    return _svg("ten moments from onset to apex", f'<polyline points="{line}" fill="none" opacity="0.4"/>{dots}')


@cache
def classifiers() -> str:
    """Six bars, one per emotion."""
    lengths = (34, 22, 28, 52, 104, 18)
    order = ("anger", "disgust", "fear", "surprise", "happiness", "sadness")
    bars = (
        f'<rect x="10" y="{7 + 12 * i}" width="{n}" height="8" stroke="none" fill="{EMOTION_COLOURS[e]}"/>'
        for i, (e, n) in enumerate(zip(order, lengths, strict=True))
    )
    return _svg(f"{len(SIX)} probabilities", "".join(bars))


@cache
def evidence() -> str:
    """Estimates with their intervals against a line."""
    rows = ((46, 20), (70, 12), (58, 26), (84, 15))
    parts = ['<line x1="66" y1="6" x2="66" y2="78" stroke-dasharray="3 3" opacity="0.6"/>']
    for i, (x, half) in enumerate(rows):
        y = 16 + 17 * i
        parts.append(f'<line x1="{x - half}" y1="{y}" x2="{x + half}" y2="{y}" stroke-width="2"/>')
        parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{GREY}" stroke="none"/>')
    return _svg("estimates with intervals", "".join(parts))


def _svg(label: str, inside: str) -> str:
    """Markdown of the drawing, with its description for those who cannot see it.

    A data address, because `st.html` strips drawings and `st.image` has no description.
    """
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" fill="none" stroke="{GREY}">{inside}</svg>'
    )
    return f"![{label}](data:image/svg+xml;base64,{base64.b64encode(drawing.encode()).decode()})"


def _path(edges: Iterable[Iterable[int]], x: float, y: float, size: float, opacity: float, width: float = 1.0) -> str:
    """Mesh edges as one path; ``size`` pixels per eye distance, the face's middle at (x, y)."""
    points = mesh.template() * size + np.array([x, y - 0.1 * size])
    moves = "".join("M{:.1f} {:.1f}L{:.1f} {:.1f}".format(*points[a], *points[b]) for a, b in edges)
    return f'<path d="{moves}" stroke-width="{width}" opacity="{opacity:.2f}"/>'


def _contours() -> np.ndarray:
    return np.concatenate(list(mesh.contours().values()))
