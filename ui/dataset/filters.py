"""Part of a corpus: filters by what it says of its clips. The choice is part of the source in use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from fer_core.base.errors import FerError
from fer_core.base.text import for_markdown
from fer_core.datasets.source import Source, source_of, values_of
from ui.common import state
from ui.common.words import count
from ui.pickers import image_corpora

_KEY = "filter"


def panel() -> None:
    """A box for each attribute, where the corpus in use has any."""
    line = state.source()
    if not line or line == state.DEMO:
        return
    of = state.asked(line)
    try:
        whole = _whole(of)
        values = values_of(whole)
    except FerError:  # said above
        return
    if not values:
        return
    chosen = dict(of.only)
    with st.container(border=True):
        st.markdown(
            ":material/filter_alt: **Only a part of it**",
            help="Empty: all. What is chosen counts on all pages, in what is trained, and in the address.",
        )
        with st.container(horizontal=True, gap="medium"):
            for name, counts in values.items():
                _box(of, name, counts, chosen.get(name, ()))
        if of.only:
            left = len(whole) if not hasattr(whole, "clips") else len(whole.clips)
            st.button(
                f"Use all {count(left, 'item')}",
                type="tertiary",
                icon=":material/filter_alt_off:",
                on_click=_all,
                args=(of,),
            )


def _box(of: Source, name: str, counts: Mapping[str, int], chosen: tuple[str, ...]) -> None:
    key = f"{_KEY}_{of.path}_{name}"
    st.session_state[key] = [v for v in chosen if v in counts]
    st.multiselect(
        for_markdown(name.capitalize()),
        list(counts),
        key=key,
        on_change=_take,
        args=(of, name, key),
        width=260,
        placeholder=f"all {len(counts)}",
        format_func=lambda v: f"{v} ({counts[v]:,})",
    )


def _take(of: Source, name: str, key: str) -> None:
    only = dict(of.only) | {name: tuple(st.session_state[key])}
    state.use(source_of(of.path, only, of.codes).line)


def _all(of: Source) -> None:
    state.use(replace(of, only=()).line)


def _whole(of: Source) -> Any:
    whole = replace(of, only=()).line
    return image_corpora.opened(whole) if state.kind(whole) == "images" else state.open_source(whole)
