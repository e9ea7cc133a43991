"""A file that was uploaded on one page and is to be read on another."""

from __future__ import annotations

from typing import Any

import streamlit as st

from fer_core.base.text import for_markdown

_KEY = "_handed_"


def hand(to: str, file: Any) -> None:
    """Give an uploaded file to another page; one at a time."""
    st.session_state[_KEY + to] = file


def taken(to: str) -> Any:
    """The file that was given to a page, with a line that says so and puts it away; None where none was."""
    file = st.session_state.get(_KEY + to)
    if file is None:
        return None
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f":material/attach_file: {for_markdown(file.name)}, from the Dataset page", width="content")
        st.button(
            "Put away", type="tertiary", icon=":material/close:", key=f"put_away_{to}", on_click=put_away, args=(to,)
        )
    file.seek(0)
    return file


def put_away(to: str) -> None:
    """Forget the file that was given to a page."""
    st.session_state.pop(_KEY + to, None)
