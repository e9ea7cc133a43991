"""The panel of a run in a process of its own: progress and a stop button, then how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from fer_core import runs
from fer_core.base.errors import FerError
from fer_core.base.text import for_markdown
from ui.common import errors, page
from ui.runs import extraction

POLL_SECONDS = 1.0
STOP_NOW_AFTER = 15.0
"""Seconds after which a run that was asked to stop may be ended by force."""


@dataclass(frozen=True)
class Parts:
    """What one kind of run has of its own.

    Attributes
    ----------
    noun : what a run is called in a sentence
    starting : said until the first step is done
    kept : a sentence on what a run that is stopped or dies leaves behind; empty for nothing
    done : draws what a finished run has to say and the way to its result
    delete : a callback that gets the run's name
    close : a callback
    more : drawn below the progress while it goes on, and again once it has ended
    """

    noun: str
    done: Callable[[Path], None]
    delete: Callable[[str], None]
    close: Callable[[], None]
    starting: str = "Starting"
    kept: str = ""
    more: Callable[[Path], None] | None = None


def landmarks_kept(corpus: str) -> str:
    """What a run on a corpus, a path or "demo", leaves of its landmarks; the demo's are never stored."""
    return "" if corpus in ("", "demo") else "Landmarks found so far are kept."


def panel(folder: Path, title: str, parts: Parts) -> None:
    """Draw it; while the run goes on it polls, and the page runs once more when it has ended."""
    with page.anew().container(border=True):
        st.markdown(f"**{for_markdown(title)}**")
        if runs.read_status(folder).active:
            _poll(folder, parts)
        else:
            _ended(folder, parts)
            if parts.more is not None and (folder / runs.EVENTS).exists():
                with st.expander("How it went", icon=":material/show_chart:"):
                    parts.more(folder)


def stop_buttons(folder: Path) -> None:
    """Ask a run to stop; after a while, the button that ends it at once. For a page that polls."""
    asked = folder / runs.CANCEL
    if not asked.exists():
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            key=f"stop_{folder.name}",
            on_click=runs.request_cancel,
            args=(folder,),
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Stopping after the step that is being done.")
        if time.time() - asked.stat().st_mtime > STOP_NOW_AFTER and st.button("Stop at once", key="stop_now"):
            runs.stop_now(folder)


def delete(folder: Path | None, error_key: str) -> None:
    """Remove a run's folder, in a callback: an error is kept for the run of the page that follows."""
    try:
        if folder is not None:
            runs.delete_run(folder)
    except FerError as error:
        st.session_state[error_key] = str(error)


@st.fragment(run_every=POLL_SECONDS)
def _poll(folder: Path, parts: Parts) -> None:
    status = runs.read_status(folder)
    if not status.active:
        st.rerun()  # the page runs once more, without the polling
    share, words = extraction.progress_words(asdict(status), time.time())
    st.progress(share, text=for_markdown(words) if status.total else parts.starting)
    stop_buttons(folder)
    if parts.more is not None:
        parts.more(folder)


def _ended(folder: Path, parts: Parts) -> None:
    status = runs.read_status(folder)
    if status.state == "done":
        parts.done(folder)
    elif status.state == "cancelled":
        st.info(f"Stopped on request, before there was a result. {parts.kept}".strip(), icon=":material/stop_circle:")
    elif status.state == "lost":
        st.warning(
            f"The {parts.noun} ended without a word: its process was killed, ran out of memory or the "
            f"machine was switched off. Start it again. {parts.kept}".strip(),
            icon=":material/link_off:",
        )
    else:
        errors.say(status.error or f"The {parts.noun} failed without a word.")
    if status.state in ("failed", "lost"):
        with st.expander("The log's last lines", icon=":material/terminal:"):
            st.code(runs.read_log(folder) or "The log is empty.", language=None)
    with st.container(horizontal=True):
        if status.state != "done":
            st.button(f"Delete this {parts.noun}", icon=":material/delete:", on_click=parts.delete, args=(folder.name,))
        st.button("Close", type="tertiary", key=f"close_{folder.name}", on_click=parts.close)
