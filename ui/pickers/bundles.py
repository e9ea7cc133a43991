"""Choosing a recogniser: shipped bundles and those of finished runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base.errors import BundleError
from fer_core.results import bundles_and_runs
from ui.common import empty, page, state

if TYPE_CHECKING:
    from fer_core.models.opening import AnyBundle


def pick() -> AnyBundle | None:
    """A box with every recogniser; None, with the empty state, without any. Raises `BundleError`.

    One that was trained for cameras is suggested first; image models stand last.
    """
    found = {s.name: s for s in bundles_and_runs.readers()}
    if not found:
        with empty.state(
            "model_training",
            "No recogniser yet",
            "Train one first: on the demo corpus a quick one takes a few minutes.",
        ):
            page.link("train", "Train a recogniser", "model_training")
        return None
    names = list(found)
    kept = st.session_state.get("_model") or st.query_params.get("model") or state.run_in_use()
    if kept not in found:
        kept = next((n for n in names if bundles_and_runs.for_streams(found[n])), names[0])
    name = st.selectbox(
        "Recogniser", names, names.index(kept), format_func=lambda n: bundles_and_runs.label(found[n]), key="live_model"
    )
    st.session_state["_model"] = name
    if st.query_params.get("model") != name:
        st.query_params["model"] = name
    folder = found[name].bundle
    assert folder is not None
    bundle = load(folder)
    corpus = bundle.training.get("corpus")  # of an image model, its name
    if isinstance(corpus, dict) and corpus.get("synthetic"):
        st.warning(
            "This recogniser was trained on synthetic landmarks: what it says of a real face is a try-out, no more.",
            icon=":material/science:",
        )
    return bundle


def folder() -> Path:
    """The folder of the recogniser that `pick` has drawn. Raises `BundleError` where it is gone."""
    source = bundles_and_runs.find(st.session_state.get("_model"))
    chosen = source.bundle if source is not None else None
    if chosen is None:
        raise BundleError("the recogniser is not there any more", fix="choose another one")
    return chosen


def load(folder: Path) -> AnyBundle:
    """A bundle, read once for all sessions and anew when its files change."""
    return _loaded(str(folder), max(f.stat().st_mtime_ns for f in folder.iterdir() if f.is_file()))


@st.cache_resource(max_entries=6, show_spinner="Reading the recogniser")
def _loaded(folder: str, stamp: int) -> AnyBundle:
    # A resource: bundles are frozen and only read, by any number of threads.
    from fer_core.models.opening import open_bundle

    return open_bundle(folder)
