"""One image experiment: where it stands, stop, resume, delete. On the Benchmark and on the Runs page."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

import streamlit as st

from fer_core import runs
from fer_core.base import provenance
from fer_core.base.errors import FerError
from fer_core.base.text import for_markdown
from fer_core.models.images.registry import REGISTRY
from fer_core.store.store import Store
from fer_core.study.image_conditions import PROTOCOL_WORDS
from fer_core.training.experiments import Listed
from fer_core.training.images import experiments
from fer_core.training.images.experiment import ROOT, read_order
from ui.common import downloads, errors, page
from ui.common.words import count, listed
from ui.runs import extraction, listing, rename
from ui.runs import panel as run_panel
from ui.runs import rows as runs_data

POLL_SECONDS = 1.0
MOST = 4
"""So many models are named."""
_WATCH, _ERROR = "_image_watch", "_runs_error"


def going_on() -> str | None:
    """Id of an image experiment that runs here now, the newest."""
    folders = runs.list_runs(experiments.PREFIX)
    return next((f.name for f in folders if runs.read_status(f).active), None)


def watch(id: str | None) -> None:
    """Show an experiment's panel on the Benchmark page; None puts it away."""
    if id:
        st.session_state[_WATCH] = id
    else:
        st.session_state.pop(_WATCH, None)


def watched() -> str | None:
    """Whose panel stands on the Benchmark page: the experiment started here, else one that goes on."""
    id = st.session_state.get(_WATCH)
    return id if id and runs.find_run(id) else going_on()


def panel(id: str, *, close: bool = False) -> None:
    """Draw it; while the experiment goes on it polls, and the page runs once more when it has ended.

    ``close``: with a button that puts it away. Raises `PathError` where there is none.
    """
    if error := st.session_state.pop(_ERROR, None):
        errors.say(error)
    found = experiments.find(id)
    with page.anew().container(border=True):
        if found.active:
            watch(id)
            _poll(id)
            return
        _head(found)
        _ended(found)
        with st.container(horizontal=True, vertical_alignment="center"):
            _actions(found)
            if close:
                st.button("Close", type="tertiary", key=f"close_{id}", on_click=watch, args=(None,))


@st.fragment(run_every=POLL_SECONDS)
def _poll(id: str) -> None:
    with errors.shown():
        found = experiments.find(id)
        folder = runs.find_run(id)
        if not found.active or found.status is None or folder is None:
            st.rerun()  # the page runs once more, without the polling
        _head(found)
        share, words = extraction.progress_words(asdict(found.status), time.time())
        st.progress(share, text=for_markdown(words) if found.status.total else "Starting: opening the corpus")
        st.caption("Early stopping may end a training sooner. This page may be closed.")
        run_panel.stop_buttons(folder)


def _head(found: Listed) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{for_markdown(title(found))}**", width="content")
        listing.chip(found.state)
    if said := about(found):
        st.caption(for_markdown(said))
    st.caption(standing(found))


def about(found: Listed) -> str:
    """Its corpus, its protocol, what it trains and when it began; empty where the store does not know it."""
    if found.record is None:
        return ""
    conditions = found.record.design["conditions"]
    names = list(dict.fromkeys(f"{_model(c['model'])} at {c['size']} pixels" for c in conditions))
    more = [f"{len(names) - MOST} more"] if len(names) > MOST else []
    protocol = PROTOCOL_WORDS[conditions[0]["protocol"]]
    began = f"began {runs_data.when(found.id)}"
    return " · ".join([found.record.corpus["name"], protocol, listed([*names[:MOST], *more]), began])


def _model(name: str) -> str:
    return REGISTRY[name].title if name in REGISTRY else name


def title(found: Listed) -> str:
    """The name it was given, else its id."""
    if found.record is None and (folder := runs.find_run(found.id)) is not None:
        try:
            return read_order(folder).name or found.id
        except FerError:
            return found.id
    return found.title


def standing(found: Listed) -> str:
    """Where it stands, in a sentence."""
    planned = found.record.planned if found.record else 0
    done = f"{found.cells_done} of {count(planned, 'training')}" if planned else "no training"
    failed = f"; {found.cells_failed} failed" if found.cells_failed else ""
    said = {
        "queued": "It is waiting for its process to begin.",
        "running": f"Running: {done} done{failed}.",
        "cancelled": f"Stopped on request after {done}{failed}. What was finished is kept.",
        "failed": f"It could not go on after {done}{failed}. What was finished is kept.",
        "lost": f"Its process ended without a word after {done}{failed}. What was finished is kept, and a "
        "training goes on from its last epochs.",
        "stored": f"Its run folder is gone; {done} are in the store{failed}.",
    }
    return said.get(found.state, f"Finished: {done} done{failed}.")


def _ended(found: Listed) -> None:
    status = found.status
    if status is not None and status.state == "failed":
        errors.say(status.error or "It failed without a word; the log has the details.")
    if found.cells_done or found.cells_failed:
        _trainings(found)
    folder = runs.find_run(found.id)
    if folder is not None and found.state in ("failed", "lost"):
        with st.expander("The log's last lines", icon=":material/terminal:"):
            st.code(runs.read_log(folder) or "The log is empty.", language=None, wrap_lines=True)
    if folder is not None and not found.complete:
        _resume(found)


def _trainings(found: Listed) -> None:
    """Every finished training, those that failed first, each with its sentence."""
    with Store(read_only=True, patience=runs_data.PATIENCE) as store:
        cells = sorted(store.cells(found.id), key=lambda c: c.state != "failed")
    rows = [
        {
            **c.key._asdict(),
            "fold": c.fold + 1,
            "state": c.state,
            "minutes": c.seconds / 60,
            "epochs": c.network.get("epochs"),
            "trained on": c.n_train,
            "tested on": c.n_test,
            "what went wrong": c.error,
        }
        for c in cells
    ]
    failed = f", {found.cells_failed} failed" if found.cells_failed else ""
    with st.expander(f"{count(len(rows), 'training')}{failed}", icon=":material/checklist:"):
        minutes = st.column_config.NumberColumn(format="%.1f")
        downloads.table(rows, f"trainings_{found.id}", column_config={"minutes": minutes})


def _resume(found: Listed) -> None:
    id, options = found.id, list[str]()
    if found.cells_failed and st.checkbox("Try failed trainings once more", key=f"retry_{id}"):
        options.append("--retry-failed")
    changed = _other_code(found)
    if changed and st.checkbox(
        "The program has changed since it began. Go on, with results of two versions in one table",
        key=f"other_code_{id}",
    ):
        options.append("--other-code")
    refused = changed and "--other-code" not in options
    st.button(
        "Resume",
        type="primary",
        icon=":material/resume:",
        key=f"resume_{id}",
        disabled=refused,
        on_click=_go_on,
        args=(id, options),
    )


def _other_code(found: Listed) -> bool:
    record = found.record
    # The server may be older than the files that a resumed experiment would run: read them now.
    return record is not None and record.provenance.get("code_key") != provenance.code_key.__wrapped__(ROOT)


def _go_on(id: str, options: list[str]) -> None:
    runs_data.attempt(experiments.resume, id, options)


def _actions(found: Listed) -> None:
    id = found.id
    if found.cells_done:
        page.link("benchmark", "Open results", "leaderboard", results=id)
    folder = runs.find_run(id)
    if folder is not None:
        downloads.file("Order", "order.json", lambda: json.dumps(_order(folder), indent=1).encode())
    rename.rename(found)
    with st.popover("Delete", icon=":material/delete:", type="tertiary"):
        st.markdown(
            f"Its {count(found.cells_done, 'finished training')}, predictions, networks and log are removed "
            "from this machine."
        )
        st.button("Delete it for good", key=f"delete_{id}", on_click=_delete, args=(id,))


def _order(folder: Any) -> dict[str, Any]:
    return read_order(folder).to_json()


def _delete(id: str) -> None:
    runs_data.attempt(experiments.delete, id)
    watch(None)
    for name in ("experiment", "results"):
        if st.query_params.get(name) == id:
            st.query_params.pop(name, None)
