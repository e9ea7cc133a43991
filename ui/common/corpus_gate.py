"""Pages about landmarks begin here: with the corpus of clips in use, or with what to do without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base.errors import FerError
from ui.common import empty, errors, state

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus


def corpus_or_say() -> Corpus | None:
    """The corpus of clips in use, or None once the page has said what is missing and what to do."""
    if state.images_in_use():
        empty.images_in_use(state.source() or "")
        return None
    try:
        corpus = state.corpus()
    except FerError as error:
        errors.say(str(error))
        empty.no_corpus("The corpus in use cannot be opened", "Choose another one, or look at the built-in demo.")
        return None
    if corpus is None:
        empty.no_corpus()
    return corpus


def need_corpus() -> Corpus:
    """The corpus of clips in use; without one, the page shows its empty state and ends here."""
    corpus = corpus_or_say()
    if corpus is None:
        st.stop()
    return corpus
