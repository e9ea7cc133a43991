"""A sensitivity study on one's own corpus: the form, its cost, the run that goes on, how it ended."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from fer_core import runs
from fer_core.errors import FerError, SettingError
from fer_core.loss_grid import GRIDS
from fer_core.progress import say_duration
from fer_core.training import sensitivity_jobs
from fer_core.training.presets import changed
from fer_core.training.sensitivity import Order, forecast
from ui import empty, errors, extraction, inputs, leak_view, page, state
from ui.inputs import Inputs, row, word
from ui.sensitivity_view import ERROR
from ui.words import count

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus

POLL_SECONDS = 1.0
PREFIX = "sensitivity"
_WATCH = "_sens_watch"
_IN_URL = ("grid", "architecture", "folds", "inner", "epochs", "again", "seed")
GRID_WORDS = {
    "usual": "5 values of γ, 6 of α",
    "fine": "10 values of γ, 9 of α",
    "quick": "3 values of γ and of α",
}


def panel() -> None:
    """The study that goes on or has just ended; nothing where there is none."""
    if error := st.session_state.pop(ERROR, None):
        errors.say(error)
    folder = sensitivity_jobs.find(st.session_state.get(_WATCH)) or sensitivity_jobs.active()
    if folder is None:
        return
    st.session_state[_WATCH] = folder.name
    order = sensitivity_jobs.order_of(folder)
    with st.container(border=True):
        st.markdown(f"**{errors.escaped(_words(order) if order else folder.name)}**")
        if runs.read_status(folder).active:
            _poll(str(folder))
        else:
            _ended(folder)


def own_corpus() -> None:
    """The form for the corpus in use."""
    st.subheader("On your own corpus", anchor=False)
    corpus = None
    with errors.shown():
        corpus = state.corpus()
    if corpus is None:
        with empty.state("folder_open", "No corpus is in use", "Choose one, or take the built-in demo."):
            empty.demo_button()
            st.page_link("pages/dataset.py", label="Choose a corpus", icon=":material/database:")
        return
    left, right = st.columns([3, 2], gap="large")
    order = None
    with left, errors.shown():
        order = _form(corpus)
    if order is None:
        return
    allow = None
    with right, errors.shown():
        allow = _cost(order, corpus)
    with left:
        _start_button(order, allow)
    page.synthetic_note(corpus)


def _form(corpus: Corpus) -> Order:
    w = Inputs(PREFIX, inputs.given(PREFIX, _IN_URL))
    usual = Order("demo")
    base = usual.condition
    with row():
        word("Train")
        architecture = w.choice(
            "architecture",
            "Architecture",
            {"gru": "GRU", "lstm": "LSTM"},
            "gru",
            width=95,
            label_visibility="collapsed",
        )
        word(f"classifiers on **{errors.escaped(corpus.name)}** with every loss of a grid of")
        grid = w.choice("grid", "Grid", GRID_WORDS, "usual", width=210, label_visibility="collapsed")
    with row():
        folds = w.number("folds", "Outer folds", 2, 20, base.folds, width=120)
        inner = w.number(
            "inner",
            "Inner folds",
            2,
            10,
            base.search.inner_folds,
            width=120,
            help="Of each training side: on them the best point is chosen.",
        )
        epochs = w.number("epochs", "Epochs", 1, 1000, base.fit.epochs, width=120)
        again = w.number(
            "again",
            "Further seeds",
            0,
            20,
            usual.again,
            width=120,
            help="Of the study's own point: they show what moves by chance alone.",
        )
        seed = w.number("seed", "Seed", 0, 10_000, 0, width=120)
    inputs.keep(PREFIX, w.values, _IN_URL)
    emotions = tuple(e for e in base.emotions if e in corpus.emotions)
    if len(emotions) < 2:
        raise SettingError(
            "the corpus shows fewer than two of the study's emotions",
            where=corpus.name,
            fix="choose another corpus",
        )
    condition = changed(
        base,
        architecture=architecture,
        folds=folds,
        epochs=epochs,
        seed=seed,
        emotions=emotions,
        search=replace(base.search, inner_folds=inner),
    )
    path = state.path_of(state.source() or state.DEMO)
    return Order(path, condition, GRIDS[grid], again)


def _cost(order: Order, corpus: Corpus) -> tuple[str, ...] | None:
    """Fits, time, and the leak audit; returns the leaks accepted by name, None while one is not."""
    chosen = corpus.only(order.condition.emotions)
    cost = forecast(order, chosen.counts)
    left, right = st.columns(2)
    left.metric(
        "Classifiers to fit",
        f"{cost.fits:,}".replace(",", " "),
        help=f"They answer {order.grid.points} points of the grid.",
    )
    right.metric(
        "Time, about",
        say_duration(cost.seconds),
        help=f"With {count(cost.workers, 'worker')}, by a calibration of a second; finding landmarks for "
        "the first time comes on top.",
    )
    return leak_view.light(order.condition, corpus)


def _start_button(order: Order, allow: tuple[str, ...] | None) -> None:
    busy = sensitivity_jobs.active() is not None
    why = "Another study is going on." if busy else leak_view.HELP if allow is None else None
    st.button(
        "Start the study",
        type="primary",
        icon=":material/play_arrow:",
        on_click=_start,
        args=(replace(order, allow=allow or ()),),
        disabled=why is not None,
        help=why,
    )
    if busy:
        st.caption(":material/arrow_upward: A study is going on: its progress stands at the top of the page.")
    with st.expander("The same from a terminal", icon=":material/terminal:"):
        st.code(replace(order, allow=allow or ()).command(order.corpus), language="bash", wrap_lines=True)


def _start(order: Order) -> None:
    try:
        if sensitivity_jobs.active() is None:  # else a second click, or another tab was faster
            st.session_state[_WATCH] = sensitivity_jobs.launch(order).name
    except FerError as error:  # a callback's own messages would be wiped by the run that follows
        st.session_state[ERROR] = str(error)


@st.fragment(run_every=POLL_SECONDS)
def _poll(path: str) -> None:
    folder = Path(path)
    status = runs.read_status(folder)
    if not status.active:
        st.rerun()  # the page runs once more, without the polling
    share, words = extraction.progress_words(asdict(status), time.time())
    st.progress(share, text=words)
    if (folder / runs.CANCEL).exists():
        st.caption("Stopping within a few seconds.")
    else:
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            key=f"stop_{folder.name}",
            on_click=runs.request_cancel,
            args=(folder,),
        )


def _ended(folder: Path) -> None:
    status = runs.read_status(folder)
    if status.state == "done":
        st.success("Done: its result is shown below.", icon=":material/check:")
    elif status.state == "cancelled":
        st.info(
            "Stopped on request, before there was a result. Landmarks found so far are kept.",
            icon=":material/stop_circle:",
        )
    elif status.state == "lost":
        st.warning(
            "The study ended without a word: its process was killed, ran out of memory or the machine was "
            "switched off. Start it again.",
            icon=":material/link_off:",
        )
    else:
        errors.say(status.error or "The study failed without a word.")
    if status.state in ("failed", "lost"):
        with st.expander("The log's last lines", icon=":material/terminal:"):
            st.code(runs.read_log(folder) or "The log is empty.", language=None)
    with st.container(horizontal=True):
        if status.state == "done":
            st.button("Look at it", type="primary", on_click=_look, args=(folder.name,))
        else:
            st.button("Delete this run", icon=":material/delete:", on_click=_delete, args=(folder.name,))
        st.button("Close", type="tertiary", key="sens_close", on_click=_close)


def _look(name: str) -> None:
    st.session_state.pop("sens_study", None)
    st.query_params["study"] = name
    _close()


def _delete(name: str) -> None:
    folder = sensitivity_jobs.find(name)
    try:
        if folder is not None:
            runs.delete_run(folder)
    except FerError as error:
        st.session_state[ERROR] = str(error)
    _close()


def _close() -> None:
    st.session_state.pop(_WATCH, None)


def _words(order: Order) -> str:
    c = order.condition
    return (
        f"{state.relative_name(order.corpus)}: {c.architecture.upper()}, {order.grid.points} points, "
        f"{c.folds} outer "
        f"and {c.search.inner_folds} inner folds, seed {c.seed}"
    )
