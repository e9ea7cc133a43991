"""The Compare page's controls: what is compared, how it is read, which view is shown. All in the URL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.results import study as tables_of
from fer_core.results import study_subset
from fer_core.results.study import FACTOR_NAMES, Reading, Study
from fer_core.results.words import LEVELS, WHOLE_METRICS
from ui.compare import words as compare_words
from ui.pickers import in_use

URL: Any = "query-params"
VIEWS = {
    "means": "Means",
    "emotions": "Per emotion",
    "confusion": "Confusion",
    "curves": "Learning curves",
    "searches": "Searches",
}


@dataclass(frozen=True)
class Chosen:
    """What the controls say."""

    conditions: tuple[str, ...]
    seeds: tuple[int, ...]
    emotions: tuple[str, ...]
    reading: Reading
    metric: str
    common: bool


def filters(study: Study) -> Chosen:
    """The controls above the views; all of them in the URL."""
    reading, metric, common = in_use.READING, "macro_f1", False
    with st.container(horizontal=True, gap="medium"):
        levels = [_levels(study, name) for name in FACTOR_NAMES]
        seeds = _several("seeds", "Seeds", study.seeds)
        if study.tested:
            metric = _best_by()
    slugs = [c for c in study.conditions if all(a in b for a, b in zip(c.split("-"), levels, strict=True))]
    with st.container(horizontal=True, gap="medium"):
        emotions = _several("emotions", "Emotions shown", study.emotions)
        if study.tested:
            reading = in_use.reading()
    if study.tested:
        common = _common(study_subset.part_of(study, slugs, seeds))
        st.caption(compare_words.READING_WORDS[reading])
    chosen: Any = reading
    return Chosen(tuple(slugs), tuple(seeds), tuple(emotions), chosen, metric, common)


def _best_by() -> str:
    metrics = ["macro_f1", *(m for m in WHOLE_METRICS if m != "macro_f1")]
    return st.selectbox(
        "Best by", metrics, format_func=WHOLE_METRICS.__getitem__, key="compare_by", bind=URL, width=220
    )


def _common(part: Study) -> bool:
    """Whether to keep to the clips that all conditions were tested on; asked where they differ."""
    return study_subset.uneven(part) and st.toggle(
        "Only clips that every condition was tested on", key="compare_common", bind=URL
    )


def view(study: Study) -> str:
    """Which view is shown, of those there is something to see in."""
    there = {
        **dict.fromkeys(("means", "emotions", "confusion"), bool(study.tested)),
        "curves": any(c["train"] for slug in study.tested for c in tables_of.curves(study, slug)),
        "searches": bool(study.trials),
    }
    options = [name for name, filled in there.items() if filled]
    chosen = st.segmented_control(
        "View",
        options,
        default=options[0],
        required=True,
        format_func=VIEWS.__getitem__,
        key="compare_view",
        bind=URL,
        label_visibility="collapsed",
    )
    return chosen if chosen in options else options[0]


def _levels(study: Study, factor: str) -> list[str]:
    place = FACTOR_NAMES.index(factor)
    levels = list(dict.fromkeys(slug.split("-")[place] for slug in study.conditions))
    return _several(factor, factor.capitalize(), levels, lambda level: LEVELS.get(level, level))


def _several(name: str, label: str, options: Sequence[Any], words: Any = str) -> list[Any]:
    """Any of several, as pills; where there is one, it is taken unasked."""
    if len(options) < 2:
        return list(options)
    said = st.pills(
        label,
        list(options),
        selection_mode="multi",
        default=list(options),
        format_func=lambda o: for_markdown(words(o)),
        key=f"compare_{name}",
        bind=URL,
    )
    return [option for option in options if option in said]
