"""Live: a recogniser on a webcam, a photo or a clip."""

from __future__ import annotations

import streamlit as st

from ui.common import address, errors, page
from ui.live import camera, clip, help, photo, webcam
from ui.pickers import bundle_export, bundles

WAYS = {"webcam": "Webcam", "photo": "Photo", "clip": "Clip"}
VIEWS = {"webcam": webcam.webcam, "photo": photo.photo, "clip": clip.clip}


def main() -> None:
    """The page."""
    page.heading("Live", "What the movement of a face looks like to a recogniser. An expression is not a feeling.")
    help.notice()
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        way = address.one("What to look at", WAYS, "live_way", persist_state="session")
    with right, errors.shown(stop=True):
        bundle = bundles.pick()
    if bundle is None:
        return
    if way != "webcam":
        camera.leave()
    VIEWS[way](bundle)
    with errors.shown():
        bundle_export.panel(bundle, bundles.folder())


main()
