"""Which parts of a face a reading rests on: bars, and the face with its parts shaded; as HTML, SVG."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from fer_core.base.text import for_html
from fer_core.figures.theme import FAINT, GREY
from fer_core.landmarks import mesh
from fer_core.landmarks.track import FloatArray
from fer_core.live.region_attribution import parts

_LEVELS = 12
"""Steps of shading; triangles of a step are one element."""
_SIZE = 320
_LEAST = 1.0
"""Log odds that fill a bar and a shade at least: small changes stay pale."""


def why_bars_html(changes: Mapping[str, float], colour: str, words: Callable[[str], str] = str) -> str:
    """Each part's share in the leading emotion's log odds, largest first.

    Parameters
    ----------
    changes : change of log odds by part (see `fer_core.live.region_attribution.region_changes`)
    colour : of parts that speak for the emotion, to the right; those against it are grey, to the left
    words : a part's name in words
    """
    reach = max([_LEAST, *(abs(v) for v in changes.values())])
    ordered = sorted(changes, key=changes.__getitem__, reverse=True)
    return "".join(_bar(words(n), changes[n], changes[n] / reach, colour) for n in ordered)


def _bar(name: str, value: float, share: float, colour: str) -> str:
    start = 50 * min(1.0, 1 + share)
    return (
        '<div style="display:flex;align-items:center;gap:10px;margin:5px 0">'
        f'<div style="flex:0 0 10em;text-align:right">{for_html(name)}</div>'
        f'<div style="flex:1;position:relative;height:16px;background:{FAINT};border-radius:3px">'
        f'<div style="position:absolute;left:{start:.1f}%;width:{50 * abs(share):.1f}%;height:100%;'
        f'background:{colour if value > 0 else GREY}"></div>'
        f'<div style="position:absolute;left:50%;height:100%;border-left:1px solid {GREY}"></div></div>'
        f'<div style="flex:0 0 3em;font-variant-numeric:tabular-nums">{_signed(value)}</div></div>'
    )


def _signed(value: float) -> str:
    return f"{value:+.1f}" if abs(value) >= 0.05 else "0.0"


def why_face_svg(points: FloatArray, changes: Mapping[str, float], colour: str) -> str:
    """A face (468, 2), in image heights, shaded by what each landmark's part says.

    Parts that speak for the emotion are filled in its colour, those against it in grey with hatching.
    """
    at = _placed(points)
    reach = max([_LEAST, *(abs(v) for v in changes.values())])
    masks = parts()
    value = np.sum([masks[name] * changes.get(name, 0.0) for name in masks], axis=0) / reach
    shades: defaultdict[int, list[str]] = defaultdict(list)
    for a, b, c in triangles():
        level = round(_LEVELS * float(value[a] + value[b] + value[c]) / 3)
        if level:
            shades[level].append(f"M{_point(at[a])}L{_point(at[b])}L{_point(at[c])}Z")
    filled = "".join(_shade("".join(paths), level / _LEVELS, colour) for level, paths in shades.items())
    edges = [f"M{_point(at[a])}L{_point(at[b])}" for a, b in np.concatenate(list(mesh.contours().values()))]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}">{_HATCH}{filled}'
        f'<path d="{"".join(edges)}" stroke="{GREY}" stroke-width="1.5" fill="none"/></svg>'
    )


_HATCH = (
    '<defs><pattern id="against" width="6" height="6" patternUnits="userSpaceOnUse" '
    f'patternTransform="rotate(45)"><rect width="2.5" height="6" fill="{GREY}"/></pattern></defs>'
)


def _shade(path: str, share: float, colour: str) -> str:
    ink = colour if share > 0 else "url(#against)"
    return f'<path d="{path}" fill="{ink}" fill-opacity="{min(1.0, abs(share)):.2f}"/>'


def _placed(points: FloatArray) -> Any:
    """The face, filling a square picture."""
    low, high = points.min(axis=0), points.max(axis=0)
    scale = 0.94 * _SIZE / max(float((high - low).max()), 1e-6)
    return (points - (low + high) / 2) * scale + _SIZE / 2


def _point(at: Any) -> str:
    return f"{at[0]:.1f} {at[1]:.1f}"


@cache
def triangles() -> tuple[tuple[int, int, int], ...]:
    """The mesh's triangles: three landmarks that are each other's neighbours."""
    near: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in mesh.tessellation().tolist():
        near[a].add(b)
        near[b].add(a)
    return tuple(
        (a, b, c) for a in sorted(near) for b in sorted(near[a]) if b > a for c in sorted(near[a] & near[b]) if c > b
    )
