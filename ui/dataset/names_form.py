"""What is read from a folder's file names, and what the user says of them: a pattern, words, lists."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import streamlit as st

from fer_core.base.errors import FerError, PathError
from fer_core.base.text import for_markdown
from fer_core.datasets.name_lists import Kind, keep_list, list_to_fill_in
from fer_core.datasets.names import NameReading, Names, keep_names, kept_names, preview_pattern, suggest_pattern
from fer_core.datasets.patterns import parse_codes
from fer_core.datasets.tree import media_names
from ui.common import errors, state
from ui.common.words import count
from ui.pickers import image_corpora

SHOWN = 10
_ERROR = "_names_error"
HOW = (
    "`{subject}`, `{emotion}`, `{view}`, `{part}` or any other word in brackets is read; `{}` is passed "
    "over; what stands between must be in every name, as in `{subject}_{emotion}_{}`. `{subject:4}` takes "
    "four letters, `{frame}` numbers the pictures of one clip, and `{emotion}/{subject}_{}` reads the "
    "folder, too. The ending (.jpg) is left away."
)


def panel() -> None:
    """Folded, for the corpus in use: where its names are read wrong, or say too little."""
    line = state.source()
    if not line or line == state.DEMO:
        return
    try:
        place = state.place_of(line)
    except FerError:
        return
    if place.is_dir():
        folded = st.expander("Names are read wrong, or say too little?", icon=":material/edit_note:")
        with folded, errors.shown():
            form(place, known=True)


def unknown(candidate: str, error: FerError) -> None:
    """For a folder that no reader knows: why, and the form by which it can be read all the same."""
    errors.say(str(error))
    place = None if state.asked(candidate).path == state.DEMO else state.place_of(candidate)
    if place is None or not place.is_dir() or not media_names(place, 1):
        return
    st.markdown("##### Say what its names mean, and it can be used all the same.")
    form(place, known=False)


def form(place: Path, *, known: bool) -> None:
    """Ten names with what was read from them, what can be said of them, and the button that uses it.

    ``known``: whether the folder opens as it is. Raises `FerError`.
    """
    if error := st.session_state.pop(_ERROR, None):
        errors.say(error)
    key, kept = _key(place), kept_names(place)
    start = kept.pattern or ("" if known else suggest_pattern(place))
    left, right = st.columns([3, 2], gap="medium")
    pattern = left.text_input(
        "Pattern of the names",
        start,
        key=f"names_pattern_{key}",
        max_chars=200,
        placeholder="{subject}_{emotion}_{}",
        help=HOW,
    ).strip()
    words = ", ".join(f"{code}={emotion}" for code, emotion in kept.codes)
    codes = right.text_input(
        "The corpus's own words for emotions",
        words,
        key=f"names_codes_{key}",
        max_chars=2000,
        placeholder="1=anger, 2=fear",
    )
    labels, subjects = _lists(place, key, kept, known)
    said = Names(subjects, labels, pattern, parse_codes(codes))
    readings = preview_pattern(place, pattern, SHOWN, said.codes) if pattern else _as_it_is(place, known)
    _shown(readings)
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Use this corpus" if not known else "Read the names so",
            type="primary",
            on_click=_use,
            args=(place, said),
            key=f"names_use_{key}",
            disabled=said == kept or not said,
        )
        if kept:
            st.button(
                "Forget what was said",
                type="tertiary",
                icon=":material/undo:",
                on_click=_use,
                args=(place, Names()),
                key=f"names_forget_{key}",
            )


def _lists(place: Path, key: str, kept: Names, known: bool) -> tuple[Path | None, Path | None]:
    """The uploaded lists, or those that are kept."""
    left, right = st.columns(2, gap="medium")
    with left:
        labels = _list("labels", "labels.csv: file, emotion, and what else is known", place, key, kept.labels)
    with right:
        subjects = _list("subjects", "subjects.csv: clip, subject", place, key, kept.subjects)
        if known and not image_corpora.is_one(state.source() or ""):
            st.download_button(
                "A subjects.csv to fill in",
                _to_fill_in,
                "subjects.csv",
                "text/csv",
                icon=":material/download:",
                type="tertiary",
                key=f"names_fill_{key}",
                on_click="ignore",
            )
    return labels, subjects


def _list(kind: Kind, label: str, place: Path, key: str, kept: Path | None) -> Path | None:
    file = st.file_uploader(label, type=["csv", "txt", "tsv"], key=f"names_{kind}_{key}")
    if file is not None:
        return keep_list(place, kind, file.getvalue())
    if kept:
        st.caption(f":material/check: {for_markdown(kept.name)} is kept for this folder.")
    return kept


def _to_fill_in() -> bytes:
    corpus = state.corpus()
    return list_to_fill_in(corpus) if corpus else b""


def _as_it_is(place: Path, known: bool) -> Sequence[NameReading]:
    """What the corpus in use has read by itself, some of it; of a folder that does not open, names alone."""
    if not known:
        names = media_names(place)
        return [NameReading(names[k], why="nothing is read from it yet") for k in _spread(len(names))]
    line = state.source() or ""
    if state.kind(line) == "images":
        images = image_corpora.opened(line)
        at = _spread(len(images))
        return [
            NameReading(
                str(images.item[k]), str(images.subject[k]) if images.subjects_known else "", str(images.emotion[k])
            )
            for k in at
        ]
    clips = state.open_source(line).clips
    return [
        NameReading(c.clip_id, c.subject if c.subject_known else "", c.emotion or "", c.attributes)
        for c in (clips[k] for k in _spread(len(clips)))
    ]


def _spread(n: int) -> list[int]:
    return [k * n // min(n, SHOWN) for k in range(min(n, SHOWN))] if n else []


def _shown(readings: Sequence[NameReading]) -> None:
    rows = [_row(r) for r in readings]
    names = list(dict.fromkeys(name for row in rows for name in row))
    fits = sum(not r.why for r in readings)
    st.caption(
        f"{count(len(rows), 'name')} of the folder, and what is read from them; {fits} can be used."
        if fits < len(rows)
        else f"{count(len(rows), 'name')} of the folder, and what is read from them:"
    )
    st.dataframe([{name: row.get(name, "") for name in names} for row in rows], hide_index=True)


def _row(reading: NameReading) -> dict[str, str]:
    row = {"file": reading.file, "subject": reading.subject or "unknown", "emotion": reading.emotion}
    row |= dict(reading.attributes) | ({"frame": reading.frame} if reading.frame else {})
    return row | ({"why it cannot be used": reading.why} if reading.why else {})


def _use(place: Path, said: Names) -> None:
    try:
        keep_names(place, said)
    except OSError as error:
        st.session_state[_ERROR] = f"what was said cannot be kept ({error.strerror or error})"
        return
    except PathError as error:
        st.session_state[_ERROR] = str(error)
        return
    state.read_again()
    image_corpora.read_again()
    state.use(place)
    st.query_params.pop(state.PICKER, None)


def _key(place: Path) -> str:
    return blake2b(str(place).encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()
