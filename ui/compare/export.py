"""What stands around the Compare page's views: progress, what went wrong, taking away, running again."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fer_core import runs
from fer_core.base.errors import FerError
from fer_core.base.text import for_markdown
from fer_core.reports import export
from fer_core.results.study import Reading, Study
from fer_core.results.words import BINARY_METRICS
from fer_core.study.design import Design
from ui.common import downloads, errors, leak_view, page, state
from ui.compare import words
from ui.launch import form
from ui.pickers.studies import Choice, cells_now

POLL_SECONDS = 5.0


# --- where it stands --------------------------------------------------------------------------------


def notes(choice: Choice, study: Study) -> None:
    """Everything that a reader of the numbers must know first."""
    if choice.active:
        going_on(choice, choice.done + choice.failed)
    elif len(study.cells) < study.record.planned:
        _stopped(choice, study)
    failed = [c for c in study.cells if c.state == "failed"]
    if failed:
        st.warning(for_markdown(words.failures(study.cells, study.record.planned)), icon=":material/error:")
        with st.expander("What went wrong", icon=":material/list:"):
            downloads.table(words.failure_rows(study.cells), "failed_cells")
    leaks = study.record.provenance.get("leaks", [])
    leak_view.of_result({"leaks": leaks})
    leak_view.people({**study.record.corpus, **study.record.provenance})
    if study.people_known and study.design["base"]["protocol"] == "random-holdout" and not leaks:
        st.warning(
            "The same people stand on both sides of this split: on new people, expect less.", icon=":material/warning:"
        )
    if study.record.corpus.get("synthetic"):
        note = for_markdown(str(study.record.corpus.get("note", "")))
        st.caption(f":material/science: Synthetic data. {note}")
    if choice.shipped:
        st.caption(":material/inventory_2: This study came along with FER Lab; it was not made on this machine.")


@st.fragment(run_every=POLL_SECONDS)
def going_on(choice: Choice, drawn: int) -> None:
    """How far it is by now. New results wait for a click, so that nothing moves under the reader's eyes."""
    folder = runs.find_run(choice.id)
    if folder is None or not runs.read_status(folder).active:
        st.rerun()  # the page runs once more, with everything, and without the polling
    with errors.shown():
        now = cells_now(choice)
        st.progress(
            min(1.0, now / max(1, choice.planned)), text=f"It goes on: {now:,} of {choice.planned:,} cells so far."
        )
        if now > drawn and st.button(f"Show the {now - drawn} new", icon=":material/refresh:"):
            st.rerun()


def _stopped(choice: Choice, study: Study) -> None:
    so_far = for_markdown(words.standing(study, study.record.planned))
    st.info(f"Not finished: {so_far}. What is shown is what is there.", icon=":material/pause_circle:")
    if not choice.shipped:
        page.link("runs", "Resume it on the Runs page", "play_arrow", experiment=choice.id)


# --- taking away ------------------------------------------------------------------------------------


def take_away(study: Study, reading: Reading) -> None:
    """The whole experiment as files, whatever is filtered above."""
    from fer_core.reports.study import html_report

    st.subheader("Take it away", anchor=False)
    id = study.record.id
    with st.container(horizontal=True, vertical_alignment="center"):
        downloads.file("Report", f"{id}.html", lambda: html_report(study, reading).encode(), "text/html")
        downloads.file("CSV", f"{id}.zip", lambda: export.csv_zip(study), "application/zip")
        downloads.file("JSON", f"{id}.json", lambda: export.to_json(study).encode())
        downloads.file("LaTeX", f"{id}.tex", lambda: latex_tables(study, reading).encode(), "text/x-tex")
    st.caption(
        "The whole experiment, whatever is chosen above; report and LaTeX in the reading chosen above. The "
        "report is one page that opens without a network. CSV and JSON hold what was said of every clip, so "
        "that any analysis can be redone."
    )


def latex_tables(study: Study, reading: Reading) -> str:
    """All tables in one file."""
    from fer_core.reports.latex import conditions_table, emotions_table

    of_emotions = [emotions_table(study, metric, reading) for metric in BINARY_METRICS]
    return "\n".join([conditions_table(study, reading), *of_emotions])


def provenance(study: Study) -> None:
    """What made it, folded."""
    with st.expander("What made it", icon=":material/fingerprint:"):
        made = {name: for_markdown(value) for name, value in export.provenance_rows(study)}
        st.table(made)


# --- running again ----------------------------------------------------------------------------------


def run_again(study: Study) -> None:
    """The command, the design's file, and the way to the Launch page."""
    with st.expander("Run this again", icon=":material/replay:"):
        st.markdown(
            "The same corpus, design and version give the same splits, and the same numbers but for the last "
            "digits. With the design saved as design.json:"
        )
        st.code(export.rerun_command(study), language="bash", wrap_lines=True)
        with st.container(horizontal=True, vertical_alignment="center"):
            downloads.file("Design", export.DESIGN, lambda: export.design_json(study).encode())
            downloads.file("Record", "record.json", lambda: export.record_json(study).encode())
            if st.button("Open it on the Launch page", icon=":material/rocket_launch:"):
                with errors.shown():
                    _take_corpus(study)
                    form.load(Design.from_json(study.design), study.record.name or study.record.id)
                    st.switch_page("pages/launch.py")


def _take_corpus(study: Study) -> None:
    """Take the study's corpus into use, where this installation has it."""
    named = str(study.record.corpus.get("path") or "")
    try:
        path = state.path_of(named) if named else ""
    except FerError:
        return
    if path == state.DEMO or (path and Path(path).is_dir()):
        state.use(named)
