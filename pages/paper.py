"""Paper: what holds of the published study's numbers and what does not, number by number."""

from __future__ import annotations

import streamlit as st

from fer_core.paper.published import sources
from fer_core.text import for_markdown
from ui import errors, page, paper_view, paper_words


def main() -> None:
    """The page."""
    page.heading("Paper")
    with errors.shown(stop=True), st.spinner("Every number is computed anew, once"):
        from fer_core.paper.checks import all_checks, tally
        from fer_core.paper.findings import all_findings, what_holds

        checks, found, holds = all_checks(), all_findings(), what_holds()
    page.say(paper_words.headline(tally(checks), found))
    source = sources()["winarno"]
    part = paper_view.part()
    if part == "findings":
        st.markdown(paper_words.ABOUT.format(short=source.short))
        paper_view.strip(checks)
        paper_view.standing(holds, found)
        paper_view.cards(found)
    elif part == "tables":
        paper_view.tables(checks)
    else:
        paper_view.others()
    page.how(paper_words.HOW)
    st.caption(
        f"{for_markdown(source.citation)} https://doi.org/{source.doi}, {source.licence}. {source.ours}"
    )


main()
