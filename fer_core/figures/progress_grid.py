"""The picture of an experiment's progress: one square per planned cell."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from fer_core.base.progress import say_duration
from fer_core.figures.theme import ALARM, base
from fer_core.results.plan import CellPlan
from fer_core.results.words import condition_words

STATES = {
    "waiting": ("", "rgba(128, 136, 144, 0.25)", "waiting"),
    "begun": ("…", "#7D97B5", "begun"),
    "done": ("✓", "#26466D", "done"),
    "failed": ("✕", ALARM, "failed"),
}
"""Of each state: its sign, its colour and its word."""

_ROW = 34  # pixels
_LETTERS, _NAMED = 60, 16  # columns up to which there is room for signs, and for every fold's name


def cells_figure(plans: Sequence[CellPlan]) -> go.Figure:
    """Conditions by seed and fold: which cells are done, failed, being searched, waiting."""
    conditions = list(dict.fromkeys(p.key.condition for p in plans))
    columns = list(dict.fromkeys((p.key.seed, p.key.fold) for p in plans))
    where = {(p.key.condition, (p.key.seed, p.key.fold)): p for p in plans}
    rows = [[where[c, column] for column in columns] for c in conditions]
    names = list(STATES)
    steps = [[(k + end) / len(names), STATES[n][1]] for k, n in enumerate(names) for end in (0, 1)]
    figure = go.Figure(
        go.Heatmap(
            z=[[names.index(p.state) for p in row] for row in rows],
            zmin=-0.5,
            zmax=len(names) - 0.5,
            colorscale=steps,
            showscale=False,
            xgap=2,
            ygap=2,
            text=[[STATES[p.state][0] for p in row] for row in rows] if len(columns) <= _LETTERS else None,
            texttemplate="%{text}",
            textfont={"color": "#FFFFFF", "size": 13},
            customdata=[[cell_words(p) for p in row] for row in rows],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    base(figure, height=_ROW * len(rows) + 70, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    ticks = _ticks(columns)
    figure.update_xaxes(
        tickvals=list(ticks), ticktext=list(ticks.values()), showgrid=False, zeroline=False, fixedrange=True
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[condition_words(c) for c in conditions],
        autorange="reversed",
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    return figure


def cell_words(plan: CellPlan) -> str:
    """``GRU, Bayesian, advanced, seed 0, fold 1: done in 12 s, 60 clips tested``."""
    key = plan.key
    where = f"{condition_words(key.condition)}, seed {key.seed}, fold {key.fold + 1}"
    searched = f"{plan.trials} of {plan.searched} trials"
    said = STATES[plan.state][2]
    if plan.state == "done":
        said = f"done in {say_duration(plan.seconds)}, {plan.n_test} clips tested"
    elif plan.state == "failed":
        said = f"failed: {plan.error}"
    return f"{where}: {said}" + (f"; {searched}" if plan.searched else "")


def _ticks(columns: Sequence[tuple[int, int]]) -> dict[int, str]:
    """Position → seed and fold; of many columns, each seed at its first fold."""
    seeds = len({seed for seed, _ in columns})
    if len(columns) > _NAMED:
        return {k: f"seed {seed}" for k, (seed, fold) in enumerate(columns) if fold == 0}
    return {
        k: f"seed {seed}<br>fold {fold + 1}" if seeds > 1 else f"fold {fold + 1}"
        for k, (seed, fold) in enumerate(columns)
    }
