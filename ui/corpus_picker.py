"""Choosing a corpus (demo, folder, upload) and looking at what was found in it before anything starts."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.paths import DATA_VARIABLE, data_roots, uploads_dir
from fer_core.text import for_code, for_markdown
from ui import downloads, errors, image_corpora, image_dataset, state
from ui.words import FORMATS, count

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus

_CANDIDATE = "_corpus_candidate"
_TYPED = "Another folder …"


def picker() -> None:
    """The three sources; a choice is previewed and only then taken into use."""
    kind = st.segmented_control(
        "Where the corpus comes from",
        ["Demo", "Folder", "Upload"],
        default="Demo",
        required=True,
        key="source_kind",
    )
    with errors.shown():
        candidate = {"Demo": _demo, "Folder": _folder, "Upload": _upload}[kind or "Demo"]()
        if candidate and candidate != state.source():
            _preview_of(candidate)
            st.button("Use this corpus", type="primary", on_click=_take, args=(candidate,))
        elif candidate:
            st.caption(":material/check: This corpus is in use.")


def _preview_of(candidate: str) -> None:
    if state.kind(candidate) == "images":
        image_dataset.preview(image_corpora.opened(candidate))
    else:
        preview(state.open_source(candidate))


def preview(corpus: Corpus) -> None:
    """What was found, what is kept apart, what is left out and why."""
    numbers = st.columns(5)
    numbers[0].metric("Labelled clips", len(corpus.clips))
    numbers[1].metric("Subjects", len(corpus.subjects))
    numbers[2].metric("Emotions", len(corpus.emotions))
    numbers[3].metric("Unlabelled, kept apart", len(corpus.unlabelled))
    numbers[4].metric("Left out", len(corpus.omissions))
    form = FORMATS.get(corpus.format, corpus.format)
    st.markdown(f"**{for_markdown(corpus.name)}**, {form}. {for_markdown(corpus.note)}")
    if corpus.omissions:
        with st.expander(
            f"Left out: {count(len(corpus.omissions), 'thing')}, and why", icon=":material/rule:"
        ):
            downloads.table(
                [{"where": o.where, "why": o.why, "what to do": o.fix} for o in corpus.omissions],
                f"left_out_{corpus.name}",
            )
    if corpus.unlabelled:
        with st.expander(
            f"Kept apart: {count(len(corpus.unlabelled), 'unlabelled clip')}", icon=":material/label_off:"
        ):
            downloads.table(
                [
                    {"clip": c.clip_id, "subject": c.subject, "frames": len(c.frames)}
                    for c in corpus.unlabelled
                ],
                f"unlabelled_{corpus.name}",
            )


def _take(candidate: str) -> None:
    state.use(candidate)
    st.session_state.pop(_CANDIDATE, None)


def _demo() -> str:
    st.markdown(
        "Nothing to download: landmark clips drawn from a statistical model of how faces differ and move."
    )
    return state.DEMO


def _folder() -> str | None:
    roots = data_roots()
    st.markdown(
        f"Put a corpus into {for_code(str(roots[0]))}, or start the app with `{DATA_VARIABLE}` "
        "naming its folder; the pages open nothing outside these folders and your uploads."
    )
    clips = [state.relative_name(path) for path in _corpora(tuple(map(str, roots)), _stamp(roots))]
    found = [*clips, *sorted(set(image_corpora.found()) - set(clips))]
    chosen = st.selectbox(
        "Folder, or a file of images",
        [*found, _TYPED],
        index=0 if clips else None,  # a csv of images may take a while to read: not by itself
        key="source_folder",
        placeholder="Choose one",
        format_func=_with_kind,
    )
    if chosen == _TYPED or not found:
        typed = st.text_input("Path of the corpus", key="source_path", placeholder=f"{roots[0]}/my_corpus")
        return typed.strip() or None
    return chosen


def _with_kind(name: str) -> str:
    return name if name == _TYPED or state.kind(name) == "clips" else f"{name} (images)"


def _upload() -> str | None:
    st.markdown(
        "A zip of a corpus folder: CK+ as distributed, CK+48, folders of clips or of images by emotion; or "
        f"one .csv or .npz of images. It is stored on this machine, in {for_code(str(uploads_dir()))}, "
        "and goes nowhere else."
    )
    file = st.file_uploader("Zip archive, .csv or .npz", type=["zip", "csv", "npz"], key="source_zip")
    if file is None:
        return None
    stored: dict[str, str] = st.session_state.setdefault("_unpacked", {})
    if file.file_id not in stored:
        if not st.button("Store and look", icon=":material/unarchive:"):
            return None
        with st.spinner("Storing"):
            stored[file.file_id] = state.relative_name(_stored(file))
    return stored[file.file_id]


def _stored(file: Any) -> Path:
    """An upload among the corpora that came so: an archive unpacked, a single file as it is."""
    from fer_core.datasets.uploads import safe_name, save_table, unpack_zip

    safe = Path(safe_name(file.name))
    name = f"{safe.stem}-{time.strftime('%Y%m%d-%H%M%S')}"
    if safe.suffix.lower() == ".zip":
        return unpack_zip(file, uploads_dir() / name)
    return save_table(file, name + safe.suffix.lower(), uploads_dir())


@st.cache_data(max_entries=4, show_spinner=False)
def _corpora(roots: tuple[str, ...], stamp: tuple[float, ...]) -> list[str]:
    from fer_core.datasets.catalog import corpora_in

    return [str(path) for root in roots for path in corpora_in(root)]


def _stamp(roots: tuple[Path, ...]) -> tuple[float, ...]:
    return tuple(root.stat().st_mtime if root.is_dir() else 0.0 for root in roots)
