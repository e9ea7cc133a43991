"""Videos: videos of any length read frame by frame, with a table, episodes and a summary of each."""

from __future__ import annotations

import streamlit as st

from ui.common import page
from ui.videos import form, run, words


def main() -> None:
    """The page."""
    page.heading(
        "Videos", "What the faces in a video are classified as, frame by frame. An expression is not a feeling."
    )
    st.caption(f":material/info: {words.NOTICE} [What it can claim, the law, privacy](notice)")
    folder = run.choose()
    if folder is None:
        st.subheader("Read a first video", anchor=False)
        form.form()
    else:
        with st.expander("Read more videos", icon=":material/movie:"):
            form.form()
        run.panel(folder)
    page.how(words.HOW)


main()
