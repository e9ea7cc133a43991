"""Paper: what holds of the published study's numbers and what does not, number by number."""

from __future__ import annotations

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.paper.published import sources
from ui.common import errors, page
from ui.paper import view, words


def main() -> None:
    """The page."""
    page.heading("Paper")
    with errors.shown(stop=True), st.spinner("Every number is computed anew, once"):
        from fer_core.paper.checks import all_checks, tally
        from fer_core.paper.findings import all_findings, what_holds

        checks, found, holds = all_checks(), all_findings(), what_holds()
    page.say(words.headline(tally(checks), found))
    source = sources()["winarno"]
    part = view.part()
    if part == "findings":
        st.markdown(words.ABOUT.format(short=source.short))
        view.strip(checks)
        view.standing(holds, found)
        view.cards(found)
    elif part == "tables":
        view.tables(checks)
    else:
        view.others()
    page.how(words.HOW)
    st.caption(f"{for_markdown(source.citation)} https://doi.org/{source.doi}, {source.licence}. {source.ours}")


main()
