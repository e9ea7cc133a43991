"""Recording a stream: nothing is stored unless the user presses record; then rows of numbers, no picture."""

from __future__ import annotations

import secrets
import shutil
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.paths import home
from ui import downloads, errors
from ui.words import count

if TYPE_CHECKING:
    from fer_core.live.recordings.recorder import Recorder
    from ui.camera import Camera

SIGN_SECONDS = 1.0


def recordings_dir() -> Path:
    """Where recordings lie; made by the first one."""
    return home() / "recordings"


def panel(cam: Camera, playing: bool) -> None:
    """Record, mark, stop; then what can be taken away, or deleted."""
    recorder = cam.recorder
    cam.look = replace(cam.look, recording=recorder is not None)
    with st.container(border=True):
        if recorder is not None:
            _going_on(cam, recorder)
        else:
            _idle(cam, playing)
        for finished in reversed(_kept()):
            if finished is not recorder:
                _finished(finished)


def _idle(cam: Camera, playing: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Record", disabled=not playing, icon=":material/fiber_manual_record:", key="live_record",
                     help="One row for every frame until you stop."):  # fmt: skip
            with errors.shown():
                begin(cam)
                st.rerun()
        st.caption(
            f"Nothing is stored unless you press it. Then every frame gives one row of numbers (time stamp, "
            "state, "
            f"probabilities, your event markers), kept in `{recordings_dir()}`. **No picture is stored.**"
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
    _kept().append(recorder)


def _going_on(cam: Camera, recorder: Recorder) -> None:
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        _sign(cam, recorder)
        if st.button("Stop recording", icon=":material/stop:", key="live_record_stop", type="primary"):
            cam.stop_recording()
            st.rerun()
    with right, st.form("live_mark", clear_on_submit=True, border=False):
        text = st.text_input("Event marker", placeholder="stimulus 3 shown", key="live_mark_text",
                             help="Written into the event column of the next row.")  # fmt: skip
        if st.form_submit_button("Mark", icon=":material/flag:"):
            recorder.mark(text.strip() or "mark")
            st.toast(f"Marked: {errors.escaped(text.strip() or 'mark')}", icon=":material/flag:")


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


def _finished(recorder: Recorder) -> None:
    name = recorder.folder.name
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{name}**: {count(recorder.rows, 'row')}, {recorder.seconds:.1f} s")
        downloads.file("CSV", f"{name}.csv", lambda: recorder.csv().read_bytes(), "text/csv")
        downloads.file("Parquet", f"{name}.parquet", lambda: recorder.parquet().read_bytes(),
                       "application/vnd.apache.parquet")  # fmt: skip
        downloads.file("What the columns mean", f"{name}.json", lambda: recorder.json().read_bytes())
        st.button("Delete", icon=":material/delete:", type="tertiary", key=f"delete_{name}", on_click=_delete,
                  args=(recorder,), help="Removes the recording's folder for good.")  # fmt: skip
    st.caption(f"In `{recorder.folder}`.")
    if recorder.error:
        errors.say(recorder.error)


def _delete(recorder: Recorder) -> None:
    recorder.close()
    shutil.rmtree(recorder.folder, ignore_errors=True)
    _kept().remove(recorder)


def _kept() -> list[Recorder]:
    """This session's recordings; another session's are none of its business."""
    found: list[Recorder] = st.session_state.setdefault("_recordings", [])
    return found
