"""What is read from a running camera: the state in words, bars, a time line, and how fast it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.figures import live_panel as figures
from fer_core.live.recordings.columns import with_neutral
from fer_core.live.stream import HISTORY_SECONDS
from ui.common import errors
from ui.live import words

if TYPE_CHECKING:
    from ui.live.camera import Camera

POLL_SECONDS, SPEED_SECONDS = 0.5, 1.0


@st.fragment(run_every=POLL_SECONDS)
def reading(cam: Camera) -> None:
    """State, bars and time line, polled; on the video itself they move with every frame."""
    if not cam.is_open:  # an earlier video's end closed it
        with errors.shown():
            cam.open()
    state, stream, silence = cam.snapshot(), cam.stream, cam.silence
    st.html(figures.state_html(words.state_words(state, cam.seen, silence), state.emotion))
    if state.kind == "calibrating":
        st.progress(state.calibration, text="Keep a resting face and look into the camera")
    elif said := for_markdown(words.hint(state, cam.seen, silence)):
        st.markdown(said)
    if cam.problem:
        errors.say(f"A frame could not be read, the picture is shown as it came ({cam.problem})")
    if len(state.people) > 1:
        st.markdown(words.people_lines(state.people))
    threshold = stream.settings.threshold if stream else None
    values = state.probabilities or dict.fromkeys(with_neutral(cam.bundle.emotions), 0.0)
    history = stream.history() if stream else []
    lines = {e: [None if p is None else p.get(e) for _, p in history] for e in values}
    drawn = figures.timeline_svg([t for t, _ in history], lines, span=HISTORY_SECONDS, threshold=threshold)
    line = figures.picture_html(drawn, f"Probabilities over the last {HISTORY_SECONDS:g} seconds")
    st.html(figures.bars_html(values, threshold, state.emotion) + line)
    of = f"Of face {state.people[0].face}, the largest." if len(state.people) > 1 else ""
    dashed = "" if threshold is None else "Dashed line: decision threshold."
    st.caption(" ".join(filter(None, (of, for_markdown(words.reference_words(state)), dashed))))


@st.fragment(run_every=SPEED_SECONDS)
def speed(cam: Camera) -> None:
    """Rate, latency and dropped frames."""
    st.markdown(words.speed_words(cam.snapshot()))
