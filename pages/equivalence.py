"""Equivalence: whether differences are small enough not to matter, for a margin that can be moved."""

from __future__ import annotations

import streamlit as st

from ui.common import errors, page
from ui.equivalence import controls, words
from ui.equivalence import view as equivalence_view
from ui.pickers import stats_export, tables


def main() -> None:
    """The page."""
    page.heading("Equivalence")
    sentence = st.empty()
    chosen = tables.choose()
    if chosen is None:
        return
    table = chosen.table
    view = controls.controls(chosen)
    with errors.shown(stop=True):
        found = equivalence_view.verdicts(chosen, view)
    judged = found[view.unit, view.rule]
    if not judged:
        errors.say("these results have no comparison over people: choose another unit of analysis.")
        return
    with sentence:
        st.markdown(f"##### {equivalence_view.headline(found, view)}")
    equivalence_view.forest(judged, view)
    equivalence_view.flips(found, view)
    equivalence_view.smallest(found, view)
    equivalence_view.table(judged, view, table.title)
    stats_export.take_away(chosen)
    tables.links("equivalence")
    page.how(words.HOW)


main()
