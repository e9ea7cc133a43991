"""The Sensitivity page's result: which study, which point of the grid, planes, choices, ranges."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.text import for_code, for_markdown
from fer_core.base.unknown_people import drawn_words, people_known
from fer_core.losses.grid import AXES, FOCAL, Place
from fer_core.losses.imbalance import LossPolicy
from fer_core.studies.sensitivity import jobs as sensitivity_jobs
from ui.common import downloads, empty, errors, leak_view, page, state
from ui.runs import panel
from ui.runs import rows as runs_data
from ui.sensitivity import words as sensitivity_words

if TYPE_CHECKING:
    from fer_core.studies.sensitivity.loss_outputs import Reading
    from fer_core.studies.sensitivity.results import Sensitivity

READINGS: dict[Reading, str] = {"outputs": "as they are", "probabilities": "by their loss"}
MEASURES = {"recall": "Recall", "f1": "F1", "precision": "Precision"}
GIVEN = {"policy": "by the thresholds", "focal": "focal to every emotion"}
SHOWN = {"value": "values", "difference": "difference from the study's own"}
PLANES = {
    "γ and α": ("gamma", "alpha"),
    "moderate and severe": ("moderate", "severe"),
    "severe and γ": ("severe", "gamma"),
    "severe and α": ("severe", "alpha"),
}
OBJECTIVES = {"f1": "mean F1", "recall": "mean recall"}
NUMBERS = {"moderate": "Moderate threshold", "severe": "Severe threshold", "gamma": "γ", "alpha": "α"}
CHOSEN, ERROR = "sens_study", "_sens_error"


@dataclass(frozen=True)
class View:
    """What is looked at."""

    reading: Reading
    measure: str
    axes: tuple[str, str]
    at: Place
    kind: int | None
    difference: bool


def choose() -> tuple[sensitivity_jobs.Source, Sensitivity] | None:
    """The study that is looked at, named in the URL; an empty state where there is none."""
    found = {s.name: s for s in sensitivity_jobs.sources()}
    if not found:
        with empty.state("tune", "No study yet", "Start one on the corpus in use, below."):
            st.caption("Nothing is trained by itself.")
        return None
    names = list(found)
    wanted = st.query_params.get("study")
    first = names.index(wanted) if wanted in names else 0
    if len(names) > 1:
        name = st.selectbox("Study", names, first, format_func=_label, key=CHOSEN, width=460)
    else:
        name = names[0]
    st.query_params["study"] = name
    with errors.shown():
        return found[name], found[name].read()
    return None


def controls(study: Sensitivity) -> View:
    """What to look at; none of it trains anything."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        measure = _one("Metric", MEASURES, "sens_metric")
        reading = _one(
            "Outputs read",
            READINGS,
            "sens_reading",
            "As they are, over 0.5, as the study does; or as the probability that the loss they were "
            "trained with implies.",
        )
        given = _one(
            "Losses given",
            GIVEN,
            "sens_given",
            "By the thresholds, as the study does. Or the focal loss to every emotion, whatever its "
            "ratio: what γ and α would do.",
        )
        shown = _one("Colours show", SHOWN, "sens_shown")
        plane = st.selectbox(
            "Axes", list(PLANES), key="sens_axes", bind="query-params", width=210, disabled=given == "focal"
        )
    axes = PLANES["γ and α" if given == "focal" else plane]
    at = _point(study, idle=("moderate", "severe") if given == "focal" else ())
    return View(reading, measure, axes, at, FOCAL if given == "focal" else None, shown == "difference")


def planes(study: Sensitivity, view: View) -> None:
    """A heatmap per emotion, and which threshold can change what."""
    from fer_core.figures.sensitivity import plane_figure

    drawn = plane_figure(study, view.reading, view.measure, view.axes, view.at, view.kind, view.difference)
    title = f"{MEASURES[view.measure]} per emotion, {study.plain['corpus']['name']}"
    downloads.figure(
        drawn,
        "sensitivity",
        table=list(study.rows(view.reading)),
        title=title,
        caption="Counts and intervals appear on hover. The CSV holds every point.",
    )
    with st.container(border=True):
        st.markdown("  \n".join(map(for_markdown, sensitivity_words.thresholds(study))))


def point(study: Sensitivity, view: View) -> None:
    """The numbers at the point that the sliders name."""
    at = study.grid.values(view.at)
    st.subheader("At the point looked at", anchor=False)
    named = ", ".join(f"{NUMBERS[a].lower()} {at[a]:g}" for a in AXES)
    whatever = "; the focal loss to every emotion, so that the thresholds do not count" if view.kind else ""
    own = LossPolicy()
    st.caption(
        f"{named[:1].upper()}{named[1:]}{whatever}. Beside it the study's own point: {own.moderate:g}, "
        f"{own.severe:g}, γ {own.gamma:g}, and α by equation 9."
    )
    downloads.table(
        sensitivity_words.point_rows(study, view.reading, view.at, view.kind),
        "sensitivity_point",
        column_config=_two_digits(study, view),
    )


def ways(study: Sensitivity, view: View) -> None:
    """What choosing a point gives, honestly and not."""
    from fer_core.figures.sensitivity import ways_figure

    st.subheader("What choosing a point gives", anchor=False)
    objective = _one("A choice maximises", OBJECTIVES, "sens_objective")
    if objective != "f1":  # else it stands at the top of the page
        st.markdown(for_markdown(sensitivity_words.headline(study, view.reading, objective)))
    rows = sensitivity_words.way_rows(study, view.reading, objective)
    downloads.figure(
        ways_figure(study, view.reading, objective, ["f1", "recall", "precision"]),
        "sensitivity_ways",
        table=rows,
        title="Ways to come to a point",
        caption="Means over the emotions with 95% intervals (bootstrap over "
        f"{drawn_words(people_known(study.plain))}). The best on the "
        "test side "
        "was chosen by looking at the clips it is judged on: its interval holds for that point, not for "
        "the choice.",
    )
    with st.expander("The numbers, and the points that were chosen", icon=":material/table:"):
        downloads.table(rows, "sensitivity_ways_table")
        downloads.table(sensitivity_words.place_rows(study, view.reading, objective), "sensitivity_points_chosen")
        st.caption("Of equally good points the one nearest to the study's own is taken.")


def spans(study: Sensitivity, view: View) -> None:
    """How far all losses move a metric, beside what the seed alone moves."""
    from fer_core.figures.sensitivity import spans_figure

    st.subheader("How much is the loss, the reading, and chance", anchor=False)
    st.markdown(for_markdown(sensitivity_words.reading(study, view.measure)))
    rows = [
        {
            "emotion": e,
            "reading": r,
            "lowest": low,
            "highest": high,
            "study's own, seed by seed": " ".join(f"{v:.3f}" for v in study.seeds(e, r, view.measure)),
        }
        for e in study.emotions
        for r in READINGS
        for low, high in [study.all_losses(e, r, view.measure)]
    ]
    downloads.figure(
        spans_figure(study, view.measure),
        "sensitivity_spans",
        table=rows,
        title="Range over all losses",
        caption="Bars: lowest to highest over plain, weighted and every focal loss, each given in all folds. "
        f"{sensitivity_words.marks(study)}",
    )


def made_by(study: Sensitivity) -> None:
    """What made it, and what repeats it."""
    p = study.plain
    st.caption(f"{for_markdown(sensitivity_words.sizes(study))} Made on {p['made']} by {for_code(p['command'])}.")
    leak_view.of_result(p)
    if p["corpus"].get("synthetic"):
        page.note(p["corpus"]["note"], "science")
    if p["failed"]:
        with st.expander(f"{len(p['failed'])} fits failed and are left out", icon=":material/warning:"):
            st.markdown("\n".join(f"- {for_markdown(why)}" for why in p["failed"]))


def take_away(source: sensitivity_jobs.Source, study: Sensitivity) -> None:
    """Everything as files; the way to be rid of a run."""
    with st.container(horizontal=True, gap="small"):
        downloads.file("Everything (JSON)", "sensitivity.json", lambda: json.dumps(study.plain, indent=1).encode())
        if source.is_run:
            st.button(
                "Delete this study", icon=":material/delete:", type="tertiary", on_click=_delete, args=(source.name,)
            )


def _one(label: str, words: dict[Any, str], key: str, help: str | None = None) -> Any:
    options = list(words)
    return st.segmented_control(
        label,
        options,
        default=options[0],
        required=True,
        format_func=words.__getitem__,
        key=key,
        bind="query-params",
        help=help,
    )


def _point(study: Sensitivity, idle: tuple[str, ...]) -> Place:
    """Four sliders over the grid's own values; those of the axes move the frame."""
    own, at = study.grid.own_place, []
    for column, axis, start in zip(st.columns(4, gap="medium"), AXES, own, strict=True):
        values, key = list(getattr(study.grid, axis)), f"sens_{axis}"
        if st.session_state.get(key, values[0]) not in values:  # of a study with another grid
            del st.session_state[key]
        with column:
            if len(values) == 1:
                st.caption(f"{NUMBERS[axis]}: {values[0]:g}")
                said = values[0]
            else:
                said = st.select_slider(
                    NUMBERS[axis],
                    values,
                    values[start],
                    format_func="{:g}".format,
                    key=key,
                    bind="query-params",
                    disabled=axis in idle,
                )
        at.append(values.index(said))
    return at[0], at[1], at[2], at[3]


def _two_digits(study: Sensitivity, view: View) -> dict[str, Any]:
    rows = sensitivity_words.point_rows(study, view.reading, view.at, view.kind)
    shares = [k for k, v in rows[0].items() if isinstance(v, float)]
    return {name: st.column_config.NumberColumn(name, format="%.2f") for name in shares}


def _label(name: str) -> str:
    if name == sensitivity_jobs.SHIPPED:
        return "CK+ pairs, comes with FER Lab"
    folder = sensitivity_jobs.find(name)
    order = sensitivity_jobs.order_of(folder) if folder is not None else None
    corpus = state.relative_name(order.corpus) if order else name
    return f"{corpus}, {runs_data.when(name)}"


def _delete(name: str) -> None:
    panel.delete(sensitivity_jobs.find(name), ERROR)
    st.query_params.pop("study", None)
    st.session_state.pop(CHOSEN, None)
