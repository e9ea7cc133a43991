"""Clips behind a cell of a matrix: which cell was clicked, and what was said of its clips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.common import downloads
from ui.common.words import count

if TYPE_CHECKING:
    import pandas as pd


def shown(rows: pd.DataFrame, emotions: Sequence[str], name: str) -> None:
    """Clips (`fer_core.results.study.items`) with what each classifier said of them."""
    tests, clips = len(rows), rows["clip"].nunique()
    st.caption(count(clips, "clip") + (f", {tests} tests." if tests > clips else "."))
    if rows.empty:
        return
    bars = {
        e: st.column_config.ProgressColumn(e, min_value=0.0, max_value=1.0, format="%.2f", width="small")
        for e in emotions
    }
    table = rows.assign(fold=rows["fold"] + 1).rename(columns={"emotion": "labelled"})
    downloads.table(table, name, column_config=bars, height=min(320, 38 + 35 * len(table)))


def clicked(event: Any, name: str) -> tuple[str, str] | None:
    """The first two keys of a cell that was clicked just now; a cell stays selected, and is told once."""
    points = event["selection"]["points"] if event else []
    data = points[0].get("customdata") if points else None
    cell = (str(data[0]), str(data[1])) if data else None
    seen = f"_seen_{name}"
    fresh = cell is not None and cell != st.session_state.get(seen)
    st.session_state[seen] = cell
    return cell if fresh else None
