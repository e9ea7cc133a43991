"""Launch: a design said like a sentence, what it costs and can show, and its start."""

from __future__ import annotations

import json
import time

import streamlit as st

from fer_core.base.errors import FerError
from fer_core.training import experiments
from fer_core.training.experiment import Order
from ui.common import corpus_gate, downloads, errors, leak_view, page, state
from ui.launch import form, view
from ui.train import view as train_view

DOUBLE_CLICK = 5.0  # seconds within which a second click on Start means the first one's experiment


def main() -> None:
    """The page."""
    page.heading("Launch")
    if started := st.session_state.pop("_launch_started", None):
        st.switch_page("pages/runs.py", query_params={"experiment": started})
    corpus = corpus_gate.need_corpus()
    sentence = st.empty()
    with errors.shown(stop=True):
        running = view.going_on()
    if running:
        view.busy(running)
    left, right = st.columns([3, 2], gap="large")
    asked, allow = None, None
    with left, errors.shown():
        asked = form.form(corpus)
        train_view.protocol_warning(asked.design.base, corpus)
    if asked is None:
        with left:
            form.loader()
        return
    with right, errors.shown():
        clips = len(corpus.only(asked.design.base.emotions).clips)
        told = view.cost(asked.design, clips, asked.workers, bool(asked.scheduler))
        view.reach(asked.design, told)
        view.losses(asked.design, corpus.counts)
        st.markdown("**Leak audit**")
        allow = leak_view.light(asked.design, corpus)
    with left:
        foot(asked, allow, running)
    with sentence:
        page.say(view.sentence(asked.design, corpus.name))
    page.synthetic_note(corpus)
    page.how(
        "Each cell is one condition on one seed and fold: all one-vs-all classifiers are trained on the "
        "training side and judged on the test side, which nothing before has seen. A Bayesian condition "
        "first searches the sizes of each classifier, on subject-independent inner folds of the training "
        "side (by clip where people are unknown). The work runs in a process of its own: this page may be "
        "closed, and a stopped or killed "
        "experiment goes on from what is stored. Two experiments started at once from two tabs each have "
        "a folder and results of their own; they share this machine's cores.",
        "How an experiment works",
    )


def foot(asked, allow, running) -> None:
    """The one button, the design's file, and the command."""
    path = state.path_of(state.source() or state.DEMO)
    why = "Another experiment is going on." if running else leak_view.HELP if allow is None else None
    order = Order(path, asked.design, asked.name, allow or (), asked.scheduler, asked.workers)
    with st.container(horizontal=True, vertical_alignment="center"):
        # A callback, so that what was clicked counts, even if another tab has started one meanwhile.
        st.button(
            "Start",
            type="primary",
            icon=":material/play_arrow:",
            on_click=start,
            args=(order,),
            disabled=why is not None,
            help=why,
        )
        downloads.file("Design", "design.json", lambda: json.dumps(asked.design.to_json(), indent=1).encode())
        form.loader()
    with st.expander("The same from a terminal", icon=":material/terminal:"):
        st.caption("With the design saved as design.json. `--plan` says what it costs and starts nothing.")
        st.code(view.command(asked, path, allow or ()), language="bash", wrap_lines=True)


def start(order) -> None:
    """Start an experiment, to be looked at on the Runs page."""
    started, then = st.session_state.get("_launch_last", ("", 0.0))
    if time.time() - then > DOUBLE_CLICK:
        try:
            started = experiments.launch(order).name
        except (FerError, OSError) as error:  # kept: a callback's own messages would be wiped
            st.session_state["_launch_error"] = view.not_begun(error)
            return
        st.session_state["_launch_last"] = (started, time.time())
    st.session_state["_launch_started"] = started


main()
