"""The Effects page's controls and sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.results.words import BINARY_METRICS
from fer_core.stats.equivalence import MARGINS
from ui import address, downloads, effects_data, effects_words, page
from ui.errors import escaped
from ui.table_picker import Chosen, orientation

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


@dataclass(frozen=True)
class View:
    """What the controls say."""

    metric: str
    unit: str
    interval: str = "t"

    @property
    def name(self) -> str:
        """For files: ``recall_emotion``."""
        return f"{self.metric}_{self.unit}"

    @property
    def zone(self) -> tuple[float, float]:
        """The metric's margin."""
        return MARGINS[self.metric]


def controls(chosen: Chosen) -> View:
    """Metric and unit of analysis; in the URL."""
    metrics = {m: w for m, w in BINARY_METRICS.items() if m in chosen.table.metrics}
    units = {k: w for k, w in effects_words.UNITS.items() if k in _possible(chosen)}
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        metric = address.one("Metric", metrics, "effects_metric")
        unit = address.one(
            "What counts as one observation", units, "effects_unit",
            help="It hardly changes the differences, but it changes how sure one can be of them.",
        )  # fmt: skip
    return View(metric, unit)


def interval(view: View) -> str:
    """Kind of interval, of means and of mean differences."""
    return address.one(
        "Kind of interval", effects_words.INTERVALS, "effects_interval", disabled=view.unit == "people",
        help="Of a condition's mean where every evaluation counts, and of mean differences between pairs. "
        "Normal is what the published tables hold; it is too narrow for six values.",
    )  # fmt: skip


def units(chosen: Chosen, view: View, rows: pd.DataFrame) -> None:
    """The same differences under each unit: the switch, and what it changes."""
    from fer_core.figures.effects import units_figure

    st.markdown(f"{effects_words.UNIT_WORDS[view.unit]} {effects_words.depends(rows)}")
    names = {unit: effects_words.UNITS[unit] for unit in dict.fromkeys(rows["unit"])}
    strong = " Strong: the unit chosen above." if view.unit in names else ""
    downloads.figure(
        units_figure(rows, names, view.unit, view.zone, view.metric), f"units_{view.metric}", table=rows,
        title=f"Differences in {effects_words.metric_words(view.metric)} by unit of analysis",
        caption=f"95% intervals; filled: 0 lies outside.{strong} Shaded: the margin of equivalence.",
    )  # fmt: skip
    for unit, why in rows.attrs.get("notes", {}).items():
        st.caption(f"{effects_words.UNITS[unit]}: {escaped(why)}")
    if chosen.study is None:
        st.caption(effects_words.NO_PEOPLE)
    if chosen.table.origin == "reconstructed":
        st.caption(effects_words.PUBLISHED_NOTE)


def means(chosen: Chosen, view: View) -> None:
    """Each condition's mean with its interval."""
    from fer_core.figures.effects import means_figure

    rows = effects_data.means(chosen, view.metric, view.unit, view.interval)
    grand = float(rows["mean"].mean())
    downloads.figure(
        means_figure(rows, chosen.table.factors, view.metric, grand, view.zone), f"means_{view.name}",
        table=rows, title=f"Mean {effects_words.metric_words(view.metric)} by condition",
        caption=f"{_interval_words(view)} Dashed: the mean of all conditions; shaded: the margin around it.",
    )  # fmt: skip


def tests(chosen: Chosen, view: View) -> None:
    """The table of tests that belongs to the unit, with its assumptions in words."""
    found = effects_data.tests(chosen, view.metric, view.unit)
    name = effects_words.metric_words(view.metric)
    if view.unit == "people":
        st.subheader("Differences over people", anchor=False)
        st.markdown("Of all emotions together, then of each: what the mean hides.")
        about = f"Differences in {name}, bootstrap over people"
        _table(
            effects_words.people_rows(found),
            found,
            f"people_{view.metric}",
            _caption(chosen, about),
            {"Value": 3},
        )
        return
    if view.unit == "mixed":
        st.subheader("Mixed model", anchor=False)
        about = f"Mixed model of {name}, random intercept per emotion"
        rows, digits = effects_words.mixed_rows(found), {"Estimate": 3, "SE": 3, "z": 2}
    else:
        st.subheader("Analysis of variance", anchor=False)
        about = f"Analysis of variance of {name}, {effects_words.IN_SENTENCE[view.unit]}"
        rows = effects_words.test_rows(found)
        digits = {"SS": 4, "df": 0, "F": 2, "Partial η²": 3, "Partial ω²": 3, "Power": 2}
    st.markdown(effects_words.interactions(found))
    _table(rows, found, f"tests_{view.name}", _caption(chosen, about), digits)
    checked = effects_data.assumptions(chosen, view.metric, view.unit)
    said = [*checked["words"], *found.attrs.get("notes", [])]
    st.markdown("\n".join(f"- {escaped(str(words))}" for words in said))


def panels(chosen: Chosen, view: View) -> None:
    """Main effects and interactions as small multiples."""
    st.subheader("Main effects and interactions", anchor=False)
    mains, pairs = effects_data.panels(chosen, view.metric, view.unit)
    grand = float(effects_data.means(chosen, view.metric, view.unit, view.interval)["mean"].mean())
    key = chosen.name, chosen.reading, chosen.table.key
    parallel = " Parallel lines: no interaction." if pairs else ""
    downloads.figure(
        _panels_figure(key, view, grand, mains, pairs), f"panels_{view.name}",
        table=_long(mains, pairs),
        title=f"Main effects and interactions, {effects_words.metric_words(view.metric)}",
        caption=f"{_panel_words(view)}{parallel} Dashed: the mean of all conditions; shaded: the margin "
        "around it. Two intervals that overlap do not show that there is no difference.",
    )  # fmt: skip


def sizes(chosen: Chosen, view: View) -> None:
    """Planned comparisons on matched pairs, with a choice of correction; over people their differences."""
    from fer_core.figures.effects import people_figure, sizes_figure

    if view.unit == "people":
        st.subheader("Every metric over people", anchor=False)
        rows = effects_data.people(chosen)
        downloads.figure(
            people_figure(rows, view.metric, MARGINS), "people_all_metrics", table=rows,
            title="Differences over people",
            caption="95% bootstrap over people; filled: 0 lies outside. Means over the emotions. A "
            "standardised effect size needs independent units, which people with several clips each are not, "
            "so the differences themselves are shown.",
        )  # fmt: skip
        return
    st.subheader("Effect sizes of the planned comparisons", anchor=False)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        correction = address.one("Correction", effects_words.CORRECTIONS, "effects_correction", "fdr_bh")
        family = address.one(
            "Family", effects_words.FAMILIES, "effects_family", disabled=correction == "none",
            help="The p values that are corrected together: those of one metric, or all on this page.",
        )  # fmt: skip
    unit = "pair" if view.unit == "published" else "emotion"
    asked = {"unit": unit, "interval": view.interval, "correction": correction, "family": family}
    rows = effects_data.sizes(chosen, asked)
    st.markdown(effects_words.sizes(rows, correction, family))
    downloads.figure(
        sizes_figure(rows, view.metric), f"effect_sizes_{unit}", table=rows, title="Effect sizes",
        caption=f"{effects_words.pairs_words(rows, unit)}; first level minus second; 95% intervals. Filled: "
        f"p < 0.05 {effects_words.corrected(correction, family)}.",
    )  # fmt: skip
    with st.expander("The numbers", icon=":material/table:"):
        about = (
            f"Planned comparisons, {effects_words.pairs_words(rows, unit)}; {orientation()}; correction: "
            f"{effects_words.CORRECTIONS[correction]}, {effects_words.FAMILIES[family].lower()}"
        )
        digits = {"Mean": 3, "d_z": 2, "g": 2, "t": 2}
        _table(effects_words.size_rows(rows), rows, f"comparisons_{unit}", _caption(chosen, about), digits)
    page.link("equivalence", "Are the differences small enough not to matter?", "balance", table=chosen.name,
              equivalence_metric=view.metric)  # fmt: skip


# --- inside -----------------------------------------------------------------------------------------


@st.cache_resource(max_entries=16, show_spinner=False)  # the slowest to draw; nothing changes it afterwards
def _panels_figure(key: tuple[str, ...], view: View, grand: float, _mains: Any, _pairs: Any) -> go.Figure:
    from fer_core.figures.effect_panels import panels_figure

    return panels_figure(_mains, _pairs, view.metric, grand, view.zone)


def _possible(chosen: Chosen) -> Sequence[str]:
    grouped = ("emotion", "mixed") if len(chosen.table.emotions) > 1 else ()
    return ("published", *grouped, *(("people",) if chosen.study is not None else ()))


def _interval_words(view: View) -> str:
    if view.unit == "people":
        return "95% intervals over people."
    if view.unit == "published":
        kind = effects_words.INTERVALS[view.interval].split(",")[0]
        return f"95% intervals ({kind[:1].lower()}{kind[1:]}) over the evaluations of a condition."
    return "95% intervals with the error that is left within emotions."


def _panel_words(view: View) -> str:
    if view.unit == "people":
        return "95% intervals over people."
    return "95% intervals with the model's own error" + (
        "." if view.unit == "published" else ", within emotions."
    )


def _caption(chosen: Chosen, about: str) -> str:
    return f"{about}. {chosen.table.title}. {chosen.table.note}"


def _table(
    rows: list[dict[str, Any]], frame: pd.DataFrame, name: str, caption: str, digits: Mapping[str, int]
) -> None:
    """As it is read, and under it all of its numbers as CSV and LaTeX."""
    config = {n: st.column_config.NumberColumn(n, format=f"%.{d}f") for n, d in digits.items()}
    st.dataframe(rows, hide_index=True, key=f"table_{name}", column_config=config, placeholder="")
    with st.container(horizontal=True, gap="small"):
        downloads.csv(frame, name)
        downloads.latex(frame, name, caption)


def _long(mains: Mapping[str, pd.DataFrame], pairs: Mapping[tuple[str, str], pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    parts = [rows.assign(panel=factor) for factor, rows in mains.items()]
    parts += [rows.assign(panel=" x ".join(factors)) for factors, rows in pairs.items()]
    return pd.concat(parts, ignore_index=True)
