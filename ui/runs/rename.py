"""Another name for an experiment of either kind."""

from __future__ import annotations

import streamlit as st

from fer_core.store.store import Store
from fer_core.training.experiments import Listed
from ui.runs import rows


def rename(found: Listed) -> None:
    """The button that gives an experiment another name; none for one that the store does not know."""
    if found.record is None:
        return
    with st.popover("Rename", icon=":material/edit:", type="tertiary"):
        name = st.text_input("Name", found.record.name, max_chars=60, key=f"name_{found.id}")
        st.button(
            "Save the name", key=f"rename_{found.id}", on_click=rows.attempt, args=(_store_name, found.id, name.strip())
        )


def _store_name(id: str, name: str) -> None:
    with Store(patience=rows.PATIENCE) as store:
        store.rename(id, name)
