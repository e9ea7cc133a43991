"""The Equivalence page's controls. All that they say is in the address, margins of every metric too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.results.differences import ALL
from fer_core.stats.equivalence import MARGINS
from fer_core.stats.judging import PEOPLE_ALPHA, Basis, Rule
from fer_core.stats.verdict_words import capital, words
from ui.common import address
from ui.pickers import in_use
from ui.pickers.tables import Chosen

Limits = tuple[float, float]
LEAST, MOST, STEP = 0.001, 0.3, 0.001
URL, OTHERS = "equivalence_margin", "equivalence_others"
UNEQUAL, LOW, HIGH = "equivalence_unequal", "equivalence_low", "equivalence_high"
_KEPT = "_equivalence_margins"

UNITS: dict[Basis, str] = {"pair": "Matched pairs", "emotion": "Emotions", "people": "People"}
RULES: dict[Rule, str] = {"tost": "TOST", "published": "Published rule"}
UNITS_HELP = (
    "Matched pairs, as published: they share emotions and test clips, so they are not independent. Emotions: "
    "the pairs of each emotion averaged first. People, where every clip's outputs are known: bootstrap over "
    "subjects."
)
RULES_HELP = (
    "TOST: the 90% interval (1 − 2 alpha) must lie inside the margin. The published study asks for the 95% "
    "interval, mean ± 1.96 standard errors."
)


@dataclass(frozen=True)
class View:
    """What the controls say; ``margins`` of every metric, ``emotion`` over people only."""

    metric: str
    margins: dict[str, Limits]
    alpha: float
    unit: Basis
    rule: Rule
    emotion: str = ALL


def controls(chosen: Chosen) -> View:
    """The controls. Pairs, the published study's unit, are the default for that study alone: of other
    results, people where they are known, else emotions.
    """
    metrics = chosen.table.metrics
    units = {k: v for k, v in UNITS.items() if chosen.people is not None or k != "people"}
    default = {"published": "pair", "people": "people", "table": "emotion"}[chosen.kind]
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        unit = cast(Basis, address.one("Unit of analysis", units, "equivalence_unit", default, help=UNITS_HELP))
        rule = cast(Rule, address.one("Rule", RULES, "equivalence_rule", help=RULES_HELP))
        alpha = address.slider(
            "alpha",
            "equivalence_alpha",
            0.005,
            0.2,
            0.005,
            0.05,
            format="%.3f",
            width=220,
            disabled=unit == "people",
            help="Over people it is 0.05: their intervals are 90% and 95%." if unit == "people" else None,
        )
    if unit == "people":
        alpha = PEOPLE_ALPHA
    emotion = _emotion(chosen.table.emotions) if unit == "people" else ALL
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        metric = in_use.metric("Metric in focus", {m: capital(words(m)) for m in metrics})
        if UNEQUAL not in st.session_state:  # the page has been opened
            text = st.query_params.get(URL, "")
            st.session_state[UNEQUAL] = ":" in text and readable(text) is not None
            st.session_state[_KEPT] = margins_of(metric, metrics)
        low, high = st.session_state[_KEPT].get(metric, MARGINS[metric])
        if -low != high:
            st.session_state[UNEQUAL] = True
        unequal = st.toggle("Unequal margin", key=UNEQUAL, on_change=_unequal_changed, args=(metric,))
    margins = {m: MARGINS[m] for m in metrics} | {m: v for m, v in st.session_state[_KEPT].items() if m in metrics}
    _write(metric, margins, unequal)
    limits = margins[metric]
    if unequal:
        left, right = st.columns(2, gap="medium")
        with left:
            _slider(f"Margin for {for_markdown(words(metric))}, below 0", LOW, -MOST, -LEAST, limits[0], metric)
        with right:
            _slider(f"Margin for {for_markdown(words(metric))}, above 0", HIGH, LEAST, MOST, limits[1], metric)
    else:
        _slider(f"Margin for {for_markdown(words(metric))}, ±", "equivalence_width", LEAST, MOST, limits[1], metric)
    return View(metric, margins, alpha, unit, rule, emotion)


def margins_of(metric: str, metrics: Sequence[str]) -> dict[str, Limits]:
    """Every metric's margin by the address: the published one where it says nothing."""
    margins = {m: MARGINS[m] for m in metrics}
    for part in filter(None, st.query_params.get(OTHERS, "").split(",")):
        name, _, text = part.partition(":")
        if name in margins and (found := readable(text)):
            margins[name] = found
    if found := readable(st.query_params.get(URL, "")):
        margins[metric] = found
    return margins


def readable(text: str) -> Limits | None:
    """``0.03`` or ``-0.02:0.03`` as limits; None for anything else, or out of the sliders' range."""
    try:
        numbers = [float(part) for part in text.split(":")]
    except ValueError:
        return None
    low, high = (-numbers[0], numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[-1])
    inside = LEAST <= -low <= MOST and LEAST <= high <= MOST and len(numbers) < 3
    return (low, high) if inside else None


def written(limits: Limits, unequal: bool = False) -> str:
    """What `readable` reads."""
    low, high = (f"{v:.4g}" for v in limits)
    return f"{low}:{high}" if unequal or -limits[0] != limits[1] else high


def _emotion(emotions: Sequence[str]) -> str:
    words = {ALL: "mean of all emotions", **{e: e for e in emotions}}
    return in_use.one("Emotion", words, "emotion", ALL)


def _slider(label: str, key: str, low: float, high: float, value: float, metric: str) -> None:
    address.hold(key, value)
    st.slider(label, low, high, step=STEP, key=key, format="%.3f", on_change=_moved, args=(key, metric))


def _moved(key: str, metric: str) -> None:
    """A margin was moved, one side of it or both."""
    value = round(st.session_state[key], 4)
    low, high = st.session_state[_KEPT].get(metric, MARGINS[metric])
    _keep(metric, {LOW: (value, high), HIGH: (low, value)}.get(key, (-value, value)))


def _unequal_changed(metric: str) -> None:
    """Back to equal sides: the wider one counts."""
    if not st.session_state[UNEQUAL]:
        low, high = st.session_state[_KEPT].get(metric, MARGINS[metric])
        _keep(metric, (-max(-low, high), max(-low, high)))


def _keep(metric: str, limits: Limits) -> None:
    st.session_state[_KEPT] = {**st.session_state[_KEPT], metric: limits}


def _write(metric: str, margins: dict[str, Limits], unequal: bool) -> None:
    """Into the address: the margin in focus, then the others, where they are not the published ones."""
    changed = {m: written(v) for m, v in margins.items() if v != MARGINS[m]}
    mine = changed.pop(metric, None)
    text = written(margins[metric], unequal) if unequal else mine
    if text and in_use.now().metric is None:
        in_use.take(metric=metric)  # the address has to name what its margin is of
    address.put(URL, text)
    address.put(OTHERS, ",".join(f"{m}:{text}" for m, text in changed.items()) or None)
