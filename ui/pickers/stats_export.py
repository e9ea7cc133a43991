"""What every page of statistics lets one take away: all analyses as one HTML file, and the table."""

from __future__ import annotations

import streamlit as st

from ui.common import downloads
from ui.pickers import people_data
from ui.pickers.tables import Chosen


def take_away(chosen: Chosen) -> None:
    """The buttons, at the foot of a page."""
    st.subheader("Take it away", anchor=False)
    with st.container(horizontal=True, gap="small"):
        downloads.file("Report", "statistics.html", lambda: _report(chosen), "text/html")
        downloads.csv(chosen.table.frame, "evaluations", "The table")
    st.caption(
        "The report holds every analysis of these results, under each unit of analysis, with the published "
        "margins; it is one page that opens without a network."
    )


def _report(chosen: Chosen) -> bytes:
    from fer_core.reports.statistics import html_report

    return html_report(chosen.table, people_data.differences(chosen)).encode()
