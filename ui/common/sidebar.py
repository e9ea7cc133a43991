"""The foot of the sidebar: which corpus, recogniser and results are in use, and the ways to change them."""

from __future__ import annotations

import streamlit as st

from fer_core.base.errors import FerError
from fer_core.base.text import for_markdown
from fer_core.datasets.source import only_words
from ui.common import state
from ui.pickers import in_use


def foot(page: str) -> None:
    """Draw it, for a page. Reads names only: it runs on every page, also the ones that need no corpus."""
    corpus, run = state.source(), state.run_in_use()
    with st.sidebar, st.container(key="sidebar_foot", gap=None):
        st.caption("In use")
        st.markdown(f":material/database: {_corpus_words(corpus)}")
        if run:
            st.markdown(f":material/model_training: {for_markdown(run)}")
        st.page_link(
            "pages/dataset.py",
            label="Change the corpus" if corpus else "Choose a corpus",
            query_params={state.PICKER: "open"},
        )
        st.markdown(f":material/query_stats: Results in use: {for_markdown(in_use.name())}")
        if reading := in_use.reading_words():
            st.caption(for_markdown(reading))
        if page not in in_use.PAGES:  # those begin with the box that changes it
            st.page_link("pages/effects.py", label="Change the results")


def _corpus_words(corpus: str | None) -> str:
    if corpus is None:
        return "no corpus yet"
    if corpus == state.DEMO:
        return "demo (synthetic)" + (", as last time" if state.as_last_time() else "")
    last = ", as last time" if state.as_last_time() else ""
    try:
        of = state.asked(corpus)
        corpus = ", ".join([of.path, *only_words(of.only)])
    except FerError:  # said on the page
        pass
    return for_markdown(corpus) + (" (images)" if state.images_in_use() else "") + last
