"""Models: the image models of three studies, their size against what is printed, and what each is made of."""

from __future__ import annotations

import streamlit as st

from fer_core.models.images.registry import listing
from ui.common import page
from ui.models import grad_cam, view, words


def main() -> None:
    """The page."""
    page.heading("Models")
    rows = listing()
    page.say(words.headline(rows))
    view.one(view.choose(rows))
    st.divider()
    grad_cam.panel()
    st.divider()
    view.registry(rows)
    page.how(words.HOW)


main()
