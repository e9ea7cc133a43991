"""What is said of a photo or a clip, in the same bars as a stream's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.figures import live as figures
from fer_core.live.outcomes import outcomes
from fer_core.live.settings import LiveSettings
from fer_core.models.images.bundle import ImageBundle
from ui import downloads, live_words, page

if TYPE_CHECKING:
    from fer_core.live.media import Prediction
    from fer_core.models.opening import AnyBundle


def threshold() -> float:
    """The probability from which an emotion is said, as set for the webcam."""
    return float(st.session_state.get("live_threshold", LiveSettings().threshold))


def emotion_of(bundle: AnyBundle, said: Prediction) -> str | None:
    """The emotion that is said of it, or None."""
    return live_words.decided(outcomes(bundle, said.probabilities), threshold())[1]


def said_panel(bundle: AnyBundle, said: Prediction, caption: str) -> None:
    """The sentence, the bars, and what goes along."""
    values = outcomes(bundle, said.probabilities)
    kind, emotion = live_words.decided(values, threshold())
    page.say(live_words.reading_words(kind, emotion, values))
    st.caption(caption)
    rows = [
        {
            "emotion": e,
            "probability": round(p, 6),
            "classifier": round(said.probabilities.get(e, float("nan")), 6),
        }
        for e, p in values.items()
    ]
    downloads.figure(
        figures.bars_figure(values, threshold()), "probabilities", table=rows,
        caption="Probabilities of the emotions and of a resting face; they sum to 1. The dashed line is "
        "where an "
        "emotion begins to be said. An expression is not a feeling.",
    )  # fmt: skip


def measured(bundle: AnyBundle) -> str:
    """How a photo is read."""
    if isinstance(bundle, ImageBundle):
        return "The face is cut out, made level, and read as a picture; no resting face is needed."
    return "Its resting face is guessed."


def identity(file: Any) -> tuple[str, str, int]:
    """Tells one uploaded file from another."""
    return file.file_id, file.name, file.size
