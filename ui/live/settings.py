"""What can be set on the Live page: how a stream is read, and what is drawn. Kept when the page is left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.live.drawing.overlay import Look
from fer_core.live.settings import LiveSettings
from fer_core.models.images.bundle import ImageBundle
from ui.common import address, page

if TYPE_CHECKING:
    from ui.live.camera import Camera

START = LiveSettings()
FACES = {"1": "One", "4": "Up to four"}
_DRAWN = (
    ("bars", "Bars and words", True, "At camera speed, on the video itself."),
    ("mesh", "Mesh", True, "The 468 landmarks that are read."),
    (
        "regions",
        "Face regions",
        False,
        "Brows, eyes, nose and lips; while the why-panel is open, each is filled as strongly as it weighs.",
    ),
    ("mirror", "Mirror", False, "Of the display only; the reading stays the same."),
)


def panel(cam: Camera) -> None:
    """The drawer of settings; hands them to the camera. Raises `LandmarkError`."""
    with st.expander("Settings", icon=":material/tune:"):
        left, right = st.columns(2, gap="large")
        with left:
            settings = _reading()
        with right:
            look = _drawn(cam, settings.threshold)
            st.button("Back to the defaults", on_click=_reset, icon=":material/restart_alt:", type="tertiary")
    cam.configure(settings)
    cam.look = look
    if isinstance(cam.bundle, ImageBundle):
        page.how(_of_pictures(settings), "How the reading is made")
        return
    page.how(
        f"Each reading rests on the last {settings.window:g} s, sampled evenly by time stamps, "
        "and is "
        "measured from a resting face: the calibrated one, or until then a running estimate. The "
        "classifiers' "
        "log odds are turned into probabilities over the emotions and neutral, which sum to 1, and smoothed "
        f"exponentially (time constant {settings.time_constant:g} s). An emotion is said from a probability "
        "of "
        f"{settings.threshold:g} and kept until it falls below "
        f"{max(0.0, settings.threshold - settings.hysteresis):g}. Frames that come while one is being read "
        "are "
        "dropped and counted, so that the reading keeps up with the face. One face is followed until it is "
        "lost; "
        "of up to four, each keeps its number, and the largest comes first.",
        "How the reading is made",
    )


def _of_pictures(settings: LiveSettings) -> str:
    return (
        "Each face is found by its landmarks, cut out level and framed as in FER2013's pictures, and read by "
        "the image model alone, frame by frame. Its probabilities, with the temperature that was fitted on "
        "pictures kept out of its training, are smoothed exponentially (time constant "
        f"{settings.time_constant:g} s); its class neutral counts as rest. An emotion is said from a "
        f"probability of {settings.threshold:g} and kept until it falls below "
        f"{max(0.0, settings.threshold - settings.hysteresis):g}. There is no resting face to calibrate."
    )


def _reading() -> LiveSettings:
    threshold = address.slider(
        "Say an emotion from a probability of",
        "live_threshold",
        0.0,
        1.0,
        0.05,
        START.threshold,
        persist_state="session",
        help="Below it the reading is unsure.",
    )
    hysteresis = address.slider(
        "Keep it until it falls lower by",
        "live_hysteresis",
        0.0,
        0.5,
        0.05,
        START.hysteresis,
        persist_state="session",
        help="So that the word does not flicker around the threshold.",
    )
    smoothing = address.slider(
        "Smoothing time constant (s)",
        "live_smoothing",
        0.0,
        2.0,
        0.05,
        START.time_constant,
        persist_state="session",
        help="After this time a change has come 63% of its way. 0: none.",
    )
    faces = address.one(
        "Faces read",
        FACES,
        "live_faces",
        persist_state="session",
        help="Looking for more faces makes each frame take half as long again.",
    )
    return LiveSettings(threshold=threshold, hysteresis=hysteresis, time_constant=smoothing, max_faces=int(faces))


def _drawn(cam: Camera, threshold: float) -> Look:
    on = {}
    for name, label, start, words in _DRAWN:
        key = f"live_{name}"
        if key not in st.session_state:
            st.session_state[key] = start
        on[name] = st.toggle(for_markdown(label), key=key, help=for_markdown(words), persist_state="session")
    return replace(
        cam.look,
        mesh=on["mesh"],
        regions=on["regions"],
        bars=on["bars"],
        label=on["bars"],
        mirrored=on["mirror"],
        threshold=threshold,
    )


def _reset() -> None:
    for key in ("live_threshold", "live_hysteresis", "live_smoothing", "live_faces"):
        address.reset(key)
    for name, _, start, _ in _DRAWN:
        st.session_state[f"live_{name}"] = start
