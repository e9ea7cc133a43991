"""The Compare page's views of a study. Tables are those of `fer_core.results.study`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.base.unknown_people import drawn_words
from fer_core.results import study as tables_of
from fer_core.results import study_subset
from fer_core.results.study import Reading, Study
from fer_core.results.study_subset import Outcome
from fer_core.results.words import BINARY_METRICS, condition_words
from ui.common import clip_table, downloads, page
from ui.compare import words
from ui.compare.controls import URL, Chosen
from ui.pickers import in_use
from ui.pickers.studies import Choice

if TYPE_CHECKING:
    import pandas as pd

OUTCOMES: dict[Outcome, str] = {"missed": "Missed", "called": "Called so wrongly", "found": "Found"}
_PANELS = ("macro_f1", "balanced_accuracy", "mean_binary_accuracy", "mean_binary_recall")
_ANY = "any"


def metrics(choice: Choice, part: Study, chosen: Chosen) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`per_condition` and `per_emotion` of what is chosen."""
    key = (choice.version, chosen.conditions, chosen.seeds, chosen.common)
    return _metrics(key, chosen.reading, part)


@st.cache_data(max_entries=32, show_spinner="Computing intervals")
def _metrics(key: Any, reading: Reading, _part: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    return tables_of.per_condition(_part, reading), tables_of.per_emotion(_part, reading)


def ranked(rows: pd.DataFrame, metric: str) -> list[str]:
    """Conditions, best first."""
    part = rows[rows["metric"] == metric].sort_values("value", ascending=False, kind="stable")
    return [str(slug) for slug in part["condition"]]


def _condition(label: str, slugs: Sequence[str], name: str = "condition") -> str:
    return st.selectbox(label, list(slugs), format_func=condition_words, key=f"compare_{name}", bind=URL, width=300)


# --- means ------------------------------------------------------------------------------------------


def means(part: Study, rows: pd.DataFrame, metric: str) -> None:
    """Each condition's metrics with their intervals, and N."""
    from fer_core.figures.study import means_figure

    shown = list(dict.fromkeys([metric, *_PANELS]))[:4]
    drawn = means_figure(rows, shown, tables_of.baselines(part))
    dashed = " Dashed: an answer that is the same for every clip." if drawn.layout.shapes else ""
    downloads.figure(
        drawn,
        "conditions",
        table=rows,
        title="Metrics by condition",
        caption=f"Line: 95% interval over {_drawn(part)}.{dashed} All emotions together, whichever are chosen above.",
    )
    downloads.table(words.metric_table(rows, metric), "conditions_in_words")


def _drawn(part: Study) -> str:
    return "people" if part.people_known else drawn_words(False)


# --- per emotion ------------------------------------------------------------------------------------


def emotions(part: Study, rows: pd.DataFrame, order: Sequence[str], chosen: Chosen) -> None:
    """Heatmaps of each emotion's classifier alone, and what is behind a cell of them."""
    from fer_core.figures.study import emotion_conditions_figure, emotion_metrics_figure

    rows = rows[rows["emotion"].isin(chosen.emotions)]
    metric = in_use.metric("Metric", BINARY_METRICS)
    st.markdown(for_markdown(words.weakest(rows, metric)))
    event = downloads.figure(
        emotion_conditions_figure(rows, metric),
        f"{metric}_by_emotion_and_condition",
        table=rows[rows["metric"] == metric],
        title=f"{BINARY_METRICS[metric]} by emotion and condition",
        caption="Each classifier alone at 0.5, one against all. Counts and intervals on hover; click a cell "
        "to look into it.",
        on_select="rerun",
        selection_mode="points",
    )
    if clicked := clip_table.clicked(event, "compare_emotion_condition"):
        in_use.take(emotion=clicked[0])
        st.session_state["compare_condition"] = clicked[1]
    st.subheader("Look into a cell", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        place = st.container(width=200)
        slug = _condition("Condition", order)
    mine = rows[rows["condition"] == slug]
    left, right = st.columns(2, gap="large")
    with left:
        event = downloads.figure(
            emotion_metrics_figure(mine),
            "metrics_of_condition",
            table=mine,
            title=f"Metrics of {condition_words(slug)}",
            caption="Click an emotion to see its clips below.",
            on_select="rerun",
            selection_mode="points",
        )
    if clicked := clip_table.clicked(event, "compare_emotion_metric"):
        in_use.take(emotion=clicked[0])
    with place:
        emotion = in_use.emotion(chosen.emotions)
    with right:
        _matrix(part, slug, chosen.reading, "confusion_of_condition")
    st.markdown(for_markdown(words.alone(mine[mine["emotion"] == emotion].iloc[0].to_dict())))
    _behind_classifier(part, slug, emotion, chosen.reading)


def _behind_classifier(part: Study, slug: str, emotion: str, reading: Reading) -> None:
    found = {name: study_subset.outcomes(part, slug, emotion, name, reading) for name in OUTCOMES}
    outcome = st.segmented_control(
        "Clips",
        list(OUTCOMES),
        default="missed",
        required=True,
        key="compare_outcome",
        bind=URL,
        format_func=lambda o: f"{OUTCOMES[o]} ({len(found[o])})",
        label_visibility="collapsed",
    )
    clip_table.shown(found[outcome or "missed"], part.emotions, "clips_of_classifier")


# --- confusion --------------------------------------------------------------------------------------


def confusion(part: Study, order: Sequence[str], reading: Reading) -> None:
    """Two conditions' confusion matrices side by side, and the clips behind a cell."""
    slugs: dict[str, str] = {}
    for side, column, options in zip(
        ("left", "right"), st.columns(2, gap="large"), (order, [*order[1:], order[0]]), strict=True
    ):
        with column:
            slugs[side] = slug = _condition(f"Condition on the {side}", options, side)
            event = _matrix(part, slug, reading, f"confusion_{side}", on_select="rerun", selection_mode="points")
        if clicked := clip_table.clicked(event, f"compare_{side}"):
            st.session_state["compare_side"] = side
            st.session_state["compare_labelled"], st.session_state["compare_classified"] = clicked
    _behind_matrix(part, slugs, reading)


def _matrix(part: Study, slug: str, reading: Reading, name: str, **chart: Any) -> Any:
    from fer_core.figures.results import confusion_figure

    counts = tables_of.confusion(part, slug, reading)
    unit = "clips" if len(part.seeds) == 1 else "tests"
    rows = [
        {"labelled": e, **dict(zip(part.emotions, map(int, row), strict=True))}
        for e, row in zip(part.emotions, counts, strict=True)
    ]
    return downloads.figure(
        confusion_figure({"emotions": part.emotions, "confusion": counts}, unit),
        name,
        table=rows,
        title=f"Confusion matrix, {condition_words(slug)}",
        caption=f"{unit.capitalize()} and their share of the row, by the highest of the classifiers.",
        **chart,
    )


def _behind_matrix(part: Study, slugs: Mapping[str, str], reading: Reading) -> None:
    st.subheader("The clips behind it", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        side = st.segmented_control(
            "Of",
            ["left", "right"],
            default="left",
            required=True,
            key="compare_side",
            bind=URL,
            format_func=lambda s: f"{s.capitalize()}: {for_markdown(condition_words(slugs[s]))}",
        )
        labelled, classified = (
            st.selectbox(label, [_ANY, *part.emotions], key=key, bind=URL, width=180)
            for label, key in (("Labelled", "compare_labelled"), ("Classified as", "compare_classified"))
        )
        wrong = st.toggle(
            "Only where the two differ",
            value=True,
            key="compare_wrong",
            bind=URL,
            disabled=labelled == classified != _ANY,
        )
    rows = tables_of.items(
        part, slugs[side or "left"], reading, *(None if v == _ANY else v for v in (labelled, classified))
    )
    if wrong and not labelled == classified != _ANY:
        rows = rows[rows["emotion"] != rows["classified"]]
    clip_table.shown(rows, part.emotions, "clips_of_condition")


# --- fits and searches ------------------------------------------------------------------------------


def curves(part: Study, order: Sequence[str], emotions: Sequence[str]) -> None:
    """Loss by epoch of one condition's fits."""
    from fer_core.figures.training import learning_curves_figure, learning_curves_words

    slug = _condition("Condition", order)
    found = tables_of.curves(part, slug)
    rows = [
        {
            "seed": c["seed"],
            "fold": c["fold"] + 1,
            "emotion": c["emotion"],
            "loss": c["loss"],
            "epoch": i + 1,
            "training": v,
            "validation": c["val"][i] if i < len(c["val"]) else None,
        }
        for c in found
        for i, v in enumerate(c["train"])
    ]
    downloads.figure(
        learning_curves_figure(found, emotions),
        "learning_curves",
        table=rows,
        title=f"Loss by epoch, {condition_words(slug)}",
        caption=f"{learning_curves_words(found)} Losses of different kinds are on different scales, so "
        "heights can be compared within an emotion and a loss only.",
    )


def searches(part: Study, emotions: Sequence[str], experiment: str) -> None:
    """What the Bayesian searches found: convergence, the settings they tried, the best of each."""
    from fer_core.figures.searches import convergence_figure, space_figure

    trials = [t for t in part.trials if t.emotion in emotions]
    if not trials:
        st.caption("None of the conditions and emotions chosen above was searched.")
        return
    steps, tried = tables_of.convergence(trials), tables_of.trial_table(trials)
    st.markdown(for_markdown(words.searched(steps)))
    downloads.figure(
        convergence_figure(steps, emotions, part.objective),
        "convergence",
        table=steps,
        title="Best value so far, by trial",
        caption=f"{part.objective}; smaller is better. Read on inner folds of the training side, so these "
        "values say nothing about the test clips.",
    )
    st.subheader("Best trial of each search", anchor=False)
    best = words.best_rows(tables_of.best_trials(trials), tried)
    downloads.table(best, "best_trials")
    if any(row["Searches"] > 1 for row in best):
        st.caption("Where there are several searches (folds, seeds), values and settings are their medians.")
    if st.toggle("Show every setting that was tried", key="compare_space", bind=URL):
        downloads.figure(
            space_figure(tried, part.objective), "search_space", table=tried, title="Settings that were tried"
        )
    page.link("runs", "Every trial, on the Runs page", "checklist", experiment=experiment)
