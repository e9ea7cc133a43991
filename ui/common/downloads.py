"""Everything on screen can be taken away: figures as HTML that needs no network, tables as CSV.

Contents are made when a button is clicked, not on every rerun: plotly's script alone is 5 MB.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.text import for_markdown

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Rows = Sequence[Mapping[str, Any]]
_UNUSED = ["zoom2d", "pan2d", "select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "resetScale2d"]
CONFIG = {"displaylogo": False, "scrollZoom": False, "modeBarButtonsToRemove": _UNUSED}


def figure(
    drawn: go.Figure,
    name: str,
    *,
    table: Rows | pd.DataFrame | None = None,
    title: str = "",
    caption: str = "",
    **chart: Any,
) -> Any:
    """Draw a figure, its caption, and under it what can be taken away.

    Parameters
    ----------
    drawn : Figure
    name : str
        File name without ending; also the element's key, so unique on its page.
    table : rows or DataFrame, optional
        The numbers behind the figure, offered as CSV.
    title : str
        Heads the exported figure (on the page the heading above it does).
    caption : str
        Plain text under it.
    chart : further arguments of `st.plotly_chart`, e.g. ``on_select``.

    Returns
    -------
    What `st.plotly_chart` returns.
    """
    from fer_core.figures.theme import without_links

    config = CONFIG | {"toImageButtonOptions": {"format": "svg", "filename": name}}
    chart = {"theme": "streamlit", "config": config, "key": f"figure_{name}"} | chart
    drawn = without_links(drawn)
    result = st.plotly_chart(drawn, **chart)
    if caption:
        st.caption(for_markdown(caption))
    with st.container(horizontal=True, gap="small"):
        _button("Figure", f"{name}.html", "text/html", lambda: figure_html(drawn, title or name), "download")
        if table is not None:
            csv(table, name)
    return result


def table(rows: Rows | pd.DataFrame, name: str, **dataframe: Any) -> None:
    """Show a table, with its CSV under it; a dash stands where there is no value."""
    st.dataframe(rows, hide_index=True, key=f"table_{name}", **({"placeholder": "–"} | dataframe))
    csv(rows, name)


def csv(rows: Rows | pd.DataFrame, name: str, label: str = "CSV") -> None:
    """A button that saves a table as CSV."""
    _button(label, f"{name}.csv", "text/csv", lambda: csv_bytes(rows), "table")


def latex(frame: pd.DataFrame, name: str, caption: str) -> None:
    """A button that saves a table as LaTeX; ``caption`` says what it shows, of how many, made by what."""

    def content() -> bytes:
        from fer_core.reports.latex import frame_table

        return frame_table(frame, caption, name).encode()

    _button("LaTeX", f"{name}.tex", "application/x-tex", content, "function")


def csv_bytes(rows: Rows | pd.DataFrame) -> bytes:
    """UTF-8 with a byte-order mark, so that spreadsheets read non-ASCII names right."""
    import pandas as pd

    from fer_core.files.csv_files import frame_text

    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
    return frame_text(frame).encode("utf-8-sig")


def figure_html(drawn: go.Figure, title: str) -> bytes:
    """A page of its own that needs no network: on white, in print colours."""
    import plotly.graph_objects as go

    from fer_core.figures.theme import template

    page = go.Figure(drawn)
    page.update_layout(template=template(), paper_bgcolor="white", plot_bgcolor="white", title=title)
    page.update_layout(margin_t=max(60, page.layout.margin.t or 0))
    return bytes(page.to_html(include_plotlyjs=True, full_html=True).encode())


def file(label: str, name: str, content: Callable[[], bytes], mime: str = "application/json") -> None:
    """A button for any other file; ``content`` is called on the click."""
    _button(label, name, mime, content, "download")


def _button(label: str, name: str, mime: str, content: Callable[[], bytes], icon: str) -> None:
    st.download_button(
        label,
        content,
        file_name=name,
        mime=mime,
        key=f"download_{name}",
        type="tertiary",
        icon=f":material/{icon}:",
        on_click="ignore",  # a download must not run the page again
        help=f"Save {for_markdown(name)}",
    )
