"""Corpora of pictures inside the opened data folders: listed, and opened once per version of their folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.errors import FerError
from fer_core.base.paths import data_roots, own_roots
from fer_core.base.text import is_text
from fer_core.datasets.images.catalog import recognise_images
from ui.common import state

if TYPE_CHECKING:
    from fer_core.datasets.images.base import ImageCorpus

MOST = 400
"""Entries of a data folder looked at."""


def listed() -> list[str]:
    """Corpora of pictures in the data folders, by names relative to them; also names that are no text."""
    roots = data_roots()
    return _listed(tuple(map(str, roots)), tuple(map(stamp, roots)))


def found() -> list[str]:
    """Those whose names can be shown; the one in use first."""
    names = [name for name in listed() if is_text(name)]
    used = state.source()
    if used and state.images_in_use():
        names = [used, *(name for name in names if name != used)]
    return names


def opened(name: str) -> ImageCorpus:
    """A corpus by its name, with its own labels. Raises `FerError` where it is outside, or cannot be read."""
    return _opened(state.path_of(name), stamp(state.place_of(name)))


def is_one(name: str) -> bool:
    """Whether a source is a corpus of pictures, by its layout alone."""
    try:
        return state.kind(name) == "images"
    except FerError:
        return False


def read_again() -> None:
    """Forget what was listed and read, so that changed folders are read anew."""
    _listed.clear()
    _opened.clear()


def words(corpus: ImageCorpus) -> str:
    """``32,298 pictures, 48 pixels wide, 7 emotions; of a train and a validation part``."""
    parts = [part for part in corpus.parts if part]
    side = f", {corpus.size} pixels wide" if corpus.size else ""
    split = f"; parts: {', '.join(parts)}" if parts else ""
    people = f"; {len(corpus.subjects)} people" if corpus.subjects_known else ""
    return f"{len(corpus):,} pictures{side}, {len(corpus.emotions)} emotions{split}{people}"


@st.cache_data(max_entries=4, show_spinner="Looking for corpora of pictures")
def _listed(roots: tuple[str, ...], stamps: tuple[float, ...]) -> list[str]:
    names: list[str] = []
    opened = set(data_roots()) - set(own_roots())
    for root in map(Path, roots):
        if root in opened and _is_corpus(root):  # what was opened is mostly a corpus itself
            names.append(str(root))
            continue
        entries = _entries(root)
        names += [state.relative_name(entry) for entry in entries if _is_corpus(entry)]
    return names


def _entries(root: Path) -> list[Path]:
    try:
        return sorted(root.iterdir())[:MOST]
    except OSError:  # not there, or not for us
        return []


def _is_corpus(entry: Path) -> bool:
    try:
        if entry.name.startswith(".") or (entry.is_file() and entry.suffix.lower() not in (".npz", ".csv")):
            return False
        return recognise_images(entry) is not None
    except OSError:  # one that may not be looked at hides none of the others
        return False


@st.cache_resource(max_entries=3, show_spinner="Reading names and labels")
def _opened(path: str, stamp: float) -> Any:
    from fer_core.datasets.images.catalog import open_images

    return open_images(path)


def stamp(place: Path) -> float:
    """When a folder or file changed last; 0 where it cannot be looked at."""
    try:
        return place.stat().st_mtime
    except OSError:
        return 0.0
