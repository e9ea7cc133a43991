"""For a corpus labelled by bare numbers: what they mean is asked for, never guessed."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from fer_core.base.errors import FerError
from fer_core.base.text import for_markdown
from fer_core.datasets.images.code_orders import ORDERS
from ui.common import state

_TITLES = {
    "affectnet": "AffectNet",
    "alphabetical": "alphabetical",
    "fer2013": "FER2013",
    "ferplus": "FERPlus",
    "rafdb": "RAF-DB",
    "ckplus": "CK+",
    "ckextended": "ckextended.csv",
}


def is_asked(error: FerError) -> bool:
    """Whether a corpus could not be opened because nobody said what its numbers mean."""
    return "--codes" in error.fix


def ask(candidate: str, error: FerError) -> str | None:
    """The question; the source with the answer in it, or None before there is one."""
    st.warning(for_markdown(f"{error.what[:1].upper()}{error.what[1:]}: what do they mean?"), icon=":material/pin:")
    order = st.selectbox(
        "What the numbers mean",
        list(ORDERS),
        index=None,
        format_func=_words,
        placeholder="Choose; it is never guessed",
        key=f"codes_{candidate}",
    )
    return replace(state.asked(candidate), codes=order).line if order else None


def _words(order: str) -> str:
    told = ", ".join(f"{number} {emotion}" for number, emotion in sorted(ORDERS[order].items()))
    return f"{_TITLES.get(order, order)}: {told}"
