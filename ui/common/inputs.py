"""Inputs of a form whose choices outlive a page switch, and a few of them the session, in the URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

import streamlit as st

from fer_core.base.limits import Range
from fer_core.base.text import for_markdown


class Inputs:
    """Draws inputs that begin with what was given before, or else with a default.

    Parameters
    ----------
    prefix : str
        The form's own, in widget keys and in the URL.
    given : dict
        What was given before, by the inputs' names (`given`).
    """

    def __init__(self, prefix: str, given: dict[str, Any]) -> None:
        self.values: dict[str, Any] = {}
        self._prefix, self._given = prefix, given
        self._turn = st.session_state.setdefault(_turn_key(prefix), 0)  # `start_over` makes every input anew

    def given(self, name: str) -> Any:
        """What the input of that name holds now, before it is drawn."""
        return st.session_state.get(self.key(name), self._given.get(name))

    def choice(self, name: str, label: str, options: Mapping[str, str], default: str, **more: Any) -> str:
        """One of several, in a box; ``options`` are words by value."""
        start = known(self._given.get(name), options, default)
        index = list(options).index(start)
        said = st.selectbox(label, list(options), index, format_func=options.__getitem__, key=self.key(name), **more)
        return str(self._noted(name, said))

    def number(self, name: str, label: str, low: float, high: float, default: float, **more: Any) -> Any:
        """A number of the default's type."""
        kind = type(default)
        try:
            before = kind(self._given.get(name, default))
            start = min(max(before, kind(low)), kind(high)) if isfinite(before) else default
        except (TypeError, ValueError, OverflowError):
            start = default
        more.setdefault("step", 1 if kind is int else 0.05)
        said = st.number_input(label, kind(low), kind(high), start, key=self.key(name), **more)
        return self._noted(name, said)

    def within(self, name: str, label: str, allowed: Range, default: float, **more: Any) -> Any:
        """A number of the default's type within its range."""
        return self.number(name, label, allowed.low, allowed.high, default, **more)

    def text(self, name: str, label: str, default: str, **more: Any) -> str:
        """A line of text; one that was left as it is follows a changing default."""
        start = str(self._given.get(name) or default)
        more.setdefault("max_chars", 60)
        said = st.text_input(label, start, key=self.key(f"{name}_{default}"), **more)
        return str(self._noted(name, said) if said != default else said)

    def flag(self, name: str, label: str, default: bool, **more: Any) -> bool:
        """Yes or no."""
        start = str(self._given.get(name, default)) == "True"
        return bool(self._noted(name, st.checkbox(label, start, key=self.key(name), **more)))

    def several(self, name: str, label: str, options: Sequence[str], default: Sequence[str], **more: Any) -> list[str]:
        """Any of several, as pills."""
        before = self._given.get(name, default)
        before = before.split(",") if isinstance(before, str) else before
        start = [v for v in before if v in options] or list(default)
        more = {"format_func": for_markdown} | more
        said = st.pills(label, options, selection_mode="multi", default=start, key=self.key(name), **more)
        return list(self._noted(name, said))

    def key(self, name: str) -> str:
        """The widget's key of an input of that name."""
        return f"{self._prefix}_{name}_{self._turn}"

    def _noted(self, name: str, value: Any) -> Any:
        self.values[name] = value
        return value


def given(prefix: str, in_url: Sequence[str]) -> dict[str, Any]:
    """What was chosen before: in this session, or else in the link that opened the page."""
    key = _given_key(prefix)
    if key not in st.session_state:
        named = {name: st.query_params.get(f"{prefix}_{name}") for name in in_url}
        st.session_state[key] = {k: v for k, v in named.items() if v is not None}
    return dict(st.session_state[key])


def keep(prefix: str, values: dict[str, Any], in_url: Sequence[str]) -> None:
    """Keep what is chosen now, the named part of it in the URL too."""
    st.session_state[_given_key(prefix)] = values
    for name in in_url:
        key = f"{prefix}_{name}"
        text = _text(values.get(name, ""))
        if not text:
            st.query_params.pop(key, None)
        elif st.query_params.get(key) != text:
            st.query_params[key] = text


def start_over(prefix: str, values: dict[str, Any]) -> None:
    """Forget what was chosen but for the given values, and draw every input anew."""
    st.session_state[_given_key(prefix)] = values
    st.session_state[_turn_key(prefix)] = st.session_state.get(_turn_key(prefix), 0) + 1


def change(prefix: str, values: dict[str, Any]) -> None:
    """In a callback: give some inputs other values, keep the rest as chosen, and draw every input anew."""
    start_over(prefix, st.session_state.get(_given_key(prefix), {}) | values)


def changed_from(start: str, key: str, back: Callable[[], None]) -> None:
    """Say that the form is no longer what it started from, with the button that goes back to that."""
    with row():
        st.caption(f"Changed from “{start}”.", width="content")
        st.button(f"Back to “{start}”", icon=":material/undo:", type="tertiary", key=key, on_click=back)


def known(value: Any, options: Any, default: str) -> str:
    """The value if it is one of the options, else the default."""
    return value if value in options else default


def row() -> Any:
    """A line of a form that reads like a sentence: words and inputs side by side."""
    return st.container(horizontal=True, vertical_alignment="center", gap="small")


def word(text: str) -> None:
    """Words between a sentence's inputs."""
    st.markdown(text, width="content")


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _given_key(prefix: str) -> str:
    return f"_{prefix}_given"


def _turn_key(prefix: str) -> str:
    return f"_{prefix}_turn"
