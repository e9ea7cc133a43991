"""Differences over people, drawn once for all pages of statistics: the slowest of their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui.pickers.tables import Chosen

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.results.study import Reading, Study


def differences(chosen: Chosen) -> pd.DataFrame | None:
    """`fer_core.results.differences.level_differences`, 90 % intervals too; None without known people."""
    if chosen.people is None:
        return None
    return _differences((chosen.name, chosen.table.key), chosen.reading, chosen.people)


@st.cache_data(max_entries=16, show_spinner="Resampling people")
def _differences(key: tuple[str, str], reading: Reading, _study: Study) -> pd.DataFrame:
    from fer_core.results.differences import level_differences

    return level_differences(_study, reading, inner=True)
