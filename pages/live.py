"""Live: a recogniser on a webcam, a photo or a clip."""

from __future__ import annotations

import streamlit as st

from ui import errors, live_view, models, page

WAYS = {"webcam": "Webcam", "photo": "Photo", "clip": "Clip"}
VIEWS = {"webcam": live_view.webcam, "photo": live_view.photo, "clip": live_view.clip}


def main() -> None:
    """The page."""
    page.heading(
        "Live", "What the movement of a face looks like to a recogniser. An expression is not a feeling."
    )
    with errors.shown(stop=True):
        bundle = models.pick()
    if bundle is None:
        return
    way = st.segmented_control(
        "What to look at", list(WAYS), default="webcam", required=True, format_func=WAYS.get, key="live_way",
        bind="query-params",
    )  # fmt: skip
    VIEWS[way or "webcam"](bundle)


main()
