"""Pictures of the registry of image models: parameters ours against published, and a network in stages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from fer_core.base.text import for_html
from fer_core.figures.theme import CONDITIONS, FAINT, GREY, SLATE, base
from fer_core.models.images.layer_summary import Layers, Stage, main_layers

Rows = Sequence[Mapping[str, Any]]

SYMBOLS = {"munsarif": "square", "tutuianu": "circle", "suwartono": "triangle-up"}
"""Of each study's models."""
_LINE = 22  # pixels
_TICKS = (1e5, 1e6, 1e7, 1e8)
_TALLEST = 46  # pixels, of the picture of a map
_SHEETS = 6
_SHADES = (SLATE, CONDITIONS[2])


def sizes(rows: Rows) -> list[dict[str, Any]]:
    """One row per model and input side: name, title, study, study_title, size, parameters, published.

    ``parameters`` and ``published`` are None where they are not fixed or not printed.
    """
    return [
        {
            **{k: r[k] for k in ("name", "title", "study", "study_title")},
            "size": size,
            "parameters": r["parameters"].get(str(size)),
            "published": r["published_parameters"].get(str(size)),
        }
        for r in rows
        for size in r["sizes"]
    ]


def _lines(rows: Rows) -> list[dict[str, Any]]:
    """Rows of `sizes`, sides of a model with the same numbers as one; ``label`` names what differs."""
    found: list[dict[str, Any]] = []
    for row in sizes(rows):
        if not row["parameters"]:
            continue
        last = found[-1] if found else {}
        if all(last.get(k) == row[k] for k in ("name", "parameters", "published")):
            last["sides"].append(row["size"])
        else:
            found.append(row | {"sides": [row["size"]]})
    names = [r["name"] for r in found]
    for row in found:
        several = names.count(row["name"]) > 1
        row["label"] = row["title"] + (f", {row['size']} px" if several else "")
    return found


def parameters_figure(rows: Rows, chosen: str = "") -> go.Figure:
    """Parameters on a log axis: ours filled, the study's as an open diamond, a line between the two.

    ``rows`` as `fer_core.models.images.registry.listing` gives them; models without a fixed number of
    parameters are left out. ``chosen``: a name that stands out.
    """
    shown = _lines(rows)
    places, ticks = _places(shown, chosen)
    figure = go.Figure()
    _differences(figure, shown, places)
    printed = [(r, y) for r, y in zip(shown, places, strict=True) if r["published"]]
    figure.add_scatter(
        x=[r["published"] for r, _ in printed],
        y=[y for _, y in printed],
        mode="markers",
        name="printed",
        marker={"symbol": "diamond-open", "size": 11, "color": GREY, "line": {"width": 2}},
        hovertext=[hover(r) for r, _ in printed],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    for study, symbol in SYMBOLS.items():
        mine = [(r, y) for r, y in zip(shown, places, strict=True) if r["study"] == study]
        if mine:
            figure.add_scatter(
                x=[r["parameters"] for r, _ in mine],
                y=[y for _, y in mine],
                mode="markers",
                name=f"here, {mine[0][0]['study_title']}",
                marker={"symbol": symbol, "size": 9, "color": SLATE},
                hovertext=[hover(r) for r, _ in mine],
                hovertemplate="%{hovertext}<extra></extra>",
            )
    base(figure, height=_LINE * len(ticks) + 130, margin={"l": 8, "r": 16, "t": 76, "b": 8})
    figure.update_yaxes(tickvals=list(ticks), ticktext=list(ticks.values()), range=[len(ticks) - 0.4, -0.6])
    figure.update_yaxes(showgrid=False, zeroline=False, fixedrange=True)
    figure.update_xaxes(
        type="log",
        title="parameters",
        tickvals=_TICKS,
        fixedrange=True,
        ticktext=["100 000", "1 million", "10 million", "100 million"],
    )
    return figure


def _places(shown: Rows, chosen: str) -> tuple[list[int], dict[int, str]]:
    """Where each row stands, and what is written beside every place: the studies' names and the models'."""
    places: list[int] = []
    ticks: dict[int, str] = {}
    for k, row in enumerate(shown):
        if k == 0 or row["study"] != shown[k - 1]["study"]:
            ticks[len(ticks)] = f"<b>{for_html(row['study_title'])}</b>"
        places.append(len(ticks))
        words = for_html(row["label"])
        ticks[len(ticks)] = f"<b>▸ {words}</b>" if row["name"] == chosen else words
    return places, ticks


def _differences(figure: go.Figure, shown: Rows, places: Sequence[int]) -> None:
    x: list[float | None] = []
    y: list[float | None] = []
    for row, place in zip(shown, places, strict=True):
        if row["published"]:
            x += [row["parameters"], row["published"], None]
            y += [place, place, None]
    figure.add_scatter(x=x, y=y, mode="lines", line={"color": FAINT, "width": 4}, showlegend=False, hoverinfo="skip")


def hover(row: Mapping[str, Any]) -> str:
    """``VGG16 at 48 pixels: 14.9 million here, 15 million printed, 0.6 % less``."""
    ours, theirs = row["parameters"], row["published"]
    sides = " and ".join(map(str, row.get("sides", [row["size"]])))
    said = f"{for_html(row['title'])} at {sides} pixels: {millions(ours)} here"
    if not theirs:
        return f"{said}, none printed"
    return f"{said}<br>{millions(theirs)} printed, {apart(ours, theirs)}"


def apart(ours: float, theirs: float) -> str:
    """``equal``, ``6.0% more here``: ours against theirs."""
    share = ours / theirs - 1
    if abs(share) < 0.0005:
        return "equal"
    return f"{abs(share):.1%} {'more' if share > 0 else 'less'} here"


def millions(n: float) -> str:
    """``0.169 million``, ``14.9 million``."""
    return f"{n / 1e6:.3g} million"


# --- one network ----------------------------------------------------------------------------------------


def stages_html(told: Sequence[Stage], size: int, channels: int) -> str:
    """A network drawn as its stages, one below the other: sheets as large and as many as maps, and words.

    The side of the sheets is that of the map against the input's, on a square-root scale; the number of
    sheets grows with the logarithm of the channels. A bar says what share of all parameters a stage has.
    """
    total = max(1, sum(s.parameters for s in told))
    given = _row(
        _sheets((size, size, channels), size),
        shape_words((size, size, channels)),
        f"the picture, {'grey' if channels == 1 else 'three colours'}",
        "",
    )
    rows = [
        _row(_sheets(s.shape, size), shape_words(s.shape, s.passed), _layers(s), _share(s.parameters, total))
        for s in told
    ]
    arrow = f'<div style="margin-left:{_TALLEST / 2 + 2:.0f}px;line-height:1;color:{GREY}">↓</div>'
    return f'<div role="img" aria-label="{for_html(words(told))}">{arrow.join([given, *rows])}</div>'


def words(told: Sequence[Stage]) -> str:
    """The stages in one sentence, for those who cannot see the drawing."""
    return "; ".join(f"{shape_words(s.shape, s.passed)}: {_layers(s)}" for s in told)


def _layers(stage: Stage) -> str:
    return ", ".join(map(layers_words, main_layers(stage)))


def layers_words(layers: Layers) -> str:
    """``2 × convolution 3 × 3 (32 to 64)``."""
    count = f"{layers.count} × " if layers.count > 1 else ""
    return f"{count}{layers.kind} ({layers.width})"


def shape_words(shape: tuple[int, ...], passed: int = 1) -> str:
    """``24 × 24 × 64``, ``144 steps × 128``, ``7 numbers``; how many of them where there are several."""
    if len(shape) == 1:
        said = f"{shape[0]} numbers"
    elif len(shape) == 2:
        said = f"{shape[0]} steps × {shape[1]}"
    else:
        said = " × ".join(map(str, shape))
    return f"{passed} maps, the last {said}" if passed > 1 else said


def _row(drawn: str, shape: str, layers: str, share: str) -> str:
    return (
        '<div style="display:flex;align-items:center;gap:16px;min-height:34px">'
        f'<div style="flex:0 0 {_TALLEST + 3 * _SHEETS + 6}px">{drawn}</div>'
        f'<div style="flex:1;min-width:0"><b style="font-variant-numeric:tabular-nums">{for_html(shape)}</b>'
        f"<br><span>{for_html(layers)}</span>{share}</div></div>"
    )


def _sheets(shape: tuple[int, ...], size: int) -> str:
    """A map as a stack of sheets; a sequence as a wide bar, a vector as an upright line."""
    if len(shape) == 3:
        side = max(4.0, _TALLEST * math.sqrt(min(1.0, shape[0] / size)))
        wide = high = side
    else:
        high = _TALLEST * 0.6 if len(shape) == 1 else 12.0
        wide = 6.0 if len(shape) == 1 else _TALLEST * 0.8
    sheets = 1 if len(shape) == 1 else min(_SHEETS, max(1, round(math.log2(max(1, shape[-1])) * 0.7)))
    shadows = ",".join(f"{3 * k}px {-3 * k}px 0 0 {_SHADES[k % 2]}" for k in range(1, sheets))
    return (
        f'<div style="width:{wide:.0f}px;height:{high:.0f}px;background:{SLATE};border:1px solid {FAINT};'
        f"margin:{3 * sheets}px auto 2px {(_TALLEST - wide) / 2:.0f}px;"
        + (f"box-shadow:{shadows};" if shadows else "")
        + '"></div>'
    )


def _share(parameters: int, total: int) -> str:
    if not parameters:
        return f'<br><small style="color:{GREY}">no parameters</small>'
    share = parameters / total
    filled = f"width:{max(share, 0.008):.1%};height:100%;background:{SLATE};border-radius:3px"
    return (
        '<div style="display:flex;align-items:center;gap:8px">'
        f'<div style="flex:0 0 120px;height:6px;background:{FAINT};border-radius:3px">'
        f'<div style="{filled}"></div></div>'
        f'<small style="color:{GREY}">{parameters:,} parameters, {_percent(share)}</small></div>'
    )


def _percent(share: float) -> str:
    return "under 1%" if share < 0.005 else f"{share:.0%}"
