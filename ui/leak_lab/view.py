"""The Leak Lab page's parts: which result is shown, what it says, and a run on one's own corpus."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.limits import SEEDS
from fer_core.base.text import for_markdown
from fer_core.base.unknown_people import GIVE_NAMES, UNKNOWN
from fer_core.studies.leak_lab import jobs as lab_runs
from fer_core.studies.leak_lab.lab import LabSettings
from fer_core.studies.leak_lab.protocols import PROTOCOLS
from ui.common import corpus_gate, downloads, empty, errors, page, state
from ui.leak_lab import words
from ui.runs import panel
from ui.runs import rows as runs_data
from ui.runs.result_panel import OwnResults

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus

# --- a result ---------------------------------------------------------------------------------------


def choose() -> dict[str, Any] | None:
    """The result that is looked at, named in the URL; an empty state where there is none."""
    if not lab_runs.results():
        text = "Judge one model five ways on the corpus in use, below; four of the ways are leaky."
        with empty.state("leak_add", "No result yet", text):
            st.caption("Nothing is computed by itself.")
    return RESULTS.choose()


def show(result: dict[str, Any]) -> None:
    """Picture, what each protocol breaks, table, and what can be taken away."""
    from fer_core.figures.leak_lab import protocols_figure

    rows = words.rows(result)
    title = f"Leak Lab, {result['corpus']['name']}"
    downloads.figure(protocols_figure(result), "leak_lab", table=rows, title=title)
    for note in result.get("notes", []):
        page.note(note)
    st.subheader("What each protocol breaks", anchor=False)
    for protocol in result["protocols"]:
        _protocol(protocol)
    with st.expander("The numbers as a table", icon=":material/table:"):
        downloads.table(rows, "leak_lab_table")
    _take_away(result)


def _protocol(p: dict[str, Any]) -> None:
    left, right = st.columns([2, 3], gap="large")
    left.markdown(f"**{for_markdown(p['title'])}**  \n{for_markdown(p['words'])}")
    with right:
        if not p["findings"]:
            st.markdown(":material/verified_user: No rule of the leak audit is broken.")
        else:
            st.markdown("  \n".join(_broken(leak) for leak in p["findings"]))


def _broken(leak: dict[str, Any]) -> str:
    where = for_markdown(leak["where"])
    return f":material/gpp_bad: **{for_markdown(leak['rule'])}**: {for_markdown(leak['what'])}, {where}"


def _take_away(result: dict[str, Any]) -> None:
    name = result["name"]
    with st.container(horizontal=True, gap="small"):
        content = {k: v for k, v in result.items() if k != "name"}
        downloads.file("JSON", "leak_lab.json", lambda: json.dumps(content, indent=1).encode())
        if (file := lab_runs.predictions_file(name)) is not None:
            downloads.file("Every frame", "leak_lab_predictions.csv", file.read_bytes, "text/csv")
        if name != lab_runs.SHIPPED:
            st.button(
                "Delete this result", icon=":material/delete:", type="tertiary", on_click=RESULTS.delete, args=(name,)
            )


# --- a run ------------------------------------------------------------------------------------------


def own_run() -> None:
    """Run the lab on the corpus in use, or follow the run that goes on."""
    st.subheader("On your own corpus", anchor=False)
    if RESULTS.running():
        return
    corpus = corpus_gate.corpus_or_say()
    if corpus is None:
        return
    if not corpus.subjects_known:
        errors.say(f"{UNKNOWN}: the Leak Lab measures against people kept apart; {GIVE_NAMES}.")
        return
    with errors.shown():
        _form(corpus)


def _form(corpus: Corpus) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        folds = st.number_input("Folds", 2, 20, 5, key="lab_folds", width=110)
        repeats = st.number_input(
            "Folds drawn, times",
            1,
            10,
            1,
            key="lab_repeats",
            width=150,
            help="Each drawing tests every frame once more.",
        )
        seed = st.number_input("Seed", 0, SEEDS - 10, 0, key="lab_seed", width=110)
        settings = LabSettings(int(folds), int(seed), int(repeats))
        name = for_markdown(corpus.name)
        st.button(
            f"Judge {name} five ways",
            type="primary",
            icon=":material/play_arrow:",
            key="lab_start",
            on_click=_start,
            args=(settings,),
        )
    fits = len(PROTOCOLS) * settings.folds * settings.repeats
    st.caption(
        f"{for_markdown(words.material(corpus.counts, len(corpus.subjects)))}; "
        f"up to {settings.last} frames each; {fits} fits of the same model."
    )
    page.synthetic_note(corpus)


def _start(settings: LabSettings) -> None:
    def launch() -> Path:
        return lab_runs.launch(state.path_of(state.source() or state.DEMO), settings)

    RESULTS.start(launch)


def _words(folder: Path) -> str:
    config = lab_runs.config_of(folder)
    return config.words if config else folder.name


def _label(name: str) -> str:
    if name == lab_runs.SHIPPED:
        return "CK+48, comes with FER Lab"
    folder = lab_runs.find(name)
    return f"{_words(folder) if folder is not None else name}, {runs_data.when(name)}"


def _kept(folder: Path) -> str:
    config = lab_runs.config_of(folder)
    return panel.landmarks_kept(config.corpus if config else "")


RESULTS = OwnResults("lab", "lab", lab_runs, "Result", _label, _words, kept=_kept)
"""Which result is shown, and the run that makes another."""
