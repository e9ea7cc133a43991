"""Results of one kind on a page: which of them is looked at, and the run of one's own that makes another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from fer_core import runs
from fer_core.base.errors import FerError
from fer_core.base.text import for_markdown
from ui.common import errors
from ui.runs import panel


@dataclass(frozen=True)
class OwnResults:
    """One kind of results, in the address and in the session.

    Attributes
    ----------
    name : begins the keys of its widgets
    query : its name in the address
    jobs : a module with ``results``, ``read_result``, ``find`` and ``active_run``
    title : what the choice between several is called
    label : a result's name in words
    words : what a run does, from its folder
    noun : what a run is called in a sentence
    kept : of a run's folder a sentence on what it leaves behind when it is stopped or dies
    """

    name: str
    query: str
    jobs: Any
    title: str
    label: Callable[[str], str]
    words: Callable[[Path], str]
    noun: str = "run"
    kept: Callable[[Path], str] = lambda folder: ""

    @property
    def _chosen(self) -> str:
        return f"{self.name}_result"

    @property
    def _watched(self) -> str:
        return f"_{self.name}_watch"

    @property
    def _error(self) -> str:
        return f"_{self.name}_error"

    def choose(self) -> dict[str, Any] | None:
        """The result that is looked at, with its ``name``, which the address tells; None where there is none.

        One that cannot be read is said.
        """
        names = self.jobs.results()
        if not names:
            return None
        wanted = st.query_params.get(self.query)
        first = names.index(wanted) if wanted in names else 0
        chosen = names[first]
        if len(names) > 1:
            chosen = st.selectbox(
                for_markdown(self.title), names, first, format_func=self.label, key=self._chosen, width=460
            )
        if st.query_params.get(self.query) != chosen:
            st.query_params[self.query] = chosen
        with errors.shown():
            return dict(self.jobs.read_result(chosen)) | {"name": chosen}
        return None

    def look(self, name: str, *, done: bool) -> None:
        """What is to be shown: a result, or the run that goes on or has ended. Before the page is opened."""
        st.session_state[self._chosen if done else self._watched] = name

    def start(self, launch: Callable[..., Path], *arguments: Any) -> None:
        """Start a run and follow it, in a callback."""
        try:
            folder = launch(*arguments)
        except FerError as error:  # a callback's own messages would be wiped by the run that follows
            st.session_state[self._error] = str(error)
            return
        st.session_state[self._watched] = folder.name

    def running(self) -> bool:
        """Draw the run that was started here, or else one that goes on; whether it still does."""
        if error := st.session_state.pop(self._error, None):
            errors.say(error)
        folder = self.jobs.find(st.session_state.get(self._watched)) or self.jobs.active_run()
        if folder is None:
            return False
        st.session_state[self._watched] = folder.name
        parts = panel.Parts(self.noun, self._done, self.delete, self._close, kept=self.kept(folder))
        panel.panel(folder, self.words(folder), parts)
        return bool(runs.read_status(folder).active)

    def delete(self, name: str) -> None:
        """Remove a run and its result, in a callback."""
        panel.delete(self.jobs.find(name), self._error)
        st.query_params.pop(self.query, None)
        for key in (self._chosen, self._watched):
            st.session_state.pop(key, None)

    def _done(self, folder: Path) -> None:
        shown = st.query_params.get(self.query) == folder.name
        st.success("Done. " + ("Its result is shown above." if shown else ""), icon=":material/check:")
        if not shown:
            st.button(
                "Show its result",
                icon=":material/visibility:",
                type="primary",
                key=f"{self.name}_show",
                on_click=self._show,
                args=(folder.name,),
            )

    def _show(self, name: str) -> None:
        st.query_params[self.query] = st.session_state[self._chosen] = name
        self._close()

    def _close(self) -> None:
        st.session_state.pop(self._watched, None)
