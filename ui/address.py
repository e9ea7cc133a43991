"""Controls whose value is the page's address: a link opens them, moving them writes it.

Streamlit's own binding keeps what an option is called in the address, and cannot let one control set another
that has a default. Here an option's short name is kept; a value that is the default, or none at all, is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

Number = TypeVar("Number", int, float)


def one(label: str, words: Mapping[Any, str], key: str, default: str = "", **control: Any) -> str:
    """One of several, named in ``words``; the first one unless a default is given.

    ``control`` are further arguments of `st.segmented_control`. ``then`` is called after a change.
    """
    start = default or next(iter(words))
    wanted = st.query_params.get(key, start)
    then = control.pop("then", None)
    hold(key, wanted if wanted in words else start)
    st.segmented_control(
        label, list(words), key=key, format_func=words.__getitem__, required=True,
        on_change=_moved, args=(key, start, then), **control,
    )  # fmt: skip
    return str(st.session_state[key])


def slider(
    label: str, key: str, low: Number, high: Number, step: Number, default: Number, **control: Any
) -> Number:
    """A number between two; ``control`` are further arguments of `st.slider`.

    Of an address that is no number or out of range the default stands.
    """
    kind = type(low)
    hold(key, number(st.query_params.get(key), low, high, kind(default)))
    st.slider(
        label, low, high, step=step, key=key, on_change=_moved, args=(key, kind(default), None), **control
    )
    return kind(st.session_state[key])


def toggle(label: str, key: str, **control: Any) -> bool:
    """On or off, off at first: ``key=1`` in the address. ``control`` are arguments of `st.toggle`."""
    then = control.pop("then", None)
    hold(key, st.query_params.get(key) == "1")
    st.toggle(label, key=key, on_change=_moved, args=(key, False, then), **control)
    return bool(st.session_state[key])


def number(text: str | None, low: Number, high: Number, default: Number) -> Number:
    """A number as the address has it, if it is one in the range; whole where the limits are."""
    try:
        value = type(low)(text or "")
    except ValueError:
        return default
    return value if low <= value <= high else default


def put(key: str, value: str | None) -> None:
    """Write, or with None take out, a name of the address."""
    if value is None:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != value:
        st.query_params[key] = value


def hold(key: str, value: Any) -> None:
    """Give a control its value, where it has another: one that is being moved must not be set back."""
    held = st.session_state.get(key)
    same = abs(held - value) < 1e-9 if isinstance(held, float) and isinstance(value, float) else held == value
    if held is None or not same:
        st.session_state[key] = value


def _moved(key: str, default: Any, then: Callable[[], None] | None) -> None:
    value = st.session_state[key]
    plain = "1" if value is True else f"{value:.10g}" if isinstance(value, float) else str(value)
    put(key, None if value == default else plain)
    if then is not None:
        then()
