"""Power: what a design can show, and what it would take."""

from __future__ import annotations

import streamlit as st

from ui.common import errors, page
from ui.pickers import stats_export, tables
from ui.power import view, words


def main() -> None:
    """The page."""
    page.heading("Power")
    sentence = st.empty()
    chosen = tables.choose()
    if chosen is None:
        return
    with errors.shown(stop=True):
        sizes = view.sizes(chosen.table.key, chosen.table)
    plan = view.controls(sizes)
    with sentence:
        page.say(words.headline(plan))
    needed = view.read_outs(plan)
    st.markdown(words.out_of_reach(plan) if needed is None else words.would_take(plan, needed, sizes))
    view.curves(chosen, plan, needed, sizes)
    view.effects(chosen, plan)
    stats_export.take_away(chosen)
    tables.links("power")
    page.how(words.HOW)


main()
