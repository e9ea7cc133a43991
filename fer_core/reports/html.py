"""Reports as one HTML file that opens anywhere, without a network: figures, tables, downloads.

plotly's own script stands in the file once; a content policy forbids the page to load anything else.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from fer_core.base.text import for_html

if TYPE_CHECKING:
    import plotly.graph_objects as go

_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
_WIDTH = 1040  # pixels; a figure in a page that is printed or narrow cannot ask for its room


def document(title: str, parts: Iterable[str]) -> str:
    """The whole file, from its title (text) and the HTML of its parts."""
    from plotly.offline import get_plotlyjs

    body = "\n".join(parts)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width">
<title>{for_html(title)} – FER Lab</title>
<style>{_STYLE}</style>
<script>{get_plotlyjs()}</script>
</head>
<body>
<h1>{for_html(title)}</h1>
{body}
</body>
</html>
"""


class Drawing:
    """Makes figures into HTML, each under an id of its own, so that equal studies give equal files."""

    def __init__(self) -> None:
        self._drawn = 0

    def __call__(self, figure: go.Figure, caption: str, width: int = _WIDTH) -> str:
        """The figure with its caption; ``width`` in pixels. Changes the figure's layout."""
        from fer_core.figures.theme import template, without_links

        self._drawn += 1
        figure = without_links(figure)
        figure.update_layout(template=template(), width=width)
        plot = figure.to_html(
            full_html=False,
            include_plotlyjs=False,
            include_mathjax=False,
            div_id=f"figure-{self._drawn}",
            config={"displaylogo": False},
        )
        said = for_html(caption)
        return f'<figure aria-label="{said}">{plot}<figcaption>{said}</figcaption></figure>'


def section(title: str, parts: Iterable[str]) -> str:
    """A heading (text) and the HTML under it."""
    return f"<section><h2>{for_html(title)}</h2>\n" + "\n".join(parts) + "\n</section>"


def table(titles: Sequence[str], lines: Iterable[Sequence[Any]], kind: str = "") -> str:
    """A table of text; line breaks in a cell are kept. ``kind``: "narrow" lets no cell wrap."""
    head = "".join(f"<th>{for_html(t)}</th>" for t in titles) if any(titles) else ""
    rows = "".join("<tr>" + "".join(f"<td>{for_html(str(v))}</td>" for v in line) + "</tr>\n" for line in lines)
    inside = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="wide {kind}">{inside}</div>'


def download(name: str, text: str) -> str:
    """A link that saves a JSON text, which stands in the page itself."""
    data, said = base64.b64encode(text.encode()).decode(), for_html(name)
    return f'<a download="{said}" href="data:application/json;base64,{data}">{said}</a>'


_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1F2933; background: #fff; max-width: 1080px;
  margin: 2rem auto; padding: 0 1rem }
h1, h2, h3 { line-height: 1.2; font-weight: 600 }
h2 { margin-top: 3rem; border-bottom: 1px solid #E3E7EB }
figure { margin: 1rem 0; overflow-x: auto }
figcaption { color: #52606D; font-size: .9rem }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid #E3E7EB;
  vertical-align: top }
td { white-space: pre-line }
.narrow td { white-space: pre }
.wide { overflow-x: auto }
.lead { font-size: 1.15rem }
.note, pre { background: #F1F4F7; padding: .6rem .8rem; border-radius: 6px; overflow-x: auto }
@media print { figure { break-inside: avoid } }
"""
