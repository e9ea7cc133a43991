"""One photo, uploaded or taken."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.datasets.signatures import IMAGE_SUFFIXES
from ui.common import address, errors, handed
from ui.live import help, result

if TYPE_CHECKING:
    from fer_core.live.prediction import Prediction
    from fer_core.models.opening import AnyBundle

LARGEST = 1200
"""Pixels of a photo's longer side as shown."""
PHOTOS = sorted(s.lstrip(".") for s in IMAGE_SUFFIXES)
HOW = {"upload": "Upload", "take": "Take one"}


def photo(bundle: AnyBundle, only: str | None = None, first: str = "upload") -> None:
    """A photo's view. ``only`` one of `HOW` where the other cannot work, else ``first`` is offered first."""
    only = only or (None if help.secure() else "upload")
    left, right = st.columns([3, 2], gap="large")
    with left:
        how = only or address.one("Photo", HOW, "live_photo", first, label_visibility="collapsed")
        given = handed.taken("live")
        file = _upload() if how == "upload" else st.camera_input("Look into the camera", key="live_photo_taken")
        file = file or given
    if file is None:
        with right:
            st.markdown("##### No photo yet.\nIt is read in memory; **nothing is stored or sent elsewhere**.")
        return
    with errors.shown():
        image, said = _read(bundle, file)
        with left:
            shown = _with_mesh(image, said, result.emotion_of(said))
            st.image(shown, caption=f"The face that is read on {for_markdown(file.name)}")
        with right:
            result.said_panel(bundle, said)


def _upload() -> Any:
    return st.file_uploader("A photo with a face seen from the front", type=PHOTOS, key="live_photo_file")


def _read(bundle: AnyBundle, file: Any) -> tuple[Any, Prediction]:
    """The picture and its prediction; kept for this session until another one comes."""
    from fer_core.datasets.pictures import decode_photo
    from fer_core.live.predict import predict_photo

    known = st.session_state.get("_photo_read")
    if known is None or known[0] != result.identity(file) or known[1] is not bundle:
        with st.spinner("Finding the face"):
            image, remarks = decode_photo(file.getvalue(), file.name)
            said = replace(predict_photo(bundle, image, file.name), remarks=remarks)
            known = (result.identity(file), bundle, image, said)
        st.session_state["_photo_read"] = known
    return known[2:]


def _with_mesh(image: Any, said: Prediction, emotion: str | None) -> Any:
    import cv2

    from fer_core.live.drawing.overlay import draw

    scale = min(1.0, LARGEST / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
    return draw(small, said.points, emotion=emotion)
