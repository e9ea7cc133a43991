"""The why-panel of an image model: which patches of the face's picture the current reading rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.figures.live_panel import picture_html
from fer_core.figures.picture_heat import occlusion_svg
from fer_core.figures.theme import EMOTION_COLOURS, GREY
from fer_core.live.images.stream import ImageStream

if TYPE_CHECKING:
    from ui.live.camera import Camera

LOOK_SECONDS = 2.0
"""Between two looks: each reads 37 pictures."""


def panel(cam: Camera) -> None:
    """The newest picture of the largest face, its patches shaded; followed while it is open."""
    _look(cam)
    st.caption(
        "Each of 36 patches in turn is covered in the picture's mean grey; what the leading emotion's log "
        "odds lose is what the patch speaks for (occlusion; Zeiler and Fergus, 2014). Hatched patches speak "
        "against it. It says what this image model rests on, not what a face means."
    )


@st.fragment(run_every=LOOK_SECONDS)
def _look(cam: Camera) -> None:
    stream = cam.stream
    found = stream.occlusion() if isinstance(stream, ImageStream) else None
    if found is None:
        st.markdown("No face is seen, so nothing speaks for anything.")
        return
    said = cam.snapshot().emotion == found.emotion
    most = float(found.change.max())
    emotion = for_markdown(found.emotion)
    first = "" if said else f"{emotion.capitalize()} is not said, it only comes first. "
    words = f"Covering the patch of the deepest shade takes {most:.1f} off the log odds of {emotion}."
    st.markdown(first + (words if most > 0.05 else f"No single patch speaks for {emotion}."))
    drawn = occlusion_svg(found.picture, found.change, EMOTION_COLOURS.get(found.emotion, GREY))
    st.html(picture_html(drawn, "The picture of the face, its patches shaded", "width:100%;max-width:320px"))
