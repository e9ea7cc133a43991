"""The live page's bars and time line as HTML and SVG text.

They change several times a second. A plotly figure would cost ten milliseconds of the server's only Python
thread each time and be blank for a moment in the browser; this costs well under one and is drawn at once.
Streamlit takes SVG out of HTML, so a drawing goes in as a picture; its letters are grey, to be read in light
and dark.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence

from fer_core.base.text import for_html
from fer_core.figures.theme import EMOTION_COLOURS, FAINT, GREY

_WIDE, _HIGH = 400, 184
_LEFT, _RIGHT, _TOP, _BOTTOM = 28, 6, 34, 24
_NAMED_FROM = 0.4
"""Probability from which a line of the time line is named where it is highest."""
_NEAR = 0.05
"""How far below its highest value a line still counts as there."""
_LETTER, _LABEL_HIGH = 7.2, 14


def state_html(words: str, emotion: str | None) -> str:
    """The state in words, large, with a stripe in the emotion's colour.

    As high as two lines, or everything below would jump whenever the words grow longer.
    """
    return (
        f'<div style="border-left:8px solid {EMOTION_COLOURS.get(emotion or "", GREY)};'
        "padding:2px 0 2px 14px;display:flex;align-items:center;"
        f'font-size:1.45rem;font-weight:600;line-height:1.3;min-height:3.8rem">{for_html(words)}</div>'
    )


def picture_html(svg: str, words: str, style: str = "width:100%") -> str:
    """A drawing as a picture, with what it shows in words for those who cannot see it."""
    data = b64encode(svg.encode()).decode()
    tag = f'<img alt="{for_html(words)}" decoding="sync" style="{style}"'
    return f'{tag} src="data:image/svg+xml;base64,{data}">'


def bars_html(probabilities: Mapping[str, float], threshold: float | None = None, said: str | None = None) -> str:
    """A bar for each outcome with its name and number; a tick where an emotion begins to be said."""
    return (
        '<div style="margin:6px 0">'
        + "".join(
            _bar(name, value, threshold if name != "neutral" else None, name == said)
            for name, value in probabilities.items()
        )
        + "</div>"
    )


def _bar(name: str, value: float, threshold: float | None, said: bool) -> str:
    colour, share = EMOTION_COLOURS.get(name, GREY), min(max(value, 0.0), 1.0)
    tick = (
        ""
        if threshold is None
        else (
            f'<div style="position:absolute;left:{threshold:.1%};top:-2px;bottom:-2px;width:0;'
            f'border-left:2px dashed {GREY}"></div>'
        )
    )
    return (
        '<div style="display:flex;align-items:center;gap:10px;margin:5px 0;'
        f'font-weight:{600 if said else 400}">'
        f'<div style="flex:0 0 5.6em;text-align:right">{for_html(name)}</div>'
        f'<div style="flex:1;position:relative;height:18px;background:{FAINT};border-radius:3px">'
        f'<div style="width:{share:.1%};height:100%;background:{colour};border-radius:3px"></div>{tick}</div>'
        f'<div style="flex:0 0 2.6em;font-variant-numeric:tabular-nums">{value:.2f}</div></div>'
    )


def timeline_svg(
    times: Sequence[float],
    probabilities: Mapping[str, Sequence[float | None]],
    *,
    span: float,
    threshold: float | None = None,
) -> str:
    """The last ``span`` seconds, one line per outcome, named where it is highest.

    ``times`` in seconds, rising; None is a time without a face and leaves a gap.
    """
    last = times[-1] if len(times) else 0.0
    xs = [_x(t - last, span) for t in times]
    parts = [_grid(span), "" if threshold is None else _rule(_y(threshold), GREY, "6 5")]
    tops: list[tuple[float, float, str]] = []
    for name, values in probabilities.items():
        parts.append(_line(name, xs, values))
        if (top := _top(xs, values)) is not None:
            tops.append((*top, name))
    parts += _names(tops)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" font-size="12.5" '
        f'font-family="sans-serif">{"".join(parts)}</svg>'
    )


def _x(ago: float, span: float) -> float:
    return _WIDE - _RIGHT + (_WIDE - _LEFT - _RIGHT) * ago / span


def _y(value: float) -> float:
    return _HIGH - _BOTTOM - (_HIGH - _TOP - _BOTTOM) * value


def _rule(y: float, colour: str, dash: str = "none") -> str:
    return (
        f'<line x1="{_LEFT}" x2="{_WIDE - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" '
        f'stroke-dasharray="{dash}"/>'
    )


def _grid(span: float) -> str:
    lines = [_rule(_y(v), FAINT) + _text(_LEFT - 6, _y(v) + 4, f"{v:g}", "end") for v in (0, 0.5, 1)]
    for ago in (span, 2 * span / 3, span / 3):
        lines.append(_text(_x(-ago, span), _HIGH - 8, f"{ago:g} s ago", "start" if ago == span else "middle"))
    return "".join([*lines, _text(_WIDE - _RIGHT, _HIGH - 8, "now", "end")])


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{GREY}">{for_html(words)}</text>'


def _line(name: str, xs: Sequence[float], values: Sequence[float | None]) -> str:
    """One outcome's line, in as many pieces as there are gaps."""
    path, pen = [], "M"
    for x, value in zip(xs, values, strict=True):
        if value is None or x < _LEFT:
            pen = "M"
            continue
        path.append(f"{pen}{x:.1f} {_y(value):.1f}")
        pen = "L"
    dash = "3 3" if name == "neutral" else "none"
    return (
        f'<path d="{"".join(path)}" fill="none" stroke="{EMOTION_COLOURS.get(name, GREY)}" stroke-width="2" '
        f'stroke-dasharray="{dash}"/>'
    )


def _top(xs: Sequence[float], values: Sequence[float | None]) -> tuple[float, float] | None:
    """The middle of a line's longest stretch near its highest value, and where that value lies."""
    highest = max((v for v, x in zip(values, xs, strict=True) if v is not None and x >= _LEFT), default=0.0)
    if highest < _NAMED_FROM:
        return None
    best, begun = (0.0, 0.0), None
    for x, value in zip(xs, values, strict=True):
        if value is None or x < _LEFT or value < highest - _NEAR:
            begun = None
            continue
        begun = x if begun is None else begun
        if best == (0.0, 0.0) or x - begun > best[1] - best[0]:
            best = (begun, x)
    return (best[0] + best[1]) / 2, _y(highest)


def _names(tops: Sequence[tuple[float, float, str]]) -> list[str]:
    """Names above their lines, none over another; one that finds no room is left to the bars."""
    placed: list[tuple[float, float, float]] = []
    found = []
    for x, y, name in sorted(tops):
        half = _LETTER * len(name) / 2
        x = min(max(x, _LEFT + half), _WIDE - _RIGHT - half)
        y -= 6
        while any(abs(x - px) < half + ph and abs(y - py) < _LABEL_HIGH for px, py, ph in placed):
            y -= _LABEL_HIGH
        if y < _LABEL_HIGH - 4:
            continue
        placed.append((x, y, half))
        found.append(_text(x, y, name, "middle"))
    return found
