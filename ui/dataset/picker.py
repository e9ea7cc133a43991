"""Choosing a corpus (demo, folder, upload) and looking at what was found in it before anything starts."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fer_core.base.errors import CorpusError, FerError
from fer_core.base.paths import data_roots, own_roots
from fer_core.base.text import clean_name, for_markdown, is_text
from ui.common import empty, errors, page, state
from ui.dataset import code_form, names_form, opened_folders, preview, upload
from ui.pickers import image_corpora

SOURCES = ("Demo", "Folder", "Upload")


def asked_for() -> bool:
    """Whether the address asks for the picker."""
    return state.PICKER in st.query_params


def ask() -> None:
    """In a callback: open the picker."""
    st.query_params[state.PICKER] = "open"


def change() -> None:
    """The picker above a corpus that is in use."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.subheader("Change the corpus", anchor=False)
            st.button("Keep this one", icon=":material/close:", type="tertiary", on_click=close)
        picker()


def last_one() -> None:
    """Where the corpus of last time cannot be opened: that, in a sentence."""
    if lost := state.lost():
        st.info(
            f"The corpus in use last, {for_markdown(lost)}, is gone or no longer open to FER Lab.",
            icon=":material/history:",
        )


def close() -> None:
    """Take the picker out of the address again."""
    st.query_params.pop(state.PICKER, None)


def unusable(error: FerError) -> None:
    """What to do where the corpus in use cannot be opened: a sentence, and the button where one helps."""
    name = state.source() or ""
    path = state.asked(name).path if name else ""
    if path and path != state.DEMO and Path(path).is_absolute() and opened_folders.is_outside(path):
        page.say("The corpus in use is not open to FER Lab, or no longer.")
        with errors.shown():
            opened_folders.offer(path)
    else:
        page.say("The corpus in use cannot be opened.")
        errors.say(str(error))
    with st.container(horizontal=True, gap="small"):
        empty.demo_button(kind="secondary")
        st.button("Use no corpus", icon=":material/close:", type="tertiary", on_click=state.forget)
    picker()


def picker() -> None:
    """The three sources; a choice is previewed and only then taken into use."""
    kind = st.segmented_control(
        "Where the corpus comes from", SOURCES, default=_first(), required=True, key="source_kind"
    )
    with errors.shown():
        candidate = {"Demo": _demo, "Folder": _folder, "Upload": upload.upload}[kind or "Demo"]()
        if candidate and candidate == state.source():
            st.caption(":material/check: This corpus is in use.")
        elif candidate:
            _look(candidate)


def _look(candidate: str) -> None:
    """What is in it and the button that takes it; of a folder that no reader knows, how it may be read."""
    try:
        preview.of(candidate)
    except CorpusError as error:
        if not code_form.is_asked(error) or state.asked(candidate).codes:
            names_form.unknown(candidate, error)
        elif answered := code_form.ask(candidate, error):
            _look(answered)
        return
    st.button("Use this corpus", type="primary", on_click=_take, args=(candidate,))


def _first() -> str:
    """The source of the corpus in use; without one, the demo."""
    used = state.source()
    return "Folder" if used and used != state.DEMO else "Demo"


def _take(candidate: str) -> None:
    state.use(candidate)
    close()


def _demo() -> str:
    st.markdown("Nothing to download: landmark clips drawn from a statistical model of how faces differ and move.")
    return state.DEMO


def _folder() -> str | None:
    roots = data_roots()
    clips = [state.relative_name(path) for path in _corpora(tuple(map(str, roots)), _stamp(roots))]
    every = [*clips, *sorted(set(image_corpora.listed()) - set(clips))]
    found = [name for name in every if is_text(name)]
    left, right = st.columns(2, gap="medium")
    with left:
        chosen = st.selectbox(
            "A folder or file of the data folders",
            found,
            index=0 if clips else None,  # a csv of images may take a while to read: not by itself
            key="source_folder",
            placeholder="Choose one" if found else "None there yet",
            disabled=not found,
            format_func=_with_kind,
        )
    with right:
        typed = st.text_input(
            "Or any folder of this machine, by its path", key="source_path", placeholder="/home/anna/my_corpus"
        ).strip()
    listed = ", ".join(for_markdown(str(root)) for root in own_roots())
    st.caption(f"Listed is what lies in {listed}, and what you opened.")
    for name in every:
        if not is_text(name):
            page.note(f"{clean_name(name)} is not listed: its name is not UTF-8. Rename it.", "error")
    opened_folders.listing()
    if not typed:
        return chosen
    if Path(typed).expanduser().is_absolute() and opened_folders.is_outside(state.asked(typed).path):
        opened_folders.offer(state.asked(typed).path)
        return None
    return state.relative_name(state.path_of(typed))


def _with_kind(name: str) -> str:
    return name if state.kind(name) == "clips" else f"{name} (images)"


@st.cache_data(max_entries=4, show_spinner=False)
def _corpora(roots: tuple[str, ...], stamp: tuple[float, ...]) -> list[str]:
    from fer_core.datasets.catalog import corpora_in

    opened = set(map(str, data_roots())) - set(map(str, own_roots()))
    whole = [root for root in roots if root in opened and _is_corpus(root)]  # not its emotions' folders
    inner = [str(path) for root in roots if root not in whole for path in corpora_in(root)]
    return list(dict.fromkeys([*inner, *whole]))


def _is_corpus(root: str) -> bool:
    from fer_core.datasets.catalog import recognise

    try:
        return bool(recognise(root))
    except FerError:
        return False


def _stamp(roots: tuple[Path, ...]) -> tuple[float, ...]:
    return tuple(map(image_corpora.stamp, roots))
