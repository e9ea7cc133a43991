"""The Leak Lab page's parts: which result is shown, what it says, and a run on one's own corpus."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core import runs
from fer_core.errors import FerError
from fer_core.training.leak_lab import jobs as lab_runs
from fer_core.training.leak_lab.lab import LabSettings
from fer_core.training.leak_lab.protocols import PROTOCOLS
from ui import downloads, empty, errors, leak_lab_words, page, run_panel, runs_data, state
from ui.words import count

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus

_WATCH, _ERROR, _CHOSEN = "_lab_watch", "_lab_error", "lab_result"


# --- a result ---------------------------------------------------------------------------------------


def choose() -> dict[str, Any] | None:
    """The result that is looked at, named in the URL; an empty state where there is none."""
    names = lab_runs.results()
    if not names:
        text = "Judge one model five ways on the corpus in use, below; four of the ways are leaky."
        with empty.state("leak_add", "No result yet", text):
            st.caption("Nothing is computed by itself.")
        return None
    wanted = st.query_params.get("lab")
    first = names.index(wanted) if wanted in names else 0
    if len(names) > 1:
        chosen = st.selectbox("Result", names, first, format_func=_label, key=_CHOSEN, width=460)
    else:
        chosen = names[0]
    st.query_params["lab"] = chosen
    with errors.shown():
        return lab_runs.read_result(chosen) | {"name": chosen}
    return None


def look(name: str, *, done: bool) -> None:
    """What the page is to show: a result, or the run that goes on or has ended. Before it is opened."""
    if done:
        st.session_state[_CHOSEN] = name
    else:
        st.session_state[_WATCH] = name


def show(result: dict[str, Any]) -> None:
    """Picture, what each protocol breaks, table, and what can be taken away."""
    from fer_core.figures.leak_lab import protocols_figure

    rows = leak_lab_words.rows(result)
    title = f"Leak Lab, {result['corpus']['name']}"
    downloads.figure(protocols_figure(result), "leak_lab", table=rows, title=title)
    for note in result.get("notes", []):
        st.caption(f":material/info: {note}")
    st.subheader("What each protocol breaks", anchor=False)
    for protocol in result["protocols"]:
        _protocol(protocol)
    with st.expander("The numbers as a table", icon=":material/table:"):
        downloads.table(rows, "leak_lab_table")
    _take_away(result)


def _protocol(p: dict[str, Any]) -> None:
    left, right = st.columns([2, 3], gap="large")
    left.markdown(f"**{p['title']}**  \n{p['words']}")
    with right:
        if not p["findings"]:
            st.markdown(":material/verified_user: No rule of the leak audit is broken.")
        else:
            st.markdown("  \n".join(_broken(leak) for leak in p["findings"]))


def _broken(leak: dict[str, Any]) -> str:
    where = errors.escaped(leak["where"])
    return f":material/gpp_bad: **{errors.escaped(leak['rule'])}**: {errors.escaped(leak['what'])}, {where}"


def _take_away(result: dict[str, Any]) -> None:
    name = result["name"]
    with st.container(horizontal=True, gap="small"):
        content = {k: v for k, v in result.items() if k != "name"}
        downloads.file("JSON", "leak_lab.json", lambda: json.dumps(content, indent=1).encode())
        if (file := lab_runs.predictions_file(name)) is not None:
            downloads.file("Every frame", "leak_lab_predictions.csv", file.read_bytes, "text/csv")
        if name != lab_runs.SHIPPED:
            st.button("Delete this result", icon=":material/delete:", type="tertiary",
                      on_click=_delete, args=(name,))  # fmt: skip


def _label(name: str) -> str:
    if name == lab_runs.SHIPPED:
        return "CK+48, comes with FER Lab"
    folder = lab_runs.find(name)
    config = lab_runs.config_of(folder) if folder is not None else None
    return f"{config.words if config else name}, {runs_data.when(name)}"


def _delete(name: str) -> None:
    run_panel.delete(lab_runs.find(name), _ERROR)
    st.query_params.pop("lab", None)
    st.session_state.pop(_CHOSEN, None)
    st.session_state.pop(_WATCH, None)


# --- a run ------------------------------------------------------------------------------------------


def own_run() -> None:
    """Run the lab on the corpus in use, or follow the run that goes on."""
    st.subheader("On your own corpus", anchor=False)
    if error := st.session_state.pop(_ERROR, None):
        errors.say(error)
    folder = lab_runs.find(st.session_state.get(_WATCH)) or lab_runs.active_run()
    if folder is not None:
        st.session_state[_WATCH] = folder.name
        config = lab_runs.config_of(folder)
        parts = run_panel.Parts("run", _done, _delete, _close)
        run_panel.panel(folder, config.words if config else folder.name, parts)
        if runs.read_status(folder).active:
            return
    corpus = state.corpus_or_say()
    if corpus is None:
        return
    with errors.shown():
        _form(corpus)


def _form(corpus: Corpus) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        folds = st.number_input("Folds", 2, 20, 5, key="lab_folds", width=110)
        repeats = st.number_input("Folds drawn, times", 1, 10, 1, key="lab_repeats", width=150,
                                  help="Each drawing tests every frame once more.")  # fmt: skip
        seed = st.number_input("Seed", 0, 10_000, 0, key="lab_seed", width=110)
        settings = LabSettings(int(folds), int(seed), int(repeats))
        st.button(f"Judge {corpus.name} five ways", type="primary", icon=":material/play_arrow:",
                  key="lab_start", on_click=_start, args=(settings,))  # fmt: skip
    fits = len(PROTOCOLS) * settings.folds * settings.repeats
    st.caption(
        f"{count(len(corpus.clips), 'clip')} of {count(len(corpus.subjects), 'subject')}, up to "
        f"{settings.last} frames each; {fits} fits of the same model."
    )
    page.synthetic_note(corpus)


def _start(settings: LabSettings) -> None:
    try:
        folder = lab_runs.launch(state.path_of(state.source() or state.DEMO), settings)
    except FerError as error:  # a callback's own messages would be wiped by the run that follows
        st.session_state[_ERROR] = str(error)
        return
    st.session_state[_WATCH] = folder.name


def _done(folder: Path) -> None:
    shown = st.query_params.get("lab") == folder.name
    st.success("Done. " + ("Its result is shown above." if shown else ""), icon=":material/check:")
    st.button("Show its result", icon=":material/visibility:", type="primary",
              on_click=_show, args=(folder.name,))  # fmt: skip


def _show(name: str) -> None:
    st.query_params["lab"] = st.session_state[_CHOSEN] = name
    _close()


def _close() -> None:
    st.session_state.pop(_WATCH, None)
