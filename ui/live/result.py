"""What is said of a photo or a clip, in the same bars as a stream's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.figures import live as figures
from fer_core.live.prediction_words import found_words, notes
from fer_core.live.settings import LiveSettings
from fer_core.live.state import decision_words
from ui.common import downloads, page

if TYPE_CHECKING:
    from fer_core.live.prediction import Prediction
    from fer_core.models.opening import AnyBundle


def settings() -> LiveSettings:
    """How a reading is decided, as set for the webcam."""
    plain = LiveSettings()
    return LiveSettings(threshold=float(st.session_state.get("live_threshold", plain.threshold)))


def emotion_of(said: Prediction) -> str | None:
    """The emotion that is said of it, or None."""
    return said.decide(settings())[1]


def said_panel(bundle: AnyBundle, said: Prediction) -> None:
    """The sentence, what it rests on, what limits it, and the bars."""
    values, threshold = said.distribution, settings().threshold
    page.say(decision_words(*said.decide(settings()), values))
    st.caption(for_markdown(found_words(said)))
    for note in notes(bundle, said):
        page.note(note)
    classifier = said.probabilities
    rows = [
        {
            "emotion": e,
            "probability": round(p, 6),
            "classifier": round(classifier.get(e, float("nan")), 6),
            "log odds": round(said.log_odds.get(e, float("nan")), 4),
        }
        for e, p in values.items()
    ]
    downloads.figure(
        figures.bars_figure(values, threshold),
        "probabilities",
        table=rows,
        caption="Probabilities of the emotions and of a resting face; they sum to 1. The dashed line is "
        "where an "
        "emotion begins to be said. An expression is not a feeling.",
    )


def identity(file: Any) -> tuple[str, str, int]:
    """Tells one uploaded file from another."""
    return file.file_id, file.name, file.size
