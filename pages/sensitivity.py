"""Sensitivity: what the adaptive loss's thresholds, γ and α change, emotion by emotion."""

from __future__ import annotations

import streamlit as st

from ui.common import page
from ui.sensitivity import form, words
from ui.sensitivity import view as sensitivity_view


def main() -> None:
    """The page."""
    page.heading("Sensitivity")
    sentence = st.empty()
    form.panel()
    found = sensitivity_view.choose()
    if found is None:
        with sentence:
            page.say("Thresholds, γ and α decide which loss each emotion gets. How much does it matter?")
    else:
        source, study = found
        sensitivity_view.made_by(study)
        view = sensitivity_view.controls(study)
        with sentence:
            page.say(words.headline(study, view.reading, "f1"))
        sensitivity_view.planes(study, view)
        sensitivity_view.point(study, view)
        sensitivity_view.ways(study, view)
        sensitivity_view.spans(study, view)
        sensitivity_view.take_away(source, study)
    form.own_corpus()
    page.how(
        "One-vs-all classifiers share nothing, so the four numbers only decide which loss each emotion's "
        "classifier gets. Every distinct loss (plain BCE, BCE weighted by the training side's own ratio, the "
        "focal loss for each γ and α) is trained once per emotion and fold, from the same initial weights, "
        "on the same batches and with the same units dropped; the outputs on every test clip are kept, and "
        "any point of the grid is looked up. A value of α stands in for equation 9. Each fold's losses "
        "follow "
        "from its own training side, whose ratio differs a little from the corpus' own, so near a threshold "
        "an emotion may get different losses in different folds. For the honest choice each training side is "
        "split once more into subject-independent inner folds; the point with the highest mean over the "
        "emotions there is read on the outer test side, which nothing before has seen. Intervals are "
        "bootstraps over subjects, for differences of the same subjects (where people are unknown, folds are "
        "by clip and clips are drawn); they hold for this seed, and the "
        "further seeds show what another one would change. Many neighbouring points are exactly equal "
        "because no emotion's ratio lies between their thresholds."
    )


main()
