"""What an experiment has found so far, in views of which one is drawn: cells, searches, curves, faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core import runs
from fer_core.base.text import for_markdown
from fer_core.results.words import OBJECTIVES, condition_words
from ui.common import downloads, errors, page
from ui.common.inputs import known
from ui.common.words import count
from ui.launch import view as launch_view
from ui.runs import listing
from ui.runs import rows as runs_data
from ui.runs.rows import Findings, Opened

if TYPE_CHECKING:
    import pandas as pd

POLL_SECONDS = 5.0
LOG_LINES = 200
_EVERY = "every one"


def views(e: Opened) -> None:
    """The choice of a view, and the view; it is drawn anew while the experiment goes on."""
    view = st.segmented_control(
        "View",
        list(VIEWS),
        default=known(st.query_params.get("view"), VIEWS, "Cells"),
        required=True,
        key="runs_view",
        label_visibility="collapsed",
    )
    view = known(view, VIEWS, "Cells")
    listing.in_url("view", view if view != "Cells" else None)
    if e.listed.active:
        _poll(e.listed.id, view)
    else:
        _draw(e, view)


@st.fragment(run_every=POLL_SECONDS)
def _poll(id: str, view: str) -> None:
    with errors.shown():
        e = runs_data.opened(id)
        if not e.listed.active:
            st.rerun()  # the page runs once more, without the polling
        _draw(e, view)


def _draw(e: Opened, view: str) -> None:
    with errors.shown():
        VIEWS[view](e, runs_data.findings(e.listed))


# --- cells -------------------------------------------------------------------------------------------


def cells(e: Opened, found: Findings) -> None:
    """Every planned cell with its state."""
    from fer_core.figures.progress_grid import STATES, cells_figure
    from fer_core.results.plan import cell_plans

    if e.design is None:
        st.caption("Neither the store nor the run folder knows its design.")
        return
    plans = cell_plans(e.design, found.cells, found.trials)
    rows = [
        {
            **p.key._asdict(),
            "fold": p.key.fold + 1,
            "state": STATES[p.state][2],
            "trials": p.trials,
            "of": p.searched,
            "seconds": round(p.seconds, 1),
            "clips tested": p.n_test,
            "error": p.error,
        }
        for p in plans
    ]
    shown = [STATES[name] for name in STATES if any(p.state == name for p in plans)]
    signs = ", ".join(f"{sign or 'grey:'} {word}" for sign, _, word in shown)
    downloads.figure(
        cells_figure(plans),
        "cells",
        table=rows,
        title=f"Cells of {e.title}",
        caption=f"{signs}. One square is one condition on one fold of one seed; point at it for its trials "
        "and its time.",
    )


# --- searches ----------------------------------------------------------------------------------------


def searches(e: Opened, found: Findings) -> None:
    """How the searches converge, what they tried, and what they chose."""
    from fer_core.figures.searches import convergence_figure, space_figure
    from fer_core.results.searches import best_trials, convergence, trial_table

    design = e.design
    if design is None or not any("bayesian" in levels for levels in design["factors"]):
        st.caption("This design searches nothing: its sizes are predefined.")
        return
    if not found.trials:
        st.caption("No trial is finished yet.")
        return
    table = trial_table(found.trials)
    chosen = _choose(table, ("condition", "seed", "fold"))
    trials = [t for t in found.trials if _fits(t, chosen)]
    emotions = [x for x in design["base"]["emotions"] if any(t.emotion == x for t in trials)]
    if not trials:
        st.caption("No trial of these is finished yet.")
        return
    objective = OBJECTIVES[design["base"]["search"]["objective"]]
    progress = convergence(trials)
    st.markdown("**Best value so far**")
    downloads.figure(
        convergence_figure(progress, emotions, objective),
        "convergence",
        table=progress,
        title=f"Searches of {e.title}",
        caption="Smaller is better. Trial 1 is the predefined setting, so that what the search gains can be "
        "read off against it.",
    )
    st.markdown("**The best trial of each search**")
    best = best_trials(trials)
    best["condition"] = [condition_words(c) for c in best["condition"]]
    best["fold"] += 1
    best["number"] += 1
    downloads.table(
        best.rename(columns={"number": "trial", "seconds": "seconds in all"}),
        "best_trials",
        column_config={
            "value": st.column_config.NumberColumn(objective, format="%.3g"),
            "learning_rate": st.column_config.NumberColumn("learning rate", format="%.3g"),
            "dropout": st.column_config.NumberColumn("dropout", format="%.3g"),
            "seconds in all": st.column_config.NumberColumn(format="%.0f"),
        },
    )
    st.markdown("**What was tried**")
    emotion = st.pills(
        "Emotion",
        emotions,
        default=emotions[0],
        required=True,
        key="runs_emotion",
        format_func=for_markdown,
        label_visibility="collapsed",
    )
    tried = table[table["emotion"] == emotion]
    tried = tried[[_fits_row(row, chosen) for row in tried.to_dict("records")]]
    downloads.figure(space_figure(tried, objective), "search_space", table=tried, title=f"Settings tried, {emotion}")


def _choose(table: pd.DataFrame, names: tuple[str, ...]) -> dict[str, Any]:
    """What to look at: one box for each name that has several values."""
    chosen: dict[str, Any] = {}
    words: dict[str, Callable[[Any], str]] = {
        "condition": condition_words,
        "seed": lambda s: f"seed {s}",
        "fold": lambda f: f"fold {f + 1}",
    }
    several = {name: sorted(set(table[name].tolist())) for name in names}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name, values in several.items():
            if len(values) < 2:
                continue
            said = st.selectbox(
                name.capitalize(),
                [_EVERY, *values],
                key=f"runs_{name}",
                width=260,
                index=1 if name == "condition" else 0,
                format_func=lambda v, w=words[name]: v if v == _EVERY else w(v),
            )
            if said != _EVERY:
                chosen[name] = said
    return chosen


def _fits(record: Any, chosen: dict[str, Any]) -> bool:
    return all(getattr(record, name) == value for name, value in chosen.items())


def _fits_row(row: dict[Any, Any], chosen: dict[str, Any]) -> bool:
    return all(row[name] == value for name, value in chosen.items())


# --- curves, faults, settings, log -------------------------------------------------------------------


def learning_curves(e: Opened, found: Findings) -> None:
    """Loss by epoch of the finished cells of one condition."""
    import pandas as pd

    from fer_core.figures.training import learning_curves_figure, learning_curves_words
    from fer_core.results.study import Study, curves

    record = e.listed.record
    conditions = list(dict.fromkeys(c.condition for c in found.cells if c.state == "done"))
    if record is None or not conditions:
        st.caption("No cell is finished yet.")
        return
    condition = st.selectbox("Condition", conditions, format_func=condition_words, key="runs_curves_of", width=300)
    study = Study(record, found.cells, found.trials, pd.DataFrame())
    mine = curves(study, condition)
    rows = [
        {
            "condition": condition,
            "seed": c["seed"],
            "fold": c["fold"] + 1,
            "emotion": c["emotion"],
            "epoch": i + 1,
            "loss": v,
            "validation": c["val"][i] if i < len(c["val"]) else None,
        }
        for c in mine
        for i, v in enumerate(c["train"])
    ]
    downloads.figure(
        learning_curves_figure(mine, study.emotions),
        "learning_curves",
        table=rows,
        title=f"Loss, {condition_words(condition)}",
        caption=f"{learning_curves_words(mine)} Each emotion has its own loss, so heights cannot be compared "
        "between panels.",
    )


def failures(e: Opened, found: Findings) -> None:
    """Cells and trials that failed, each with its sentence."""
    failed_cells = [c for c in found.cells if c.state == "failed"]
    failed_trials = [t for t in found.trials if t.state == "failed"]
    if not failed_cells and not failed_trials:
        st.caption("Nothing has failed.")
        return
    if failed_cells:
        st.markdown(f"**{count(len(failed_cells), 'failed cell')}**")
        st.caption("They are missing from the results. Resume can try them once more.")
        rows = [{**c.key._asdict(), "fold": c.fold + 1, "what went wrong": c.error} for c in failed_cells]
        downloads.table(rows, "failed_cells")
    if failed_trials:
        st.markdown(f"**{count(len(failed_trials), 'failed trial')}**")
        st.caption("A failed trial counts as the worst of its search, which goes on without it.")
        rows = [
            {
                **t.cell._asdict(),
                "fold": t.fold + 1,
                "emotion": t.emotion,
                "trial": t.number + 1,
                **t.settings,
                "what went wrong": t.error,
            }
            for t in failed_trials
        ]
        downloads.table(rows, "failed_trials")


def settings(e: Opened, found: Findings) -> None:
    """What was asked for, of which data, by which program."""
    design, record = e.design, e.listed.record
    if design is None:
        st.caption("Neither the store nor the run folder knows its design.")
        return
    name = record.corpus["name"] if record else e.order.corpus if e.order else ""
    st.markdown(for_markdown(launch_view.sentence(runs_data.design_of(e), str(name))))
    if e.order is not None and e.order.scheduler:
        st.caption(f"The fits run on {for_markdown(e.order.scheduler)}.")
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**What its conditions share**")
        levels = ("architecture", "tuning", "loss", "seed")
        shared = {k: v for k, v in design["base"].items() if k not in levels}
        downloads.table(_flat(shared), "design_settings", height=420)
    with right:
        if record is not None:
            st.markdown("**Data and program**")
            program = {k: v for k, v in record.provenance.items() if k != "leaks"}
            made = {"corpus": {**record.corpus, "data_key": record.data_key}, "program": program}
            downloads.table(_flat(made), "provenance", height=420)
    page.how(
        "Save the design as design.json; then `python -m fer_core experiment run PATH --design design.json` "
        "does the same again. Seeds, folds and searches follow from the design alone.",
        "How to run it again",
    )


def _flat(plain: Mapping[str, Any], before: str = "") -> list[dict[str, str]]:
    """Nested settings as rows of name and value."""
    rows: list[dict[str, str]] = []
    for name, value in plain.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{before}{name}: ")
        else:
            text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            rows.append({"setting": before + name, "value": text})
    return rows


def log(e: Opened, found: Findings) -> None:
    """The last lines that its process wrote."""
    text = runs.read_log(e.folder, LOG_LINES) if e.folder is not None else ""
    if text:
        st.code(text, language=None, height=420, wrap_lines=True)
    else:
        st.caption("There is no log: it has written nothing, or it was started in a terminal.")


VIEWS: dict[str, Callable[[Opened, Findings], None]] = {
    "Cells": cells,
    "Searches": searches,
    "Learning curves": learning_curves,
    "Failures": failures,
    "Settings": settings,
    "Log": log,
}
