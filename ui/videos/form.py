"""Choosing videos and how to read them, and starting the run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.errors import FerError
from fer_core.base.paths import DATA_VARIABLE, data_roots, inside_data
from fer_core.datasets.signatures import VIDEO_SUFFIXES, is_video_name
from fer_core.live.settings import MOST_FACES, LiveSettings
from fer_core.live.videos import jobs as video_jobs
from fer_core.live.videos.folder import Asked, Calibrate
from fer_core.live.videos.queue import find_videos
from ui.common import address, errors, handed, state
from ui.common.words import count
from ui.pickers import bundles

if TYPE_CHECKING:
    from fer_core.models.opening import AnyBundle

ERROR = "_videos_error"
_TURN, _WATCH = "_videos_turn", "_videos_watch"
SOURCES = {"upload": "Upload", "folder": "Data folder"}
NEUTRAL = {"running": "Estimate on the way", "first": "The first seconds"}
MOST_LISTED, MOST_LOOKED_AT = 500, 100_000


def form() -> None:
    """The whole form; starts a run in a process of its own."""
    if error := st.session_state.pop(ERROR, None):
        errors.say(error)
    left, right = st.columns(2, gap="large")
    with right, errors.shown(stop=True):
        bundle = bundles.pick()
    if bundle is None:
        return
    with left:
        source = address.one("Where the videos come from", SOURCES, "videos_from")
        chosen = _uploaded() if source == "upload" else _in_folder()
    with right:
        asked = _settings()
    _start_button(bundle, source, chosen, asked)


def _uploaded() -> list[Any]:
    turn = st.session_state.setdefault(_TURN, 0)  # a new box after each start: the old one holds the files
    files = st.file_uploader(
        "Videos",
        type=sorted(s.lstrip(".") for s in VIDEO_SUFFIXES),
        accept_multiple_files=True,
        key=f"videos_files_{turn}",
        help="Longer videos are better put into the data folder: nothing is copied then.",
    )
    given = handed.taken("videos")
    return [*(files or []), *([given] if given else [])]


def _in_folder() -> list[str]:
    roots = tuple(map(str, data_roots()))
    found = _listed(roots)
    chosen: list[str] = st.multiselect(
        "Videos in the data folders", found, key="videos_chosen", placeholder="Choose videos", disabled=not found
    )
    typed = st.text_input(
        "Or a file or folder by its path",
        key="videos_path",
        placeholder=f"{roots[0]}/videos",
        help=f"Inside the folders opened to FER Lab: {roots[0]}, what {DATA_VARIABLE} names, or what you "
        "opened on the Dataset page.",
    )
    return chosen + ([typed.strip()] if typed.strip() else [])


def _settings() -> Asked:
    neutral = address.one(
        "Resting face",
        NEUTRAL,
        "videos_neutral",
        help="Displacements are measured from it. The first three seconds with a face, if they show the "
        "person at rest; otherwise an estimate that grows better as the video goes on.",
    )
    with st.container(horizontal=True, gap="medium"):
        faces = address.slider(
            "Faces read at once", "videos_faces", 1, MOST_FACES, 1, 1, help="1 reads the largest face of each frame."
        )
        threshold = address.slider("Unsure below a probability of", "videos_threshold", 0.0, 1.0, 0.05, 0.5)
    calibrate: Calibrate = "first" if neutral == "first" else "running"
    return Asked(LiveSettings(max_faces=faces, threshold=threshold), calibrate, parquet=True)


def _start_button(bundle: AnyBundle, source: str, chosen: Sequence[Any], asked: Asked) -> None:
    busy = video_jobs.active() is not None
    why = "Another run is going on." if busy else "Choose a video first." if not chosen else None
    label = f"Read {count(len(chosen), 'video')}" if chosen and source == "upload" else "Read the videos"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            label,
            type="primary",
            icon=":material/play_arrow:",
            key="videos_start",
            on_click=_start,
            args=(source, tuple(chosen), asked),
            disabled=why is not None,
            help=why,
        )
        if not chosen:
            st.caption("Choose a video to begin.")


def _start(source: str, chosen: Sequence[Any], asked: Asked) -> None:
    try:
        bundle = bundles.folder()
        if source == "upload":
            folder = video_jobs.launch_uploads(bundle, [(f.name, f) for f in chosen], asked)
            st.session_state[_TURN] += 1
            handed.put_away("videos")
        else:
            found = find_videos([inside_data(path) for path in chosen])
            inside = [inside_data(path) for path in found.videos]
            folder = video_jobs.launch(bundle, inside, asked, found.passed_over)
            st.session_state["videos_chosen"], st.session_state["videos_path"] = [], ""
    except FerError as error:  # a callback's own messages would be wiped by the run that follows
        st.session_state[ERROR] = str(error)
        return
    watch(folder.name)


def watch(name: str | None) -> None:
    """Look at a run; None goes back to the newest."""
    st.session_state[_WATCH] = name
    address.put("videos", name)


def watched() -> Path | None:
    """The run that is looked at: the one chosen, the one in the address, the one that goes on, the newest."""
    named = st.session_state.get(_WATCH) or st.query_params.get("videos")
    known = video_jobs.known()
    folder = video_jobs.find(named) or video_jobs.active() or (known[0] if known else None)
    address.put("videos", folder.name if folder else None)
    return folder


@st.cache_data(ttl=30, max_entries=4, show_spinner="Looking for videos")
def _listed(roots: tuple[str, ...]) -> list[str]:
    """Videos in the data folders, named from there; not those that were uploaded for a run."""
    found: list[str] = []
    looked_at = 0
    for root in roots:
        for folder, inner, names in os.walk(root):
            inner.sort()
            looked_at += len(names)
            found += [state.relative_name(Path(folder) / n) for n in sorted(names) if is_video_name(n)]
            if len(found) >= MOST_LISTED or looked_at > MOST_LOOKED_AT:
                return found[:MOST_LISTED]
    return found
