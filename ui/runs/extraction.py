"""Landmarks of a whole corpus, on a page: the button, the progress with time left, the stop, the result."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core import runs
from fer_core.base.errors import FerError
from fer_core.base.progress import say_duration, seconds_left
from fer_core.base.text import for_markdown
from ui.common import empty, errors, state
from ui.common.words import count

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus
    from fer_core.landmarks.landmark_set import LandmarkSet

POLL_SECONDS = 1.0
RUNNING = ("queued", "running")
_CORPUS_FILE = "corpus.txt"


def panel(corpus: Corpus, purpose: str) -> LandmarkSet | None:
    """The corpus's landmark set once it is there; before that, what it takes to get it.

    ``purpose`` completes "Extract the landmarks to …".
    """
    with errors.shown():
        ready = state.landmarks(corpus)
        if ready is not None:
            return ready
        if corpus.synthetic:
            return _offer_drawing(corpus, purpose)
        return _offer_extraction(corpus, purpose)
    return None


def _offer_drawing(corpus: Corpus, purpose: str) -> LandmarkSet | None:
    text = f"Draw the demo corpus's landmarks to {purpose}. It takes a few seconds; nothing is stored."
    with empty.state("face_retouching_natural", "No landmarks yet", text):
        if not st.button("Draw the landmarks", type="primary"):
            return None
    with st.spinner(f"Drawing {len(corpus.clips)} clips from the shape model"):
        state.landmarks(corpus, compute=True)
    st.rerun()


def _offer_extraction(corpus: Corpus, purpose: str) -> LandmarkSet | None:
    folder = _job_of(corpus)
    if folder is not None:
        return _follow(corpus, folder, purpose)
    _offer_start(corpus, purpose)
    return None


def _offer_start(corpus: Corpus, purpose: str) -> None:
    images = sum(len(c.frames) for c in corpus.clips)
    size = count(len(corpus.clips), "clip") + (f", {count(images, 'image')}" if images else "")
    text = (
        f"Extract the landmarks to {purpose} ({size}). The work runs on this machine in a process of its "
        "own, can be stopped, and goes on later from where it stopped."
    )
    with empty.state("face_retouching_natural", "No landmarks yet", text):
        st.button("Extract landmarks", type="primary", on_click=_start, args=(corpus,))


def _start(corpus: Corpus) -> None:
    from fer_core.landmarks import job

    try:
        folder = job.start(str(corpus.root))
    except FerError as error:  # a callback's own messages would be wiped by the run that follows
        st.session_state["_extraction_error"] = str(error)
        return
    # So that another tab, or this one after a reload, finds the job.
    (folder / _CORPUS_FILE).write_text(str(corpus.root), encoding="utf-8")
    st.session_state[_key(corpus)] = str(folder)


def _job_of(corpus: Corpus) -> Path | None:
    """The extraction of this corpus: the one started here, or one still going that another tab started."""
    if error := st.session_state.pop("_extraction_error", None):
        errors.say(error)
    if (known := st.session_state.get(_key(corpus))) is not None:
        return Path(known)
    for folder in runs.list_runs("extract")[:8]:
        if _corpus_of(folder) == str(corpus.root) and runs.read_status(folder).active:
            st.session_state[_key(corpus)] = str(folder)
            return folder
    return None


def _corpus_of(folder: Path) -> str:
    try:
        return (folder / _CORPUS_FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _follow(corpus: Corpus, folder: Path, purpose: str) -> LandmarkSet | None:
    """Show a job; when it has ended, its words, and the result if there is one."""
    status = runs.read_status(folder)
    if status.active:
        _poll(str(folder))
        return None
    st.session_state.pop(_key(corpus), None)
    if status.state in ("failed", "lost"):
        errors.say(status.error or "The extraction ended without a word.")
    elif status.state == "cancelled":
        st.info("Stopped. What was found so far is kept.", icon=":material/stop_circle:")
    found = state.landmarks(corpus, again=True)
    if found is None:
        _offer_start(corpus, purpose)
    return found


@st.fragment(run_every=POLL_SECONDS)
def _poll(folder: str) -> None:
    status = runs.read_status(Path(folder))
    if not status.active:
        st.rerun()  # the page runs once more, without the polling
    share, words = progress_words(asdict(status), time.time())
    with st.container(border=True):
        st.progress(share, text=for_markdown(words))
        if st.button("Stop", icon=":material/stop_circle:", key=f"stop_{folder}"):
            runs.request_cancel(Path(folder))
            st.caption("Stopping after the clips that are being read.")


def progress_words(status: dict[str, Any], now: float) -> tuple[float, str]:
    """Share done (0 to 1) and the line beside it: ``Finding landmarks, 12 of 269 clips: 4%, 1 min left``.

    Counts stand in the work's own words, with their unit.
    """
    step, total = float(status.get("step") or 0), float(status.get("total") or 0)
    words = str(status.get("text") or "Starting")
    if total <= 0:
        return 0.0, words
    share = min(1.0, step / total)
    left = say_duration(seconds_left(float(status.get("started") or now), step, total, now))
    return share, f"{words}: {share:.0%}" + (f", {left} left" if left else "")


def _key(corpus: Corpus) -> str:
    return f"_extraction_{corpus.root}"
