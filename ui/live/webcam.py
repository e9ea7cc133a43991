"""The webcam's view: the video, large; the reading beside it; below, recording, why and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base.errors import FerError
from fer_core.base.text import for_markdown
from fer_core.models.images.bundle import ImageBundle
from ui.common import errors
from ui.live import camera as webcams
from ui.live import help, photo, reading, recording, settings, why

if TYPE_CHECKING:
    from fer_core.models.opening import AnyBundle


def webcam(bundle: AnyBundle) -> None:
    """The webcam, or where it cannot work, a photo, with the reason."""
    if not help.secure():
        st.warning(help.INSECURE, icon=":material/lock:")
        photo.photo(bundle, only="upload")
        recording.listing()
        return
    if st.session_state.pop("_live_off", False):
        st.session_state["live_on"] = False
    if (reason := help.failed()) is not None:
        _fallen_back(bundle, reason)
        recording.listing()
        return
    cam = webcams.camera(bundle)
    left, right = st.columns([3, 2], gap="large")
    with left:
        on = _switches(cam)
        playing = _video(cam, on)
        if playing:
            reading.speed(cam)
        help.folded()
    with right:
        if playing:
            help.waited()
            reading.reading(cam)
        elif on:
            help.waiting(cam)
        else:
            help.waited()
            st.markdown("##### The camera is off.")
            st.markdown(
                "Turn it on to see the face mesh and what the picture is classified as. Frames are read in "
                "memory on the machine that runs FER Lab; **nothing is stored or sent elsewhere**."
            )
    recording.panel(cam, playing)
    why.panel(cam, playing)
    with errors.shown():
        settings.panel(cam)


def _switches(cam: webcams.Camera) -> bool:
    with st.container(horizontal=True, vertical_alignment="center"):
        on = st.toggle("Camera", key="live_on", help="Your browser asks for permission the first time.")
        ready = on and cam.is_open
        if isinstance(cam.bundle, ImageBundle):
            return on  # pictures are read without a resting face
        st.button(
            "Calibrate",
            disabled=not ready,
            on_click=cam.calibrate,
            icon=":material/adjust:",
            help="Takes your face in the next three seconds as the one at rest.",
        )
        st.button(
            "Forget calibration",
            disabled=not ready,
            on_click=cam.forget_neutral,
            type="tertiary",
            help="Measures from a running estimate of the resting face again.",
        )
    return on


def _video(cam: webcams.Camera, on: bool) -> bool:
    """Whether it plays; where its parts cannot be loaded, a photo is offered with the reason."""
    try:
        if on and not cam.is_open:
            with st.spinner("Loading the face finder; the first time takes about ten seconds"):
                cam.open()
            help.waited()  # the wait for the browser begins now
        return webcams.video(cam, help.wanted(on))
    except FerError as error:
        help.give_up(str(error))
        st.rerun()


def _fallen_back(bundle: AnyBundle, reason: str) -> None:
    said = for_markdown(reason[:1].upper() + reason[1:])
    st.warning(f"{said} Here is a photo's view instead.", icon=":material/videocam_off:")
    with st.container(horizontal=True):
        st.button("Try the webcam again", on_click=help.try_again, icon=":material/refresh:")
    photo.photo(bundle, only="upload" if reason == help.NO_CAMERA else None)
