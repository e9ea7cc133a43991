"""The why-panel: which regions of the face the current reading rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.figures import live_why as figures
from fer_core.figures.live_panel import picture_html
from fer_core.figures.theme import EMOTION_COLOURS, GREY
from fer_core.live.images.stream import ImageStream
from fer_core.live.stream import LiveStream
from ui.live import why_picture, words

if TYPE_CHECKING:
    from fer_core.live.state import LiveState
    from ui.live.camera import Camera

WHY_SECONDS = 1.0
"""Between two looks: each costs a few milliseconds of the page's thread, none of the camera's."""


def panel(cam: Camera, playing: bool) -> None:
    """A switch, and while it is on, bars and a shaded face."""
    wanted = st.toggle("Why: which parts of the face the reading rests on", key="live_why", persist_state="session")
    if not wanted or not playing:
        cam.look = replace(cam.look, weights=None)
        if wanted:
            st.caption("It shows as soon as the camera is on.")
        return
    if isinstance(cam.stream, ImageStream):
        cam.look = replace(cam.look, weights=None)
        why_picture.panel(cam)
        return
    _why(cam)
    st.caption(
        "Each part in turn is put back to where the resting face has it; what the leading emotion's log "
        "odds lose is "
        "what the part speaks for (occlusion; Zeiler and Fergus, 2014). Parts need not add up to the whole. "
        "It says "
        "what this recogniser rests on, not what a face means."
    )


@st.fragment(run_every=WHY_SECONDS)
def _why(cam: Camera) -> None:
    stream, state = cam.stream, cam.snapshot()
    changes = stream.why() if isinstance(stream, LiveStream) else None
    cam.look = replace(cam.look, weights=changes)
    if changes is None or state.points is None or not state.probabilities:
        st.markdown("No face is seen, so nothing speaks for anything.")
        return
    emotion = leading(state)
    colour = EMOTION_COLOURS.get(emotion, GREY)
    st.markdown(for_markdown(words.why_sentence(changes, emotion, state.emotion == emotion)))
    left, right = st.columns(2, gap="large")
    left.html(figures.why_bars_html(changes, colour, words.region_words))
    left.caption(f"Log odds of {emotion}: to the right what speaks for it, to the left what speaks against it.")
    face = figures.why_face_svg(state.points, changes, colour)
    right.html(picture_html(face, "The face, shaded by what each part says", "width:100%;max-height:340px"))


def leading(state: LiveState) -> str:
    """The most probable emotion, rest left aside; "emotion" before there is one."""
    values = {e: p for e, p in (state.probabilities or {}).items() if e != "neutral"}
    return max(values, key=values.__getitem__) if values else "emotion"
