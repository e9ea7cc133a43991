"""The Live page's three ways: webcam, photo, clip."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.figures import live as figures
from fer_core.figures.landmarks import player_figure
from fer_core.figures.theme import EMOTION_COLOURS, GREY
from fer_core.live.stream import (
    HISTORY_SECONDS,
    REST_MOTION,
    REST_PROBABILITY,
    TIME_CONSTANT,
    WINDOW,
    LiveStream,
)
from ui import camera as webcams
from ui import downloads, errors, page
from ui.words import count

if TYPE_CHECKING:
    from fer_core.live.media import Prediction
    from fer_core.live.stream import LiveState
    from fer_core.models.bundle import Bundle

POLL_SECONDS = 0.5
LARGEST = 1200
"""Pixels of a photo's longer side as shown."""
VIDEOS = ["mp4", "avi", "mov", "mkv", "webm"]
PHOTOS = ["png", "jpg", "jpeg", "bmp", "tif", "tiff"]


_NEUTRAL_BUTTONS = (
    (
        "Calibrate",
        "Takes your resting face during three seconds as the one to measure from.",
        LiveStream.calibrate,
    ),
    ("Guess instead", "Forget the calibrated face; guess one from each picture.", LiveStream.forget_neutral),
)


# --- webcam -----------------------------------------------------------------------------------------


def webcam(bundle: Bundle) -> None:
    """The video, large; the reading beside it; under them the settings."""
    if not _secure():
        st.warning(
            "Browsers hand their camera only to pages on this machine or served by https. Use a photo or a "
            "clip here, or "
            "put the app behind https.", icon=":material/lock:",
        )  # fmt: skip
        return
    cam = webcams.camera(bundle)
    left, right = st.columns([3, 2], gap="large")
    with left:
        on = st.toggle("Camera", key="live_on", help="Your browser asks for permission the first time.")
        if on and not cam.is_open:
            with (
                st.spinner("Loading the face finder; the first time takes about ten seconds"),
                errors.shown(stop=True),
            ):
                cam.open()
        playing = webcams.video(cam, on)
        _settings(cam)
        _camera_help()
    with right:
        if playing:
            _reading(cam)
        else:
            st.markdown("##### The camera is off." if not on else "##### Waiting for the camera.")
            st.markdown(
                "Turn it on to see the face mesh and what the picture is classified as. Frames are read in "
                "memory on "
                "the machine that runs FER Lab; **nothing is stored or sent elsewhere**."
            )


@st.fragment(run_every=POLL_SECONDS)
def _reading(cam: webcams.Camera) -> None:
    if not cam.is_open:  # an earlier video's end closed it
        with errors.shown():
            cam.open()
    state, stream = cam.snapshot(), cam.stream
    page.say(_state_words(state))
    if state.kind == "calibrating":
        st.progress(state.calibration, text="Keep a resting face and look into the camera")
    values = state.probabilities or dict.fromkeys(cam.bundle.emotions, 0.0)
    threshold = stream.threshold if stream else None
    bars = figures.bars_figure(values, threshold)
    st.plotly_chart(bars, key="live_bars", config={"displayModeBar": False}, theme="streamlit")
    history = stream.history() if stream else []
    lines = {e: [None if p is None else p[e] for _, p in history] for e in cam.bundle.emotions}
    drawn = figures.timeline_figure([t for t, _ in history], lines, span=HISTORY_SECONDS, threshold=threshold)
    st.plotly_chart(drawn, key="live_timeline", config={"displayModeBar": False}, theme="streamlit")
    reference = "your calibrated resting face" if state.calibrated else "a guessed resting face"
    st.caption(
        f"Measured from {reference}. {state.fps:.0f} frames a second, {state.latency_p50:.0f} ms each "
        f"(95% within {state.latency_p95:.0f} ms), {state.dropped} of {state.frames + state.dropped} "
        "frames dropped."
    )


def _state_words(state: LiveState) -> str:
    if state.kind == "emotion" and state.emotion and state.probabilities:
        return f"Classified as {state.emotion}, probability {state.probabilities[state.emotion]:.2f}"
    return {
        "waiting": "Waiting for the first frame",
        "no face": "No face is seen",
        "calibrating": "Calibrating the resting face",
        "rest": "At rest",
    }.get(state.kind, state.text[:1].upper() + state.text[1:])


def _settings(cam: webcams.Camera) -> None:
    stream = cam.stream
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, help_text, act in _NEUTRAL_BUTTONS:
            if st.button(label, disabled=stream is None, help=help_text) and stream is not None:
                act(stream)
        cam.mesh = st.toggle("Mesh", value=True, key="live_mesh")
        cam.label = st.toggle("Label", value=True, key="live_label")
        cam.mirrored = st.toggle(
            "Mirror", key="live_mirror", help="Of the display only; the reading stays the same."
        )
    threshold = st.slider("Unsure below a probability of", 0.0, 1.0, 0.5, 0.05, key="live_threshold")
    if stream is not None:
        stream.threshold = threshold
    page.how(
        f"Each reading rests on the last {WINDOW:g} s, sampled at ten moments by their time stamps and let "
        "grow out of the "
        f"resting face, as the training clips do. Probabilities are smoothed exponentially (time constant "
        f"{TIME_CONSTANT:g} s). A face is called at rest if no classifier comes up to {REST_PROBABILITY:g} "
        "or, once "
        f"calibrated, if its landmarks lie within {REST_MOTION:g} eye distances (RMS) of the resting face. "
        "The largest "
        "face is read. Frames that come while one is being read are dropped and counted, so that the "
        "reading keeps up with the face.",
        "How the reading is made",
    )


def _camera_help() -> None:
    with st.expander("No picture, or no permission?", icon=":material/help:"):
        st.markdown(
            "- The sign beside the address bar opens the site's permissions: allow the camera, then turn "
            "the switch off "
            "and on.\n- Another program may hold the camera: close it.\n- From another machine, the page "
            "must come by "
            "https, and a TURN server may be needed (`[webrtc] ice_servers` in `.streamlit/secrets.toml`).\n"
            "- A photo or a clip works without any of this."
        )


def _secure() -> bool:
    """Whether the browser will hand over its camera: https, or this machine."""
    address = str(getattr(st.context, "url", "") or "")
    host = address.partition("://")[2].partition("/")[0].rpartition("@")[2]
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    return not address or address.startswith("https://") or name in ("localhost", "127.0.0.1", "[::1]")


# --- photo ------------------------------------------------------------------------------------------


def photo(bundle: Bundle) -> None:
    """One photo, uploaded or taken."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        how = st.segmented_control("Photo", ["Upload", "Take one"], default="Upload", required=True,
                                   key="live_photo",
                                   label_visibility="collapsed")  # fmt: skip
        if how == "Upload":
            file = st.file_uploader(
                "A photo with a face seen from the front", type=PHOTOS, key="live_photo_file"
            )
        else:
            file = st.camera_input("Look into the camera", key="live_photo_taken")
    if file is None:
        with right:
            st.markdown("##### No photo yet.\nIt is read in memory; **nothing is stored or sent elsewhere**.")
        return
    with errors.shown():
        image, said = _photo_read(bundle, file)
        with left:
            st.image(_with_mesh(image, said), caption=f"Face mesh on {errors.escaped(file.name)}")
        with right:
            several = "; the largest is classified" if said.faces > 1 else ""
            _said(said, f"One photo, {count(said.faces, 'face')}{several}. Its resting face is guessed.")


def _photo_read(bundle: Bundle, file: Any) -> tuple[Any, Prediction]:
    """The picture and its prediction; kept for this session until another one comes."""
    from fer_core.datasets.media import decode_image
    from fer_core.live.media import predict_image

    known = st.session_state.get("_photo_read")
    if known is None or known[0] != _identity(file) or known[1] is not bundle:
        with st.spinner("Finding the face"):
            image = decode_image(file.getvalue(), file.name)
            known = (_identity(file), bundle, image, predict_image(bundle, image, file.name))
        st.session_state["_photo_read"] = known
    return known[2:]


def _identity(file: Any) -> tuple[str, str, int]:
    return file.file_id, file.name, file.size


def _with_mesh(image: Any, said: Prediction) -> Any:
    import cv2

    from fer_core.live.overlay import draw

    scale = min(1.0, LARGEST / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
    return draw(small, said.points, emotion=said.emotion)


# --- clip -------------------------------------------------------------------------------------------


def clip(bundle: Bundle) -> None:
    """One uploaded video."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        file = st.file_uploader("A clip of a face", type=VIDEOS, key="live_clip_file")
        neutral = st.toggle("The clip's first frame shows the resting face", value=True,
                            key="live_clip_neutral",
                            bind="query-params", help="Off: a resting face is guessed instead.")  # fmt: skip
    if file is None:
        with right:
            st.markdown("##### No clip yet.\nIt is read from its first frame to its last, as from rest to "
                        "the peak of an "
                        "expression, and removed as soon as it is read; **nothing is stored or sent "
                        "elsewhere**.")  # fmt: skip
        return
    from fer_core.landmarks.sampling import sample_track
    from fer_core.landmarks.view import playback
    from fer_core.live.media import predict_track

    with errors.shown():
        track = _clip_read(file)
        said = predict_track(bundle, track, starts_neutral=neutral)
        colour = EMOTION_COLOURS.get(said.emotion, GREY)
        with left:
            st.markdown("**The mesh of the last frame with a face**")
            downloads.figure(
                figures.mesh_figure(said.points, colour), "clip_mesh", title="Mesh at the clip's end"
            )
            with st.expander("Play the clip's mesh", icon=":material/play_circle:"):
                shown = playback(track, sample_track(track, bundle.frames, bundle.rule), aligned=True)
                downloads.figure(player_figure(shown, colour=colour), "clip_player")
        with right:
            reference = (
                "its first frame is taken as the resting face"
                if said.neutral == "first frame"
                else "its resting face is guessed"
            )
            several = f"; up to {said.faces} faces, the largest is classified" if said.faces > 1 else ""
            _said(said, f"{count(said.frames, 'frame')}, a face in {said.found}{several}; {reference}.")


def _clip_read(file: Any) -> Any:
    """The track of an uploaded video; the file itself is removed at once."""
    from fer_core.datasets.base import Clip
    from fer_core.live.media import track_of_clip

    if st.session_state.get("_clip_read", (None,))[0] != _identity(file):
        with st.spinner("Finding the face in every frame"), tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"clip{Path(file.name).suffix.lower()}"
            path.write_bytes(file.getbuffer())
            track = track_of_clip(Clip(file.name, file.name, None, video=path))
        st.session_state["_clip_read"] = (_identity(file), track)
    return st.session_state["_clip_read"][1]


def _said(said: Prediction, caption: str) -> None:
    """The sentence, the bars, and what goes along."""
    page.say(f"Classified as {said.emotion}, probability {said.probabilities[said.emotion]:.2f}")
    st.caption(caption)
    rows = [{"emotion": e, "probability": round(p, 6)} for e, p in said.probabilities.items()]
    downloads.figure(
        figures.bars_figure(said.probabilities), "probabilities", table=rows,
        caption="Each classifier answers for itself, so the bars need not sum to 1. The highest one "
                "decides. An "
        "expression is not a feeling.",
    )  # fmt: skip
