"""Results: how good a recogniser is, for each emotion, with intervals, and which clips it gets wrong."""

from __future__ import annotations

import streamlit as st

from fer_core.base.errors import FerError
from fer_core.base.text import for_markdown
from fer_core.base.unknown_people import people_known
from fer_core.results import bundles_and_runs
from ui.common import errors, leak_view, page
from ui.results import view, words


def main() -> None:
    """The page."""
    page.heading("Results")
    sentence = st.empty()
    if error := st.session_state.pop("_results_error", None):
        errors.say(error)
    source = view.choose()
    if source is None:
        return
    try:
        result = bundles_and_runs.read_result(source)
    except FerError as error:
        errors.say(str(error))
        return
    view.other_corpus(result)
    with sentence:
        page.say(f"{words.headline(result)} {words.weakest(result)}")
    st.caption(for_markdown(words.protocol(result)))
    if result["corpus"].get("synthetic"):
        page.note(result["corpus"]["note"], "science")
    leak_view.of_result(result)
    leak_view.people(result)
    if result["protocol"] == "random-holdout" and people_known(result) and not result.get("leaks"):
        st.warning(
            "The same people stand on both sides of this split: on new people, expect less.", icon=":material/warning:"
        )
    show(source, result)


def show(source, result) -> None:
    """Pictures, then tables, then how it was computed."""
    view.headlines(result)
    left, right = st.columns(2, gap="large")
    with left:
        view.per_emotion(result)
    with right:
        clicked = view.confusion(result)
    view.clips_behind(source, result, clicked)
    view.curves(result)
    view.tables(result)
    page.how(
        f"Intervals: {result['interval_method']}. Accuracy, balanced accuracy and macro F1 read the "
        "highest of the "
        "classifiers' probabilities (the confusion matrix); the heatmap and the mean binary accuracy read "
        "each classifier "
        "alone at probability 0.5. With E emotions, always answering no gives a mean binary accuracy of 1 "
        "− 1/E. A ratio "
        "with nothing in its denominator counts as 0. No clip was judged by a network that was trained on "
        "it; the bundle "
        "itself was fitted once more, on every clip."
    )
    view.take_away(source, result)


main()
