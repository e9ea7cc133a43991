"""Recording a stream: nothing is stored unless the user presses record; then rows of numbers, no picture."""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base.errors import RecordingError
from fer_core.base.paths import home
from fer_core.base.text import for_code, for_markdown
from fer_core.live.recordings.shelf import Recording, delete, recordings
from ui.common import downloads, errors
from ui.common.words import count

if TYPE_CHECKING:
    from fer_core.live.recordings.recorder import Recorder
    from ui.live.camera import Camera

SIGN_SECONDS = 1.0
SHOWN = 5
"""So many recordings are shown at once; older ones are folded."""
_ERROR = "_recording_error"


def recordings_dir() -> Path:
    """Where recordings lie; made by the first one."""
    return home() / "recordings"


def panel(cam: Camera, playing: bool) -> None:
    """Record, mark, stop; then every recording of this machine."""
    recorder = cam.recorder
    cam.look = replace(cam.look, recording=recorder is not None)
    with st.container(border=True):
        if recorder is not None:
            _going_on(cam, recorder)
        else:
            _idle(cam, playing)
        listing(recorder)


def listing(recorder: Recorder | None = None) -> None:
    """The recordings that lie on this machine, whenever they were made, but for the one that goes on here."""
    if error := st.session_state.pop(_ERROR, None):
        errors.say(error)
    found = [r for r in recordings(recordings_dir()) if recorder is None or r.folder != recorder.folder]
    for recording in found[:SHOWN]:
        _finished(recording)
    if len(found) > SHOWN:
        with st.expander(f"{count(len(found) - SHOWN, 'older recording')}", icon=":material/folder:"):
            for recording in found[SHOWN:]:
                _finished(recording)
    if found:
        st.caption(f"In {for_code(str(recordings_dir()))}.")


def _idle(cam: Camera, playing: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            "Record",
            disabled=not playing,
            icon=":material/fiber_manual_record:",
            key="live_record",
            help="One row for every frame until you stop.",
        ):
            with errors.shown():
                begin(cam)
                st.rerun()
        st.caption(
            "Nothing is stored unless you press it. Then every frame gives one row of numbers (time, state, "
            f"probabilities, your event markers), kept in {for_code(str(recordings_dir()))}. "
            "**No picture is stored.**"
        )


def begin(cam: Camera) -> None:
    """Start a recording in a folder of its own. Raises `RecordingError`."""
    from fer_core.live.recordings.recorder import Recorder

    stream = cam.stream
    settings = asdict(stream.settings) if stream is not None else {}
    about = {
        "source": "webcam",
        "bundle": cam.bundle.name,
        "stream_trained": getattr(cam.bundle, "streams", False),
        "settings": settings,
        "calibrated": cam.snapshot().calibrated,
    }
    name = f"live-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"  # two sessions may begin at once
    recorder = Recorder(recordings_dir() / name, cam.bundle.emotions, about)
    cam.record(recorder)


def _going_on(cam: Camera, recorder: Recorder) -> None:
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        _sign(cam, recorder)
        if st.button("Stop recording", icon=":material/stop:", key="live_record_stop", type="primary"):
            cam.stop_recording()
            st.rerun()
    with right, st.form("live_mark", clear_on_submit=True, border=False):
        text = st.text_input(
            "Event marker",
            placeholder="stimulus 3 shown",
            key="live_mark_text",
            help="Written into the event column of the next row.",
        )
        if st.form_submit_button("Mark", icon=":material/flag:"):
            recorder.mark(text.strip() or "mark")
            st.toast(f"Marked: {for_markdown(text.strip() or 'mark')}", icon=":material/flag:")


@st.fragment(run_every=SIGN_SECONDS)
def _sign(cam: Camera, recorder: Recorder) -> None:
    if cam.recorder is not recorder:  # the video ended, or another recogniser was taken
        st.rerun()
    st.markdown(
        f":red-badge[:material/fiber_manual_record: Recording] **{count(recorder.rows, 'row')}**, "
        f"{recorder.seconds:.0f} s"
    )
    if recorder.error:
        errors.say(recorder.error)


def _finished(recording: Recording) -> None:
    name = recording.name
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{for_markdown(name)}**: {_size(recording)}")
        downloads.file("CSV", f"{name}.csv", recording.csv.read_bytes, "text/csv")
        if recording.growing:
            return
        downloads.file(
            "Parquet", f"{name}.parquet", lambda: recording.parquet().read_bytes(), "application/vnd.apache.parquet"
        )
        if recording.json.is_file():
            downloads.file("What the columns mean", f"{name}.json", recording.json.read_bytes)
        st.button(
            "Delete",
            icon=":material/delete:",
            type="tertiary",
            key=f"delete_{name}",
            on_click=_delete,
            args=(recording,),
            help="Removes the recording's folder for good.",
        )
    if recording.error:
        errors.say(recording.error)


def _size(recording: Recording) -> str:
    if recording.growing:
        return "being recorded"
    if recording.rows is None or recording.seconds is None:
        return "its rows cannot be read"
    return f"{count(recording.rows, 'row')}, {recording.seconds:.1f} s"


def _delete(recording: Recording) -> None:
    try:
        delete(recording)
    except RecordingError as error:  # a callback's own messages would be wiped by the run that follows
        st.session_state[_ERROR] = str(error)
