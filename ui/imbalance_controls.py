"""What imbalance is looked at with, of clips and of images: which emotions, which loss from which ratio."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from fer_core.emotions import SIX
from fer_core.imbalance import Boundary, LossPolicy
from ui import errors, state

BOUNDARIES: dict[Boundary, str] = {">": "stays below (>)", ">=": "is above (≥)"}


def controls() -> tuple[Sequence[str] | None, LossPolicy]:
    """Draw them; gives back the emotions, None for all that occur, and the policy."""
    left, middle, right = st.columns([2, 3, 2], vertical_alignment="bottom")
    which = left.segmented_control(
        "Emotions",
        ["all", "six"],
        default="all",
        required=True,
        key="emotions",
        bind="query-params",
        format_func=state.EMOTION_CHOICES.__getitem__,
    )
    state.set_emotion_choice(which)
    moderate, severe = middle.slider(
        "Thresholds: weighted loss from, focal loss from",
        1.0,
        30.0,
        (3.5, 11.5),
        0.1,
        key="thresholds",
        bind="query-params",
        help="The study uses 3.5 and 11.5.",
    )
    boundary = right.segmented_control(
        "A ratio equal to a threshold",
        list(BOUNDARIES),
        default=">",
        required=True,
        key="boundary",
        bind="query-params",
        format_func=BOUNDARIES.__getitem__,
        help="The study says both.",
    )
    with errors.shown(stop=True):
        policy = LossPolicy(moderate, severe, boundary)
    return (SIX if which == "six" else None), policy
