"""The parts of the Results page."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from fer_core import runs
from fer_core.base.errors import FerError
from fer_core.base.text import for_markdown, for_markdown_document
from fer_core.datasets.source import parse
from fer_core.figures import results as figures
from fer_core.figures.training import curves_figure
from fer_core.files.containment import stays
from fer_core.results import bundles_and_runs
from ui.common import address, downloads, empty, errors, page, state
from ui.common.words import count
from ui.pickers import bundle_export, bundles
from ui.results import words as result_words
from ui.train import view

HEADLINES = {
    "accuracy": ("Accuracy", "Share of clips classified as labelled (argmax over the classifiers)."),
    "balanced_accuracy": (
        "Balanced accuracy",
        "Mean recall over the emotions: rare ones count as much as common ones.",
    ),
    "macro_f1": ("Macro F1", "Mean F1 over the emotions, from the confusion matrix."),
    "mean_binary_accuracy": (
        "Mean binary accuracy",
        "Each classifier alone at probability 0.5, averaged. The study's accuracy is of this kind; "
        "classifiers that always answer no reach the value beside it.",
    ),
}
_ANY = "any"
_UNASKED = "_run_unasked"
"""Session key of the run that was shown without being asked for, and the corpus then in use."""


def choose() -> bundles_and_runs.Source | None:
    """A box with every result; the choice is kept for the other pages. Without any: the empty state, None.

    Until one is chosen, the newest of the corpus in use; of another corpus only where that has none.
    """
    found = {s.name: s for s in bundles_and_runs.sources()}
    if not found:
        empty.no_results()
        return None
    wanted, corpus = state.run_in_use(), state.source()
    shown, of = st.session_state.get(_UNASKED, (None, None))
    if wanted not in found or (wanted == shown and of != corpus):
        if wanted and wanted not in found:
            st.session_state["_results_error"] = (
                f"there is no result named {wanted}: it may have been deleted; another one is shown instead."
            )
        mine = (n for n, s in found.items() if bundles_and_runs.corpus_of(s) == _name(corpus))
        first = next(mine, next(iter(found)))
        st.session_state[_UNASKED] = first, corpus
        state.use_run(first)
        st.rerun()  # what the sidebar says is in use has been drawn
    address.hold("results_of", wanted)
    st.selectbox(
        "Result",
        list(found),
        key="results_of",
        on_change=_taken,
        format_func=lambda n: bundles_and_runs.label(found[n]),
    )
    return found[st.session_state["results_of"]]


def other_corpus(result: dict[str, Any]) -> None:
    """Say where a result is of another corpus than the one in use."""
    corpus, of = _name(state.source()), str(result["corpus"]["name"])
    if corpus is None or corpus == of:
        return
    there = any(bundles_and_runs.corpus_of(s) == corpus for s in bundles_and_runs.sources())
    st.info(for_markdown(result_words.other_corpus(of, corpus, there)), icon=":material/database:")
    if not there:
        page.link("train", f"Train a recogniser on {for_markdown(corpus)}", "model_training")


def headlines(result: dict[str, Any]) -> None:
    """The four metrics with their intervals, and what always answering no would reach."""
    columns = st.columns(len(HEADLINES))
    for column, (name, (title, words)) in zip(columns, HEADLINES.items(), strict=True):
        told = f"95% {for_markdown(result_words.interval(result, name))}"
        if name == "mean_binary_accuracy":
            told += f"; always no: {result_words.always_no(result):.3f}"
        column.metric(for_markdown(title), f"{result[name]:.3f}", help=for_markdown(words), border=True)
        column.caption(told)


def per_emotion(result: dict[str, Any]) -> None:
    """Heatmap of each classifier's own metrics."""
    st.subheader("Each classifier alone", anchor=False)
    downloads.figure(
        figures.metrics_figure(result),
        "metrics_per_emotion",
        table=metric_rows(result),
        title="Metrics per emotion",
        caption="At probability 0.5, one against all. Counts and intervals appear on hover.",
    )


def metric_rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """One row per emotion: counts, metrics and the ends of their intervals."""
    rows = []
    for emotion, cell in result["per_emotion"].items():
        row: dict[str, Any] = {"emotion": emotion, "clips": cell["tp"] + cell["fn"]}
        for name, title in figures.METRICS.items():
            low, high = cell["intervals"][name]
            row |= {title: round(cell[name], 4), f"{title} low": round(low, 4), f"{title} high": round(high, 4)}
        rows.append(row | {k: cell[k] for k in ("tp", "fp", "fn", "tn")})
    return rows


def confusion(result: dict[str, Any]) -> tuple[str, str] | None:
    """The confusion matrix; returns the cell that was clicked, as (labelled, classified)."""
    st.subheader("What is taken for what", anchor=False)
    emotions = result["emotions"]
    rows = [
        {"labelled": e, **dict(zip(emotions, row, strict=True))}
        for e, row in zip(emotions, result["confusion"], strict=True)
    ]
    event = downloads.figure(
        figures.confusion_figure(result),
        "confusion",
        table=rows,
        title="Confusion matrix",
        caption="Clips, and their share of the row. Click a cell to see the clips behind it.",
        on_select="rerun",
        selection_mode="points",
    )
    points = event["selection"]["points"] if event else []
    data = points[0].get("customdata") if points else None
    return (str(data[0]), str(data[1])) if data else None


def clips_behind(source: bundles_and_runs.Source, result: dict[str, Any], clicked: tuple[str, str] | None) -> None:
    """The clips of one cell of the confusion matrix, or of all the errors."""
    st.subheader("The clips behind it", anchor=False)
    try:
        rows = bundles_and_runs.read_predictions(source)
    except FerError as error:
        errors.say(str(error))
        return
    if not rows:
        st.caption("The predictions of each clip did not come along with this bundle.")
        return
    if clicked and clicked != st.session_state.get("_cell_seen"):
        st.session_state["results_labelled"], st.session_state["results_classified"] = clicked
    st.session_state["_cell_seen"] = clicked
    left, middle, right = st.columns([2, 2, 3], vertical_alignment="bottom")
    options = [_ANY, *result["emotions"]]
    labelled = left.selectbox("Labelled", options, key="results_labelled")
    classified = middle.selectbox("Classified as", options, key="results_classified")
    wrong = right.toggle(
        "Only where the two differ", key="results_wrong", value=True, disabled=labelled == classified != _ANY
    )
    shown = [
        r
        for r in rows
        if labelled in (_ANY, r["emotion"])
        and classified in (_ANY, r["classified"])
        and not (wrong and r["emotion"] == r["classified"] and not labelled == classified != _ANY)
    ]
    st.caption(f"{count(len(shown), 'clip')} of {len(rows)}.")
    probabilities = {
        f"p_{e}": st.column_config.ProgressColumn(e, min_value=0.0, max_value=1.0, format="%.2f", width="small")
        for e in result["emotions"]
    }
    downloads.table([_typed(r) for r in shown], "clips_behind", column_config=probabilities, height=300)


def _typed(row: dict[str, str]) -> dict[str, Any]:
    kept: dict[str, Any] = {k: v for k, v in row.items() if not k.startswith("p_")}
    kept["fold"] = int(row["fold"]) + 1
    return kept | {k: float(v) for k, v in row.items() if k.startswith("p_")}


def curves(result: dict[str, Any]) -> None:
    """Loss curves of a fold, where the run kept them."""
    if not result.get("curves"):
        return
    st.subheader("Loss while training", anchor=False)
    folds = list(dict.fromkeys(c["fold"] for c in result["curves"]))
    fold = st.selectbox("Fold", folds, format_func=view.fold_name, key="results_fold", width=260)
    shown = [c for c in result["curves"] if c["fold"] == fold]
    rows = [
        {
            "fold": c["fold"] + 1,
            "emotion": c["emotion"],
            "epoch": i + 1,
            "loss": v,
            "validation": c["val"][i] if i < len(c["val"]) else None,
        }
        for c in result["curves"]
        for i, v in enumerate(c["train"])
    ]
    downloads.figure(
        curves_figure(shown),
        "loss_curves_result",
        table=rows,
        title=f"Loss, {view.fold_name(fold)}",
        caption="Each emotion has its own loss, so the curves' heights cannot be compared. Of "
        "an "
        "ensemble, the first network is shown.",
    )


def tables(result: dict[str, Any]) -> None:
    """Every number of the heatmap, and the losses that were used."""
    with st.expander("All numbers", icon=":material/table:"):
        downloads.table(metric_rows(result), "metrics")
        if result.get("imbalance"):
            st.markdown("**Imbalance ratio and loss**")
            downloads.table([{"emotion": e, **v} for e, v in result["imbalance"].items()], "losses")
        if result.get("rejected"):
            st.markdown("**Clips left out**")
            downloads.table(result["rejected"], "left_out_of_run")


def take_away(source: bundles_and_runs.Source, result: dict[str, Any]) -> None:
    """Everything as files; the model card; the way to be rid of a run."""
    st.subheader("Take it away", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        downloads.file("Result", "result.json", lambda: json.dumps(result, indent=1).encode())
        predictions = source.folder / bundles_and_runs.PREDICTIONS
        if predictions.is_file() and stays(source.folder, predictions):
            downloads.file("Predictions", "predictions.csv", predictions.read_bytes, "text/csv")
        bundle = source.bundle
        if bundle is not None:
            downloads.file(
                "Recogniser (bundle)",
                f"{bundle_name(source)}.zip",
                lambda: bundles_and_runs.zipped(bundle),
                "application/zip",
            )
            page.link("live", "Try it on a face", "videocam")
    card = bundles_and_runs.card_of(bundle) if bundle is not None else ""
    if card:
        with st.expander("Model card", icon=":material/badge:"):
            smaller = card.replace("\n# ", "\n#### ").replace("# ", "#### ", 1).replace("\n## ", "\n##### ")
            st.markdown(for_markdown_document(smaller))
            downloads.file("Card", "card.md", card.encode, "text/markdown")
    if bundle is not None:
        with errors.shown():
            bundle_export.panel(bundles.load(bundle), bundle)
    if source.is_run:
        with st.expander("Delete this run", icon=":material/delete:"):
            st.markdown("Its result, predictions and recogniser are removed from this machine.")
            st.button("Delete it for good", on_click=_delete, args=(source.name,))


def bundle_name(source: bundles_and_runs.Source) -> str:
    """A file name for the bundle."""
    name = bundles_and_runs.describe(source.bundle).get("name", source.name) if source.bundle else source.name
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in str(name))


def _name(corpus: str | None) -> str | None:
    """What results call the corpus: its folder's name."""
    return corpus and parse(corpus).words


def _taken() -> None:
    st.session_state.pop(_UNASKED, None)
    state.use_run(st.session_state["results_of"])


def _delete(name: str) -> None:
    source = bundles_and_runs.find(name)
    try:
        if source is not None and source.is_run:
            runs.delete_run(source.folder)
        state.use_run(None)
        st.session_state.pop("results_of", None)
    except FerError as error:
        st.session_state["_results_error"] = str(error)
