"""Runs: every experiment and training run, and one experiment from its progress to its log."""

from __future__ import annotations

import streamlit as st

from fer_core.base.errors import FerError
from fer_core.training.images import experiments
from ui.common import errors, page
from ui.runs import image_run, listing, view


def main() -> None:
    """The page."""
    page.heading("Runs")
    if error := st.session_state.pop("_runs_error", None):
        errors.say(error)
    id = st.query_params.get("experiment")
    if id is None:
        listing.listing()
    else:
        one(id)
    page.how(
        "Each run is a process of its own with a folder: its state, progress and log are files that this "
        "page reads, so it may be closed, and the server restarted. An experiment keeps every finished "
        "trial and cell in the store at once; stopped, killed or switched off, it resumes from there and "
        "ends with the table of an undisturbed run. A run counts as lost when its process is gone. From a"
        " terminal: `python -m fer_core experiment list`, `status`, `resume`, `cancel` and `delete`.",
        "How runs survive",
    )


def one(id) -> None:
    """One experiment, and the way back."""
    if st.button("All runs", icon=":material/arrow_back:", type="tertiary"):
        listing.open_experiment(None)
        st.rerun()
    try:
        if id.startswith(f"{experiments.PREFIX}-"):
            image_run.panel(id)
        else:
            view.panel(id)
    except FerError as error:
        errors.say(str(error))


main()
