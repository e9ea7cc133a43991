"""Choices that stand in the URL by their keys.

Streamlit's own ``bind="query-params"`` writes what people read (the formatted option), so that a link would
break when a word on the page changes. Sliders and plain text boxes have no such words and can be bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st


def one(label: str, words: Mapping[str, str], key: str, default: str | None = None, **more: Any) -> str:
    """One of ``words`` (what stands in the URL → what people read) as a segmented control.

    A link's choice counts where it is one of them; the default, the first if none is named, is left out
    of the URL. ``more`` goes to `st.segmented_control`.
    """
    start = default or next(iter(words))
    if key not in st.session_state:
        wanted = str(st.query_params.get(key, start))
        st.session_state[key] = wanted if wanted in words else start
    chosen = st.segmented_control(
        label, list(words), required=True, format_func=words.__getitem__, key=key, **more
    )  # fmt: skip
    _write(key, [] if chosen == start else [str(chosen)])
    return str(chosen)


def several(label: str, words: Mapping[str, str], key: str, **more: Any) -> list[str]:
    """Any of ``words`` as pills, all at first; in the URL unless all are chosen."""
    if key not in st.session_state:
        wanted = st.query_params.get_all(key)
        st.session_state[key] = [w for w in words if w in wanted] if wanted else list(words)
    chosen = st.pills(
        label, list(words), selection_mode="multi", format_func=words.__getitem__, key=key, **more
    )  # fmt: skip
    _write(key, [] if len(chosen) == len(words) else [str(c) for c in chosen] or [""])
    return [str(c) for c in chosen]


def _write(key: str, values: list[str]) -> None:
    if st.query_params.get_all(key) == values:
        return
    if values:
        st.query_params[key] = values
    else:
        st.query_params.pop(key, None)
