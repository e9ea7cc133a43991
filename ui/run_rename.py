"""Another name for an experiment of either kind."""

from __future__ import annotations

import streamlit as st

from fer_core.results.store import Store
from fer_core.training.experiments import Listed
from ui import runs_data


def rename(found: Listed) -> None:
    """The button that gives an experiment another name; none for one that the store does not know."""
    if found.record is None:
        return
    with st.popover("Rename", icon=":material/edit:", type="tertiary"):
        name = st.text_input("Name", found.record.name, max_chars=60, key=f"name_{found.id}")
        st.button("Save the name", key=f"rename_{found.id}", on_click=runs_data.attempt,
                  args=(_store_name, found.id, name.strip()))  # fmt: skip


def _store_name(id: str, name: str) -> None:
    with Store(patience=runs_data.PATIENCE) as store:
        store.rename(id, name)
