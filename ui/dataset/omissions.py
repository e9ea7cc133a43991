"""What was found in a corpus of either kind: people, attributes, what was left out and passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.datasets.base import Omission
from ui.common import downloads
from ui.common.words import count, listed

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus
    from fer_core.datasets.images.base import ImageCorpus

_MOST_SUFFIXES, _MOST_VALUES = 8, 8


def numbers(values: Mapping[str, str]) -> None:
    """Numbers side by side, on a narrow screen in as many lines as they need."""
    with st.container(horizontal=True, gap="medium"):
        for label, value in values.items():
            st.metric(for_markdown(label), value, width="content")


def say_people(known: bool, noun: str) -> None:
    """Where people are unknown, what follows from it and what to do."""
    if not known:
        st.caption(
            f":material/person_off: Who is shown in each {noun} is not known, so training cannot keep people "
            "apart: one person may stand on both sides of a split. Who it is can be said under *Names are "
            "read wrong, or say too little?*, by a pattern or a list."
        )


def say_attributes(attributes: Mapping[str, Mapping[str, int]]) -> None:
    """What else the corpus says, as ``view: straight 70, half left 70; light: strong 90, dark 50``."""
    told = [
        f"{name}: "
        + ", ".join(f"{value} {n:,}" for value, n in list(values.items())[:_MOST_VALUES] if value)
        + (f" and {len(values) - _MOST_VALUES} others" if len(values) > _MOST_VALUES else "")
        for name, values in attributes.items()
    ]
    if told:
        st.caption(f":material/filter_alt: {for_markdown('; '.join(told))}")


def left_out(omissions: Sequence[Omission]) -> int:
    """How many things were left out; a remark on what was kept is none of them."""
    return sum(o.count for o in omissions if not _is_remark(o))


def say_omissions(corpus: Corpus | ImageCorpus) -> None:
    """Tables of both, folded, and the sentence on what was passed over."""
    remarks = [o for o in corpus.omissions if _is_remark(o)]
    gone = [o for o in corpus.omissions if not _is_remark(o)]
    if passed := passed_over_words(corpus.passed_over):
        st.caption(f":material/filter_list_off: {for_markdown(passed)}")
    for kind, rows, icon in (("Left out", gone, "rule"), ("Kept, with a remark", remarks, "comment")):
        if rows:
            title = f"{kind}: {count(sum(o.count for o in rows), 'thing')}, and why"
            with st.expander(title, icon=f":material/{icon}:"):
                downloads.table(
                    [{"where": o.where, "things": o.count, "why": o.why, "what to do": o.fix} for o in rows],
                    f"{kind.split(',')[0].lower().replace(' ', '_')}_{corpus.name}",
                )


def passed_over_words(passed: Sequence[tuple[str, int]]) -> str:
    """``Passed over, as neither pictures nor videos: 3 .txt, 1 .pdf and 1 without an ending.``"""
    if not passed:
        return ""
    ordered = sorted(passed, key=lambda pair: -pair[1])
    told = [f"{n:,} {suffix or 'without an ending'}" for suffix, n in ordered[:_MOST_SUFFIXES]]
    if rest := sum(n for _, n in ordered[_MOST_SUFFIXES:]):
        told.append(f"{rest:,} others")
    return f"Passed over, as neither pictures nor videos: {listed(told)}."


def _is_remark(omission: Omission) -> bool:
    return omission.why.startswith("kept")
