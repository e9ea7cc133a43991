"""The Launch page's form: a design that reads like a sentence. What was chosen outlives a page switch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base import limits
from fer_core.base.errors import FerError, SettingError
from fer_core.base.text import for_markdown
from fer_core.base.unknown_people import KFOLD
from fer_core.files import shapes
from fer_core.losses.imbalance import usual_emotions
from fer_core.results.words import LEVELS, condition_words
from fer_core.study.conditions import Condition, FitSettings, SearchSettings
from fer_core.study.design import ALL, BASE, FACTORS, Design, Factors
from fer_core.study.presets import PAPER, changed
from ui.common import errors, inputs, loss_view
from ui.common.inputs import Inputs, known, row, word
from ui.train.form import FEATURES, emotions_told_apart, protocols

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus

BASES: dict[str, Condition] = {
    "default": BASE,
    "quick": replace(BASE, folds=3, fit=FitSettings(epochs=10), search=SearchSettings(evaluations=6, initial=3)),
    "paper": PAPER,
}
BASE_WORDS = {"default": "Sound default", "quick": "Quick look", "paper": "As the study did"}
BASE_HELP = (
    "Sound default: subject-independent folds, displacement from neutral, searches of 50 evaluations. Quick "
    "look: three folds, ten epochs, six evaluations. As the study did: raw coordinates, equation 3 as "
    "printed, a random hold-out."
)
OBJECTIVES = {"loss": "its own loss", "average_precision": "average precision"}
MOST_SEEDS = 100
PREFIX = "launch"
_FILE, _ERROR = "_launch_file", "_launch_error"
_IN_URL = (
    "from",
    "architecture",
    "tuning",
    "loss",
    "without",
    "protocol",
    "folds",
    "test_share",
    "seeds",
    "emotions",
    "evaluations",
    "inner_folds",
    "epochs",
    "ensemble",
)


@dataclass(frozen=True)
class Asked:
    """What the form holds: a design, what to call it, and where it runs."""

    design: Design
    name: str
    scheduler: str = ""
    workers: int | None = None


def form(corpus: Corpus) -> Asked:
    """Draw the form. Raises `SettingError` where what was chosen is no design."""
    base, start = _base()
    base = base.for_people(corpus.subjects_known)
    note = st.container()
    w = Inputs(PREFIX, inputs.given(PREFIX, _IN_URL))
    factors, values, seeds = _sentence(w, base, corpus)
    values["emotions"] = emotions_told_apart(w, base, corpus)
    below = st.container()
    search = _search(w, base.search) if any(f.tuning == "bayesian" for f in factors) else base.search
    factors = _single_conditions(w, factors)
    with st.expander("Advanced settings", icon=":material/tune:"):
        more, search = _advanced(w, base, search)
        scheduler, workers = _where(w)
    name = w.text("name", "Name", _name(factors, corpus), help="What the lists call it; it can be renamed.")
    inputs.keep(PREFIX, {"from": start} | w.values, _IN_URL)
    _check(factors, values["emotions"], scheduler)
    condition = replace(changed(base, **values, **more), search=search)
    design = Design(condition, tuple(factors), read_seeds(seeds))
    if _differs(design, _start_of(start), corpus):
        with note:
            inputs.changed_from(_start_words(start), "launch_back", _start_over)
    with below:
        loss_view.left_out(design.loss_plan(corpus.counts), PREFIX, offer=start != "paper")
    return Asked(design, name.strip(), scheduler, workers)


def load(design: Design, name: str) -> None:
    """Make the form show a design, from a file or of an earlier experiment, until another start is chosen."""
    st.session_state[_FILE] = {"name": name, "design": design.to_json()}
    without = _without(design.factors)
    levels = {f: list(dict.fromkeys(getattr(x, f) for x in design.factors)) for f in FACTORS}
    seeds = ", ".join(map(str, design.seeds))
    inputs.start_over(PREFIX, {"from": "file", **levels, "without": without, "seeds": seeds})
    st.session_state.pop("launch_from", None)  # its widget takes the new one up


def read_seeds(text: str) -> tuple[int, ...]:
    """``0, 1, 5-7`` as (0, 1, 5, 6, 7). Raises `SettingError`."""
    seeds: list[int] = []
    for part in text.replace("–", "-").replace(" ", ",").split(","):
        first, dash, last = part.partition("-")
        if not part:
            continue
        if not first.isdecimal() or (dash and not last.isdecimal()) or len(part) > 13:
            raise SettingError(f"{part!r} is no seed", fix="give whole numbers, such as 0, 1, 2 or 0-4")
        numbers = range(int(first), int(last or first) + 1)
        if len(numbers) + len(seeds) > MOST_SEEDS:
            raise SettingError("these are too many seeds", fix=f"give at most {MOST_SEEDS}")
        seeds += numbers
    return tuple(seeds)


def loader() -> None:
    """A button with a place for a design's file."""
    with st.popover("Load a design", icon=":material/upload_file:", type="tertiary"):
        st.file_uploader(
            "A design saved as JSON, here or by `experiment run --design`",
            type="json",
            key="launch_upload",
            on_change=_take_file,
            max_upload_size=5,
        )


# --- where it starts from ----------------------------------------------------------------------------


def _base() -> tuple[Condition, str]:
    """The condition that the inputs begin with, and the name of its start."""
    if error := st.session_state.pop(_ERROR, None):
        errors.say(error)
    options = [*BASES, *(["file"] if st.session_state.get(_FILE) else [])]
    before = inputs.given(PREFIX, _IN_URL).get("from")
    chosen = st.segmented_control(
        "Start from",
        options,
        default=known(before, options, "default"),
        required=True,
        key="launch_from",
        format_func=_start_words,
        on_change=_start_over,
        help=BASE_HELP,
    )
    chosen = known(chosen, options, "default")
    return _start_of(chosen).base, chosen


def _start_of(start: str) -> Design:
    """The design that the form begins with."""
    if start == "file":
        return Design.from_json(st.session_state[_FILE]["design"])
    return Design(BASES[start], ALL, (0,))


def _start_words(start: str) -> str:
    return BASE_WORDS.get(start) or for_markdown(str(st.session_state[_FILE]["name"]))


def _differs(design: Design, start: Design, corpus: Corpus) -> bool:
    """Whether a design is no longer what the form began with, on a corpus with these emotions."""
    base = replace(start.base, emotions=usual_emotions(corpus.emotions, start.base.emotions))
    base = base.for_people(corpus.subjects_known)
    same = set(design.factors) == set(start.factors) and design.seeds == start.seeds
    return not same or design.base != base


def _start_over() -> None:
    chosen = st.session_state["launch_from"]
    file = st.session_state.get(_FILE)
    if chosen == "file" and file:
        load(Design.from_json(file["design"]), file["name"])
    else:
        inputs.start_over(PREFIX, {"from": chosen})


def _take_file() -> None:
    file = st.session_state.get("launch_upload")
    if file is None:
        return
    try:
        plain = shapes.loads(
            file.getvalue(), what="design", where=file.name, error=SettingError, fix="choose one saved on this page"
        )
        inside = plain.get("design") if isinstance(plain, dict) else None  # a whole order holds one too
        load(Design.from_json(inside or plain), file.name.removesuffix(".json"))
    except FerError as error:  # a callback's own messages would be wiped by the run that follows
        st.session_state[_ERROR] = str(error)


# --- the sentence ------------------------------------------------------------------------------------


def _sentence(w: Inputs, b: Condition, corpus: Corpus) -> tuple[list[Factors], dict[str, Any], str]:
    hidden = {"label_visibility": "collapsed"}
    levels: dict[str, list[str]] = {}
    values: dict[str, Any] = {}
    for factor, before, after in (
        ("architecture", "Train", "networks"),
        ("tuning", "with", "sizes,"),
        ("loss", "each with the", "loss,"),
    ):
        with row():
            word(before)
            both = [*reversed(FACTORS[factor])] if factor != "architecture" else [*FACTORS[factor]]
            levels[factor] = w.several(factor, factor.capitalize(), both, both, format_func=_level, **hidden)
            word(after)
    with row():
        word("judged by")
        possible = protocols(corpus)
        protocol = known(w.given("protocol"), possible, b.protocol)
        if protocol in KFOLD:
            values["folds"] = w.within("folds", "Folds", limits.FOLDS, b.folds, width=105, **hidden)
        values["protocol"] = w.choice("protocol", "Protocol", possible, b.protocol, width=285, **hidden)
    if values["protocol"] not in KFOLD:
        with row():
            word("with a share of")
            values["test_share"] = w.number("test_share", "Share tested", 0.05, 0.9, b.test_share, width=115, **hidden)
            word("tested,")
    with row():
        word(f"on **{for_markdown(corpus.name)}**, once for each of the seeds")
        seeds = w.text("seeds", "Seeds", "0", width=150, **hidden)
    factors = [f for f in ALL if all(getattr(f, n) in levels[n] for n in FACTORS)]
    return factors, values, seeds


def _search(w: Inputs, s: SearchSettings) -> SearchSettings:
    hidden = {"label_visibility": "collapsed"}
    with row():
        word("Each search:")
        evaluations = w.within("evaluations", "Evaluations", limits.EVALUATIONS, s.evaluations, width=110, **hidden)
        word("trials on")
        inner = w.within("inner_folds", "Inner folds", limits.INNER_FOLDS, s.inner_folds, width=105, **hidden)
        word("inner folds,")
    with row():
        word("which are compared by")
        objective: Any = w.choice("objective", "Objective", OBJECTIVES, s.objective, width=180, **hidden)
    return replace(s, evaluations=evaluations, inner_folds=inner, objective=objective)


def _single_conditions(w: Inputs, factors: list[Factors]) -> list[Factors]:
    """The conditions that the factors' levels give, of which single ones can be left out."""
    slugs = [f.slug for f in factors]
    before = w.given("without") or []
    before = before.split(",") if isinstance(before, str) else before
    with st.expander("Single conditions", icon=":material/grid_view:"):
        st.caption("The levels above give these conditions; any of them can be left out.")
        left = st.pills(
            "Conditions",
            slugs,
            selection_mode="multi",
            default=[s for s in slugs if s not in before],
            format_func=lambda s: for_markdown(condition_words(s)),
            label_visibility="collapsed",
            key=w.key(f"conditions_{'.'.join(slugs)}"),  # other levels draw it anew
        )
    w.values["without"] = [s for s in slugs if s not in left]
    return [f for f in factors if f.slug in left]


# --- advanced ----------------------------------------------------------------------------------------


def _advanced(w: Inputs, b: Condition, search: SearchSettings) -> tuple[dict[str, Any], SearchSettings]:
    values: dict[str, Any] = {}
    kind = w.choice("features", "Features", FEATURES, b.features.kind)
    if kind != b.features.kind:  # `changed` resets what goes with a kind; the start's own stays
        values["features"] = kind
    fit, sizes, searching = st.columns(3)
    with fit:
        st.markdown("**Every fit**")
        values["epochs"] = w.within("epochs", "Epochs, at most", limits.EPOCHS, b.fit.epochs)
        values["ensemble"] = w.within("ensemble", "Networks averaged per emotion", limits.ENSEMBLE, b.ensemble)
    with sizes:
        st.markdown("**Predefined sizes**")
        values["F"] = w.within("F", "F: features per frame", limits.UNITS, b.F)
        values["Q"] = w.within("Q", "Q: recurrent units", limits.UNITS, b.Q)
        values["R"] = w.within("R", "R: hidden units", limits.UNITS, b.R)
    with searching:
        st.markdown("**Bayesian searches**")
        rates = w.flag(
            "rates",
            "Dropout and learning rate too",
            search.rates,
            help="0.15 to 0.25, and 0.0003 to 0.003 on a log scale.",
        )
        batch = w.within(
            "batch",
            "Trials of a search at once",
            limits.TRIALS_AT_ONCE,
            search.batch,
            help="More than 1 keeps more workers busy and searches a little worse.",
        )
        ranges = [f"{n} {r[0]}–{r[1]}" for n, r in zip("FQR", (search.F, search.Q, search.R), strict=True)]
        st.caption(f"Searched: {', '.join(ranges)}.")
    return values, replace(search, rates=rates, batch=batch)


def _where(w: Inputs) -> tuple[str, int | None]:
    st.markdown("**Where it runs**")
    left, right = st.columns([3, 1])
    with left:
        scheduler = w.text(
            "scheduler",
            "Scheduler of a dask cluster",
            "",
            max_chars=200,
            placeholder="empty: this machine; else tcp://host:port",
        )
    with right:
        workers = w.number("workers", "Workers, 0: all", 0, limits.WORKERS.high, 0)
    return scheduler.strip(), workers or None


# --- checks ------------------------------------------------------------------------------------------


def _check(factors: Sequence[Factors], emotions: Sequence[str], scheduler: str) -> None:
    if not factors:
        raise SettingError("no condition is left", fix="choose at least one level of each factor")
    if len(emotions) < 2:
        raise SettingError("a recogniser needs at least two different emotions", fix="choose more above")
    if scheduler and not scheduler.startswith(("tcp://", "tls://")):
        raise SettingError(
            f"the scheduler's address {scheduler!r} is none", fix="give tcp://host:port or tls://host:port"
        )


def _without(factors: Sequence[Factors]) -> list[str]:
    """Conditions that the levels in use would give and that are not among them."""
    used = [{f[k] for f in factors} for k in range(3)]
    return [f.slug for f in ALL if f not in factors and all(f[k] in used[k] for k in range(3))]


def _name(factors: Sequence[Factors], corpus: Corpus) -> str:
    only = condition_words(factors[0].slug) if len(factors) == 1 else f"{len(factors)} conditions"
    return f"{corpus.name}: {only}"


def _level(level: str) -> str:
    return LEVELS.get(level, level)
