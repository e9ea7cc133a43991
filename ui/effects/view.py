"""The Effects page's controls and sections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.results.words import BINARY_METRICS, condition_words
from fer_core.stats.equivalence import MARGINS
from ui.common import address, downloads, page
from ui.effects import data
from ui.effects import words as effects_words
from ui.pickers import in_use
from ui.pickers.tables import Chosen, orientation

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


@dataclass(frozen=True)
class View:
    """What the controls say."""

    metric: str
    unit: str
    interval: str = "t"
    within: str = "emotion"

    @property
    def name(self) -> str:
        """For files: ``recall_emotion``."""
        return f"{self.metric}_{self.unit}"

    @property
    def zone(self) -> tuple[float, float]:
        """The metric's margin."""
        return MARGINS[self.metric]


def controls(chosen: Chosen) -> View:
    """Metric and unit of analysis; in the URL. The published study's unit is the default for that study
    alone: of other results, people where they are known, else emotions.
    """
    metrics = {m: w for m, w in BINARY_METRICS.items() if m in chosen.table.metrics}
    within = data.within(chosen)
    units = {k: effects_words.worded(effects_words.UNITS[k], within) for k in _possible(chosen)}
    default = {"published": "published", "people": "people", "table": "emotion"}[chosen.kind]
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        metric = in_use.metric("Metric", metrics)
        unit = address.one(
            "What counts as one observation",
            units,
            "effects_unit",
            default if default in units else "",
            help="It hardly changes the differences, but it changes how sure one can be of them.",
        )
    return View(metric, unit, within=within)


def interval(view: View) -> str:
    """Kind of interval, of means and of mean differences."""
    return address.one(
        "Kind of interval",
        effects_words.INTERVALS,
        "effects_interval",
        disabled=view.unit == "people",
        help="Of a condition's mean where every evaluation counts, and of mean differences between pairs. "
        "Normal is what the published tables hold; it is too narrow for six values.",
    )


def units(chosen: Chosen, view: View, rows: pd.DataFrame) -> None:
    """The same differences under each unit: the switch, and what it changes."""
    from fer_core.figures.effects import units_figure

    about = for_markdown(effects_words.worded(effects_words.UNIT_WORDS[view.unit], view.within))
    st.markdown(f"{about} {for_markdown(effects_words.agreement(rows))}")
    names = {unit: effects_words.worded(effects_words.UNITS[unit], view.within) for unit in dict.fromkeys(rows["unit"])}
    strong = " Strong: the unit chosen above." if view.unit in names else ""
    downloads.figure(
        units_figure(rows, names, view.unit, view.zone, view.metric),
        f"units_{view.metric}",
        table=rows,
        title=f"Differences in {effects_words.metric_words(view.metric)} by unit of analysis",
        caption=f"95% intervals; filled: 0 lies outside.{strong} Shaded: the margin of equivalence.",
    )
    for unit, why in rows.attrs.get("notes", {}).items():
        st.caption(for_markdown(f"{effects_words.worded(effects_words.UNITS[unit], view.within)}: {why}"))
    if chosen.people is None:
        st.caption(effects_words.NO_PEOPLE if chosen.study is None else effects_words.PEOPLE_UNKNOWN)
    if chosen.table.origin == "reconstructed":
        st.caption(effects_words.PUBLISHED_NOTE)


def means(chosen: Chosen, view: View) -> None:
    """Each condition's mean with its interval."""
    from fer_core.figures.effects import means_figure

    rows = data.means(chosen, view.metric, view.unit, view.interval)
    grand = float(rows["mean"].mean())
    downloads.figure(
        means_figure(rows, chosen.table.factors, view.metric, grand, view.zone),
        f"means_{view.name}",
        table=rows,
        title=f"Mean {effects_words.metric_words(view.metric)} by condition",
        caption=f"{_interval_words(view)} Dashed: the mean of all conditions; shaded: the margin around it.",
    )


def tests(chosen: Chosen, view: View) -> None:
    """The tests that belong to the unit, with their assumptions in words."""
    {"people": _people_tests, "mixed": _mixed_tests}.get(view.unit, _variance_tests)(chosen, view)


def panels(chosen: Chosen, view: View) -> None:
    """Main effects and interactions as small multiples."""
    st.subheader("Main effects and interactions", anchor=False)
    mains, pairs = data.panels(chosen, view.metric, view.unit)
    grand = float(data.means(chosen, view.metric, view.unit, view.interval)["mean"].mean())
    key = chosen.name, chosen.reading, chosen.table.key
    parallel = " Parallel lines: no interaction." if pairs else ""
    downloads.figure(
        _panels_figure(key, view, grand, mains, pairs),
        f"panels_{view.name}",
        table=_long(mains, pairs),
        title=f"Main effects and interactions, {effects_words.metric_words(view.metric)}",
        caption=f"{_panel_words(view)}{parallel} Dashed: the mean of all conditions; shaded: the margin "
        "around it. Two intervals that overlap do not show that there is no difference.",
    )


def sizes(chosen: Chosen, view: View) -> None:
    """Planned comparisons on matched pairs, with a choice of correction; over people their differences."""
    from fer_core.figures.effects import people_figure, sizes_figure

    if view.unit == "people":
        st.subheader("Every metric over people", anchor=False)
        rows = data.people(chosen)
        downloads.figure(
            people_figure(rows, view.metric, MARGINS),
            "people_all_metrics",
            table=rows,
            title="Differences over people",
            caption="95% bootstrap over people; filled: 0 lies outside. Means over the emotions. A "
            "standardised effect size needs independent units, which people with several clips each are not, "
            "so the differences themselves are shown.",
        )
        return
    st.subheader("Effect sizes of the planned comparisons", anchor=False)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        correction = address.one("Correction", effects_words.CORRECTIONS, "effects_correction", "fdr_bh")
        family = address.one(
            "Family",
            effects_words.FAMILIES,
            "effects_family",
            disabled=correction == "none",
            help="The p values that are corrected together: those of one metric, or all on this page.",
        )
    unit = "pair" if view.unit == "published" else "emotion"
    asked = {"unit": unit, "interval": view.interval, "correction": correction, "family": family}
    rows = data.sizes(chosen, asked)
    st.markdown(for_markdown(effects_words.sizes(rows, correction, family)))
    downloads.figure(
        sizes_figure(rows, view.metric),
        f"effect_sizes_{unit}",
        table=rows,
        title="Effect sizes",
        caption=f"{effects_words.pairs_words(rows, unit)}; first level minus second; 95% intervals. Filled: "
        f"p < 0.05 {effects_words.corrected(correction, family)}.",
    )
    with st.expander("The numbers", icon=":material/table:"):
        about = (
            f"Planned comparisons, {effects_words.pairs_words(rows, unit)}; {orientation()}; correction: "
            f"{effects_words.CORRECTIONS[correction]}, {effects_words.FAMILIES[family].lower()}"
        )
        digits = {"Mean": 3, "d_z": 2, "d_av": 2, "g": 2, "t": 2}
        _table(effects_words.size_rows(rows), rows, f"comparisons_{unit}", _caption(chosen, about), digits)
    page.link("equivalence", "Are the differences small enough not to matter?", "balance", **in_use.link())


def clips(chosen: Chosen, view: View) -> None:
    """Two conditions on the same clips and folds, of an experiment, whatever metric is in view."""
    if chosen.study is None or len(chosen.study.tested) < 2:
        return
    st.subheader("Two conditions on the same clips", anchor=False)
    names = {slug: condition_words(slug) for slug in chosen.study.tested}
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        first = address.box("First condition", names, "effects_first", width=300)
        others = {slug: words for slug, words in names.items() if slug != first}
        second = address.box("minus second", others, "effects_second", width=300)
    record = data.clips(chosen, first, second)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _bullets(record.sentences)
    with right:
        downloads.table(effects_words.clip_rows(record), "two_conditions")


# --- inside -----------------------------------------------------------------------------------------


def _people_tests(chosen: Chosen, view: View) -> None:
    st.subheader("Differences over people", anchor=False)
    st.markdown("Of all emotions together, then of each: what the mean hides.")
    found = data.people(chosen, view.metric)
    about = f"Differences in {effects_words.metric_words(view.metric)}, bootstrap over people"
    rows = effects_words.people_rows(found)
    _table(rows, found, f"people_{view.metric}", _caption(chosen, about), {"Value": 3})


def _mixed_tests(chosen: Chosen, view: View) -> None:
    st.subheader("Mixed model", anchor=False)
    slopes = address.one("Random effects", effects_words.RANDOM_EFFECTS, "effects_random") == "slopes"
    model = data.mixed(chosen, view.metric, slopes)
    about = f"Mixed model of {effects_words.metric_words(view.metric)}, {model.group} at random"
    st.markdown(for_markdown(f"{effects_words.interactions(model.tests)} {effects_words.spreads(model)}"))
    left, right = st.columns([2, 3], gap="large")
    with left:
        rows = effects_words.mixed_f_rows(model.tests)
        _table(rows, model.tests, f"tests_{view.name}", _caption(chosen, f"{about}: F tests"), {"F": 2})
    with right:
        rows = effects_words.mixed_rows(model.coefficients)
        digits = {"Estimate": 3, "SE": 3, "df": 1, "t": 2}
        name = f"coefficients_{view.name}"
        _table(rows, model.coefficients, name, _caption(chosen, f"{about}: coefficients"), digits)
    _bullets(model.notes)


def _variance_tests(chosen: Chosen, view: View) -> None:
    pooled = view.unit == "published"
    st.subheader("Analysis of variance", anchor=False)
    sums = address.one("Sums of squares", effects_words.SUMS, "effects_sums") if pooled else "II"
    found = data.variance(chosen, view.metric, view.unit, sums)
    st.markdown(for_markdown(effects_words.interactions(found)))
    error = f"one pooled error, Type {sums}" if pooled else f"own error terms within {found.attrs['within']}"
    about = f"Analysis of variance of {effects_words.metric_words(view.metric)}, {error}"
    digits = {
        f"SS, Type {sums}": 4,
        "df": 0,
        "F": 2,
        "ε": 2,
        "Partial η²": 3,
        "Partial ω²": 3,
        "Generalised η²": 3,
        "Power": 2,
    }
    rows = effects_words.pooled_rows(found) if pooled else effects_words.repeated_rows(found)
    digits = {name: d for name, d in digits.items() if name in rows[0] and (pooled or name != "df")}
    _table(rows, found, f"tests_{view.name}", _caption(chosen, about), digits)
    checked = data.assumptions(chosen, view.metric, view.unit)
    _bullets([*checked["words"], *found.attrs["notes"]])


def _bullets(sentences: Iterable[str]) -> None:
    st.markdown("\n".join(f"- {for_markdown(str(sentence))}" for sentence in sentences))


@st.cache_resource(max_entries=16, show_spinner=False)  # the slowest to draw; nothing changes it afterwards
def _panels_figure(key: tuple[str, ...], view: View, grand: float, _mains: Any, _pairs: Any) -> go.Figure:
    from fer_core.figures.effect_panels import panels_figure

    return panels_figure(_mains, _pairs, view.metric, grand, view.zone)


def _possible(chosen: Chosen) -> Sequence[str]:
    within = data.within(chosen)
    grouped = ("emotion", "mixed") if len(chosen.table.order(within)) > 1 else ()
    return ("published", *grouped, *(("people",) if chosen.people is not None else ()))


def _interval_words(view: View) -> str:
    if view.unit == "people":
        return "95% intervals over people."
    if view.unit == "published":
        kind = effects_words.INTERVALS[view.interval].split(",")[0]
        return f"95% intervals ({kind[:1].lower()}{kind[1:]}) over the evaluations of a condition."
    return "95% intervals within emotions: for comparing conditions, without what an emotion has in all of them."


def _panel_words(view: View) -> str:
    if view.unit == "people":
        return "95% intervals over people."
    if view.unit == "published":
        return "95% intervals with the pooled error."
    return effects_words.worded("95% intervals within emotions, for comparing levels.", view.within)


def _caption(chosen: Chosen, about: str) -> str:
    return f"{about}. {chosen.table.title}. {chosen.table.note}"


def _table(rows: list[dict[str, Any]], frame: pd.DataFrame, name: str, caption: str, digits: Mapping[str, int]) -> None:
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
