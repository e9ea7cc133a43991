"""Grad-CAM: where in a picture an image model's answer rests. `panel` stands on the Models page."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from fer_core.base.errors import FerError
from fer_core.base.text import for_markdown
from fer_core.figures import live as bars
from fer_core.figures.picture_heat import heat_figure
from fer_core.models.images.bundle import ARRAYS, load_image_bundle
from fer_core.models.images.grad_cam_service import GradCamService
from fer_core.results import bundles_and_runs
from ui.common import address, downloads, errors, page
from ui.live.photo import PHOTOS
from ui.pickers import image_corpora

if TYPE_CHECKING:
    from fer_core.models.images.bundle import ImageBundle
    from fer_core.models.images.grad_cam import Heat

Picture = npt.NDArray[np.uint8]

WHERE = {"upload": "Upload", "corpus": "From a corpus"}
POLL_SECONDS = 0.5
HOW = """
The score of the chosen class, before softmax or sparsemax, is differentiated by the network's last feature
maps; each map is weighted by the mean of its derivatives, and what the weighted maps sum to is shown where it
is positive (**Grad-CAM**; Selvaraju et al., 2017, equations 1 and 2), enlarged linearly to the picture's size
and divided by its largest value. The maps are coarse, so the heat is too: it says where, not what. With
another picture or class, the same colour may stand for another amount. Heat shows what this model's answer
rests on, not what a face means.
"""


def panel() -> None:
    """Choose an image model and a picture; see its heat for a class, and the probabilities."""
    st.subheader("Explain a prediction (Grad-CAM)", anchor=False)
    models = {s.name: s for s in bundles_and_runs.image_bundles() if (s.folder / ARRAYS).is_file()}
    if not models:
        st.markdown("No image model has been trained here yet. Train one, and its answers can be looked into.")
        return
    left, right = st.columns([2, 3], gap="large")
    with left, errors.shown():
        name = st.selectbox(
            "Image model", list(models), format_func=lambda n: bundles_and_runs.label(models[n]), key="cam_model"
        )
        folder = models[name].folder
        bundle = load_image_bundle(folder, arrays=False)
        picture, words = _picture(bundle)
        if picture is None:
            st.markdown(for_markdown(words))
            return
        emotion = st.selectbox("Class", _classes(bundle), key="cam_class", format_func=_class_words)
        with right:
            _shown(folder, bundle, picture, emotion, words)
    page.how(HOW)


def _classes(bundle: ImageBundle) -> list[str]:
    return ["", *bundle.emotions]


def _class_words(emotion: str) -> str:
    return emotion or "the most probable"


def _picture(bundle: ImageBundle) -> tuple[Picture | None, str]:
    """The picture as the model takes it, and a sentence on where it comes from or what is missing."""
    where = address.one("Picture", WHERE, "cam_from")
    return _uploaded(bundle) if where == "upload" else _of_corpus(bundle)


def _uploaded(bundle: ImageBundle) -> tuple[Picture | None, str]:
    file = st.file_uploader("A photo with a face", type=PHOTOS, key="cam_file")
    as_is = st.toggle(
        "It is a face that was cut out already",
        key="cam_as_is",
        help="On: its central square is read. Off: the largest face is found, cut out and made level.",
    )
    if file is None:
        return None, "It is read in memory; nothing is stored or sent elsewhere."
    from fer_core.datasets.pictures import decode_image

    known = st.session_state.get("_cam_picture")
    key = (file.file_id, as_is, bundle.size, bundle.channels)
    if known is None or known[0] != key:
        with st.spinner("Finding the face"):
            known = (key, *_prepared(bundle, decode_image(file.getvalue(), file.name), as_is, file.name))
        st.session_state["_cam_picture"] = known
    return known[1], known[2]


def _prepared(bundle: ImageBundle, image: Picture, as_is: bool, name: str) -> tuple[Picture, str]:
    """As the model takes it. Raises `LandmarkError` where no face is found."""
    from fer_core.base.errors import LandmarkError
    from fer_core.datasets.images.pixels import fitted
    from fer_core.landmarks.face_crop import crop_like_fer2013
    from fer_core.live.media import faces_of

    if as_is:
        return fitted(image, bundle.size, bundle.channels), f"The central square of {name}."
    faces = faces_of(image)
    if not faces:
        raise LandmarkError("no face was found", where=name, fix="say that it is cut out already, or use another photo")
    cut = crop_like_fer2013(image, faces[0], bundle.size)
    return fitted(cut, bundle.size, bundle.channels), f"The largest face of {name}, cut out and made level."


def _of_corpus(bundle: ImageBundle) -> tuple[Picture | None, str]:
    names = image_corpora.found()
    if not names:
        return None, "There is no corpus of pictures in the opened data folders."
    corpus = image_corpora.opened(st.selectbox("Corpus", names, key="cam_corpus"))
    shown = st.selectbox("Labelled", list(corpus.emotions), key="cam_emotion")
    positions = np.flatnonzero(corpus.emotion == shown)
    number = st.number_input(f"Which of {len(positions):,}", 1, len(positions), 1, key="cam_number")
    at = int(positions[int(number) - 1])
    from fer_core.datasets.images.pixels import pixels

    picture = pixels(corpus, [at], bundle.size, bundle.channels)[0]
    part = f", {corpus.part[at]} part" if corpus.part[at] else ""
    return picture, f"{corpus.name}, {corpus.item[at]}, labelled {shown}{part}."


def _shown(folder: Path, bundle: ImageBundle, picture: Picture, emotion: str, words: str) -> None:
    future = _service().ask(folder, picture)
    if not future.done():
        _wait(future)
        return
    heat = _result(future)
    if heat is None:
        return
    chosen = emotion or heat.emotions[int(heat.probabilities.argmax())]
    _picture_and_bars(bundle, picture, heat, chosen, words)


def _result(future: Future[Heat]) -> Heat | None:
    try:
        return future.result()
    except FerError as error:
        errors.say(str(error))
        return None


@st.fragment(run_every=POLL_SECONDS)
def _wait(future: Future[Heat]) -> None:
    """Words while the process starts and works; then the whole page again."""
    if future.done():
        st.rerun()
    st.markdown(f"##### {for_markdown(_service().words) or 'Waiting for the process'}")


def _picture_and_bars(bundle: ImageBundle, picture: Picture, heat: Heat, emotion: str, words: str) -> None:
    at = heat.emotions.index(emotion)
    share = heat.heat[at]
    probability = float(heat.probabilities[at])
    page.say(f"Probability of {emotion} {probability:.2f}; {_where_words(share)}.")
    rows, columns = heat.grid
    downloads.figure(
        heat_figure(picture, share, "Share of the largest heat"),
        "grad_cam",
        table=[
            {"row": r, "column": c, "heat": round(float(share[r, c]), 5)}
            for r in range(share.shape[0])
            for c in range(share.shape[1])
        ],
        title=f"Grad-CAM of {bundle.name} for {emotion}",
        caption=f"{words} Heat for {emotion}, from maps of {rows} by {columns}, by the {heat.score}.",
    )
    values = {e: float(p) for e, p in zip(heat.emotions, heat.probabilities, strict=True)}
    downloads.figure(
        bars.bars_figure(values),
        "grad_cam_probabilities",
        table=[{"emotion": e, "probability": round(p, 6)} for e, p in values.items()],
        caption="What the network says of this picture, before its temperature is applied. An expression is "
        "not a feeling.",
    )


def _where_words(heat: npt.NDArray[np.float32]) -> str:
    """Which of the picture's nine parts hold most of the heat, and how much of it."""
    if not heat.any():
        return "nothing in its feature maps speaks for it"
    rows, columns = (np.array_split(np.arange(n), 3) for n in heat.shape)
    parts = {
        " ".join(dict.fromkeys((high, side))): float(heat[np.ix_(r, c)].sum() / heat.sum())
        for high, r in zip(("upper", "middle", "lower"), rows, strict=True)
        for side, c in zip(("left", "middle", "right"), columns, strict=True)
    }
    ordered = sorted(parts, key=parts.__getitem__, reverse=True)
    taken = 1 + int(parts[ordered[0]] <= 0.5)
    share = sum(parts[name] for name in ordered[:taken])
    if share <= 0.5:
        return "its heat is spread over the picture"
    noun = "part" if taken == 1 else "parts"
    return f"{share:.0%} of its heat lies in the {' and '.join(ordered[:taken])} {noun} of the picture"


@st.cache_resource(show_spinner=False, on_release=lambda service: service.close())
def _service() -> Any:
    """One for the whole server: a process with TensorFlow in it is half a gigabyte."""
    return GradCamService()
