"""How the pages say that something went wrong: one sentence, no traceback."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from fer_core.base.errors import Cancelled, FerError
from fer_core.base.text import for_markdown


@contextmanager
def shown(*, stop: bool = False) -> Iterator[None]:
    """Run a block; a `FerError` from it appears as its sentence, and the page goes on.

    Parameters
    ----------
    stop : bool
        End the page after the sentence, where nothing below makes sense without the block.

    Notes
    -----
    Other exceptions are faults of ours: they pass through to Streamlit, which writes them to the
    terminal and, by our settings, keeps the traceback off the page.
    """
    try:
        yield
    except Cancelled:
        st.info("Stopped on request. What was finished is kept.", icon=":material/stop_circle:")
        _maybe_stop(stop)
    except FerError as error:
        logging.getLogger("fer_lab").warning("%s", error)
        say(str(error))
        _maybe_stop(stop)


def say(sentence: str) -> None:
    """Show one error sentence, with what people typed kept from being read as Markdown."""
    st.error(for_markdown(sentence[:1].upper() + sentence[1:]), icon=":material/error:")


def _maybe_stop(stop: bool) -> None:
    if stop:
        st.stop()
