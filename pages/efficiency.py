"""Efficiency: what a GRU costs of an LSTM, counted and measured."""

from __future__ import annotations

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.studies.efficiency.jobs import SHIPPED
from ui.common import page
from ui.efficiency import view, words


def main() -> None:
    """The page."""
    page.heading("Efficiency")
    sentence = st.empty()
    result = view.choose()
    if result is None:
        with sentence:
            page.say("What does a GRU cost of an LSTM, counted and measured on this machine?")
    else:
        shipped = result["name"] == SHIPPED
        with sentence:
            page.say(words.headline(result, shipped))
        st.caption(for_markdown(f"{words.of_what(result)} {words.machine(result)}"))
        if shipped:
            st.caption(":material/info: This measurement comes with FER Lab and was made on another machine.")
        view.show(result)
    view.own_run()
    page.how(words.HOW)


main()
