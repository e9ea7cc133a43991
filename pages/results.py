"""Results: how good a recogniser is, for each emotion, with intervals, and which clips it gets wrong."""

from __future__ import annotations

import streamlit as st

from fer_core.errors import FerError
from fer_core.people import people_known
from fer_core.results import sources
from fer_core.text import for_markdown
from ui import errors, leak_view, page, result_view, result_words


def main() -> None:
    """The page."""
    page.heading("Results")
    sentence = st.empty()
    if error := st.session_state.pop("_results_error", None):
        errors.say(error)
    source = result_view.choose()
    if source is None:
        return
    try:
        result = sources.read_result(source)
    except FerError as error:
        errors.say(str(error))
        return
    result_view.other_corpus(result)
    with sentence:
        page.say(f"{result_words.headline(result)} {result_words.weakest(result)}")
    st.caption(for_markdown(result_words.protocol(result)))
    if result["corpus"].get("synthetic"):
        page.note(result["corpus"]["note"], "science")
    leak_view.of_result(result)
    leak_view.people(result)
    if result["protocol"] == "random-holdout" and people_known(result) and not result.get("leaks"):
        st.warning("The same people stand on both sides of this split: on new people, expect less.",
                   icon=":material/warning:")  # fmt: skip
    show(source, result)


def show(source, result) -> None:
    """Pictures, then tables, then how it was computed."""
    result_view.headlines(result)
    left, right = st.columns(2, gap="large")
    with left:
        result_view.per_emotion(result)
    with right:
        clicked = result_view.confusion(result)
    result_view.clips_behind(source, result, clicked)
    result_view.curves(result)
    result_view.tables(result)
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
    result_view.take_away(source, result)


main()
