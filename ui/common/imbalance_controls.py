"""What imbalance is looked at with: which emotions are told apart, which loss from which ratio."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from fer_core.losses.imbalance import Boundary, LossPlan, LossPolicy, usual_emotions
from ui.common import errors

BOUNDARIES: dict[Boundary, str] = {">": "stays below (>)", ">=": "is above (≥)"}
EMOTIONS = {"six": "The study's six", "all": "All that occur"}


def plan(counts: Mapping[str, int]) -> LossPlan:
    """Draw the controls for a corpus with these labelled clips; gives back what they say."""
    left, middle, right = st.columns([2, 3, 2], vertical_alignment="bottom")
    emotions = usual_emotions(counts)
    if len(emotions) < len(counts):
        which = left.segmented_control(
            "Emotions told apart",
            list(EMOTIONS),
            default="six",
            required=True,
            key="emotions",
            bind="query-params",
            format_func=EMOTIONS.__getitem__,
        )
        emotions = tuple(counts) if which == "all" else emotions
    moderate, severe = middle.slider(
        "Thresholds of the weighted and the focal loss",
        1.0,
        30.0,
        (3.5, 11.5),
        0.1,
        key="thresholds",
        bind="query-params",
        help="A ratio above the first gets the weighted loss, above the second the focal loss. The study has "
        "3.5 and 11.5.",
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
        return LossPlan(counts, emotions, LossPolicy(moderate, severe, boundary))
