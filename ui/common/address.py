"""Controls that a link can set, and that write themselves into the page's address.

Streamlit's own binding keeps what an option is called in the address, and cannot let one control set another
that has a default. Here an option's short name is kept; a value that is the default, or none at all, is not.
The address is read when a page is opened. From then on the control is right: while it is being moved, the
browser may still send the address of a moment ago.

A control that several pages draw under one key is another control to Streamlit on each of them. The first run
of the next page still finds the value under that key, though the new control does not take it over. So each
key is kept with the page that drew it (`fresh`), and a control of another page gets its value anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

from fer_core.base.text import for_markdown

Number = TypeVar("Number", int, float)
_PAGE = "_address_page"


def opened(page: str) -> bool:
    """Note which page this run draws, before anything is drawn; whether another one was drawn before it."""
    before = st.session_state.get(_PAGE)
    st.session_state[_PAGE] = page
    return before != page


def fresh(key: str) -> bool:
    """Whether a control must be given its value: it has none, or that of another page's control."""
    state, drawn, page = st.session_state, f"_{key}_page", st.session_state.get(_PAGE)
    before, state[drawn] = state.get(drawn, page), page
    return key not in state or before != page


def one(label: str, words: Mapping[Any, str], key: str, default: str = "", **control: Any) -> str:
    """One of several, named in ``words``; the first one unless a default is given.

    ``control`` are further arguments of `st.segmented_control`.
    """
    start = default or next(iter(words))
    _start(key, start, lambda text: text if text in words else start)
    if st.session_state[key] not in words:  # of a table that had more of them
        st.session_state[key] = start
    said = st.segmented_control(
        label, list(words), key=key, format_func=lambda w: for_markdown(words[w]), required=True, **control
    )
    put(key, None if said == start else str(said))
    return str(said)


def box(label: str, words: Mapping[str, str], key: str, **control: Any) -> str:
    """The same in a box, for many; the first one is the default.

    ``control`` are further arguments of `st.selectbox`.
    """
    start = next(iter(words))
    _start(key, start, lambda text: text if text in words else start)
    if st.session_state[key] not in words:
        st.session_state[key] = start
    said = st.selectbox(label, list(words), key=key, format_func=words.__getitem__, **control)
    put(key, None if said == start else str(said))
    return str(said)


def several(label: str, words: Mapping[str, str], key: str, **control: Any) -> list[str]:
    """Any of ``words`` as pills, all at first; in the address unless all are chosen."""
    if fresh(key):
        wanted = st.query_params.get_all(key)
        st.session_state[key] = [w for w in words if w in wanted] if wanted else list(words)
    said = st.pills(
        label, list(words), selection_mode="multi", format_func=lambda w: for_markdown(words[w]), key=key, **control
    )
    chosen = [] if len(said) == len(words) else [str(c) for c in said] or [""]
    if st.query_params.get_all(key) != chosen:
        if chosen:
            st.query_params[key] = chosen
        else:
            st.query_params.pop(key, None)
    return [str(c) for c in said]


def slider(label: str, key: str, low: Number, high: Number, step: Number, default: Number, **control: Any) -> Number:
    """A number between two; ``control`` are further arguments of `st.slider`.

    Of an address that is no number or out of range the default stands.
    """
    _start(key, default, lambda text: number(text, low, high, default))
    if not low <= st.session_state[key] <= high:
        st.session_state[key] = default
    said = st.slider(label, low, high, step=step, key=key, **control)
    put(key, None if _same(said, default) else f"{said:.10g}")
    return said


def number(text: str | None, low: Number, high: Number, default: Number) -> Number:
    """A number as the address has it, if it is one in the range; whole where the limits are."""
    try:
        value = type(low)(text or "")
    except ValueError:
        return default
    return value if low <= value <= high else default


def reset(key: str) -> None:
    """In a callback: let a control follow its default again, even if that changes with what was chosen."""
    if _default(key) in st.session_state:
        st.session_state[key] = st.session_state[_default(key)]


def hold(key: str, value: Any) -> None:
    """Give a control its value where it has another: one that is being moved must not be set back."""
    if fresh(key) or not _same(st.session_state[key], value):
        st.session_state[key] = value


def put(key: str, value: str | None) -> None:
    """Write, or with None take out, a name of the address."""
    if value is None:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != value:
        st.query_params[key] = value


def _start(key: str, default: Any, read: Callable[[str | None], Any]) -> None:
    """By the address on a page's first run; where the default changes, what stood there moves with it."""
    state, kept = st.session_state, _default(key)
    if fresh(key):
        state[key] = read(st.query_params.get(key))
    elif kept in state and not _same(state[kept], default) and _same(state[key], state[kept]):
        state[key] = default
    state[kept] = default


def _default(key: str) -> str:
    return f"_{key}_default"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) < 1e-9
    return bool(one == other)
