"""Folders outside the data folders: opened with a button, listed, closed again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from fer_core.base.errors import FerError, PathError
from fer_core.base.paths import DATA_VARIABLE, home, inside_data
from fer_core.base.text import for_markdown
from fer_core.files import opened
from ui.common import errors, state
from ui.common.words import count

_ERROR = "_opened_error"
MEANING = (
    "The pages may then read every corpus, picture and video in it and below it, now and in later sessions, "
    "until you close it. Nothing in it is changed, nothing of it leaves this machine, and links in it that "
    "lead elsewhere are not followed."
)


def is_outside(path: str) -> bool:
    """Whether a path is a whole one that lies outside the opened folders."""
    try:
        inside_data(path)
    except PathError:
        return True
    return False


def offer(typed: str) -> None:
    """For a path outside: what opening it means, and the button. Raises `FerError` where it is not opened."""
    if not state.local():
        raise PathError(
            "this path lies outside the opened folders, and this server is reached from other machines",
            where=typed,
            fix=f"start the app with {DATA_VARIABLE} naming the folder, or bind it to this machine alone "
            "(server.address = localhost) and open it here",
        )
    place = opened.to_open(home(), typed)
    what = "file" if place.is_file() else "folder"
    with st.container(border=True):
        st.markdown(f"**{for_markdown(str(place))}** is not open to FER Lab yet.")
        st.caption(MEANING)
        st.button(
            f"Open this {what} for FER Lab",
            type="primary",
            icon=":material/folder_open:",
            on_click=_open,
            args=(str(place),),
            key="open_folder",
        )


def listing() -> None:
    """What is open besides the data folders, each with the button that closes it; else nothing."""
    if error := st.session_state.pop(_ERROR, None):
        errors.say(error)
    try:
        folders = opened.opened_folders(home())
    except PathError as error:
        errors.say(str(error))
        st.button("Begin a new list", icon=":material/restart_alt:", on_click=_close_all, key="opened_anew")
        return
    if not folders:
        return
    with st.expander(f"Opened by you: {count(len(folders), 'folder')}", icon=":material/folder_shared:"):
        if not state.local():
            st.warning(
                "This server is reached from other machines: whoever reaches it can look at "
                "these folders. Close those that only you should see.",
                icon=":material/warning:",
            )
        for folder in folders:
            _row(folder)


def _row(folder: Path) -> None:
    used = _used()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        there = _exists(folder)
        mark = ":material/folder:" if there else ":material/folder_off:"
        st.markdown(f"{mark} {for_markdown(str(folder))}", width="stretch")
        if not there:
            st.caption("not there now", width="content")
        elif used and used.is_relative_to(folder):
            st.caption("in use", width="content")
        st.button(
            "Close",
            icon=":material/close:",
            type="tertiary",
            on_click=_close,
            args=(folder,),
            key=f"close_{folder}",
            help="The pages no longer read it. The folder itself stays as it is.",
        )


def _used() -> Path | None:
    name = state.source()
    try:
        return state.place_of(name) if name and name != state.DEMO else None
    except FerError:
        return None


def _exists(folder: Path) -> bool:
    try:
        return folder.exists()
    except OSError:
        return False


def _open(place: str) -> None:
    _noted(lambda: opened.open_folder(home(), place))


def _close(folder: Path) -> None:
    _noted(lambda: opened.close_folder(home(), folder))


def _close_all() -> None:
    _noted(lambda: opened.close_all(home()))


def _noted(change: Callable[[], object]) -> None:
    try:
        change()
    except FerError as error:  # a callback's own messages would be wiped by the run that follows
        st.session_state[_ERROR] = str(error)
