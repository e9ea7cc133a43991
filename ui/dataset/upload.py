"""A corpus that comes through the browser: archives, tables, and loose pictures and videos."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from fer_core.base.emotions import EMOTIONS
from fer_core.base.paths import uploads_dir
from fer_core.base.text import for_markdown
from fer_core.datasets import upload_sets
from fer_core.datasets.upload_sets import MOST_FILES, Labelled, Sorted, Unusable, sort_uploads
from fer_core.datasets.uploads import MAX_BYTES, MAX_FILES, safe_name, save_table, unpack_zip
from ui.common import handed, state
from ui.common.words import count

Making = Callable[[], str | None]
_STORED, _LEFT = "_unpacked", "_upload_left"
HINT = (
    "Say which emotion each file shows; files without one are left out. **Subject** is who is shown, the "
    "same word for the same person; where it stays empty nobody knows, and training cannot keep people "
    "apart. A column can be pasted from a spreadsheet."
)


def upload() -> str | None:
    """The upload's form; the name of the corpus that was stored, or None."""
    st.markdown(
        "A **.zip** of a corpus folder, a **.csv** or **.npz** of images, or **pictures and videos** just as "
        "they are, several at once. They are stored on this machine and go nowhere else."
    )
    most = int(st.get_option("server.maxUploadSize"))
    st.caption(
        f"Up to {most} MB a file; an archive may unpack to {MAX_BYTES // 1024**2:,} MB in "
        f"{MAX_FILES:,} files; up to {MOST_FILES:,} loose files. Larger corpora: open their folder.",
        help=for_markdown(f"{upload_sets.formats_words()} Stored in {uploads_dir()}."),
    )
    files = st.file_uploader("Files", accept_multiple_files=True, key="source_files", label_visibility="collapsed")
    if not files:
        return None
    found = sort_uploads([(f.name, f.size) for f in files])
    _say_unusable(found.unusable)
    makings = _makings(found, files)
    if not makings:
        return None
    choice = next(iter(makings))
    if len(makings) > 1:
        choice = st.radio(
            "These are several things. Which one first?", list(makings), key="upload_which", format_func=for_markdown
        )
    return makings[choice]()


def _makings(found: Sorted, files: Sequence[Any]) -> dict[str, Making]:
    """What can be made of the files, in words, and the form that makes it."""
    made: dict[str, Making] = {}
    for at in found.archives:
        made[str(files[at].name)] = partial(_whole, [files[at]], _unpacked)
    tables = [files[at] for at in found.tables]
    csvs = [f for f in tables if f.name.lower().endswith(".csv")]
    if len(csvs) > 1:
        made[f"{count(len(csvs), 'table')} together"] = partial(_whole, csvs, _together)
    for file in tables:
        made[str(file.name)] = partial(_whole, [file], _table)
    if found.loose and len(files) == 1:
        return {"": partial(_single, files[0], bool(found.pictures))}
    for noun, places in (("picture", found.pictures), ("video", found.videos)):
        if places:
            lists = [files[at] for at in found.lists]
            made[count(len(places), noun)] = partial(_loose, [files[at] for at in places], lists)
    return made


def _say_unusable(unusable: Sequence[Unusable]) -> None:
    if not unusable:
        return
    with st.container(border=True):
        st.markdown(f":material/block: **{count(len(unusable), 'thing')} cannot be used**")
        for u in unusable[:8]:
            st.caption(for_markdown(f"{u.name}: {u.why}" + (f" ({u.fix})" if u.fix else "")))
        if len(unusable) > 8:
            with st.expander(f"{len(unusable) - 8} more"):
                st.dataframe([vars(u) for u in unusable[8:]], hide_index=True)


# --- archives and tables ---------------------------------------------------------------------------------


def _whole(files: Sequence[Any], store: Callable[[Sequence[Any]], Path]) -> str | None:
    """The button that stores files which are a corpus as they are."""
    key = _key(files)
    if key not in _stored():
        if not st.button("Store and look", type="primary", icon=":material/unarchive:"):
            return None
        with st.spinner("Storing"):
            _stored()[key] = state.relative_name(store(files))
    return _stored()[key]


def _unpacked(files: Sequence[Any]) -> Path:
    return unpack_zip(files[0], uploads_dir() / _dated(Path(safe_name(files[0].name)).stem))


def _table(files: Sequence[Any]) -> Path:
    safe = Path(safe_name(files[0].name))
    return save_table(files[0], _dated(safe.stem) + safe.suffix.lower(), uploads_dir())


def _together(files: Sequence[Any]) -> Path:
    into = uploads_dir() / _dated(Path(safe_name(files[0].name)).stem)
    return upload_sets.store_tables([(f.name, f) for f in files], into)


# --- loose pictures and videos -------------------------------------------------------------------------


def _single(file: Any, picture: bool) -> str | None:
    """One picture or video may be meant to be read, not to be learnt from."""
    if _key([file]) in _stored():
        return _loose([file])
    page = "live" if picture else "videos"
    ways = {
        "read": "Read what the face shows" if picture else "Read it frame by frame",
        "corpus": "Begin a corpus with it",
    }
    way = st.radio(
        "What do you want to do with it?", list(ways), format_func=ways.__getitem__, key="upload_way", horizontal=True
    )
    if way == "corpus":
        return _loose([file])
    where = "Live" if picture else "Videos"
    if st.button(f"Open it on {where}", type="primary", icon=":material/arrow_forward:", key="upload_read"):
        handed.hand(page, file)
        st.switch_page(f"pages/{page}.py", query_params={"live_way": "photo"} if picture else None)
    return None


def _loose(files: Sequence[Any], lists: Sequence[Any] = ()) -> str | None:
    """The table of emotions and subjects, and the button that makes a corpus of the files."""
    key = _key(files)
    if key in _stored():
        _say_unusable(st.session_state.get(_LEFT, {}).get(key, ()))
        return _stored()[key]
    said = upload_sets.said_by_names([f.name for f in files])
    said, left = upload_sets.said_by_lists(said, [(f.name, f.getvalue()) for f in lists])
    _say_unusable(left)
    read = sum(bool(s.emotion) for s in said)
    st.markdown(
        f"**{count(len(files), 'file')}**; the emotion is known of {read}, by names"
        f"{' and lists' if lists else ''}. {HINT}"
    )
    rows = _edited(said, f"{key}_{_key(lists)}")
    usual = upload_sets.corpus_name([f.name for f in files])
    named = st.text_input("Name of the corpus", usual, max_chars=60, key=f"upload_name_{key}")
    with_emotion = sum(bool(row.emotion) for row in rows)
    label = f"Make a corpus of {count(with_emotion, 'file')}" if with_emotion else "Make a corpus"
    if without := len(rows) - with_emotion:
        st.caption(
            f"{count(without, 'file')} without an emotion: left out."
            if with_emotion
            else "No emotion is said yet: choose one in the table."
        )
    if st.button(label, type="primary", icon=":material/create_new_folder:", disabled=not with_emotion):
        with st.spinner("Storing"):
            into = uploads_dir() / _dated(safe_name(named or "my_clips"))
            place, left = upload_sets.store_labelled(list(zip(files, rows, strict=True)), into)
        st.session_state.setdefault(_LEFT, {})[key] = left
        _stored()[key] = state.relative_name(place)
        st.rerun()
    return None


def _edited(said: Sequence[Labelled], key: str) -> list[Labelled]:
    """The table as it was changed."""
    shown = [{"file": s.name, "emotion": s.emotion or None, "subject": s.subject} for s in said]
    columns = {
        "file": st.column_config.TextColumn("File", disabled=True),
        "emotion": st.column_config.SelectboxColumn("Emotion", options=list(EMOTIONS), required=False),
        "subject": st.column_config.TextColumn("Subject", max_chars=80),
    }
    edited = st.data_editor(
        shown, hide_index=True, column_config=columns, key=f"upload_rows_{key}", placeholder="not said"
    )
    return [
        Labelled(s.name, row.get("emotion") or "", row.get("subject") or "")
        for s, row in zip(said, edited, strict=True)
    ]


def _stored() -> dict[str, str]:
    found: dict[str, str] = st.session_state.setdefault(_STORED, {})
    return found


def _key(files: Sequence[Any]) -> str:
    return "-".join(str(f.file_id) for f in files)


def _dated(stem: str) -> str:
    return f"{stem}-{time.strftime('%Y%m%d-%H%M%S')}"
