"""Recognisers on corpora they were not trained on: a stored matrix, or how to make one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.studies.cross import jobs
from ui.common import downloads, empty, errors, state
from ui.pickers.image_corpora import found
from ui.runs import rows as runs_data
from ui.runs.result_panel import OwnResults

COMMAND = "python -m fer_core cross --train BUNDLE --test CORPUS"


def panel() -> None:
    """The chosen matrix with its figure and table, and a run of one's own."""
    matrix = MATRICES.choose()
    if matrix is not None:
        _show(matrix)
    elif not jobs.results():
        _nothing()
    if MATRICES.running():
        return
    with st.expander("Judge recognisers on other corpora", icon=":material/swap_horiz:"), errors.shown():
        _form()


# --- a matrix ---------------------------------------------------------------------------------------------


def _nothing() -> None:
    text = (
        "How much of a result is left on pictures from elsewhere? Choose recognisers and corpora below, "
        f"or run `{COMMAND}`."
    )
    with empty.state("swap_horiz", "No matrix yet", text):
        st.caption("Nothing is computed by itself.")


def _show(matrix: dict[str, Any]) -> None:
    from fer_core.figures.cross import WORDS, cross_figure
    from fer_core.studies.cross.cross import table

    metric = st.segmented_control(
        "Metric", list(WORDS), default="accuracy", format_func=WORDS.__getitem__, key="cross_metric"
    )
    rows = table(matrix)
    name = "cross_corpus"
    downloads.figure(
        cross_figure(matrix, metric or "accuracy"), name, table=rows, title="Across corpora", caption=_caption(matrix)
    )
    with st.expander("What each cell compares", icon=":material/rule:"):
        st.markdown("\n".join(f"- {line}" for line in cell_lines(matrix)))
    with st.container(horizontal=True, gap="small"):
        content = {k: v for k, v in matrix.items() if k != "name"}
        downloads.file("JSON", f"{name}.json", lambda: json.dumps(content, indent=1).encode())
        if not matrix["name"].startswith(jobs.SHIPPED):
            st.button(
                "Delete this matrix",
                icon=":material/delete:",
                type="tertiary",
                key="cross_delete",
                on_click=MATRICES.delete,
                args=(matrix["name"],),
            )


def cell_lines(matrix: dict[str, Any]) -> list[str]:
    """A line of Markdown for each cell: which emotions, and what else is to be known of it."""
    lines = []
    for row, cells in zip(matrix["rows"], matrix["cells"], strict=True):
        for column, cell in zip(matrix["columns"], cells, strict=True):
            said = (
                " ".join([cell["labels"], *(f"{n[:1].upper()}{n[1:]}." for n in cell["notes"])])
                if cell["n"]
                else cell["why"]
            )
            named = f"**{for_markdown(row['name'])} on {for_markdown(column['name'])}**"
            lines.append(f"{named}: {for_markdown(said)}")
    return lines


def _caption(matrix: dict[str, Any]) -> str:
    how = "among all emotions it knows" if matrix["strict"] else "among the emotions that both know"
    cells = [cell for row in matrix["cells"] for cell in row if cell["n"]]
    fell = any(cell.get("drop") is not None for cell in cells)
    below = "how far it lies below the recogniser's own test result on the same emotions, and N" if fell else "N"
    own = " A frame marks its own test side." if any(cell.get("own") for cell in cells) else ""
    return f"Each recogniser answers {how}. Below a result: {below}.{own} {matrix['method']}"


# --- a run ------------------------------------------------------------------------------------------------


def _form() -> None:
    bundles = jobs.bundles()
    if not bundles:
        st.caption("There is no trained recogniser yet.")
        return
    trained = st.multiselect("Recognisers", list(bundles), key="cross_trained")
    tested = st.multiselect(
        "Corpora",
        found(),
        key="cross_tested",
        accept_new_options=True,
        help="Or type a path inside the opened data folders.",
    )
    strict = st.checkbox(
        "Strictly",
        key="cross_strict",
        help="Answers are chosen among all emotions a recogniser knows; those not shown there are wrong.",
    )
    st.button(
        "Judge them",
        type="primary",
        icon=":material/play_arrow:",
        key="cross_start",
        disabled=not (trained and tested),
        on_click=_start,
        args=([bundles[t] for t in trained], list(tested), strict),
    )
    st.caption("A landmark recogniser reads each picture as a still; finding its landmarks takes a while.")


def _start(trained: list[str], tested: list[str], strict: bool) -> None:
    def launch() -> Path:
        return jobs.launch(trained, [state.path_of(t) for t in tested], strict=strict)

    MATRICES.start(launch)


def _words(folder: Path) -> str:
    config = jobs.config_of(folder)
    return config.words if config else folder.name


def _label(name: str) -> str:
    if name.startswith(jobs.SHIPPED):
        return f"{name.removeprefix(jobs.SHIPPED)}, comes with FER Lab"
    folder = jobs.find(name)
    return f"{_words(folder) if folder is not None else name}, {runs_data.when(name)}"


MATRICES = OwnResults("cross", "cross", jobs, "Matrix", _label, _words)
"""Which matrix is shown, and the run that makes another."""
