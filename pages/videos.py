"""Videos: videos of any length read frame by frame, with a table, episodes and a summary of each."""

from __future__ import annotations

import streamlit as st

from ui import page, videos_form, videos_run, videos_words


def main() -> None:
    """The page."""
    page.heading(
        "Videos",
        "What the faces in a video are classified as, frame by frame. An expression is not a feeling.",
    )
    st.caption(f":material/info: {videos_words.NOTICE} [What it can claim, the law, privacy](notice)")
    folder = videos_run.choose()
    if folder is None:
        st.subheader("Read a first video", anchor=False)
        videos_form.form()
    else:
        with st.expander("Read more videos", icon=":material/movie:"):
            videos_form.form()
        videos_run.panel(folder)
    page.how(videos_words.HOW)


main()
