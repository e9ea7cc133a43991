"""Where the webcam does not work: why, what to do, and what works instead."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base.text import for_markdown
from ui.live import camera_ice

if TYPE_CHECKING:
    from ui.live.camera import Camera

SAY_AFTER = 6.0
"""Seconds without a picture after which the page says what may be wrong, and insists no more: a browser that
was told to play and may not asks again at once, ten times a second."""

CONNECT, PERMIT = 45.0, 90.0
"""Seconds after which it gives up: to be connected, and to be let at the camera (somebody may be reading the
browser's question)."""

NOTICE = (
    "Inferring emotions of people at work and in education is prohibited in the EU, with few exceptions (AI "
    "Act, Art. 5(1)(f)). Frames are read in the memory of the machine that runs FER Lab and are gone with "
    "the next one; nothing is stored or sent elsewhere unless you record, and then no picture."
)

INSECURE = (
    "Browsers hand their camera only to pages on this machine or served by https, so the webcam and taking "
    "a photo "
    "do not work here. Upload a photo or a clip, or put the app behind https (docs/live.md)."
)
NO_CAMERA = (
    "The browser has not handed over its camera: permission is missing, no camera is plugged in, or another "
    "program holds it."
)
NO_WAY = (
    "The browser has its camera, but no connection to the server came about. From another machine this "
    "usually "
    "needs a STUN or TURN server (docs/live.md); a firewall may be in the way."
)
STEPS = """
- The sign beside the address bar opens the site's permissions: allow the camera, then switch it off and on.
- Another program or browser tab may hold the camera: close it.
- From another machine, the page must come by https, and a TURN server may be needed: see docs/live.md.
- A photo or a clip works without any of this.
"""


def notice() -> None:
    """What an expression is not, the law, and what is processed where; always visible."""
    st.caption(f":material/info: {NOTICE} [What it can claim, the law, privacy](notice)")


def secure() -> bool:
    """Whether the browser will hand over its camera: https, or this machine."""
    address = str(getattr(st.context, "url", "") or "")
    return not address or address.startswith("https://") or camera_ice.is_local(address)


def folded() -> None:
    """The steps, for whoever looks for them."""
    with st.expander("No picture, or no permission?", icon=":material/help:"):
        st.markdown(STEPS)


def waiting(cam: Camera) -> None:
    """While the camera is on and plays not yet: how long, then what may be wrong; at last it gives up."""
    began = st.session_state.setdefault("_live_asked", time.monotonic())
    _count(cam, began)


@st.fragment(run_every=1.0)
def _count(cam: Camera, began: float) -> None:
    gone = time.monotonic() - began
    if gone > (CONNECT if cam.signalling else PERMIT):
        give_up(NO_WAY if cam.signalling else NO_CAMERA)
        st.rerun()
    st.markdown("##### Waiting for the camera")
    if gone < SAY_AFTER:
        st.markdown("Your browser may ask for permission: allow it.")
        return
    if not st.session_state.get("_live_patient"):
        st.session_state["_live_patient"] = True
        st.rerun()
    st.warning(NO_WAY if cam.signalling else NO_CAMERA, icon=":material/videocam_off:")
    st.markdown(STEPS)
    instead(cam.signalling)


def wanted(on: bool) -> bool | None:
    """What to ask of the video: to play, not to, or (None) whatever its own buttons say."""
    return (None if st.session_state.get("_live_patient") else True) if on else False


def waited() -> None:
    """The camera plays, or was turned off: the next wait begins anew."""
    st.session_state.pop("_live_asked", None)
    st.session_state.pop("_live_patient", None)


def give_up(reason: str) -> None:
    """Turn the camera off at the next run, and show a photo's view with this reason."""
    st.session_state["_live_failed"] = reason
    st.session_state["_live_off"] = True


def instead(has_camera: bool) -> None:
    """The ways that work without a connection, by one click."""
    ways = {"Upload a photo instead": ("upload", "upload")}
    if has_camera:
        ways = {"Take a photo instead": ("take", "photo_camera")} | ways
    with st.container(horizontal=True):
        for label, (how, icon) in ways.items():
            if st.button(for_markdown(label), on_click=_go, args=("photo", how), icon=f":material/{icon}:"):
                st.rerun()  # the whole page: this is drawn in a fragment


def _go(way: str, how: str) -> None:
    st.session_state["live_way"], st.session_state["live_photo"] = way, how
    st.session_state["_live_off"] = True


def failed() -> str | None:
    """Why the webcam was given up, until it is tried again."""
    reason: str | None = st.session_state.get("_live_failed")
    return reason


def try_again() -> None:
    """In a callback: forget the failure and turn the camera on."""
    st.session_state.pop("_live_failed", None)
    waited()
    st.session_state["live_on"] = True
