"""Recognisers on corpora they were not trained on: a stored matrix, or how to make one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import streamlit as st

from fer_core import runs
from fer_core.errors import FerError
from fer_core.paths import inside_data
from fer_core.results import cross_jobs
from ui import downloads, empty, errors, run_panel, runs_data
from ui.image_corpora import found

_WATCH, _ERROR, _CHOSEN = "_cross_watch", "_cross_error", "cross_result"
COMMAND = "python -m fer_core cross --train BUNDLE --test CORPUS"


def panel() -> None:
    """The chosen matrix with its figure and table, and a run of one's own."""
    matrix = _chosen()
    if matrix is not None:
        _show(matrix)
    _own_run()


def look(name: str, *, done: bool) -> None:
    """What the panel is to show: a matrix, or the run that goes on or has ended. Before it is opened."""
    st.session_state[_CHOSEN if done else _WATCH] = name


# --- a matrix ---------------------------------------------------------------------------------------------


def _chosen() -> dict[str, Any] | None:
    names = cross_jobs.results()
    if not names:
        text = (
            "How much of a result is left on pictures from elsewhere? Choose recognisers and corpora below, "
            f"or run `{COMMAND}`."
        )
        with empty.state("swap_horiz", "No matrix yet", text):
            st.caption("Nothing is computed by itself.")
        return None
    wanted = st.query_params.get("cross")
    first = names.index(wanted) if wanted in names else 0
    chosen = names[first]
    if len(names) > 1:
        chosen = st.selectbox("Matrix", names, first, format_func=_label, key=_CHOSEN, width=460)
    if st.query_params.get("cross") != chosen:
        st.query_params["cross"] = chosen
    with errors.shown():
        return cross_jobs.read_result(chosen) | {"name": chosen}
    return None


def _show(matrix: dict[str, Any]) -> None:
    from fer_core.figures.cross import WORDS, cross_figure
    from fer_core.results.cross import table

    metric = st.segmented_control(
        "Metric", list(WORDS), default="accuracy", format_func=WORDS.__getitem__, key="cross_metric"
    )
    rows = table(matrix)
    name = "cross_corpus"
    downloads.figure(cross_figure(matrix, metric or "accuracy"), name, table=rows, title="Across corpora",
                     caption=_caption(matrix))  # fmt: skip
    with st.expander("What each cell compares", icon=":material/rule:"):
        st.markdown("\n".join(f"- {line}" for line in cell_lines(matrix)))
    with st.container(horizontal=True, gap="small"):
        content = {k: v for k, v in matrix.items() if k != "name"}
        downloads.file("JSON", f"{name}.json", lambda: json.dumps(content, indent=1).encode())
        if not matrix["name"].startswith(cross_jobs.SHIPPED):
            st.button("Delete this matrix", icon=":material/delete:", type="tertiary", key="cross_delete",
                      on_click=_delete, args=(matrix["name"],))  # fmt: skip


def cell_lines(matrix: dict[str, Any]) -> list[str]:
    """A line of Markdown for each cell: which emotions, and what else is to be known of it."""
    lines = []
    for row, cells in zip(matrix["rows"], matrix["cells"], strict=True):
        for column, cell in zip(matrix["columns"], cells, strict=True):
            said = " ".join([cell["labels"], *(f"{n[:1].upper()}{n[1:]}." for n in cell["notes"])]) \
                if cell["n"] else cell["why"]  # fmt: skip
            named = f"**{errors.escaped(row['name'])} on {errors.escaped(column['name'])}**"
            lines.append(f"{named}: {errors.escaped(said)}")
    return lines


def _caption(matrix: dict[str, Any]) -> str:
    how = "among all emotions it knows" if matrix["strict"] else "among the emotions that both know"
    return (
        f"Each recogniser answers {how}. Below a result: how far it lies below the recogniser's own test "
        f"result on the same emotions, and N. A frame marks its own test side. {matrix['method']}"
    )


def _label(name: str) -> str:
    if name.startswith(cross_jobs.SHIPPED):
        return f"{name.removeprefix(cross_jobs.SHIPPED)}, comes with FER Lab"
    folder = cross_jobs.find(name)
    config = cross_jobs.config_of(folder) if folder is not None else None
    return f"{config.words if config else name}, {runs_data.when(name)}"


def _delete(name: str) -> None:
    run_panel.delete(cross_jobs.find(name), _ERROR)
    st.query_params.pop("cross", None)
    for key in (_CHOSEN, _WATCH):
        st.session_state.pop(key, None)


# --- a run ------------------------------------------------------------------------------------------------


def _own_run() -> None:
    if error := st.session_state.pop(_ERROR, None):
        errors.say(error)
    folder = cross_jobs.find(st.session_state.get(_WATCH)) or cross_jobs.active_run()
    if folder is not None:
        st.session_state[_WATCH] = folder.name
        config = cross_jobs.config_of(folder)
        parts = run_panel.Parts("run", _done, _delete, _close)
        run_panel.panel(folder, config.words if config else folder.name, parts)
        if runs.read_status(folder).active:
            return
    with st.expander("Judge recognisers on other corpora", icon=":material/swap_horiz:"), errors.shown():
        _form()


def _form() -> None:
    bundles = cross_jobs.bundles()
    if not bundles:
        st.caption("There is no trained recogniser yet.")
        return
    trained = st.multiselect("Recognisers", list(bundles), key="cross_trained")
    tested = st.multiselect("Corpora", found(), key="cross_tested", accept_new_options=True,
                            help="Or type a path inside the opened data folders.")  # fmt: skip
    strict = st.checkbox(
        "Strictly", key="cross_strict",
        help="Answers are chosen among all emotions a recogniser knows; those not shown there are wrong.",
    )  # fmt: skip
    st.button("Judge them", type="primary", icon=":material/play_arrow:", key="cross_start",
              disabled=not (trained and tested), on_click=_start,
              args=([bundles[t] for t in trained], list(tested), strict))  # fmt: skip
    st.caption("A landmark recogniser reads each picture as a still; finding its landmarks takes a while.")


def _start(trained: list[str], tested: list[str], strict: bool) -> None:
    try:
        folder = cross_jobs.launch(trained, [str(inside_data(t)) for t in tested], strict=strict)
    except FerError as error:  # a callback's own messages would be wiped by the run that follows
        st.session_state[_ERROR] = str(error)
        return
    st.session_state[_WATCH] = folder.name


def _done(folder: Path) -> None:
    st.success("Done.", icon=":material/check:")
    if st.query_params.get("cross") != folder.name:
        st.button("Show its matrix", icon=":material/visibility:", type="primary", key="cross_show",
                  on_click=_show_result, args=(folder.name,))  # fmt: skip


def _show_result(name: str) -> None:
    st.query_params["cross"] = st.session_state[_CHOSEN] = name
    _close()


def _close() -> None:
    st.session_state.pop(_WATCH, None)
