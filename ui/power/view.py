"""The Power page's controls and views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import streamlit as st

from fer_core.base.errors import SettingError
from fer_core.base.text import for_markdown
from fer_core.stats.equivalence import MARGINS
from fer_core.stats.planning import Kind, Plan, Sizes, effects_found, margins_found, sizes_of
from ui.common import address, downloads
from ui.pickers.tables import Chosen, orientation
from ui.power import words

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

LEAST_REACH, AXIS = 300, 500
_POINTS = 110


@st.cache_data(max_entries=16, show_spinner=False)
def sizes(key: str, _table: Evaluations) -> Sizes:
    """How many observations the table offers."""
    return sizes_of(_table)


@st.cache_data(max_entries=16, show_spinner="Comparing pairs")
def _pairwise(key: str, _table: Evaluations) -> pd.DataFrame:
    from fer_core.stats.pairwise import pairwise

    return pairwise(_table)


@st.cache_data(max_entries=64, show_spinner=False)
def _effects(key: str, alpha: float, power: float, _table: Evaluations) -> pd.DataFrame:
    return effects_found(_pairwise(key, _table), alpha, power)


@st.cache_data(max_entries=64, show_spinner=False)
def _margins(key: str, alpha: float, power: float, _table: Evaluations) -> pd.DataFrame:
    return margins_found(_pairwise(key, _table), dict(MARGINS), alpha, power)


def controls(found: Sizes) -> Plan:
    """Kind of test and the four linked numbers."""
    kind = cast(Kind, address.one("Test", words.KINDS, "power_kind", on_change=_kind_changed, width="stretch"))
    own = max(2, found.own(kind))
    first, second, third, fourth = st.columns(4, gap="medium")
    with first:
        effect = address.slider(words.LABELS[kind], "power_d", 0.05, 2.0, 0.01, words.START[kind])
    with second:
        n = address.slider(f"n, {words.UNITS[kind]}", "power_n", 2, max(LEAST_REACH, own), 1, own)
    with third:
        alpha = address.slider("alpha", "power_alpha", 0.001, 0.2, 0.001, 0.05, format="%.3f")
    with fourth:
        power = address.slider("Power asked for", "power_power", 0.5, 0.99, 0.01, 0.8)
    return Plan(kind, effect, n, alpha, power, max(2, found.cells))


def _kind_changed() -> None:
    """Another test has another n and other sizes of effect."""
    for name in ("power_d", "power_n"):
        address.reset(name)


def read_outs(plan: Plan) -> int | None:
    """Each of power, n and effect from the others; gives the n that is needed."""
    try:
        needed = plan.needed
    except SettingError:
        needed = None
    unit, sign = (" SD", "±") if plan.kind == "equivalence" else ("", "")
    smallest = f"{plan.smallest:.2f}" if plan.smallest < 100 else f"{plan.smallest:.3g}"
    at, asked = f"n = {plan.n}", f"{plan.power:.0%}"
    with st.container(horizontal=True, gap="large"):
        for label, value in (
            (f"Power at {sign}{plan.effect:.2f}{unit}, {at}", words.percent(plan.achieved)),
            (f"n needed for {asked}", "over 10⁸" if needed is None else words.grouped(needed)),
            (f"Smallest {words.LEAST[plan.kind]} {at} shows with {asked}", f"{sign}{smallest}{unit}"),
        ):
            st.metric(for_markdown(label), value, width="content")
    return needed


def curves(chosen: Chosen, plan: Plan, needed: int | None, found: Sizes) -> None:
    """The curve family."""
    from fer_core.figures.power import power_figure

    published = chosen.table.origin == "reconstructed"
    marks = words.marks(plan.kind, found, published)
    last = max([AXIS, *marks])
    ns = np.unique(np.concatenate([np.arange(2, 12), np.geomspace(12, last, _POINTS).round()]))
    rows = plan.curves(ns)
    points: list[tuple[int, float, str]] = []
    if plan.kind == "paired":
        table = _effects(chosen.table.key, plan.alpha, plan.power, chosen.table)
        points = [
            (int(r["n"]), r["power"], f"{r['metric']} by {r['factor']}, d_z {r['d_z']:.2f}")
            for r in table[table["power"].notna()].to_dict("records")
        ]
    reached = needed if needed is not None and needed <= last else None
    drawn = power_figure(
        rows,
        words.EFFECTS[plan.kind],
        marks,
        (plan.n, plan.achieved),
        reached,
        plan.power,
        words.UNITS[plan.kind],
        points,
    )
    downloads.figure(
        drawn,
        "power_curves",
        table=rows,
        title=f"Power, {words.KINDS[plan.kind].lower()}",
        caption=words.caption(marks, reached, len(points)),
    )


def effects(chosen: Chosen, plan: Plan) -> None:
    """What was found, and what it would take."""
    table, asked = chosen.table, f"{plan.power:.0%}"
    number = st.column_config.NumberColumn
    config: dict[str, Any] = {"power": number(format="%.3f"), "n_needed": number(f"n for {asked}")}
    if plan.kind == "equivalence":
        st.subheader("Equivalence within the published margins", anchor=False)
        rows = _margins(table.key, plan.alpha, plan.power, table)
        st.markdown(for_markdown(words.margins(rows, plan)))
        digits = ["sd", "margin", "margin_sd", "smallest_margin"]
        config["smallest_margin"] = number(f"margin for {asked}", format="%.3f")
        config["margin_sd"] = number("margin / sd", format="%.2f")
        name, what = "power_equivalence", "Power of TOST within the published margins, true difference 0"
    else:
        st.subheader("Effects found, on matched pairs", anchor=False)
        rows = _effects(table.key, plan.alpha, plan.power, table)
        st.markdown(for_markdown(words.found(rows, plan)))
        rows = rows.drop(columns="power")  # of an effect that was found it restates the p
        digits = ["d_z", "smallest_d"]
        config["smallest_d"] = number(f"d_z for {asked}", format="%.2f")
        name, what = "power_effects", "Effects found"
    config = {c: number(format="%.3f") for c in digits} | config
    shown = rows.drop(columns="note") if not rows["note"].any() else rows
    st.dataframe(
        shown, hide_index=True, key=f"table_{name}", column_config=config, height=38 + 35 * min(len(shown), 16)
    )
    about = f"{what}, alpha {plan.alpha:g}, and pairs needed for {asked}. {table.title}."
    with st.container(horizontal=True, gap="small"):
        downloads.csv(shown, name)
        downloads.latex(shown, name, about)
    st.caption(f"Differences are first minus second ({for_markdown(orientation())}).")
