"""The Benchmark page's results: which ones, models against each other, cost, and one condition looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from fer_core.base.errors import FerError
from fer_core.base.text import for_markdown
from fer_core.results.images import benchmarks
from fer_core.results.images.board import (
    BALANCING,
    METRICS,
    Row,
    Standing,
    board,
    initial_words,
    narrowed,
    options,
    ordered,
    standing,
    table,
    words,
)
from fer_core.results.images.emotions import emotion_rows
from fer_core.studies.efficiency import image_costs
from fer_core.studies.efficiency.image_child import FORMATS
from fer_core.training.images import experiments
from ui.benchmark import words as benchmark_words
from ui.common import address, downloads, errors

Summaries = dict[str, dict[str, Any]]
_RESULTS, _CONDITION = "benchmark_results", "benchmark_condition"
_FILTERS = {"corpus": "Corpus", "size": "Pixels", "balancing": "Class weights", "initial": "Begun"}
_COSTS = {"parameters": "Parameters", "latency": "Latency"}
_PRINTED = ("printed", "here", "low", "high")
_SHARES = (
    "accuracy",
    "accuracy low",
    "accuracy high",
    "macro F1",
    "macro F1 low",
    "macro F1 high",
    "calibration error",
)


# --- which results -----------------------------------------------------------------------------------


def choose() -> Summaries | None:
    """The results that are looked at, named in the address; at first the newest own one, else all shipped.

    None where there is nothing to choose from.
    """
    listed: list[benchmarks.Benchmark] = []
    with errors.shown():
        listed = benchmarks.listed()
    titles = {b.name: b.title + (" (comes with FER Lab)" if b.shipped else "") for b in listed}
    if not titles:
        return None
    names = _chosen(titles)
    if len(titles) > 1:
        names = st.multiselect("Results", list(titles), key=_RESULTS, format_func=titles.__getitem__)
    if st.query_params.get_all("results") != list(names):
        st.query_params["results"] = list(names)
    return {name: found for name in names if (found := _read(name)) is not None}


def _chosen(titles: Mapping[str, str]) -> list[str]:
    wanted = [n for n in st.query_params.get_all("results") if n in titles]
    own = [n for n in titles if not n.startswith(benchmarks.SHIPPED)]
    start = wanted or own[:1] or list(titles)
    kept = [n for n in st.session_state.get(_RESULTS, start) if n in titles]
    if len(titles) > 1:
        st.session_state[_RESULTS] = kept if _RESULTS in st.session_state else start
    return kept or start


def _read(name: str) -> dict[str, Any] | None:
    try:
        if name.startswith(benchmarks.SHIPPED):
            return _summary(name, 0, 0)
        found = experiments.find(name)
        return _summary(name, found.cells_done, found.cells_failed)
    except FerError as error:
        errors.say(str(error))
        return None


@st.cache_data(max_entries=12, show_spinner="Reading results")
def _summary(name: str, *counts: int) -> dict[str, Any]:
    return benchmarks.read(name)


# --- all of them -------------------------------------------------------------------------------------


def everything(found: Summaries) -> None:
    """The sentence, doubts, models with their intervals, cost, one condition, tables and files."""
    rows = board(found)
    sentence = st.empty()
    shown, metric = _filters(rows)
    if not shown:
        st.caption("Nothing that was tested fits these choices.")
        return
    stand = standing(shown, metric, found)
    with sentence:
        _say(benchmark_words.headline(stand, metric))
    _doubts(shown)
    chosen = _condition(shown, metric)
    _models(shown, stand, metric, chosen)
    _cost(shown, metric)
    _one(next(r for r in shown if r["key"] == chosen), shown, found)
    _notes(found)
    _tables(shown, metric, found)


def _say(text: str) -> None:
    from ui.common import page

    page.say(text)


def _filters(rows: Sequence[Row]) -> tuple[list[Row], str]:
    said: dict[str, Any] = {
        "size": lambda v: f"{v} px",
        "balancing": lambda v: BALANCING.get(v, v),
        "initial": initial_words,
    }
    chosen: dict[str, list[Any]] = {}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        metric = address.one("Metric", METRICS, "benchmark_metric")
        for name, values in options(rows).items():
            if len(values) < 2:
                continue
            labels = {str(v): said.get(name, str)(v) for v in values}
            kept = address.several(_FILTERS[name], labels, f"benchmark_{name}")
            chosen[name] = [v for v in values if str(v) in kept]
    return narrowed(rows, chosen), metric


def _doubts(rows: Sequence[Row]) -> None:
    for row in rows:
        for sentence in row["warnings"]:
            st.warning(f"**{for_markdown(words(row, rows))}**: {for_markdown(sentence)}", icon=":material/report:")


def _models(rows: Sequence[Row], stand: Mapping[str, Standing], metric: str, chosen: str) -> None:
    from fer_core.figures.benchmark import results_figure

    st.subheader("Models", anchor=False)
    downloads.figure(
        results_figure(rows, metric, benchmark_words.printed_values(rows, metric), chosen),
        "benchmark_models",
        table=table(rows, metric),
        title=f"{METRICS[metric]} by model",
        caption=benchmark_words.models_caption(rows, stand, metric),
    )


def _cost(rows: Sequence[Row], metric: str) -> None:
    from fer_core.figures.benchmark import cost_figure

    st.subheader(f"{METRICS[metric]} against cost", anchor=False)
    cost = address.one("Cost", _COSTS, "benchmark_cost", label_visibility="collapsed")
    kept = " (of classical models: numbers kept)" if benchmark_words.any_classical(rows) else ""
    titles = {"parameters": f"parameters{kept}", "latency": "milliseconds for one picture"}
    priced = _with_latency(rows)
    if not any(r.get(cost) for r in priced):
        st.caption(benchmark_words.no_cost(cost))
        return
    downloads.figure(
        cost_figure(priced, metric, cost, titles[cost]),
        f"benchmark_{cost}",
        table=[{**r, "warnings": " ".join(r["warnings"])} for r in priced],
        title=f"{METRICS[metric]} against {cost}",
        caption=benchmark_words.cost_caption(priced, cost),
    )


def _with_latency(rows: Sequence[Row]) -> list[dict[str, Any]]:
    found = None
    with errors.shown():
        found = image_costs.shipped()
    priced = []
    for row in rows:
        known = image_costs.latency(found, row["model"], row["size"])
        by = "onnx" if "onnx" in known else "keras"
        priced.append({**row, "latency": known.get(by), "latency by": FORMATS[by] if by in known else ""})
    return priced


# --- one condition -----------------------------------------------------------------------------------


def _condition(rows: Sequence[Row], metric: str) -> str:
    """The key of the condition that is looked at: by the address, else the best of all."""
    keys = [r["key"] for r in ordered(rows, metric)]
    if st.session_state.get(_CONDITION) not in keys:
        wanted = st.query_params.get("condition")
        st.session_state[_CONDITION] = wanted if wanted in keys else keys[0]
    address.put("condition", st.session_state[_CONDITION] if len(keys) > 1 else None)
    return str(st.session_state[_CONDITION])


def _one(row: Row, rows: Sequence[Row], found: Summaries) -> None:
    from fer_core.figures.benchmark import emotions_figure
    from fer_core.figures.results import confusion_figure

    st.subheader("One condition", anchor=False)
    labels = {r["key"]: f"{words(r, rows)} · {r['corpus']}" for r in rows}
    st.selectbox("Condition", list(labels), key=_CONDITION, format_func=labels.__getitem__, width=560)
    summary = found[row["result"]]
    result = summary["results"][row["condition"]]
    name = f"{row['result']}_{row['condition']}".replace(":", "_")
    st.markdown(f"{for_markdown(benchmark_words.weakest(result))} {for_markdown(benchmark_words.constant(result))}")
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**What was classified as what**")
        unit = "pictures" if row["seeds"] == 1 else "tests"
        downloads.figure(
            confusion_figure(result, unit),
            f"confusion_{name}",
            table=_confusion(result),
            title=f"Confusion, {words(row)}",
        )
    with right:
        st.markdown("**Each emotion**")
        emotions = emotion_rows(result["confusion"], result["emotions"])
        downloads.figure(
            emotions_figure(emotions),
            f"emotions_{name}",
            table=emotions,
            title=f"Emotions, {words(row)}",
            caption=benchmark_words.emotions_caption(row),
        )
    condition = summary.get("conditions", {}).get(row["condition"], {})
    _curves(row, condition, summary["curves"].get(row["condition"], []), name)


def _confusion(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    emotions = list(result["emotions"])
    return [
        {"labelled": e, **dict(zip(emotions, row, strict=True))}
        for e, row in zip(emotions, result["confusion"], strict=True)
    ]


def _curves(row: Row, condition: Mapping[str, Any], curves: Sequence[Mapping[str, Any]], name: str) -> None:
    from fer_core.figures.benchmark import image_curves_figure

    st.markdown("**Learning curve**")
    if not curves:
        st.caption(for_markdown(benchmark_words.no_curve(row)))
        return
    st.markdown(for_markdown(benchmark_words.curve(curves, row)))
    downloads.figure(
        image_curves_figure(curves),
        f"curves_{name}",
        table=[dict(c) for c in curves],
        title=f"Learning curve, {words(row)}",
        caption=benchmark_words.training_loss(condition),
    )


# --- what is printed, notes, tables -------------------------------------------------------------------


def published(found: Summaries) -> None:
    """What the studies print beside ours, each with why it must be read with care."""
    rows = board(found)
    st.subheader("Printed beside ours", anchor=False)
    beside = benchmark_words.beside_rows(rows)
    corpora = list(dict.fromkeys(r["corpus"] for r in beside))
    chosen = address.several(
        "Corpora printed", {c: c for c in corpora}, "benchmark_printed", label_visibility="collapsed"
    )
    kept = [r for r in beside if r["corpus"] in chosen]
    shares = {name: st.column_config.NumberColumn(format="%.3f") for name in _PRINTED}
    columns = shares | {"read with care": None}
    st.dataframe(kept, hide_index=True, key="table_benchmark_printed", column_config=columns, placeholder="–")
    with st.container(horizontal=True, gap="small"):
        downloads.csv(kept, "benchmark_printed")
        downloads.latex(pd.DataFrame(kept), "benchmark_printed", "Printed accuracies beside ours, with caveats.")
    with st.expander("Read with care: what stands against the printed values", icon=":material/report:"):
        st.markdown(benchmark_words.caveats(chosen))
    with st.expander("Why some printed values are not aimed for", icon=":material/content_copy:"):
        st.markdown(benchmark_words.FUSION)


def _notes(found: Summaries) -> None:
    notes = [(s["name"], note) for s in found.values() for note in s.get("notes", [])]
    if notes:
        with st.expander(f"What was left out or went wrong ({len(notes)})", icon=":material/rule:"):
            downloads.table([{"results": name, "what": note} for name, note in notes], "benchmark_notes")


def _tables(rows: Sequence[Row], metric: str, found: Summaries) -> None:
    with st.expander("All numbers", icon=":material/table:"):
        told = table(rows, metric)
        columns = {name: st.column_config.NumberColumn(format="%.3f") for name in _SHARES}
        columns |= {name: st.column_config.NumberColumn(format="%.1f") for name in ("epochs", "minutes")}
        columns |= {name: st.column_config.NumberColumn(format="localized") for name in ("pictures", "parameters")}
        downloads.table(told, "benchmark", column_config=columns)
        with st.container(horizontal=True, gap="small"):
            short = [
                "model",
                "pixels",
                "class weights",
                "accuracy",
                "accuracy low",
                "accuracy high",
                "macro F1",
                "pictures",
            ]
            about = "; ".join(dict.fromkeys(r["group"] for r in rows)) + ". Intervals: 95%, bootstrap."
            downloads.latex(pd.DataFrame(told)[short], "benchmark", about)
            downloads.file("JSON of all", "benchmark.json", lambda: json.dumps(found, indent=1).encode())
