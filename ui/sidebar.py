"""The foot of the sidebar: which corpus and which results are in use, and the way to change them."""

from __future__ import annotations

import streamlit as st

from ui import state
from ui.errors import escaped


def foot() -> None:
    """Draw it. Reads names only: it runs on every page, also the ones that need no corpus."""
    corpus, run = state.source(), state.run_in_use()
    with st.sidebar, st.container(key="sidebar_foot", gap=None):
        st.caption("In use")
        st.markdown(f":material/database: {_corpus_words(corpus)}")
        if run:
            st.markdown(f":material/query_stats: {escaped(run)}")
        st.page_link("pages/dataset.py", label="Change the corpus" if corpus else "Choose a corpus")


def _corpus_words(corpus: str | None) -> str:
    if corpus is None:
        return "no corpus yet"
    if corpus == state.DEMO:
        return "demo (synthetic)"
    return escaped(corpus) + (" (images)" if state.images_in_use() else "")
