"""Heatmaps: what each emotion's classifier reaches, by condition and by metric, and what is behind a cell."""

from __future__ import annotations

import streamlit as st

from ui.common import errors, page
from ui.heatmaps import view as heatmaps_view
from ui.heatmaps import words
from ui.pickers import stats_export, tables


def main() -> None:
    """The page."""
    page.heading("Heatmaps")
    sentence = st.empty()
    chosen = tables.choose()
    if chosen is None:
        with sentence:
            page.say("Which emotions are recognised, under which condition, and by which metric?")
        return
    with errors.shown(stop=True):
        cells = heatmaps_view.cells(chosen)
    view = heatmaps_view.controls(cells)
    with sentence:
        said = words.headline(cells, view.metric, view.condition, view.kind)
        page.say(said)
    heatmaps_view.heatmap(chosen, cells, view)
    heatmaps_view.cell(chosen, cells, view)
    stats_export.take_away(chosen)
    tables.links("heatmaps")
    page.how(words.HOW)


main()
