"""Landmarks of a whole corpus, on a page: the button, the progress with time left, the stop, the result."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.progress import say_duration, seconds_left
from ui import empty, errors, state

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus
    from fer_core.landmarks.landmark_set import LandmarkSet

POLL_SECONDS = 1.0
RUNNING = ("queued", "running")


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
    folder = st.session_state.get(_key(corpus))
    if folder is not None:
        return _follow(corpus, Path(folder), purpose)
    frames = sum(len(c.frames) for c in corpus.clips)
    size = f"{len(corpus.clips)} clips" + (f", {frames} images" if frames else "")
    text = (
        f"Extract the landmarks to {purpose} ({size}). The work runs on this machine in a process of its own, "
        "can be stopped, and goes on later from where it stopped."
    )
    with empty.state("face_retouching_natural", "No landmarks yet", text):
        st.button("Extract landmarks", type="primary", on_click=_start, args=(corpus,))
    return None


def _start(corpus: Corpus) -> None:
    from fer_core.landmarks import job

    with errors.shown():
        st.session_state[_key(corpus)] = str(job.start(corpus.root))


def _follow(corpus: Corpus, folder: Path, purpose: str) -> LandmarkSet | None:
    """Show a job that was started here; when it ends, the page runs once more without the polling."""
    from fer_core.landmarks import job

    status = job.status(folder)
    if status.get("state") in RUNNING:
        _poll(str(folder))
        return None
    st.session_state.pop(_key(corpus), None)
    if status.get("state") == "failed":
        errors.say(str(status.get("error") or "The extraction ended without a word: look at the terminal."))
    elif status.get("state") == "cancelled":
        st.info(
            "Stopped. What was found so far is kept and need not be found again.",
            icon=":material/stop_circle:",
        )
    ready = state.landmarks(corpus, again=True)
    if ready is not None:
        return ready
    return _offer_extraction(corpus, purpose)


@st.fragment(run_every=POLL_SECONDS)
def _poll(folder: str) -> None:
    from fer_core.landmarks import job

    status = job.status(Path(folder))
    if status.get("state") not in RUNNING:
        st.rerun()
    share, words = progress_words(status, time.time())
    with st.container(border=True):
        st.progress(share, text=words)
        if st.button("Stop", icon=":material/stop_circle:", key=f"stop_{folder}"):
            job.cancel(Path(folder))


def progress_words(status: dict[str, Any], now: float) -> tuple[float, str]:
    """Share done (0 to 1) and the line beside it: ``Finding landmarks: 12 of 269, 1 min left``."""
    step, total = float(status.get("step") or 0), float(status.get("total") or 0)
    words = str(status.get("text") or "Starting")
    if total <= 0:
        return 0.0, words
    left = say_duration(seconds_left(float(status.get("started") or now), step, total, now))
    return min(1.0, step / total), f"{words}: {step:.0f} of {total:.0f}" + (f", {left} left" if left else "")


def _key(corpus: Corpus) -> str:
    return f"_extraction_{corpus.root}"
