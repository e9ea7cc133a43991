"""What every page begins and ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus


def heading(title: str, sentence: str = "") -> None:
    """The page's title and, under it, what the page says in plain words."""
    st.title(title, anchor=False)
    if sentence:
        say(sentence)


def say(sentence: str) -> None:
    """A sentence in plain words, a little larger than the rest."""
    st.markdown(f"##### {sentence}")


def synthetic_note(corpus: Corpus) -> None:
    """What a synthetic corpus is; belongs wherever its numbers appear."""
    if corpus.synthetic:
        st.caption(f":material/science: {corpus.note}")


def link(name: str, label: str, icon: str = "arrow_forward") -> None:
    """A link to a page, where this installation has it."""
    from ui.stages import page_exists

    if page_exists(name):
        st.page_link(f"pages/{name}.py", label=label, icon=f":material/{icon}:")


def how(text: str, title: str = "How this was computed") -> None:
    """The folded explanation at a section's end."""
    with st.expander(title, icon=":material/function:"):
        st.markdown(text)
