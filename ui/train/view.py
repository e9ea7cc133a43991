"""What stands beside and above the Train page's form: the cost, the losses, the run that goes on."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core import runs
from fer_core.base.errors import FerError
from fer_core.base.progress import say_duration
from fer_core.base.unknown_people import BY_CLIP, CAUTION, GIVE_NAMES
from fer_core.results import bundles_and_runs
from fer_core.training import jobs
from ui.common import downloads, errors, loss_view, page, state
from ui.common.words import count
from ui.results import words
from ui.runs import panel as run_panel

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus
    from fer_core.study.conditions import Condition

NEWEST = "the newest"
_WATCH = "_train_watch"


# --- which run is looked at -------------------------------------------------------------------------


def watched() -> Path | None:
    """The run named in this session or the URL, or else the newest that is still going."""
    named = st.session_state.get(_WATCH) or st.query_params.get("watch")
    folder = jobs.find(named) or jobs.active_run()
    watch(folder.name if folder else None)
    return folder


def watch(name: str | None) -> None:
    """Look at a run; None looks away."""
    if name is None:
        st.session_state.pop(_WATCH, None)
        st.query_params.pop("watch", None)
        return
    st.session_state[_WATCH] = name
    if st.query_params.get("watch") != name:
        st.query_params["watch"] = name


# --- before a run -----------------------------------------------------------------------------------


def cost(condition: Condition, corpus: Corpus) -> None:
    """Fits and time."""
    chosen = corpus.only(condition.emotions)
    plan = jobs.plan(condition, len(chosen.clips))
    left, right = st.columns([2, 3])
    left.metric("Networks to fit", f"{plan.networks:,}".replace(",", " "))
    known = plan.seconds is not None
    right.metric("Time, about", say_duration(plan.seconds) if known else "unknown", help=_time_words(plan))
    st.caption(rounds_words(plan, condition))
    if not known:
        st.caption(
            f"No training run of {condition.architecture.upper()} classifiers has finished on this machine "
            "yet: the time is known once the first epochs are done."
        )


def losses(condition: Condition, corpus: Corpus) -> None:
    """The loss each emotion gets."""
    st.markdown("**The loss each emotion gets**")
    plan = condition.loss_plan(corpus.counts)
    loss_view.losses(plan, loss_view.BY_CORPUS if plan.policy else loss_view.PLAIN)


def rounds_words(plan: jobs.Plan, condition: Condition) -> str:
    """``6 rounds, on 5 training sides and once on every clip, for the bundle; …``: what progress counts."""
    each = count(len(condition.emotions), "emotion")
    members = f", {condition.ensemble} networks each" if condition.ensemble > 1 else ""
    sides = count(plan.rounds - 1, "training side")
    return (
        f"{plan.rounds} rounds: on {sides} and, for the bundle, once on every clip. In each {each}{members}; "
        f"at most {count(plan.epochs, 'epoch')} in all."
    )


def _time_words(plan: jobs.Plan) -> str:
    basis = "the last run of this architecture on this machine"
    return f"From the speed of {basis}; finding landmarks for the first time comes on top."


def protocol_warning(condition: Condition, corpus: Corpus) -> None:
    """Says so where the protocol lets subjects stand on both sides, or nobody knows."""
    if not corpus.subjects_known:
        st.warning(
            f"**{BY_CLIP.capitalize()}.** {CAUTION} To keep people apart, {GIVE_NAMES}.", icon=":material/warning:"
        )
    elif condition.protocol == "random-holdout":
        st.warning(
            "In a random hold-out the same people stand on both sides of the split, so the numbers come "
            "out better than "
            "they would on new people. Use it to compare with the study, not to say how good a recogniser "
            "is.",
            icon=":material/warning:",
        )


# --- during and after a run -------------------------------------------------------------------------


def panel(folder: Path) -> None:
    """The run that is looked at: its progress while it goes on, then how it ended."""
    config = jobs.config_of(folder)
    epochs = config.condition.fit.epochs if config else 0
    kept = run_panel.landmarks_kept(config.corpus if config else "")
    more = partial(_curves, epochs=epochs)
    parts = run_panel.Parts("run", _done, _delete, partial(watch, None), kept=kept, more=more)
    run_panel.panel(folder, config.words if config else folder.name, parts)


def _done(folder: Path) -> None:
    try:
        result = bundles_and_runs.read_result(bundles_and_runs.Source(folder.name, folder))
    except FerError as error:
        errors.say(str(error))
        return
    page.say(f"Done. {words.headline(result)}")
    if result["corpus"].get("synthetic"):
        page.note(result["corpus"]["note"], "science")
    if st.button("Read the results", type="primary", icon=":material/query_stats:"):
        state.use_run(folder.name)
        st.switch_page("pages/results.py")


def _delete(name: str) -> None:
    with errors.shown():
        runs.delete_run(jobs.require(name))
    watch(None)


def _curves(folder: Path, epochs: int) -> None:
    """Loss curves of one fold, the newest unless another is chosen."""
    curves = jobs.curves_of(_events(folder))
    if not curves:
        return
    from fer_core.figures.training import curves_figure

    folds = list(dict.fromkeys(c["fold"] for c in curves))
    chosen = st.selectbox("Loss curves of", [NEWEST, *folds], format_func=_fold_words, key="train_curves_of", width=260)
    fold = folds[-1] if chosen == NEWEST else chosen
    shown = [c for c in curves if c["fold"] == fold]
    rows = [
        {
            "fold": fold_name(c["fold"]),
            "emotion": c["emotion"],
            "epoch": i + 1,
            "loss": loss,
            "validation": c["val"][i] if i < len(c["val"]) else None,
        }
        for c in curves
        for i, loss in enumerate(c["train"])
    ]
    downloads.figure(curves_figure(shown, epochs), "loss_curves", table=rows, title=f"Loss, {fold_name(fold)}")


def fold_name(fold: int) -> str:
    """``fold 1`` for 0; the final fit on every clip is -1."""
    return f"fold {fold + 1}" if fold >= 0 else "every clip (the bundle)"


def _fold_words(fold: Any) -> str:
    return fold if isinstance(fold, str) else fold_name(fold)


def _events(folder: Path) -> list[dict[str, Any]]:
    """Everything the run has told so far; only what is new is read."""
    name, known, position = st.session_state.get("_train_events", ("", [], 0))
    if name != folder.name:
        known, position = [], 0
    new, position = runs.read_events(folder, position)
    known = known + [e for e in new if e.get("member", 0) == 0]
    st.session_state["_train_events"] = (folder.name, known, position)
    return known
