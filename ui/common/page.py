"""What every page begins and ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.text import for_markdown

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus


def heading(title: str, sentence: str = "") -> None:
    """The page's title and, under it, what the page says in plain words. Every page's first call."""
    _through_app()
    st.title(title, anchor=False)
    if sentence:
        say(sentence)


def say(sentence: str) -> None:
    """A sentence in plain words, a little larger than the rest."""
    st.markdown(f"##### {for_markdown(sentence)}")


def note(text: str, icon: str = "info") -> None:
    """A remark in plain words, smaller than the rest; ``icon`` is a Material symbol's name."""
    st.caption(f":material/{icon}: {for_markdown(text)}")


def synthetic_note(corpus: Corpus) -> None:
    """What a synthetic corpus is; belongs wherever its numbers appear."""
    if corpus.synthetic:
        note(corpus.note, "science")


def link(name: str, label: str, icon: str = "arrow_forward", **query: str) -> None:
    """A link to a page; ``query`` goes into its address."""
    st.page_link(f"pages/{name}.py", label=label, icon=f":material/{icon}:", query_params=query or None)


def anew() -> Any:
    """A place whose earlier content goes at once, and not only when the whole page has run.

    For what ends while it is looked at: Streamlit keeps what an earlier run drew there until the script is
    through, so that "running" and "stopped" would stand side by side for a moment.
    """
    return st.empty()


def how(text: str, title: str = "How this was computed") -> None:
    """The folded explanation at a section's end."""
    with st.expander(title, icon=":material/function:"):
        st.markdown(text)


def _through_app() -> None:
    """Begin again by way of app.py where Streamlit has run this page's file by itself.

    A server runs the files of ``pages/`` alone until app.py has called `st.navigation` once. A link
    to a page, opened first after a start, would show another sidebar, ignore the page's set-up and skip
    app.py's first import. tests/browser opens such a link.
    """
    from streamlit.runtime.pages_manager import PagesManager

    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
