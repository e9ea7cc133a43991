"""Heatmaps: what each emotion's classifier reaches, by condition and by metric, and what is behind a cell."""

from __future__ import annotations

import streamlit as st

from ui import errors, heatmaps_view, heatmaps_words, page, stats_export, table_picker


def main() -> None:
    """The page."""
    page.heading("Heatmaps")
    sentence = st.empty()
    chosen = table_picker.choose()
    if chosen is None:
        with sentence:
            page.say("Which emotions are recognised, under which condition, and by which metric?")
        return
    with errors.shown(stop=True):
        cells = heatmaps_view.cells(chosen)
    view = heatmaps_view.controls(cells)
    with sentence:
        said = heatmaps_words.headline(cells, view.metric, view.condition, view.kind)
        page.say(said)
    heatmaps_view.heatmap(chosen, cells, view)
    heatmaps_view.cell(chosen, cells, view)
    stats_export.take_away(chosen)
    table_picker.links("heatmaps")
    page.how(heatmaps_words.HOW)


main()
