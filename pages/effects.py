"""Effects: what architecture, tuning and loss change, and how sure one can be of it, by unit of analysis."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ui.common import errors, page
from ui.effects import data, words
from ui.effects import view as effects_view
from ui.pickers import stats_export, tables


def main() -> None:
    """The page."""
    page.heading("Effects")
    sentence = st.empty()
    chosen = tables.choose()
    if chosen is None:
        with sentence:
            page.say("What do architecture, tuning and loss change, and how sure can one be of it?")
        return
    view = effects_view.controls(chosen)
    with errors.shown(stop=True):
        rows = data.by_unit(chosen, view.metric)
    with sentence:
        said = f"{words.headline(rows, view.metric, view.unit)} {words.depends(rows)}"
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
    tables.links("effects")
    page.how(words.HOW)


main()
