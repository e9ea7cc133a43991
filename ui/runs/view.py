"""One experiment on the Runs page: where it stands, and what can be done with it."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path

import streamlit as st

from fer_core import runs
from fer_core.base.progress import say_duration
from fer_core.base.text import for_markdown
from fer_core.training import experiments
from fer_core.training.experiments import Listed
from ui.common import downloads, errors, leak_view, page, state
from ui.common.words import count
from ui.launch import form
from ui.pickers import in_use
from ui.runs import extraction, findings, listing, rename, rows
from ui.runs import panel as run_panel
from ui.runs.rows import Opened

POLL_SECONDS = 1.0


def panel(id: str) -> None:
    """The whole of it. Raises `PathError` where there is no such experiment."""
    e = rows.opened(id)
    with page.anew().container():
        if e.listed.active:
            _poll(id)
        else:
            _head(e)
            _ended(e)
    with st.container(horizontal=True, vertical_alignment="center"):
        _actions(e)
    findings.views(e)


@st.fragment(run_every=POLL_SECONDS)
def _poll(id: str) -> None:
    with errors.shown():
        e = rows.opened(id)
        if not e.listed.active or e.folder is None or e.listed.status is None:
            st.rerun()  # the page runs once more, without the polling
        _head(e)
        _progress(e.folder, e.listed.status)
        st.caption(f"{count(e.listed.trials, 'search trial')} stored so far.")
        run_panel.stop_buttons(e.folder)


def _head(e: Opened) -> None:
    """Its name, its state and what that means."""
    record = e.listed.record
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(for_markdown(e.title), anchor=False, width="content")
        listing.chip(e.listed.state)
    st.caption(_about(e))
    if record and record.corpus.get("synthetic"):
        page.note(record.corpus["note"], "science")
    if e.error:
        errors.say(e.error)
    page.say(standing(e.listed))
    leak_view.of_result(dict(record.provenance) if record else {})


def _progress(folder: Path, status: runs.Status) -> None:
    for other in rows.others(folder.name):
        st.info(
            f"Another experiment is going on here too ({for_markdown(other)}). Each has a folder and "
            "results of its own; they share this machine's cores.",
            icon=":material/call_split:",
        )
    share, words = extraction.progress_words(asdict(status), time.time())
    st.progress(share, text=for_markdown(words) if status.total else "Starting: reading the landmarks")


def standing(e: Listed) -> str:
    """Where it stands and what that means, in a sentence."""
    planned = e.record.planned if e.record else 0
    cells = f"{e.cells_done} of {count(planned, 'cell')}" if planned else "no cell"
    failed = f"; {e.cells_failed} failed" if e.cells_failed else ""
    said = {
        "queued": "It is waiting for its process to begin.",
        "running": f"Running: {cells} done so far{failed}.",
        "done": f"Finished: {cells} done{failed}.",
        "cancelled": f"Stopped on request after {cells}{failed}. What was finished is kept.",
        "failed": f"It could not go on after {cells}{failed}. What was finished is kept.",
        "lost": f"Its process ended without a word after {cells}{failed}: it was killed, ran out of memory, "
        "or the machine was switched off. What was finished is kept.",
        "stored": f"Its run folder is gone; {cells} are in the store{failed}. It can be read, and launched "
        "anew, but not resumed.",
    }
    if e.complete and not e.active:
        return f"Finished: all {planned} cells are done." if planned > 1 else "Finished: its one cell is done."
    return said.get(e.state, f"Its state is {e.state}.")


def _about(e: Opened) -> str:
    """Its id, corpus and times."""
    record, status = e.listed.record, e.listed.status
    corpus = record.corpus["name"] if record else Path(e.corpus).name
    parts = [e.listed.id, corpus, f"began {rows.when(e.listed.id)}"]
    if status and (lasted := status.lasted()) is not None:
        took = say_duration(lasted)
        resumed = "resumed, " if record and record.created < status.began else ""
        parts.append(f"{resumed}for {took} now" if status.active else f"{resumed}ended after {took}")
    return " · ".join(for_markdown(part) for part in parts if part)


# --- when it has ended -------------------------------------------------------------------------------


def _ended(e: Opened) -> None:
    status = e.listed.status
    if status is not None and status.state == "failed":
        errors.say(status.error or "It failed without a word; the log has the details.")
    can_resume = e.folder is not None and not e.listed.complete
    if can_resume:
        _resume(e)


def _resume(e: Opened) -> None:
    """The button that goes on, and what must be said yes to before."""
    id, failed = e.listed.id, e.listed.cells_failed
    options: list[str] = []
    planned = e.listed.record.planned if e.listed.record else 0
    nothing_else = planned > 0 and e.listed.cells_done + failed >= planned
    with st.container(border=True):
        if failed and st.checkbox(f"Try the {count(failed, 'failed cell')} once more", nothing_else, key=f"retry_{id}"):
            options.append("--retry-failed")
        if e.other_code:
            st.warning(
                "The program has changed since this experiment began. Going on would put results of two "
                "versions into one table, as if they were comparable. It is better to launch the design "
                "anew, unless you know that the change touches no result.",
                icon=":material/difference:",
            )
            if st.checkbox("Go on with the changed program all the same", key=f"other_code_{id}"):
                options.append("--other-code")
        why = None
        if e.other_code and "--other-code" not in options:
            why = "The program has changed."
        elif nothing_else and not options:
            why = "Only failed cells are left."
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Resume",
                type="primary",
                icon=":material/resume:",
                key=f"resume_{id}",
                disabled=why is not None,
                help=why,
                on_click=rows.attempt,
                args=(experiments.resume, id, options),
            )
            st.caption("Goes on from what is stored; finished trials and cells are not done again.")


# --- what can be done at any time --------------------------------------------------------------------


def _actions(e: Opened) -> None:
    id = e.listed.id
    if e.listed.cells_done:
        page.link("compare", "Open results", "query_stats", **in_use.link(table=id))
    if e.design is not None:
        if st.button("Use this design again", icon=":material/content_copy:", type="tertiary", key=f"again_{id}"):
            with errors.shown():
                form.load(rows.design_of(e), e.title)
                if e.corpus:
                    state.use(e.corpus)
                st.switch_page("pages/launch.py")
        downloads.file("Design", "design.json", lambda: json.dumps(e.design, indent=1).encode())
    if e.order is not None:
        order = e.order
        downloads.file("Order", "order.json", lambda: json.dumps(order.to_json(), indent=1).encode())
    rename.rename(e.listed)
    if not e.listed.active:
        _delete(e)


def _delete(e: Opened) -> None:
    with st.popover("Delete", icon=":material/delete:", type="tertiary"):
        st.markdown(
            f"Its {count(e.listed.cells_done, 'finished cell')}, {count(e.listed.trials, 'trial')}, "
            "predictions, log and order are removed from this machine."
        )
        st.button(
            "Delete it for good", key=f"delete_{e.listed.id}", on_click=rows.attempt, args=(_delete_now, e.listed.id)
        )


def _delete_now(id: str) -> None:
    experiments.delete(id)
    listing.open_experiment(None)
