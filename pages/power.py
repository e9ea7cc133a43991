"""Power: what a design can show, and what it would take."""

from __future__ import annotations

import streamlit as st

from ui import errors, page, power_view, power_words, stats_export, table_picker


def main() -> None:
    """The page."""
    page.heading("Power")
    sentence = st.empty()
    chosen = table_picker.choose()
    if chosen is None:
        return
    with errors.shown(stop=True):
        sizes = power_view.sizes(chosen.table.key, chosen.table)
    plan = power_view.controls(sizes)
    with sentence:
        page.say(power_words.headline(plan))
    needed = power_view.read_outs(plan)
    st.markdown(
        power_words.out_of_reach(plan) if needed is None else power_words.would_take(plan, needed, sizes)
    )
    power_view.curves(chosen, plan, needed, sizes)
    power_view.effects(chosen, plan)
    stats_export.take_away(chosen)
    table_picker.links("power")
    page.how(power_words.HOW)


main()
