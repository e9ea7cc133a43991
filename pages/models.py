"""Models: the image models of three studies, their size against what is printed, and what each is made of."""

from __future__ import annotations

import streamlit as st

from fer_core.models.images.registry import listing
from ui import grad_cam_view, models_view, models_words, page


def main() -> None:
    """The page."""
    page.heading("Models")
    rows = listing()
    page.say(models_words.headline(rows))
    models_view.one(models_view.choose(rows))
    st.divider()
    grad_cam_view.panel()
    st.divider()
    models_view.registry(rows)
    page.how(models_words.HOW)


main()
