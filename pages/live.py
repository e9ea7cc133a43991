"""Live: a recogniser on a webcam, a photo or a clip."""

from __future__ import annotations

import streamlit as st

from ui import (
    address,
    camera,
    errors,
    live_clip,
    live_help,
    live_photo,
    live_webcam,
    model_export,
    models,
    page,
)

WAYS = {"webcam": "Webcam", "photo": "Photo", "clip": "Clip"}
VIEWS = {"webcam": live_webcam.webcam, "photo": live_photo.photo, "clip": live_clip.clip}


def main() -> None:
    """The page."""
    page.heading(
        "Live", "What the movement of a face looks like to a recogniser. An expression is not a feeling."
    )
    live_help.notice()
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        way = address.one("What to look at", WAYS, "live_way", persist_state="session")
    with right, errors.shown(stop=True):
        bundle = models.pick()
    if bundle is None:
        return
    if way != "webcam":
        camera.leave()
    VIEWS[way](bundle)
    with errors.shown():
        model_export.panel(bundle, models.folder())


main()
