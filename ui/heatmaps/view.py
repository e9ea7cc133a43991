"""The Heatmaps page's controls and views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.results import study_subset
from fer_core.results.study import Reading, Study
from fer_core.results.words import BINARY_METRICS
from fer_core.stats.heatmap_table import COUNTS, MEAN, cells_of_study, cells_of_table
from ui.common import address, clip_table, downloads
from ui.compare.view import OUTCOMES
from ui.heatmaps import words as heatmaps_words
from ui.pickers import in_use
from ui.pickers.tables import Chosen

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

_CONDITION = "heatmaps_condition"


@dataclass(frozen=True)
class View:
    """What the controls say."""

    kind: str
    metric: str
    condition: str


def cells(chosen: Chosen) -> pd.DataFrame:
    """What each classifier reached, in each condition and on average."""
    key = chosen.name, chosen.reading, chosen.table.key
    if chosen.study is not None:
        return _of_study(key, chosen.reading, chosen.study)
    return _of_table(key, chosen.table)


def controls(found: pd.DataFrame) -> View:
    """View, metric, and in the view of one condition which; all in the URL."""
    there = set(found["metric"])
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        kind = address.one("View", heatmaps_words.VIEWS, "heatmaps_view")
        metric = in_use.metric("Metric", {m: w for m, w in BINARY_METRICS.items() if m in there})
        condition = _condition(found) if kind == "metrics" else _named(found)
    return View(kind, metric, condition)


def heatmap(chosen: Chosen, found: pd.DataFrame, view: View) -> None:
    """The heatmap and its numbers; a click on a cell is kept in the URL."""
    from fer_core.figures.heatmaps import conditions_figure, metrics_figure

    what = BINARY_METRICS[view.metric].lower()
    if view.kind == "conditions":
        shown = found[found["metric"] == view.metric]
        drawn, name = conditions_figure(found, view.metric), f"{view.metric}_by_condition_and_emotion"
        title = f"{BINARY_METRICS[view.metric]} by emotion and condition"
    else:
        shown = found[found["condition"] == view.condition]
        drawn, name = metrics_figure(found, view.condition), "metrics_by_emotion"
        title = f"Metrics by emotion, {heatmaps_words.condition_title(view.condition)}"
    event = downloads.figure(
        drawn,
        name,
        table=shown,
        title=title,
        on_select="rerun",
        selection_mode="points",
        caption=heatmaps_words.caption(shown),
    )
    if clicked := clip_table.clicked(event, f"heatmaps_{view.kind}_{what}"):
        in_use.take(emotion=clicked[0])
        if view.kind == "conditions":
            address.put(_CONDITION, None if clicked[1] == MEAN else clicked[1])
    with st.expander("The numbers", icon=":material/table:"):
        wide = _wide(shown, view)
        st.dataframe(wide.round(3), hide_index=True, key=f"table_{name}")
        with st.container(horizontal=True, gap="small"):
            downloads.csv(wide, f"{name}_table")
            downloads.latex(wide, name, f"{title}. {chosen.table.title}. {chosen.table.note}")


def cell(chosen: Chosen, found: pd.DataFrame, view: View) -> None:
    """One classifier: its own confusion matrix, its metrics, and the clips behind them."""
    from fer_core.figures.heatmaps import binary_figure, unit_of

    st.subheader("Look into a cell", anchor=False)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        emotion = in_use.emotion(dict.fromkeys(found["emotion"]))
        condition = _condition(found) if view.kind == "conditions" else view.condition
    mine = found[(found["emotion"] == emotion) & (found["condition"] == condition)]
    if mine.empty:
        st.caption("This emotion was not tested in this condition.")
        return
    one = {str(k): v for k, v in mine.iloc[0].items()}
    left, right = st.columns(2, gap="large")
    with right:
        downloads.table(
            heatmaps_words.metric_rows(mine),
            "metrics_of_classifier",
            column_config={"Value": st.column_config.NumberColumn("Value", format="%.3f")},
        )
    with left:
        if one["tp"] < 0:
            st.caption("This table holds no counts, so there is no confusion matrix to show.")
            return
        st.markdown(for_markdown(heatmaps_words.alone(one)))
        unit = unit_of(one)
        event = downloads.figure(
            binary_figure(one),
            "binary_confusion",
            table=[{k: one[k] for k in ("emotion", "condition", *COUNTS)}],
            title=f"Classifier for {emotion}, {heatmaps_words.condition_title(condition)}",
            caption=f"{unit.capitalize()} and their share of the row. Always answering no would be right in "
            f"{heatmaps_words.always_no(one):.0%}.",
            on_select="rerun",
            selection_mode="points",
        )
    clicked = clip_table.clicked(event, "heatmaps_binary")
    if chosen.study is None:
        st.caption("Which clips these are is not in a table of results; experiments keep what was said of each.")
    elif condition == MEAN:
        st.caption("Choose one condition to see the clips.")
    else:
        if clicked and clicked[0] in OUTCOMES:
            address.put("heatmaps_outcome", clicked[0])
        _clips(chosen.study, condition, emotion, chosen.reading)


# --- inside -----------------------------------------------------------------------------------------


def _clips(study: Study, condition: str, emotion: str, reading: Reading) -> None:
    found = {name: study_subset.outcomes(study, condition, emotion, name, reading) for name in OUTCOMES}
    words = {str(name): f"{said} ({len(found[name])})" for name, said in OUTCOMES.items()}
    outcome = address.one("Clips", words, "heatmaps_outcome", label_visibility="collapsed")
    shown = next(rows for name, rows in found.items() if name == outcome)
    clip_table.shown(shown, study.emotions, "clips_of_classifier")


def _condition(found: pd.DataFrame) -> str:
    """The box of conditions; its value is in the URL, but for the first, the mean."""
    words = {c: heatmaps_words.condition_title(c) for c in _conditions(found)}
    address.hold(_CONDITION, _named(found))

    def moved() -> None:
        now = st.session_state[_CONDITION]
        address.put(_CONDITION, None if now == MEAN else now)

    st.selectbox("Condition", list(words), key=_CONDITION, format_func=words.__getitem__, on_change=moved, width=300)
    return str(st.session_state[_CONDITION])


def _named(found: pd.DataFrame) -> str:
    """The condition in the URL, where its box stands further down."""
    named = st.query_params.get(_CONDITION, MEAN)
    return named if named in _conditions(found) else MEAN


def _conditions(found: pd.DataFrame) -> list[str]:
    """The mean first."""
    return [MEAN, *(c for c in dict.fromkeys(found["condition"]) if c != MEAN)]


def _wide(shown: pd.DataFrame, view: View) -> pd.DataFrame:
    """The heatmap as a table."""
    names = ("condition", "emotion") if view.kind == "conditions" else ("emotion", "metric")
    order = [list(dict.fromkeys(shown[name])) for name in names]
    wide = shown.pivot(index=names[0], columns=names[1], values="value").reindex(order[0])[order[1]]
    return wide.reset_index().rename_axis(columns=None)


@st.cache_data(max_entries=16, show_spinner="Drawing people")
def _of_study(key: tuple[str, str, str], reading: Reading, _study: Study) -> pd.DataFrame:
    return cells_of_study(_study, reading)


@st.cache_data(max_entries=16, show_spinner=False)
def _of_table(key: tuple[str, str, str], _table: Evaluations) -> pd.DataFrame:
    return cells_of_table(_table)
