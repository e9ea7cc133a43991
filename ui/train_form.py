"""The Train page's form: a condition that reads like a sentence. What was chosen outlives a page switch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.emotions import SIX
from fer_core.errors import SettingError
from fer_core.landmarks.sampling import SamplingRule
from fer_core.training.conditions import Augmentation, Condition
from fer_core.training.presets import PRESETS, changed, preset
from ui import errors

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus

PRESET_WORDS = {
    "default": "Sound default",
    "quick": "Quick look",
    "paper": "As the study did",
}
PRESET_HELP = (
    "Sound default: subject-independent folds, displacement from neutral, true mirror. Quick look: fewer "
    "folds and "
    "epochs, one network per emotion. As the study did: raw coordinates, equation 3 as printed, random "
    "hold-out."
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
MIRRORS = {"true": "true mirror", "paper": "equation 3 as printed", "none": "none"}
_GIVEN, _TURN = "_train_given", "_train_turn"
_IN_URL = ("preset", "architecture", "loss", "features", "protocol", "folds", "seed")


def form(corpus: Corpus) -> tuple[Condition, str]:
    """Draw the form; returns the condition and the bundle's name. Raises `SettingError`."""
    given = _given()
    chosen = st.segmented_control(
        "Start from", list(PRESETS), default=_known(given.get("preset"), PRESETS, "default"), required=True,
        format_func=PRESET_WORDS.__getitem__, key="train_preset", on_change=_start_over, help=PRESET_HELP,
    )  # fmt: skip
    base = preset(chosen or "default")
    widgets = _Widgets(given, base)
    values = _sentence(widgets, corpus)
    emotions = _emotions(widgets, corpus)
    with st.expander("Advanced settings", icon=":material/tune:"):
        values |= _advanced(widgets)
        augmentation, rule = _augmentation(widgets)
        name = widgets.text("name", "Name of the recogniser", f"{corpus.name}-{values['architecture']}")
    _keep({"preset": chosen or "default"} | widgets.values)
    if len(emotions) < 2:
        raise SettingError("a recogniser needs at least two different emotions", fix="choose more above")
    condition = changed(base, emotions=emotions, **values)
    extract = replace(condition.extract, rule=SamplingRule(rule))
    return replace(condition, augmentation=augmentation, extract=extract), name.strip()


class _Widgets:
    """Draws inputs that begin with what was given before, or else with the preset's own value."""

    def __init__(self, given: dict[str, Any], base: Condition) -> None:
        self.base = base
        self.values: dict[str, Any] = {}
        self._given = given
        self._turn = st.session_state.setdefault(_TURN, 0)  # a new preset makes every input anew

    def given(self, name: str) -> Any:
        """What the input of that name holds now, before it is drawn."""
        return st.session_state.get(self._key(name), self._given.get(name))

    def choice(self, name: str, label: str, options: dict[str, str], default: str, **more: Any) -> str:
        start = _known(self._given.get(name), options, default)
        index = list(options).index(start)
        said = st.selectbox(
            label, list(options), index, format_func=options.__getitem__, key=self._key(name), **more
        )
        return str(self._noted(name, said))

    def number(self, name: str, label: str, low: float, high: float, default: float, **more: Any) -> Any:
        kind = type(default)
        try:
            start = min(max(kind(self._given.get(name, default)), kind(low)), kind(high))
        except (TypeError, ValueError):
            start = default
        more.setdefault("step", 1 if kind is int else 0.05)
        said = st.number_input(label, kind(low), kind(high), start, key=self._key(name), **more)
        return self._noted(name, said)

    def text(self, name: str, label: str, default: str) -> str:
        start = str(self._given.get(name) or default)
        said = st.text_input(label, start, key=self._key(f"{name}_{default}"), max_chars=60)
        return str(self._noted(name, said) if said != default else said)

    def several(self, name: str, label: str, options: Sequence[str], default: Sequence[str]) -> list[str]:
        start = [v for v in self._given.get(name, default) if v in options] or list(default)
        said = st.pills(label, options, selection_mode="multi", default=start, key=self._key(name))
        return list(self._noted(name, said))

    def _key(self, name: str) -> str:
        return f"train_{name}_{self._turn}"

    def _noted(self, name: str, value: Any) -> Any:
        self.values[name] = value
        return value


def _sentence(w: _Widgets, corpus: Corpus) -> dict[str, Any]:
    b = w.base
    row: Callable[..., Any] = lambda: st.container(  # noqa: E731
        horizontal=True, vertical_alignment="center", gap="small"
    )
    hidden = {"label_visibility": "collapsed"}
    values: dict[str, Any] = {}
    with row():
        _word("Train")
        values["architecture"] = w.choice(
            "architecture", "Architecture", ARCHITECTURES, b.architecture, width=95, **hidden
        )
        _word("classifiers with")
        values["loss"] = w.choice("loss", "Loss", LOSSES, b.loss, width=195, **hidden)
    with row():
        _word(f"on **{errors.escaped(corpus.name)}**, reading")
        values["features"] = w.choice("features", "Features", FEATURES, b.features.kind, width=285, **hidden)
    with row():
        _word("and judged by")
        protocol = _known(w.given("protocol"), PROTOCOLS, b.protocol)
        if protocol == "subject-kfold":
            values["folds"] = w.number("folds", "Folds", 2, 100, b.folds, width=105, **hidden)
        values["protocol"] = w.choice("protocol", "Protocol", PROTOCOLS, b.protocol, width=285, **hidden)
    with row():
        if values["protocol"] != "subject-kfold":
            _word("of a share of")
            values["test_share"] = w.number(
                "test_share", "Share tested", 0.05, 0.9, b.test_share, width=115, **hidden
            )
            _word("of the clips,")
        _word("with seed")
        values["seed"] = w.number("seed", "Seed", 0, 10_000, b.seed, width=105, **hidden)
    if values["features"] == b.features.kind:
        del values["features"]  # `changed` resets what goes with a kind; the preset's own stays as it is
    return values


def _emotions(w: _Widgets, corpus: Corpus) -> tuple[str, ...]:
    default = [e for e in SIX if e in corpus.emotions] or list(corpus.emotions)
    said = w.several("emotions", "Emotions told apart", corpus.emotions, default)
    return tuple(e for e in corpus.emotions if e in said)


def _advanced(w: _Widgets) -> dict[str, Any]:
    b = w.base
    values: dict[str, Any] = {}
    network, fit, loss = st.columns(3)
    with network:
        st.markdown("**Network**")
        values["F"] = w.number("F", "F: features per frame", 1, 512, b.F)
        values["Q"] = w.number("Q", "Q: recurrent units", 1, 512, b.Q)
        values["R"] = w.number("R", "R: hidden units", 1, 512, b.R)
        values["ensemble"] = w.number("ensemble", "Networks averaged per emotion", 1, 20, b.ensemble)
    with fit:
        st.markdown("**Fit**")
        values["epochs"] = w.number("epochs", "Epochs, at most", 1, 1000, b.fit.epochs)
        values["validation_share"] = w.number(
            "validation_share", "Share kept for early stopping", 0.0, 0.5, b.fit.validation_share,
            help="0 trains every epoch on the whole training side.",
        )  # fmt: skip
    with loss:
        st.markdown("**Adaptive loss**")
        values["moderate"] = w.number(
            "moderate", "Weighted from a ratio of", 0.1, 1000.0, b.policy.moderate, step=0.5
        )
        values["severe"] = w.number("severe", "Focal from a ratio of", 0.1, 1000.0, b.policy.severe, step=0.5)
        values["gamma"] = w.number("gamma", "γ of the focal loss", 0.0, 10.0, b.policy.gamma, step=0.5)
        values["boundary"] = w.choice(
            "boundary",
            "A ratio at a threshold",
            {">": "stays below (>)", ">=": "is above (≥)"},
            b.policy.boundary,
        )
    return values


def _augmentation(w: _Widgets) -> tuple[Augmentation, str]:
    a = w.base.augmentation
    st.markdown("**Training side only**")
    left, right = st.columns(2)
    with left:
        mirror = w.choice("mirror", "Mirrored copies", MIRRORS, a.mirror)
        retime = w.number("retime", "Timing varied, 0 to 1", 0.0, 1.0, float(a.retime))
        blend = w.number("blend", "Blended within the emotion, 0 to 1", 0.0, 1.0, float(a.blend))
        gain = w.number("gain", "Strength varied", 0.0, 2.0, float(a.gain))
    with right:
        neutral = w.number("neutral", "Resting clips added, as a share", 0.0, 2.0, float(a.neutral),
                           help="Negatives for every classifier, so that a resting face is no "
                                "emotion.")  # fmt: skip
        still = w.number("still", "Copies seen as single photos, as a share", 0.0, 2.0, float(a.still))
        rules = {
            "equations": "equations 1 and 2",
            "paper": "equations 1 and 2 to the letter",
            "even": "evenly in time",
        }
        rule = w.choice("rule", "Frames taken from a clip", rules, w.base.extract.rule.value)
    known = {f.name for f in fields(Augmentation)}
    values = {
        "mirror": mirror,
        "retime": retime,
        "blend": blend,
        "gain": gain,
        "neutral": neutral,
        "still": still,
    }
    return replace(a, **{k: v for k, v in values.items() if k in known}), rule


# --- what was chosen, kept ------------------------------------------------------------------------


def _given() -> dict[str, Any]:
    """What was chosen before: in this session, or else in the link that opened the page."""
    if _GIVEN not in st.session_state:
        named = {name: st.query_params.get(f"train_{name}") for name in _IN_URL}
        st.session_state[_GIVEN] = {k: v for k, v in named.items() if v is not None}
    return dict(st.session_state[_GIVEN])


def _keep(values: dict[str, Any]) -> None:
    st.session_state[_GIVEN] = values
    for name in _IN_URL:
        key = f"train_{name}"
        if name in values:
            if st.query_params.get(key) != str(values[name]):
                st.query_params[key] = str(values[name])
        else:
            st.query_params.pop(key, None)


def _start_over() -> None:
    st.session_state[_GIVEN] = {"preset": st.session_state["train_preset"]}
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _known(value: Any, options: Any, default: str) -> str:
    return value if value in options else default


def _word(text: str) -> None:
    st.markdown(text, width="content")
