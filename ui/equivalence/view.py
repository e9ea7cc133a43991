"""The Equivalence page's views: forest plot, verdicts, what flips, smallest margins, table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.results.differences import ALL
from fer_core.stats import judging
from fer_core.stats.equivalence import MARGINS
from fer_core.stats.frames import as_frame
from fer_core.stats.judging import Basis, Judged, Rule, Summary
from fer_core.stats.verdict_words import capital, words
from ui.common import downloads
from ui.equivalence import words as equivalence_words
from ui.equivalence.controls import RULES, View
from ui.pickers import people_data
from ui.pickers.tables import Chosen, orientation

if TYPE_CHECKING:
    from fer_core.stats.matching import Unit
    from fer_core.stats.table import Evaluations

Verdicts = dict[tuple[Basis, Rule], list[Judged]]


@st.cache_data(max_entries=32, show_spinner=False)
def _summaries(key: str, unit: Unit, _table: Evaluations) -> list[Summary]:
    return judging.summaries(_table, unit)


def verdicts(chosen: Chosen, view: View) -> Verdicts:
    """Under every rule and unit. Over people only where that unit is chosen: the first time it takes long."""
    table = chosen.table
    bases: tuple[Unit, ...] = ("pair", "emotion")
    found: dict[Basis, list[Summary]] = {unit: _summaries(table.key, unit, table) for unit in bases}
    rows = people_data.differences(chosen) if view.unit == "people" else None
    if rows is not None:
        found["people"] = judging.summaries_of_people(rows, view.emotion)
    return {
        (unit, rule): judging.judge_all(summaries, view.margins, view.alpha, rule)
        for unit, summaries in found.items()
        for rule in RULES
    }


def headline(found: Verdicts, view: View) -> str:
    """Markdown: the verdicts, and where those of other units differ."""
    said = equivalence_words.headline(found[view.unit, view.rule], view.emotion)
    if view.emotion != ALL:  # the other units have no single emotion
        return said
    units = {unit: judged for (unit, rule), judged in found.items() if rule == view.rule}
    return f"{said} {equivalence_words.disagreement(units)}"


def forest(judged: Sequence[Judged], view: View) -> None:
    """Every comparison before its margin, and the verdicts as chips."""
    from fer_core.figures.equivalence import forest_figure

    downloads.figure(
        forest_figure(judged, view.metric, _reach(judged)),
        "equivalence",
        table=as_frame(judged),
        title=f"Equivalence over {equivalence_words.other_name(view.unit, view.rule)}",
        caption="Filled: equivalence is shown. Diamond: the thin interval leaves out 0, so there is a "
        "difference. ≈ equivalent, ≠ different, ≈≠ different but within the margin, ? undecided. The darker "
        f"band is the margin for {words(view.metric)}. Differences are first minus second ({orientation()}).",
    )
    st.markdown(equivalence_words.chips(judged))
    st.markdown(equivalence_words.holm(judged))
    focus = [j for j in judged if j.metric == view.metric]
    st.markdown(
        f"**{capital(for_markdown(words(view.metric)))}**\n\n"
        + _bullets([equivalence_words.sentence(j) for j in focus])
    )


def flips(found: Verdicts, view: View) -> None:
    """What depends on the rule and on the unit."""
    st.subheader("What flips", anchor=False)
    mine = found[view.unit, view.rule]
    other_rule: Rule = "published" if view.rule == "tost" else "tost"
    over = equivalence_words.UNIT_WORDS[view.unit]
    said = [(found[view.unit, other_rule], f"Between the rules, over {over}")]
    for (unit, rule), verdicts in found.items():
        if unit != view.unit and rule == view.rule and view.emotion == ALL:
            by = equivalence_words.rule_words(rule, "people" if view.unit == "people" else unit)
            units = f"{equivalence_words.UNIT_WORDS[view.unit]} and {equivalence_words.UNIT_WORDS[unit]}"
            said.append((verdicts, f"Between {units}, by {by}"))
    for other, between in said:
        head, *lines = equivalence_words.flips(judging.flips(mine, other), len(mine), between)
        st.markdown(f"{head}\n\n" + _bullets(lines))


def smallest(found: Verdicts, view: View) -> None:
    """One metric's verdicts as a function of the margin."""
    from fer_core.figures.equivalence import smallest_margin_figure

    st.subheader(f"Verdict by margin, {for_markdown(words(view.metric))}", anchor=False)
    judged = _of(found[view.unit, view.rule], view.metric)
    st.markdown(equivalence_words.supportable(judged))
    others = {
        equivalence_words.other_name(unit, rule): _of(verdicts, view.metric)
        for (unit, rule), verdicts in found.items()
        if (unit, rule) != (view.unit, view.rule) and (view.emotion == ALL or unit == view.unit)
    }
    low, high = view.margins[view.metric]
    sizes = sorted({-low, high})
    everything = {"chosen": judged, **others}
    drawn = smallest_margin_figure(judged, others, sizes, _margin_reach(everything, view.metric, high))
    downloads.figure(
        drawn,
        "smallest_margins",
        table=_margin_table(everything, view),
        title="Smallest margins supported",
        caption="Dotted: a margin too narrow for equivalence to be shown. Thick: equivalence is shown. Small "
        "marks: where the other rule and the other units begin; a verdict flips where the margin (dashed) "
        "lies between two marks. Margins here are symmetric.",
    )


def table(judged: Sequence[Judged], view: View, title: str) -> None:
    """All numbers, to look at and to take away."""
    st.subheader("The numbers", anchor=False)
    rows = as_frame(judged).drop(columns=["basis", "rule", "alpha"])
    optional = ("p", "power", "note", "p_holm", "verdict_holm")
    rows = rows.drop(columns=[c for c in optional if rows[c].isna().all() or (rows[c] == "").all()])
    for place, name in enumerate(n for n in ("verdict", "verdict_holm") if n in rows):
        rows.insert(4 + place, name, rows.pop(name))
    numbers = [c for c in rows if rows[c].dtype == float]
    config: dict[str, Any] = {str(c): st.column_config.NumberColumn(format="%.4f") for c in numbers}
    inner, outer = f"{100 * (1 - 2 * judged[0].alpha):g}%", f"{100 * (1 - judged[0].alpha):g}%"
    if view.rule == "published" and view.unit != "people":
        outer = "95% normal"
    named = rows.rename(
        columns={
            "low": "margin_low",
            "high": "margin_high",
            "mean": "difference",
            "inner_low": f"{inner} low",
            "inner_high": f"{inner} high",
            "outer_low": f"{outer} low",
            "outer_high": f"{outer} high",
            "verdict_holm": "verdict, Holm",
            "p_holm": "p, Holm",
        }
    )
    config = {str(new): config[str(old)] for old, new in zip(rows, named, strict=True) if str(old) in config}
    st.dataframe(
        named, hide_index=True, key="table_equivalence", column_config=config, height=38 + 35 * min(len(named), 16)
    )
    over = equivalence_words.UNIT_WORDS[view.unit]
    level = "" if view.unit == "people" else f", alpha {view.alpha:g}"
    emotion = "" if view.emotion == ALL else f", classifier of {view.emotion}"
    by = equivalence_words.rule_words(view.rule, view.unit)
    about = f"Equivalence over {over} by {by}{level}{emotion}. {title}."
    with st.container(horizontal=True, gap="small"):
        downloads.csv(named, "equivalence_table")
        downloads.latex(named, "equivalence_table", about)


def _of(judged: Sequence[Judged], metric: str) -> list[Judged]:
    return [j for j in judged if j.metric == metric]


def _reach(judged: Sequence[Judged]) -> float:
    """Of the forest's axis: it does not follow the margin, so that nothing jumps."""
    ends = [abs(v) for j in judged for v in (*j.inner, *j.outer, j.mean) if math.isfinite(v)]
    return 1.06 * max([*ends, *(MARGINS[j.metric][1] for j in judged)])


def _margin_reach(everything: Mapping[str, Sequence[Judged]], metric: str, margin: float) -> float:
    ends = [j.smallest_margin for part in everything.values() for j in part]
    finite = [v for v in ends if math.isfinite(v)]
    return max(1.12 * max([*finite, MARGINS[metric][1]]), 1.04 * margin)


def _margin_table(everything: Mapping[str, Sequence[Judged]], view: View) -> list[dict[str, object]]:
    names = {"chosen": equivalence_words.other_name(view.unit, view.rule)}
    return [
        {
            "metric": j.metric,
            "factor": j.factor,
            "first": j.first,
            "second": j.second,
            "judged_by": names.get(name, name),
            "smallest_margin": j.smallest_margin,
        }
        for name, part in everything.items()
        for j in part
    ]


def _bullets(lines: object) -> str:
    return "\n".join(f"- {line}" for line in lines)  # type: ignore[attr-defined]
