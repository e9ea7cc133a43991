"""One uploaded video."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.datasets.signatures import VIDEO_SUFFIXES
from fer_core.figures import live as figures
from fer_core.figures.landmarks import player_figure
from fer_core.figures.theme import EMOTION_COLOURS, GREY
from fer_core.live.prediction_words import shown_words
from fer_core.models.images.bundle import ImageBundle
from ui.common import downloads, errors
from ui.live import result

if TYPE_CHECKING:
    from fer_core.datasets.base import Clip
    from fer_core.models.bundle import Bundle
    from fer_core.models.opening import AnyBundle


def clip(bundle: AnyBundle) -> None:
    """A clip's view."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        types = sorted(s.lstrip(".") for s in VIDEO_SUFFIXES)
        file = st.file_uploader("A clip of a face", type=types, key="live_clip_file")
        neutral = not isinstance(bundle, ImageBundle) and st.toggle(
            "The clip's first frame shows the resting face",
            value=True,
            key="live_clip_neutral",
            bind="query-params",
            help="Off: a resting face is guessed instead.",
        )
    if file is None:
        with right:
            st.markdown(
                "##### No clip yet.\nIt is read from its first frame to its last, as from rest to the peak "
                "of an "
                "expression, and removed as soon as it is read; **nothing is stored or sent elsewhere**."
            )
        return
    with errors.shown():
        if isinstance(bundle, ImageBundle):
            _apex(bundle, file, left, right)
        else:
            _shown(bundle, file, neutral, left, right)


def _apex(bundle: ImageBundle, file: Any, left: Any, right: Any) -> None:
    """The clip's last frame with a face, read as a picture."""
    from fer_core.live.drawing.overlay import draw

    said, image = _read_apex(bundle, file)
    with left:
        shown = draw(image, said.points, emotion=result.emotion_of(said))
        st.image(shown, caption=f"Frame {said.frame:g}, the last one with a face")
    with right:
        result.said_panel(bundle, said)


def _read_apex(bundle: ImageBundle, file: Any) -> Any:
    """Prediction and frame of an uploaded video; the file itself is removed at once."""
    from fer_core.live.images.media import predict_apex

    known = st.session_state.get("_apex_read")
    if known is None or known[0] != result.identity(file) or known[1] is not bundle:
        with st.spinner("Reading the clip"), _as_clip(file) as stored:
            known = (result.identity(file), bundle, predict_apex(bundle, stored))
        st.session_state["_apex_read"] = known
    return known[2]


def _shown(bundle: Bundle, file: Any, neutral: bool, left: Any, right: Any) -> None:
    from fer_core.landmarks.sampling import sample_track
    from fer_core.landmarks.view import playback
    from fer_core.live.media import predict_track

    track, remarks = _read(file)
    said = replace(predict_track(bundle, track, starts_neutral=neutral), remarks=remarks)
    colour = EMOTION_COLOURS.get(result.emotion_of(said) or "", GREY)
    with left:
        downloads.figure(
            figures.mesh_figure(said.points, colour),
            "clip_mesh",
            title=f"Mesh of frame {said.frame:.3g}",
            caption=shown_words(said),
        )
        with st.expander("Play the clip's mesh", icon=":material/play_circle:"):
            shown = playback(track, sample_track(track, bundle.frames, bundle.rule), aligned=True)
            downloads.figure(player_figure(shown, colour=colour), "clip_player")
    with right:
        result.said_panel(bundle, said)


def _read(file: Any) -> Any:
    """The track of an uploaded video and what of it was not read; the file itself is removed at once."""
    from fer_core.live.media import clip_remarks, track_of_clip

    if st.session_state.get("_clip_read", (None,))[0] != result.identity(file):
        with st.spinner("Finding the face in every frame"), _as_clip(file) as stored:
            track = track_of_clip(stored)
            remarks = clip_remarks(stored, track.frame_numbers.tolist())
        st.session_state["_clip_read"] = (result.identity(file), (track, remarks))
    return st.session_state["_clip_read"][1]


@contextmanager
def _as_clip(file: Any) -> Iterator[Clip]:
    """An uploaded video on disk while it is read."""
    from fer_core.datasets.base import Clip

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"clip{Path(file.name).suffix.lower()}"
        path.write_bytes(file.getbuffer())
        yield Clip(file.name, file.name, None, video=path)
