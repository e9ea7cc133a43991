"""The run that reads videos: its progress while it goes on, and how it ended."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from fer_core import runs
from fer_core.base.errors import FerError
from fer_core.base.text import for_markdown
from fer_core.live.videos import jobs as video_jobs
from ui.common import errors
from ui.runs import extraction
from ui.runs import panel as run_panel
from ui.runs.rows import when
from ui.videos import form, view
from ui.videos import words as videos_words


def panel(folder: Path) -> None:
    """Draw a run: what goes on, what went wrong, what was found."""
    order = video_jobs.order_of(folder)
    st.subheader(for_markdown(order.words if order else folder.name), anchor=False)
    status = runs.read_status(folder)
    if status.active:
        _poll(folder)
        return
    _ended(folder, status)
    view.unfinished(folder)
    if (result := video_jobs.result_of(folder)) is not None:
        view.show(folder, result)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Delete this run", icon=":material/delete:", key="videos_delete", on_click=_delete, args=(folder.name,)
        )
        there = (folder / video_jobs.UPLOADS).exists()
        st.caption(videos_words.kept(folder, order is not None and order.uploaded, there))


def choose() -> Path | None:
    """The run that is looked at; with several, a box to choose one."""
    folder, known = form.watched(), video_jobs.known()
    if folder is None or len(known) < 2:
        return folder
    names = [f.name for f in known]
    key = "videos_run"
    if st.session_state.get(key) not in names or st.session_state.get(key) != folder.name:
        st.session_state[key] = folder.name
    st.selectbox("Run", names, key=key, format_func=_label, on_change=_look)
    return folder


def _look() -> None:
    form.watch(st.session_state["videos_run"])


def _label(name: str) -> str:
    folder = video_jobs.find(name)
    order = video_jobs.order_of(folder) if folder is not None else None
    return f"{when(name)}, {order.words if order else name}"


@st.fragment(run_every=run_panel.POLL_SECONDS)
def _poll(folder: Path) -> None:
    status = runs.read_status(folder)
    if not status.active:
        st.rerun()  # the page runs once more, without the polling
    share, words = extraction.progress_words(asdict(status), time.time())
    with st.container(border=True):
        st.progress(share, text=for_markdown(words) if status.total else "Starting")
        run_panel.stop_buttons(folder)
        if (result := video_jobs.result_of(folder)) is not None:
            _so_far(result)


def _so_far(result: dict[str, Any]) -> None:
    for clip in result["clips"]:
        st.caption(f":material/check: {for_markdown(clip['video'])}")
    for lost in result["failed"]:
        st.caption(f":material/error: {for_markdown(lost['why'])}")


def _ended(folder: Path, status: runs.Status) -> None:
    if status.state == "done":
        return
    if status.state == "cancelled":
        st.info("Stopped on request. What was read so far is kept.", icon=":material/stop_circle:")
    elif status.state == "lost":
        st.warning(
            "The run ended without a word: its process was killed, ran out of memory or the machine was "
            "switched off. What was read so far is kept.",
            icon=":material/link_off:",
        )
    else:
        errors.say(status.error or "The run failed without a word.")
        with st.expander("The log's last lines", icon=":material/terminal:"):
            st.code(runs.read_log(folder) or "The log is empty.", language=None)
    if status.state in ("cancelled", "lost") and video_jobs.can_go_on(folder):
        st.button(
            "Go on where it stopped",
            type="primary",
            icon=":material/play_arrow:",
            key="videos_go_on",
            on_click=_go_on,
            args=(folder,),
            disabled=video_jobs.active() is not None,
        )


def _go_on(folder: Path) -> None:
    try:
        video_jobs.go_on(folder)
    except FerError as error:
        st.session_state[form.ERROR] = str(error)


def _delete(name: str) -> None:
    run_panel.delete(video_jobs.find(name), form.ERROR)
    form.watch(None)
