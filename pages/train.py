"""Train: one condition, said like a sentence, what it costs, and its progress."""

from __future__ import annotations

import json

import streamlit as st

from fer_core.base.errors import FerError
from fer_core.base.unknown_people import BY_PERSON
from fer_core.training import jobs
from ui.common import corpus_gate, downloads, errors, leak_view, page, state
from ui.common.words import count
from ui.train import form, view


def main() -> None:
    """The page."""
    page.heading("Train")
    corpus = corpus_gate.need_corpus()
    sentence = st.empty()
    if error := st.session_state.pop("_train_error", None):
        errors.say(error)
    running = view.watched()
    if running is not None:
        view.panel(running)
    left, right = st.columns([3, 2], gap="large")
    condition = None
    with left, errors.shown():
        condition, name = form.form(corpus)
        view.protocol_warning(condition, corpus)
    if condition is None:
        return
    with right, errors.shown():
        view.cost(condition, corpus)
    allow = None
    with right, errors.shown():
        allow = leak_view.light(condition, corpus)
    with right, errors.shown():
        view.losses(condition, corpus)
    with left, st.container(horizontal=True, vertical_alignment="center"):
        busy = jobs.active_run() is not None
        st.button(
            "Start",
            type="primary",
            icon=":material/play_arrow:",
            on_click=start,
            args=(corpus, condition, name, allow or ()),
            disabled=busy or allow is None,
            help="Another run is still going on." if busy else leak_view.HELP if allow is None else None,
        )
        downloads.file("Condition", "condition.json", lambda: json.dumps(condition.to_json(), indent=1).encode())
    page.synthetic_note(corpus)
    with sentence:
        page.say(
            f"{count(len(condition.emotions), 'classifier')}, one per emotion, will be trained "
            "independently and judged on "
            + ("people not trained on." if condition.protocol in BY_PERSON else "clips not trained on.")
        )
    page.how(
        "Each classifier says how probable one emotion is; the clip is classified as the highest of them "
        "(equation 4 of "
        "the study). The work runs on this machine in a process of its own: this page may be closed or "
        "reloaded. "
        "The same from a terminal: `python -m fer_core train PATH --condition condition.json`.",
        "How a run works",
    )


def start(corpus, condition, name, allow) -> None:
    """Start a run and look at it."""
    try:
        path = state.path_of(state.source() or state.DEMO)
        clips = len(corpus.only(condition.emotions).clips)
        folder = jobs.launch(path, condition, name, clips=clips, allow=allow)
    except FerError as error:  # a callback's own messages would be wiped by the run that follows
        st.session_state["_train_error"] = str(error)
        return
    view.watch(folder.name)


main()
