"""Benchmark: image models under one protocol, beside what their studies print."""

from __future__ import annotations

import streamlit as st

from ui.benchmark import cross, form, view, words
from ui.common import empty, errors, page
from ui.runs import image_run


def main() -> None:
    """The page."""
    page.heading("Benchmark")
    found = view.choose()
    if found:
        view.everything(found)
    elif found is None:
        nothing()
    else:
        page.say("No results are shown: choose some above.")
    running()
    form.form()
    st.subheader("On other corpora", anchor=False)
    cross.panel()
    view.published(found or {})
    page.how(words.HOW)


def nothing() -> None:
    """The empty state: how the page is filled, and what comes then."""
    page.say("How far do image models get under one protocol, and how far from what is printed?")
    if image_run.going_on():
        return  # what will fill the page stands below, under way
    text = (
        "A first number takes a minute: the simplest of the classical baselines. Then train a network beside "
        "it with the form below; both stand here with their intervals, and whether they can be told apart."
    )
    with empty.state("leaderboard", "Nothing was trained or shipped yet", text):
        form.baseline()


def running() -> None:
    """The experiment that goes on, or has just ended here."""
    id = image_run.watched()
    if id is None:
        return
    st.subheader("Under way", anchor=False)
    with errors.shown():
        image_run.panel(id, close=True)


main()
