"""The Benchmark page's form: an experiment that reads like a sentence, what it amounts to, and its start."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.errors import FerError, SettingError
from fer_core.base.text import for_markdown
from fer_core.models.images.registry import REGISTRY
from fer_core.results.images.board import BALANCING
from fer_core.study.image_conditions import ImageCondition
from fer_core.study.image_design import ImageDesign
from fer_core.study.image_presets import changed, preset_for, pretrained
from fer_core.training.images import experiments
from fer_core.training.images.experiment import ImageOrder, check_models
from fer_core.training.images.forecast import forecast, paces
from ui.benchmark import words as benchmark_words
from ui.common import downloads, empty, errors, inputs, page, state
from ui.common.inputs import Inputs, known, row, word
from ui.launch import view
from ui.launch.form import read_seeds
from ui.pickers import image_corpora
from ui.runs import image_run

if TYPE_CHECKING:
    from fer_core.datasets.images.base import ImageCorpus

PREFIX = "image"
BASELINE = "pca-logistic"
SIZES = ("32", "48", "96", "100", "224")
STUDY = "study"
PROTOCOLS = {
    "official": "the official split",
    "subject-kfold": "folds that share no person",
    "kfold": "stratified folds of pictures",
}
"""The first that a corpus allows is the predefined one."""
WEIGHTS = {STUDY: "as its study"} | BALANCING
INITIAL = {"none": "from scratch", "imagenet": "from ImageNet's weights"}
LABELS = {name: spec.title for name, spec in REGISTRY.items()}
DOUBLE_CLICK = 5.0  # seconds within which a second click on Start means the first one's experiment
_IN_URL = ("models", "sizes", "balancing", "initial", "corpus", "protocol", "folds", "seeds", "epochs", "minutes")
_HIDDEN = {"label_visibility": "collapsed"}
_ERROR, _LAST = "_image_error", "_image_last"


@dataclass(frozen=True)
class Asked:
    """What the form holds."""

    design: ImageDesign
    corpus: str
    name: str


def form() -> None:
    """The form, its plan and its button; or what is missing before anything can be trained."""
    st.subheader("Train and test", anchor=False)
    if error := st.session_state.pop(_ERROR, None):
        errors.say(error)
    corpora = image_corpora.found()
    if not corpora:
        _no_corpus()
        return
    with errors.shown():
        asked, corpus = _asked(corpora)
        _plan(asked, corpus)
        _foot(asked)


def baseline(label: str = "Train the quick baseline") -> None:
    """The button that fills an empty page: the study's simplest classical model on the corpus in use."""
    corpora = image_corpora.found()
    if not corpora:
        page.link("dataset", "Choose a corpus", "database", picker="open")
        return
    st.button(
        label,
        type="primary",
        icon=":material/play_arrow:",
        key="image_baseline",
        on_click=_start_baseline,
        args=(corpora[0],),
    )
    st.caption(f"{LABELS[BASELINE]} on {for_markdown(corpora[0])}: about a minute.")


def _no_corpus() -> None:
    text = (
        "No corpus of pictures lies in the opened data folders: fer2013.csv, FERPlus, RAF-DB, AffectNet, "
        "an .npz of arrays, or folders of pictures by emotion. The built-in demo has landmarks and no "
        "pictures."
    )
    with empty.state("photo_library", "There is nothing to train on", text):
        page.link("dataset", "Choose a corpus", "database", picker="open")


# --- the sentence ------------------------------------------------------------------------------------


def _asked(corpora: Sequence[str]) -> tuple[Asked, ImageCorpus]:
    w = Inputs(PREFIX, inputs.given(PREFIX, _IN_URL))
    with row():
        word("Train")
        models = _models(w)
    with row():
        word("at")
        sizes = w.several("sizes", "Pixels", SIZES, ["48"], **_HIDDEN)
        word("pixels, with class weights")
        balancing = w.several(
            "balancing", "Class weights", list(WEIGHTS), [STUDY], format_func=WEIGHTS.__getitem__, **_HIDDEN
        )
    with row():
        word("begun")
        initial = w.choice("initial", "Initial weights", INITIAL, "none", width=230, **_HIDDEN)
        word("on")
        name = w.choice("corpus", "Corpus", {c: c for c in corpora}, corpora[0], width=320, **_HIDDEN)
    corpus = image_corpora.opened(name)
    st.caption(f"{for_markdown(corpus.name)}: {for_markdown(image_corpora.words(corpus))}.")
    values = _protocol(w, corpus)
    with st.expander("Limits", icon=":material/timer:"), row():
        word("At most")
        epochs = w.number("epochs", "Epochs", 0, 1000, 0, width=110, **_HIDDEN)
        word("epochs (0: as each study) and")
        minutes = w.number("minutes", "Minutes", 0, 10_000, 0, width=110, **_HIDDEN)
        word("minutes for one training (0: no limit)")
    title = w.text("name", "Name", _name(models, corpus), help="What the lists call it; it can be renamed.")
    inputs.keep(PREFIX, w.values, _IN_URL)
    more = {k: v for k, v in {"epochs": epochs, "minutes": float(minutes)}.items() if v}
    seeds = read_seeds(str(values.pop("seeds")))
    conditions = _conditions(models, [int(s) for s in sizes], balancing, initial, values | more)
    return Asked(ImageDesign(tuple(conditions), seeds), name, title.strip()), corpus


def _models(w: Inputs) -> list[str]:
    before = w.given("models") or ["attention-cnn"]
    before = before.split(",") if isinstance(before, str) else before
    said = st.multiselect(
        "Models",
        list(LABELS),
        [m for m in before if m in LABELS],
        format_func=LABELS.__getitem__,
        key=w.key("models"),
        placeholder="Choose models",
        width=620,
        label_visibility="collapsed",
    )
    w.values["models"] = said
    return list(said)


def _protocol(w: Inputs, corpus: ImageCorpus) -> dict[str, Any]:
    possible = {k: v for k, v in PROTOCOLS.items() if _possible(k, corpus)}
    default = next(iter(possible))
    values: dict[str, Any] = {}
    with row():
        word("by")
        protocol = known(w.given("protocol"), possible, default)
        if protocol != "official":
            values["folds"] = w.number("folds", "Folds", 2, 100, 5, width=105, **_HIDDEN)
        values["protocol"] = w.choice("protocol", "Protocol", possible, protocol, width=285, **_HIDDEN)
        word("with the seeds")
        values["seeds"] = w.text("seeds", "Seeds", "0", width=120, **_HIDDEN)
    return values


def _possible(protocol: str, corpus: ImageCorpus) -> bool:
    """Whether a corpus allows a protocol."""
    held = len(corpus.of_part("validation")) + len(corpus.of_part("test"))
    if protocol == "official":
        return bool(len(corpus.of_part("train")) and held)
    return protocol == "kfold" or corpus.subjects_known


def _conditions(
    models: Sequence[str], sizes: Sequence[int], balancing: Sequence[str], initial: str, values: dict[str, Any]
) -> list[ImageCondition]:
    if not models or not sizes or not balancing:
        raise SettingError("no condition is left", fix="choose a model, a size and a way to weight classes")
    found: dict[str, ImageCondition] = {}
    for model in models:
        start = preset_for(model)
        start = pretrained(start, initial) if initial != "none" else start
        for size in sizes:
            for weights in balancing:
                classical = REGISTRY[model].kind == "classical"  # which takes no class weights
                own = {} if weights == STUDY or classical else {"balancing": weights}
                condition = changed(start, size=size, **own, **values)
                found.setdefault(condition.slug, condition)  # a study's own weights may be among those named
    return list(found.values())


def _name(models: Sequence[str], corpus: ImageCorpus) -> str:
    what = LABELS[models[0]] if len(models) == 1 else f"{len(models)} models"
    return f"{corpus.name}: {what}"[:60]


# --- plan and start ----------------------------------------------------------------------------------


def _plan(asked: Asked, corpus: ImageCorpus) -> None:
    check_models(asked.design)
    pool = len(corpus.of_part("train")) or len(corpus)
    side = pool if asked.design.folds == 1 else round(pool * (1 - 1 / asked.design.folds))
    st.markdown(f"**{for_markdown(benchmark_words.design(asked.design, corpus.name, LABELS))}**")
    if said := for_markdown(benchmark_words.weighted(asked.design, LABELS)):
        st.caption(said)
    st.caption(
        ":material/schedule: " + for_markdown(benchmark_words.plan(forecast(asked.design, side, _paces()), LABELS))
    )


@st.cache_data(ttl=60, max_entries=1, show_spinner=False)
def _paces() -> dict[tuple[str, int], float]:
    return paces()


def _foot(asked: Asked) -> None:
    busy = image_run.going_on()
    why = "Another image experiment is going on; each takes the whole machine." if busy else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Start",
            type="primary",
            icon=":material/play_arrow:",
            key="image_start",
            on_click=_start,
            args=(asked,),
            disabled=busy is not None,
            help=why,
        )
        downloads.file("Design", "design.json", lambda: json.dumps(asked.design.to_json(), indent=1).encode())
    with st.expander("The same from a terminal", icon=":material/terminal:"):
        st.caption("With the design saved as design.json. `--plan` says what it comes to and starts nothing.")
        words = ["python", "-m", "fer_core", "images", "run", asked.corpus, "--design", "design.json"]
        st.code(shlex.join(words), language="bash", wrap_lines=True)


def _start_baseline(corpus: str) -> None:
    try:
        found = image_corpora.opened(corpus)
        protocol = next(k for k in PROTOCOLS if _possible(k, found))
        condition = changed(preset_for(BASELINE), protocol=protocol)
        _start(Asked(ImageDesign((condition,)), corpus, f"{found.name}: {LABELS[BASELINE]}"[:60]))
    except FerError as error:
        st.session_state[_ERROR] = str(error)


def _start(asked: Asked) -> None:
    """In a callback: start, and watch it on this page."""
    started, then = st.session_state.get(_LAST, ("", 0.0))
    if time.time() - then > DOUBLE_CLICK:
        try:
            order = ImageOrder(state.path_of(asked.corpus), asked.design, asked.name)
            started = experiments.launch(order).name
        except (FerError, OSError) as error:  # kept: a callback's own messages would be wiped
            st.session_state[_ERROR] = view.not_begun(error)
            return
        st.session_state[_LAST] = (started, time.time())
    image_run.watch(started)
