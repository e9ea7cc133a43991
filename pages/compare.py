"""Compare conditions: which is best, overall and for each emotion, with intervals, and what is behind it."""

from __future__ import annotations

import streamlit as st

from fer_core.base.unknown_people import drawn_words
from fer_core.results import study_subset
from ui.common import errors, page
from ui.compare import controls, export, words
from ui.compare import view as compare_view
from ui.pickers import in_use, studies, tables

PEOPLE = """
Intervals are 95% percentile bootstraps over subjects (1000 resamples): a subject's clips, of all seeds, are
drawn together."""
CLIPS = f"""
Intervals are 95% percentile bootstraps over {drawn_words(False)}, 1000 resamples: a clip's tests of all seeds
are drawn together, clips of one person count as independent, so intervals may be too narrow."""
METHODS = """ No clip was judged by a network that was trained on it. Two intervals that overlap do not
show that two conditions are equal, and as all conditions are tested on the same clips, differences can be
told apart better in pairs than by their two intervals. The best of several conditions looks better than it
is: it was picked for its luck too.

Accuracy, balanced accuracy and macro F1 read the highest of the classifiers; the other metrics read each
classifier alone at 0.5. With E emotions, always answering no gives a mean binary accuracy of 1 − 1/E. A ratio
with nothing in its denominator counts as 0. A *test* is one clip in one seed; a *cell* is one condition, seed
and fold.
"""


def main() -> None:
    """The page."""
    page.heading("Compare conditions")
    sentence = st.empty()
    choice = tables.choose_experiment()
    if choice is None:
        with sentence:
            page.say("Which condition is best, overall and for each emotion, and how sure is that?")
        return
    with errors.shown(stop=True):
        study = studies.study_of(choice)
    export.notes(choice, study)
    chosen = controls.filters(study)
    part = study_subset.part_of(study, chosen.conditions, chosen.seeds, common=chosen.common)
    if lack := words.lack(part, chosen.emotions):
        with sentence:
            page.say(lack)
    if chosen.emotions and (part.tested or part.trials):
        show(choice, part, chosen, sentence)
    if len(study.tested) > 1:
        page.link("effects", "Which differences are more than chance?", "forest", **in_use.link())
    tables.links("compare")
    page.how((PEOPLE if study.people_known else CLIPS) + METHODS)
    export.provenance(study)
    if study.tested:
        export.take_away(study, chosen.reading)
    export.run_again(study)


def show(choice, part, chosen, sentence) -> None:
    """What the chosen view says, and the view."""
    rows, per_emotion = compare_view.metrics(choice, part, chosen)
    if part.tested:
        alike = not study_subset.uneven(part)
        with sentence:
            page.say(words.verdict(rows, chosen.metric, asked=len(part.conditions), alike=alike))
    order = compare_view.ranked(rows, chosen.metric)
    view = controls.view(part)
    if view == "means":
        compare_view.means(part, rows, chosen.metric)
    elif view == "emotions":
        compare_view.emotions(part, per_emotion, order, chosen)
    elif view == "confusion":
        compare_view.confusion(part, order, chosen.reading)
    elif view == "curves":
        compare_view.curves(part, order, chosen.emotions)
    else:
        compare_view.searches(part, chosen.emotions, choice.id)


main()
