"""What stands around the Launch page's form: the sentence, the cost, what the design can show."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping

import streamlit as st

from fer_core import runs
from fer_core.base.errors import FerError, PathError
from fer_core.base.paths import HOME_VARIABLE
from fer_core.base.progress import say_duration
from fer_core.base.text import for_markdown
from fer_core.base.unknown_people import BY_PERSON, KFOLD
from fer_core.results.words import LEVELS
from fer_core.study.design import FACTORS, Design
from fer_core.training import experiments
from fer_core.training.forecast import Forecast, forecast
from ui.common import loss_view, page
from ui.common.words import count, listed
from ui.launch.form import Asked
from ui.runs import extraction

POLL_SECONDS = 3.0
SIZES = ((0.35, "a small effect"), (0.65, "a medium effect"), (1.0, "a large effect"))
"""Cohen's words (1988) for a difference, up to each bound."""


def sentence(design: Design, corpus: str) -> str:
    """``Train GRU and LSTM, predefined and Bayesian tuning, both losses, … on demo.``"""
    factors = design.factors
    levels = {n: [x for x in reversed(both) if any(getattr(f, n) == x for f in factors)] for n, both in FACTORS.items()}
    architectures = listed([LEVELS[x] for x in reversed(levels["architecture"])])
    tuning = f"{listed([LEVELS.get(x, x) for x in levels['tuning']])} tuning"
    loss = "both losses" if len(levels["loss"]) == 2 else f"the {levels['loss'][0]} loss"
    whole = math.prod(map(len, levels.values())) == len(factors)
    some = "" if whole else f" ({len(factors)} of their combinations)"
    return (
        f"Train {architectures}, {tuning}, {loss}{some}, {_protocol(design)}, "
        f"{count(len(design.seeds), 'seed')}, on {corpus}."
    )


def cost(design: Design, clips: int, workers: int | None, elsewhere: bool) -> Forecast:
    """Cells, trials, fits, and the time they take."""
    with st.spinner("Measuring how fast this machine trains"):  # the first time; remembered afterwards
        told = forecast(design, clips, workers)
    top = st.columns(3)
    top[0].metric("Cells", _number(told.cells), help=_cells_words(design))
    top[1].metric("Search trials", _number(told.trials), help=_trials_words(design))
    top[2].metric("Classifier fits", _number(told.fits), help=_fits_words(design))
    st.metric("Time, about", say_duration(told.seconds), help=_time_words(told, elsewhere))
    if elsewhere:
        st.caption("As if the cluster's workers were as fast as this machine's cores.")
    return told


def reach(design: Design, told: Forecast) -> None:
    """The smallest effect that the design can show, in words."""
    st.markdown("**What it can show**")
    if told.pairs < 2:
        st.markdown(
            "It compares nothing: of each factor one level is left, or no two conditions differ in one "
            "factor alone. It says how good the condition is, with its interval."
        )
        return
    d = told.smallest_effect
    st.markdown(
        f"A difference between two levels of a factor of **d_z = {d:.2f}** or more, {_size(d)}, with a "
        f"power of 80% (two-sided, α = 0.05)."
    )
    emotions, seeds = len(design.base.emotions), len(design.seeds)
    each = told.pairs // (emotions * seeds)
    st.caption(
        f"From {told.pairs} matched pairs: {count(emotions, 'emotion')} × "
        f"{count(each, 'pair')} of conditions that differ in one factor × {count(seeds, 'seed')}. d_z is the "
        "mean difference in standard deviations of the differences. The pairs are counted as if they were "
        "independent; they share people, so this is the best case. More seeds make more pairs; folds do not, "
        "as together they test each clip once."
    )


def losses(design: Design, counts: Mapping[str, int]) -> None:
    """The loss each emotion gets in the conditions with the advanced and with the standard loss."""
    st.markdown("**The loss each emotion gets**")
    loss_view.losses(design.loss_plan(counts), losses_about(design))


def losses_about(design: Design) -> str:
    """By what the losses are decided, and what conditions with the standard loss get."""
    levels = {f.loss for f in design.factors}
    if levels == {"standard"}:
        return loss_view.PLAIN
    other = " Conditions with the standard loss give plain BCE to every emotion." if len(levels) > 1 else ""
    return loss_view.BY_CORPUS + other


def command(asked: Asked, path: str, allow: tuple[str, ...]) -> str:
    """The same from a terminal."""
    words = ["python", "-m", "fer_core", "experiment", "run", path, "--design", "design.json"]
    words += ["--name", asked.name] if asked.name else []
    words += [w for rule in allow for w in ("--allow-leak", rule)]
    words += ["--scheduler", asked.scheduler] if asked.scheduler else []
    words += ["--workers", str(asked.workers)] if asked.workers else []
    return shlex.join(words)


def going_on() -> str | None:
    """Id of an experiment that runs here now, the newest."""
    folders = runs.list_runs(experiments.PREFIX)
    return next((f.name for f in folders if runs.read_status(f).active), None)


def not_begun(error: FerError | OSError) -> str:
    """Why an experiment could not be started, in a sentence."""
    if isinstance(error, FerError):
        return str(error)
    why = error.strerror or str(error)
    fix = f"free space, or set {HOME_VARIABLE} to a folder you may write to"
    return str(PathError(f"the run folder cannot be made ({why})", fix=fix))


@st.fragment(run_every=POLL_SECONDS)
def busy(id: str) -> None:
    """Why nothing can be started now, until it can."""
    from dataclasses import asdict
    from time import time

    status = runs.read_status(experiments.require(id)) if runs.find_run(id) else None
    if status is None or not status.active:
        st.rerun()  # the page runs once more, without the polling
    share, words = extraction.progress_words(asdict(status), time())
    with st.container(border=True):
        st.markdown("An experiment is going on; another one can be started when it has ended.")
        st.progress(share, text=for_markdown(words))
        page.link("runs", "Watch it", "monitoring", experiment=id)


# --- words -------------------------------------------------------------------------------------------


def _protocol(design: Design) -> str:
    base = design.base
    if base.protocol in KFOLD:
        return f"{base.folds} {'subject-independent folds' if base.protocol in BY_PERSON else 'folds by clip'}"
    kind = "a subject-independent" if base.protocol == "subject-holdout" else "a random"
    return f"{kind} hold-out of {base.test_share:.0%}"


def _cells_words(design: Design) -> str:
    return (
        f"{count(len(design.factors), 'condition')} × {count(len(design.seeds), 'seed')} × "
        f"{count(design.folds, 'fold')}: in each cell all classifiers are searched, fitted and tested."
    )


def _trials_words(design: Design) -> str:
    s = design.base.search
    return (
        f"{count(design.searched, 'condition')} search; in each of their cells every emotion's classifier "
        f"tries {count(s.evaluations, 'setting')}."
    )


def _fits_words(design: Design) -> str:
    s, base = design.base.search, design.base
    return (
        f"Each trial fits {s.inner_folds} classifiers, one per inner fold; each cell "
        f"{len(base.emotions) * base.ensemble} at its end."
    )


def _time_words(told: Forecast, elsewhere: bool) -> str:
    where = "of the cluster" if elsewhere else "on this machine"
    return (
        f"With {count(told.workers, 'worker')} {where}, from a measurement of a second. Early stopping may "
        "end it sooner; finding landmarks for the first time comes on top."
    )


def _size(d: float) -> str:
    return next((words for bound, words in SIZES if d < bound), "a very large effect")


def _number(n: int) -> str:
    return f"{n:,}".replace(",", " ")
