"""The numbers behind the Effects page, computed once for each table and setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.results.differences import ALL
from fer_core.results.level_means import level_means
from fer_core.stats.units import differences_by_unit
from ui.pickers import people_data
from ui.pickers.tables import Chosen

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.results.study import Reading, Study
    from fer_core.stats.clipwise import ClipComparison
    from fer_core.stats.mixed import MixedModel
    from fer_core.stats.table import Evaluations

Key = tuple[str, str, str]


def by_unit(chosen: Chosen, metric: str) -> pd.DataFrame:
    """`differences_by_unit`, with people where it is known who is on the clips."""
    return _by_unit(_key(chosen), metric, within(chosen), chosen.table, people_data.differences(chosen))


def within(chosen: Chosen) -> str:
    """The column whose levels conditions are compared within: emotions where several occur everywhere."""
    from fer_core.stats.repeated import default_within

    return default_within(chosen.table) or "emotion"


def variance(chosen: Chosen, metric: str, unit: str, sums: str) -> pd.DataFrame:
    """The analysis of variance of the unit, each effect with the p of its permutation test.

    "published": one pooled error, sums of squares of Type II or III; "emotion": own error terms.
    """
    return _variance(_key(chosen), metric, unit, within(chosen), sums, chosen.table)


def mixed(chosen: Chosen, metric: str, slopes: bool) -> MixedModel:
    """The mixed model."""
    return _mixed(_key(chosen), metric, within(chosen), slopes, chosen.table)


def assumptions(chosen: Chosen, metric: str, unit: str) -> pd.DataFrame:
    """Of the pooled analysis normality and spread; of own error terms sphericity."""
    return _assumptions(_key(chosen), metric, unit, within(chosen), chosen.table)


def clips(chosen: Chosen, first: str, second: str) -> ClipComparison:
    """Two conditions clip by clip (McNemar) and over folds (Nadeau and Bengio)."""
    from fer_core.stats.clipwise import compare_clips

    assert chosen.study is not None
    return compare_clips(chosen.study, first, second, chosen.reading)


def means(chosen: Chosen, metric: str, unit: str, interval: str) -> pd.DataFrame:
    """Mean of each condition: the factors, mean, low, high, and n (rows, or conditions for people)."""
    if unit == "people":
        return _levels(chosen, metric, chosen.table.factors)
    return _means(_key(chosen), metric, unit, interval, within(chosen), chosen.table)


def panels(
    chosen: Chosen, metric: str, unit: str
) -> tuple[dict[str, pd.DataFrame], dict[tuple[str, str], pd.DataFrame]]:
    """Means of each factor's levels, and of each pair of factors."""
    factors = chosen.table.factors
    if unit == "people":
        mains = {f: _levels(chosen, metric, (f,)) for f in factors}
        return mains, {p: _levels(chosen, metric, p) for p in combinations(factors, 2)}
    return _panels(_key(chosen), metric, unit, within(chosen), chosen.table)


def sizes(chosen: Chosen, view: Mapping[str, str]) -> pd.DataFrame:
    """`pairwise` over all metrics; ``view``: unit ("pair" or "emotion"), interval, correction, family."""
    return _sizes(_key(chosen), dict(view), chosen.table)


def people(chosen: Chosen, metric: str | None = None) -> pd.DataFrame:
    """Differences over people: of one metric, all emotions together and each; or of every metric together.

    Columns: metric, factor, first, second, emotion, difference, low, high, n, subjects.
    """
    found = people_data.differences(chosen)
    assert found is not None
    rows = found.rename(columns={"level": "first", "minus": "second", "value": "difference"})
    whole = rows[(rows["emotion"] == ALL) & rows["metric"].str.startswith("mean_binary_")]
    whole = whole.assign(metric=whole["metric"].str.removeprefix("mean_binary_"))
    shown = ["metric", "factor", "first", "second", "emotion", "difference", "low", "high", "n", "subjects"]
    if metric is None:
        return whole[shown].reset_index(drop=True)
    import pandas as pd

    each = rows[(rows["emotion"] != ALL) & (rows["metric"] == metric)]
    return pd.concat([whole[whole["metric"] == metric], each], ignore_index=True)[shown]


# --- inside -----------------------------------------------------------------------------------------


def _key(chosen: Chosen) -> Key:
    return chosen.name, chosen.reading, chosen.table.key


def _levels(chosen: Chosen, metric: str, factors: tuple[str, ...]) -> pd.DataFrame:
    """Means over people of the combinations of some factors' levels, over all others."""
    assert chosen.study is not None
    table = chosen.table
    rows = _level_means(_key(chosen), chosen.reading, chosen.study)
    rows = rows[(rows["emotion"] == ALL) & (rows["metric"] == f"mean_binary_{metric}")]
    for factor in ("architecture", "tuning", "loss"):
        single = factor not in table.factors  # has one level, which every condition has
        rows = rows[(rows[factor] != ALL) if factor in factors and not single else (rows[factor] == ALL)]
    rows = rows.rename(columns={"value": "mean"})
    order = [rows[f].map({level: k for k, level in enumerate(table.levels(f))}) for f in factors]
    rows = rows.assign(**{f"_{k}": place for k, place in enumerate(order)})
    rows = rows.sort_values([f"_{k}" for k in range(len(order))])
    return rows[[*factors, "conditions", "mean", "low", "high"]].reset_index(drop=True)


@st.cache_resource(max_entries=16, show_spinner="Drawing people")
def _level_means(key: Key, reading: Reading, _study: Study) -> pd.DataFrame:
    # A resource, not data: a thousand rows that are never written to would be copied at each look.
    return level_means(_study, reading)


@st.cache_data(max_entries=64, show_spinner="Comparing conditions")
def _by_unit(key: Key, metric: str, within: str, _table: Evaluations, _rows: pd.DataFrame | None) -> pd.DataFrame:
    return differences_by_unit(_table, metric, _rows, within=within)


@st.cache_data(max_entries=64, show_spinner="Permuting")
def _variance(key: Key, metric: str, unit: str, within: str, sums: Any, _table: Evaluations) -> pd.DataFrame:
    from fer_core.base.errors import TableError
    from fer_core.stats.anova import anova
    from fer_core.stats.permutation import permutation_anova, permutation_within
    from fer_core.stats.repeated import repeated_measures

    pooled = unit == "published"
    found = anova(_table, metric, sums=sums) if pooled else repeated_measures(_table, metric, within)
    p: dict[Any, float] = {}
    notes = list(found.attrs["notes"])
    try:
        permuted = permutation_anova(_table, metric) if pooled else permutation_within(_table, metric, within)
        p = dict(zip(permuted["effect"], permuted["p_permutation"], strict=True))
        notes += [n for n in permuted.attrs["notes"] if n not in notes]
    except TableError as error:
        notes.append(f"No permutation test: {error}")
    found.insert(list(found.columns).index("p") + 1, "p_permutation", found["effect"].map(p).astype(float))
    found.attrs["notes"] = notes
    return found


@st.cache_resource(max_entries=64, show_spinner="Fitting the mixed model")
def _mixed(key: Key, metric: str, within: str, slopes: bool, _table: Evaluations) -> MixedModel:
    from fer_core.stats.mixed import mixed_model

    return mixed_model(_table, metric, within, slopes)


@st.cache_data(max_entries=64, show_spinner=False)
def _assumptions(key: Key, metric: str, unit: str, within: str, _table: Evaluations) -> pd.DataFrame:
    from fer_core.stats.anova import assumptions
    from fer_core.stats.repeated import sphericity

    return assumptions(_table, metric) if unit == "published" else sphericity(_table, metric, within)


@st.cache_data(max_entries=64, show_spinner=False)
def _means(key: Key, metric: str, unit: str, interval: Any, within: str, _table: Evaluations) -> pd.DataFrame:
    from fer_core.stats.descriptive import describe
    from fer_core.stats.repeated import within_means

    if unit == "published":
        return describe(_table, metric, _table.factors, interval)
    return within_means(_table, metric, _table.factors, within)


@st.cache_data(max_entries=64, show_spinner=False)
def _panels(key: Key, metric: str, unit: str, within: str, _table: Evaluations) -> Any:
    from fer_core.stats.anova import marginal_means
    from fer_core.stats.repeated import within_means

    def of(factors: Sequence[str]) -> pd.DataFrame:
        if unit == "published":
            return marginal_means(_table, metric, factors)
        return within_means(_table, metric, factors, within)

    mains = {f: of([f]) for f in _table.factors}
    return mains, {p: of(p) for p in combinations(_table.factors, 2)}


@st.cache_data(max_entries=64, show_spinner=False)
def _sizes(key: Key, view: dict[str, Any], _table: Evaluations) -> pd.DataFrame:
    from fer_core.stats.pairwise import pairwise

    return pairwise(_table, **view)
