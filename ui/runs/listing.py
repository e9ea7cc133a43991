"""The list of all experiments and training runs: state, progress, time left; a page at a time."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from fer_core import runs
from fer_core.base.progress import say_duration
from fer_core.base.text import clean_name, for_markdown, name_key
from fer_core.datasets.copies import copy_runs
from ui.benchmark import cross
from ui.common import downloads, empty, errors, page, state
from ui.common.words import count, listed
from ui.leak_lab import view
from ui.runs import rows
from ui.runs.kinds import KINDS
from ui.runs.rows import Entry
from ui.sensitivity import form
from ui.train import view as train_view

POLL_SECONDS = 3.0
PER_PAGE = 12
Colour = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray"]
CHIPS: dict[str, tuple[str, Colour, str]] = {
    "queued": ("queued", "gray", "hourglass_empty"),
    "running": ("running", "blue", "play_circle"),
    "done": ("done", "green", "check_circle"),
    "failed": ("failed", "red", "error"),
    "cancelled": ("stopped", "orange", "stop_circle"),
    "lost": ("lost", "violet", "link_off"),
    "stored": ("results only", "gray", "database"),
}
"""Of each state: its word, colour and sign."""

_WIDTHS = [1.5, 4.6, 2.2, 1.6, 1.7]


def chip(state_name: str) -> None:
    """A state as a coloured word with a sign."""
    word, colour, icon = CHIPS.get(state_name, (state_name, "gray", "help"))
    st.badge(word, icon=f":material/{icon}:", color=colour)


def listing() -> None:
    """The whole list; it polls while something in it goes on."""
    found, error = rows.entries()
    if not found and not error:
        _nothing()
    elif any(e.active for e in found):
        _poll()
    else:
        _show(found, error)


def open_experiment(id: str | None) -> None:
    """Look at one experiment; None goes back to the list. Call `st.rerun` afterwards."""
    in_url("experiment", id)
    in_url("view", None)


def in_url(name: str, value: str | None) -> None:
    """Keep a choice in the address. (Inputs bound to it would forbid `st.switch_page`.)"""
    if not value:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


@st.fragment(run_every=POLL_SECONDS)
def _poll() -> None:
    found, error = rows.entries()
    if not any(e.active for e in found):
        st.rerun()  # the page runs once more, without the polling
    _show(found, error)


def _nothing() -> None:
    text = (
        "An experiment trains and tests every condition of a design; a training run makes one recogniser. "
        "Both run in processes of their own, are listed here, and outlive a closed tab."
    )
    with empty.state("checklist", "Nothing has run here yet", text):
        page.link("launch", "Launch an experiment", "rocket_launch")
        page.link("train", "Train one recogniser", "model_training")


def _show(found: list[Entry], error: str) -> None:
    if error:
        errors.say(error)
        st.caption("Until the store can be read, only what the run folders say is shown.")
    page.say(_sentence(found))
    kept = _filtered(found)
    for column, title in zip(st.columns(_WIDTHS), ("State", "Name", "Progress", "Time left", "Began"), strict=True):
        column.caption(for_markdown(title))
    pages = max(1, -(-len(kept) // PER_PAGE))
    at = min(st.session_state.get("runs_page", 1), pages)
    for entry in kept[(at - 1) * PER_PAGE : at * PER_PAGE]:
        _line(entry)
    if not kept:
        st.caption("Nothing in the list fits what is chosen above.")
    with st.container(horizontal=True, vertical_alignment="center"):
        if pages > 1:
            st.pagination(pages, key="runs_page")
        downloads.csv([_row(e) for e in kept], "runs")


def _sentence(found: list[Entry]) -> str:
    active = sum(e.active for e in found)
    numbers = {name: sum(e.kind == name for e in found) for name in KINDS}
    usual = ("experiment", "train")
    parts = [count(n, KINDS[name].noun) for name, n in numbers.items() if n or name in usual]
    return f"{listed(parts)}; {active or 'none'} going on."


def _filtered(found: list[Entry]) -> list[Entry]:
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        typed = st.text_input(
            "Find", st.query_params.get("find", ""), key="runs_find", placeholder="part of a name or state"
        )
    with right:
        before = st.query_params.get("kind")
        kind = st.pills(
            "Kind",
            list(KINDS),
            default=before if before in KINDS else None,
            format_func=lambda k: KINDS[k].title,
            key="runs_kind",
            label_visibility="collapsed",
        )
    in_url("find", typed)
    in_url("kind", kind)
    wanted = name_key(typed or "")

    def fits(e: Entry) -> bool:
        word, *_ = CHIPS.get(e.state, (e.state,))
        return kind in (None, e.kind) and wanted in name_key(f"{e.title} {e.id} {word}")

    return [e for e in found if fits(e)]


def _line(entry: Entry) -> None:
    columns = st.columns(_WIDTHS, vertical_alignment="center")
    with columns[0]:
        chip(entry.state)
    with columns[1]:
        if st.button(
            for_markdown(entry.title),
            key=f"open_{clean_name(entry.id)}",
            type="tertiary",
            icon=f":material/{KINDS[entry.kind].icon}:",
            help=for_markdown(entry.id),
        ):
            _open(entry)
    with columns[2]:
        if entry.active and entry.share is not None:
            st.progress(min(1.0, entry.share), text=for_markdown(entry.parts) or None)
        else:
            st.caption(for_markdown(entry.parts) or ("" if entry.share is None else f"{entry.share:.0%}"))
    columns[3].caption(say_duration(entry.left) or ("being estimated" if entry.active else "–"))
    columns[4].caption(entry.when)


def _open(entry: Entry) -> None:
    if entry.kind in ("experiment", "images"):
        open_experiment(entry.id)
        st.rerun()
    if entry.kind == "leak_lab":
        view.RESULTS.look(entry.id, done=entry.state == "done")
        st.switch_page("pages/leak_lab.py")
    if entry.kind == "sensitivity":
        form.look(entry.id, done=entry.state == "done")
        st.switch_page("pages/sensitivity.py")
    if entry.kind == "cross":
        cross.MATRICES.look(entry.id, done=entry.state == "done")
        st.switch_page("pages/benchmark.py")
    if entry.kind == "duplicates":
        folder = runs.find_run(entry.id)
        if folder is not None and (asked := copy_runs.config_of(folder)) is not None:
            state.use(asked.path)
        st.switch_page("pages/dataset.py")
    if entry.state == "done":
        state.use_run(entry.id)
        st.switch_page("pages/results.py")
    train_view.watch(entry.id)
    st.switch_page("pages/train.py")


def _row(e: Entry) -> dict[str, object]:
    return {
        "kind": e.kind,
        "id": e.id,
        "name": e.title,
        "state": e.state,
        "progress": e.share,
        "parts": e.parts,
        "seconds_left": e.left,
        "began": e.when,
    }
