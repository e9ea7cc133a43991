"""Efficiency: what a GRU costs of an LSTM, counted and measured."""

from __future__ import annotations

import streamlit as st

from fer_core.efficiency.architectures.jobs import SHIPPED
from fer_core.text import for_markdown
from ui import efficiency_view, efficiency_words, page


def main() -> None:
    """The page."""
    page.heading("Efficiency")
    sentence = st.empty()
    result = efficiency_view.choose()
    if result is None:
        with sentence:
            page.say("What does a GRU cost of an LSTM, counted and measured on this machine?")
    else:
        shipped = result["name"] == SHIPPED
        with sentence:
            page.say(efficiency_words.headline(result, shipped))
        st.caption(for_markdown(f"{efficiency_words.of_what(result)} {efficiency_words.machine(result)}"))
        if shipped:
            st.caption(":material/info: This measurement comes with FER Lab and was made on another machine.")
        efficiency_view.show(result)
    efficiency_view.own_run()
    page.how(efficiency_words.HOW)


main()
