"""Empty states: what is missing, in a sentence, and the button that fills the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import streamlit as st

from fer_core.base.text import for_markdown
from ui.common import page
from ui.common.state import use


@contextmanager
def state(icon: str, title: str, text: str) -> Iterator[None]:
    """A calm box with an icon, a title and a sentence; the buttons are drawn inside the block.

    ``icon`` is a Material symbol's name, e.g. ``"folder_open"``.
    """
    with st.container(border=True):
        st.markdown(f"#### :material/{icon}: {title}")
        st.markdown(text)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            yield


def no_corpus(
    title: str = "No corpus is in use",
    text: str = "Open a folder of face clips, or begin with the built-in demo: 327 synthetic landmark clips "
    "with the class counts of CK+, and no person's face in them.",
) -> None:
    """The empty state of every page that needs a corpus."""
    with state("folder_open", title, text):
        demo_button()
        page.link("dataset", "Choose a corpus", "database", picker="open")


def images_in_use(name: str) -> None:
    """The empty state of pages about landmarks while the corpus in use is one of images."""
    text = (
        f"**{for_markdown(name)}** holds single images, and this needs landmarks that move through a clip. "
        "Choose a corpus of clips or the built-in demo; models of images are trained on the Benchmark page."
    )
    with state("photo_library", "The corpus in use holds images", text):
        demo_button()
        page.link("dataset", "Choose clips", "database", picker="open")
        page.link("benchmark", "Open Benchmark", "leaderboard")


def demo_button(label: str = "Use the demo corpus", kind: Literal["primary", "secondary"] = "primary") -> None:
    """Takes the demo corpus into use."""
    st.button(label, type=kind, on_click=use, args=("demo",), key=f"demo_{label}")


def no_results(text: str = "Train a recogniser first; its results appear here, during the run and after it.") -> None:
    """The empty state of pages that need a finished run."""
    with state("query_stats", "No results yet", text):
        st.page_link("pages/train.py", label="Train a recogniser", icon=":material/model_training:")
