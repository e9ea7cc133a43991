"""The Train page's form: a condition that reads like a sentence. What was chosen outlives a page switch."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base import limits
from fer_core.base.errors import SettingError
from fer_core.base.text import for_markdown
from fer_core.base.unknown_people import BY_CLIP, KFOLD
from fer_core.landmarks.sampling import SamplingRule
from fer_core.losses.imbalance import usual_emotions
from fer_core.study.conditions import Augmentation, Condition
from fer_core.study.presets import PRESETS, changed, preset
from ui.common import inputs, loss_view
from ui.common.imbalance_controls import BOUNDARIES
from ui.common.inputs import Inputs, known, row, word

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus

PRESET_WORDS = {"default": "Sound default", "quick": "Quick look", "live": "For a camera", "paper": "As the study did"}
PRESET_HELP = (
    "Sound default: subject-independent folds, displacement from neutral, true mirror. Quick look: fewer "
    "folds and epochs, one network per emotion. For a camera: also trained on expressions that are held, "
    "fade and are gone and on heads that turn, with calibrated probabilities. As the study did: raw "
    "coordinates, equation 3 as printed, random hold-out."
)
ARCHITECTURES = {"gru": "GRU", "lstm": "LSTM"}
LOSSES = {"advanced": "the adaptive loss", "standard": "plain cross-entropy"}
FEATURES = {
    "displacement": "displacement from neutral",
    "aligned": "aligned coordinates",
    "raw": "raw coordinates, as the study did",
}
PROTOCOLS = {
    "subject-kfold": "subject-independent folds",
    "subject-holdout": "a subject-independent hold-out",
    "random-holdout": "a random hold-out, as the study did",
}
BY_CLIP_PROTOCOLS = {"clip-kfold": f"folds {BY_CLIP}", "random-holdout": f"a hold-out {BY_CLIP}"}
"""What is offered where nobody says who is filmed."""
MIRRORS = {"true": "true mirror", "paper": "equation 3 as printed", "none": "none"}
_PREFIX = "train"
_IN_URL = ("preset", "architecture", "loss", "features", "protocol", "folds", "seed")


def form(corpus: Corpus) -> tuple[Condition, str]:
    """Draw the form; returns the condition and the bundle's name. Raises `SettingError`."""
    given = inputs.given(_PREFIX, _IN_URL)
    chosen = st.segmented_control(
        "Start from",
        list(PRESETS),
        default=known(given.get("preset"), PRESETS, "default"),
        required=True,
        format_func=PRESET_WORDS.__getitem__,
        key="train_preset",
        on_change=_start_over,
        help=PRESET_HELP,
    )
    start = chosen or "default"
    base = preset(start).for_people(corpus.subjects_known)
    note = st.container()
    widgets = Inputs(_PREFIX, given)
    values = _sentence(widgets, base, corpus)
    emotions = emotions_told_apart(widgets, base, corpus)
    below = st.container()
    with st.expander("Advanced settings", icon=":material/tune:"):
        values |= _advanced(widgets, base)
        augmentation, rule = _augmentation(widgets, base)
        name = widgets.text("name", "Name of the recogniser", f"{corpus.name}-{values['architecture']}")
    inputs.keep(_PREFIX, {"preset": start} | widgets.values, _IN_URL)
    if len(emotions) < 2:
        raise SettingError("a recogniser needs at least two different emotions", fix="choose more above")
    condition = changed(base, emotions=emotions, **values)
    extract = replace(condition.extract, rule=SamplingRule(rule))
    condition = replace(condition, augmentation=augmentation, extract=extract)
    if condition != replace(base, emotions=usual_emotions(corpus.emotions, base.emotions)):
        with note:
            inputs.changed_from(PRESET_WORDS[start], "train_back", _start_over)
    with below:
        loss_view.left_out(condition.loss_plan(corpus.counts), _PREFIX, offer=start != "paper")
    return condition, name.strip()


def _sentence(w: Inputs, b: Condition, corpus: Corpus) -> dict[str, Any]:
    hidden = {"label_visibility": "collapsed"}
    values: dict[str, Any] = {}
    with row():
        word("Train")
        values["architecture"] = w.choice(
            "architecture", "Architecture", ARCHITECTURES, b.architecture, width=95, **hidden
        )
        word("classifiers with")
        values["loss"] = w.choice("loss", "Loss", LOSSES, b.loss, width=195, **hidden)
    with row():
        word(f"on **{for_markdown(corpus.name)}**, reading")
        values["features"] = w.choice("features", "Features", FEATURES, b.features.kind, width=285, **hidden)
    with row():
        word("and judged by")
        possible = protocols(corpus)
        protocol = known(w.given("protocol"), possible, b.protocol)
        if protocol in KFOLD:
            values["folds"] = w.within("folds", "Folds", limits.FOLDS, b.folds, width=105, **hidden)
        values["protocol"] = w.choice("protocol", "Protocol", possible, b.protocol, width=285, **hidden)
    with row():
        if values["protocol"] not in KFOLD:
            word("of a share of")
            values["test_share"] = w.within(
                "test_share", "Share tested", limits.TEST_SHARE, b.test_share, width=115, **hidden
            )
            word("of the clips,")
        word("with seed")
        values["seed"] = w.within("seed", "Seed", limits.SEED, b.seed, width=105, **hidden)
    if values["features"] == b.features.kind:
        del values["features"]  # `changed` resets what goes with a kind; the preset's own stays as it is
    return values


def protocols(corpus: Corpus) -> dict[str, str]:
    """The protocols a corpus allows, with their words."""
    return PROTOCOLS if corpus.subjects_known else BY_CLIP_PROTOCOLS


def emotions_told_apart(w: Inputs, base: Condition, corpus: Corpus) -> tuple[str, ...]:
    """The emotions that classifiers are trained for, as pills; at first the start's own."""
    usual = usual_emotions(corpus.emotions, base.emotions)
    said = w.several("emotions", "Emotions told apart", corpus.emotions, usual)
    return tuple(e for e in corpus.emotions if e in said)


def _advanced(w: Inputs, b: Condition) -> dict[str, Any]:
    values: dict[str, Any] = {}
    network, fit, loss = st.columns(3)
    with network:
        st.markdown("**Network**")
        values["F"] = w.within("F", "F: features per frame", limits.UNITS, b.F)
        values["Q"] = w.within("Q", "Q: recurrent units", limits.UNITS, b.Q)
        values["R"] = w.within("R", "R: hidden units", limits.UNITS, b.R)
        values["ensemble"] = w.within("ensemble", "Networks averaged per emotion", limits.ENSEMBLE, b.ensemble)
    with fit:
        st.markdown("**Fit**")
        values["epochs"] = w.within("epochs", "Epochs, at most", limits.EPOCHS, b.fit.epochs)
        values["validation_share"] = w.within(
            "validation_share",
            "Share kept for early stopping",
            limits.VALIDATION_SHARE,
            b.fit.validation_share,
            help="0 trains every epoch on the whole training side.",
        )
    with loss:
        st.markdown("**Adaptive loss**")
        values["moderate"] = w.number("moderate", "Weighted from a ratio of", 0.1, 1000.0, b.policy.moderate, step=0.5)
        values["severe"] = w.number("severe", "Focal from a ratio of", 0.1, 1000.0, b.policy.severe, step=0.5)
        values["gamma"] = w.within("gamma", "γ of the focal loss", limits.GAMMA, b.policy.gamma, step=0.5)
        values["boundary"] = w.choice(
            "boundary", "A ratio at a threshold", {str(k): v for k, v in BOUNDARIES.items()}, b.policy.boundary
        )
    return values


def _augmentation(w: Inputs, b: Condition) -> tuple[Augmentation, str]:
    a = b.augmentation
    st.markdown("**Training side only**")
    left, right = st.columns(2)
    with left:
        mirror = w.choice("mirror", "Mirrored copies", MIRRORS, a.mirror)
        retime = w.number("retime", "Timing varied, 0 to 1", 0.0, 1.0, float(a.retime))
        blend = w.number("blend", "Blended within the emotion, 0 to 1", 0.0, 1.0, float(a.blend))
        gain = w.number("gain", "Strength varied", 0.0, 2.0, float(a.gain))
        pose = w.number("pose", "Heads turned, degrees (SD)", 0.0, 30.0, float(a.pose), step=1.0)
        noise = w.number("noise", "Landmark noise, eye distances (SD)", 0.0, 0.1, float(a.noise), step=0.001)
    with right:
        neutral = w.number(
            "neutral",
            "Resting clips added, as a share",
            0.0,
            2.0,
            float(a.neutral),
            help="Negatives for every classifier, so that a resting face is no emotion.",
        )
        still = w.number("still", "Copies seen as single photos, as a share", 0.0, 2.0, float(a.still))
        stream = w.number(
            "stream",
            "Copies seen by a camera, as a share",
            0.0,
            5.0,
            float(a.stream),
            help="The expression begun, held, fading; and half as many in which it is gone, as "
            "negatives. The bundle's probabilities are then calibrated.",
        )
        rules = {"equations": "equations 1 and 2", "paper": "equations 1 and 2 to the letter", "even": "evenly in time"}
        rule = w.choice("rule", "Frames taken from a clip", rules, b.extract.rule.value)
    known = {f.name for f in fields(Augmentation)}
    values = {
        "mirror": mirror,
        "retime": retime,
        "blend": blend,
        "gain": gain,
        "neutral": neutral,
        "still": still,
        "stream": stream,
        "pose": pose,
        "noise": noise,
    }
    return replace(a, **{k: v for k, v in values.items() if k in known}), rule


def _start_over() -> None:
    inputs.start_over(_PREFIX, {"preset": st.session_state["train_preset"]})
