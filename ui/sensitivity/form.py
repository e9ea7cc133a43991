"""A sensitivity study on one's own corpus: the form, its cost, the run that goes on, how it ended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base import limits
from fer_core.base.errors import FerError, SettingError
from fer_core.base.progress import say_duration
from fer_core.base.text import for_markdown
from fer_core.losses.grid import GRIDS
from fer_core.studies.sensitivity import jobs as sensitivity_jobs
from fer_core.studies.sensitivity.run import Order, forecast
from fer_core.study.presets import changed
from ui.common import corpus_gate, errors, inputs, leak_view, loss_view, page, state
from ui.common.inputs import Inputs, row, word
from ui.common.words import count
from ui.runs import panel as run_panel
from ui.sensitivity.view import CHOSEN, ERROR

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus

PREFIX = "sensitivity"
_WATCH = "_sens_watch"
_IN_URL = ("grid", "architecture", "folds", "inner", "epochs", "again", "seed")
GRID_WORDS = {"usual": "5 values of γ, 6 of α", "fine": "10 values of γ, 9 of α", "quick": "3 values of γ and of α"}


def panel() -> None:
    """The study that goes on or has just ended; nothing where there is none."""
    if error := st.session_state.pop(ERROR, None):
        errors.say(error)
    folder = sensitivity_jobs.find(st.session_state.get(_WATCH)) or sensitivity_jobs.active()
    if folder is None:
        return
    st.session_state[_WATCH] = folder.name
    order = sensitivity_jobs.order_of(folder)
    kept = run_panel.landmarks_kept(order.corpus if order else "")
    parts = run_panel.Parts("run", _done, _delete, _close, kept=kept)
    run_panel.panel(folder, order.words if order else folder.name, parts)


def look(name: str, *, done: bool) -> None:
    """What the page is to show: a study, or the run that goes on or has ended. Before it is opened."""
    st.session_state[CHOSEN if done else _WATCH] = name


def own_corpus() -> None:
    """The form for the corpus in use."""
    st.subheader("On your own corpus", anchor=False)
    corpus = corpus_gate.corpus_or_say()
    if corpus is None:
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
        word(f"classifiers on **{for_markdown(corpus.name)}** with every loss of a grid of")
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
        epochs = w.within("epochs", "Epochs", limits.EPOCHS, base.fit.epochs, width=120)
        again = w.number(
            "again",
            "Further seeds",
            0,
            20,
            usual.again,
            width=120,
            help="Of the study's own point: they show what moves by chance alone.",
        )
        seed = w.within("seed", "Seed", limits.SEED, 0, width=120)
    inputs.keep(PREFIX, w.values, _IN_URL)
    emotions = tuple(e for e in base.emotions if e in corpus.emotions)
    if len(emotions) < 2:
        raise SettingError(
            "the corpus shows fewer than two of the study's emotions", where=corpus.name, fix="choose another corpus"
        )
    condition = changed(
        base,
        architecture=architecture,
        folds=folds,
        epochs=epochs,
        seed=seed,
        emotions=emotions,
        search=replace(base.search, inner_folds=inner),
    ).for_people(corpus.subjects_known)
    loss_view.left_out(condition.loss_plan(corpus.counts))
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


def _done(folder: Path) -> None:
    st.success("Done: its result is shown below.", icon=":material/check:")
    st.button("Look at it", type="primary", on_click=_look, args=(folder.name,))


def _look(name: str) -> None:
    st.session_state.pop(CHOSEN, None)
    st.query_params["study"] = name
    _close()


def _delete(name: str) -> None:
    run_panel.delete(sensitivity_jobs.find(name), ERROR)
    _close()


def _close() -> None:
    st.session_state.pop(_WATCH, None)
