"""Effects: what architecture, tuning and loss change, and how sure one can be of it, by unit of analysis."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ui import effects_data, effects_view, effects_words, errors, page, stats_export, table_picker


def main() -> None:
    """The page."""
    page.heading("Effects")
    sentence = st.empty()
    chosen = table_picker.choose()
    if chosen is None:
        with sentence:
            page.say("What do architecture, tuning and loss change, and how sure can one be of it?")
        return
    view = effects_view.controls(chosen)
    with errors.shown(stop=True):
        rows = effects_data.by_unit(chosen, view.metric)
    with sentence:
        said = f"{effects_words.headline(rows, view.metric, view.unit)} {effects_words.depends(rows)}"
        page.say(said)
    left, right = st.columns(2, gap="large")
    with left, errors.shown():
        st.subheader("What the unit of analysis changes", anchor=False)
        effects_view.units(chosen, view, rows)
    with right, errors.shown():
        st.subheader("Means by condition", anchor=False)
        view = replace(view, interval=effects_view.interval(view))
        effects_view.means(chosen, view)
    for section in (effects_view.tests, effects_view.panels, effects_view.sizes, effects_view.clips):
        with errors.shown():
            section(chosen, view)
    stats_export.take_away(chosen)
    table_picker.links("effects")
    page.how(effects_words.HOW)


main()
