"""The webcam's view: the video, large; the reading beside it; below, recording, why and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fer_core.errors import FerError
from fer_core.models.images.bundle import ImageBundle
from fer_core.text import for_markdown
from ui import camera as webcams
from ui import errors, live_help, live_photo, live_reading, live_recording, live_settings, live_why

if TYPE_CHECKING:
    from fer_core.models.opening import AnyBundle


def webcam(bundle: AnyBundle) -> None:
    """The webcam, or where it cannot work, a photo, with the reason."""
    if not live_help.secure():
        st.warning(live_help.INSECURE, icon=":material/lock:")
        live_photo.photo(bundle, only="upload")
        live_recording.listing()
        return
    if st.session_state.pop("_live_off", False):
        st.session_state["live_on"] = False
    if (reason := live_help.failed()) is not None:
        _fallen_back(bundle, reason)
        live_recording.listing()
        return
    cam = webcams.camera(bundle)
    left, right = st.columns([3, 2], gap="large")
    with left:
        on = _switches(cam)
        playing = _video(cam, on)
        if playing:
            live_reading.speed(cam)
        live_help.folded()
    with right:
        if playing:
            live_help.waited()
            live_reading.reading(cam)
        elif on:
            live_help.waiting(cam)
        else:
            live_help.waited()
            st.markdown("##### The camera is off.")
            st.markdown(
                "Turn it on to see the face mesh and what the picture is classified as. Frames are read in "
                "memory on the machine that runs FER Lab; **nothing is stored or sent elsewhere**."
            )
    live_recording.panel(cam, playing)
    live_why.panel(cam, playing)
    with errors.shown():
        live_settings.panel(cam)


def _switches(cam: webcams.Camera) -> bool:
    with st.container(horizontal=True, vertical_alignment="center"):
        on = st.toggle("Camera", key="live_on", help="Your browser asks for permission the first time.")
        ready = on and cam.is_open
        if isinstance(cam.bundle, ImageBundle):
            return on  # pictures are read without a resting face
        st.button("Calibrate", disabled=not ready, on_click=cam.calibrate, icon=":material/adjust:",
                  help="Takes your face in the next three seconds as the one at rest.")  # fmt: skip
        st.button("Forget calibration", disabled=not ready, on_click=cam.forget_neutral, type="tertiary",
                  help="Measures from a running estimate of the resting face again.")  # fmt: skip
    return on


def _video(cam: webcams.Camera, on: bool) -> bool:
    """Whether it plays; where its parts cannot be loaded, a photo is offered with the reason."""
    try:
        if on and not cam.is_open:
            with st.spinner("Loading the face finder; the first time takes about ten seconds"):
                cam.open()
            live_help.waited()  # the wait for the browser begins now
        return webcams.video(cam, live_help.wanted(on))
    except FerError as error:
        live_help.give_up(str(error))
        st.rerun()


def _fallen_back(bundle: AnyBundle, reason: str) -> None:
    said = for_markdown(reason[:1].upper() + reason[1:])
    st.warning(f"{said} Here is a photo's view instead.", icon=":material/videocam_off:")
    with st.container(horizontal=True):
        st.button("Try the webcam again", on_click=live_help.try_again, icon=":material/refresh:")
    live_photo.photo(bundle, only="upload" if reason == live_help.NO_CAMERA else None)
