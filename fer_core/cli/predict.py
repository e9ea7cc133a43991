"""``predict``: one photo, clip or folder of frames classified by a bundle of either kind."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.base import limits
from fer_core.cli.common import verb
from fer_core.cli.numbers import Number

if TYPE_CHECKING:
    from fer_core.live.prediction import Prediction
    from fer_core.live.settings import LiveSettings
    from fer_core.models.opening import AnyBundle

SYNTHETIC = "This recogniser was trained on synthetic landmarks: do not trust it on real faces."


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    p = verb(verbs, "predict", "classify a photo, a clip or a folder of frames", _predict)
    p.add_argument("bundle", type=Path, help="folder of the bundle")
    p.add_argument("input", help="a photo, a video or a folder of frames")
    p.add_argument("--no-neutral", action="store_true", help="the clip does not begin with the neutral face: guess it")
    p.add_argument("--as-is", action="store_true", help="image models: the photo is a face that was cut out already")
    p.add_argument(
        "--threshold", type=Number(limits.THRESHOLD), help="probability from which an emotion is said; default: 0.5"
    )


def _predict(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from fer_core.live.predict import predict
    from fer_core.live.settings import LiveSettings
    from fer_core.models.opening import open_bundle

    settings = LiveSettings() if options.threshold is None else LiveSettings(threshold=options.threshold)
    bundle = open_bundle(options.bundle)
    said = predict(bundle, options.input, starts_neutral=not options.no_neutral, as_is=options.as_is)
    result = {"file": options.input} | as_data(bundle, said, settings)
    return result, text(said, settings, result["notes"])


def as_data(bundle: AnyBundle, said: Prediction, settings: LiveSettings) -> dict[str, Any]:
    """A reading as plain data; docs/live.md says what each key means."""
    from fer_core.live.prediction_words import notes, rule_words

    kind, emotion = said.decide(settings)
    corpus = bundle.training.get("corpus")  # of an image model, its name
    synthetic = isinstance(corpus, dict) and corpus.get("synthetic")
    return {
        "bundle": bundle.name,
        "decision": emotion or kind,
        "emotion": said.leading,
        "probability": said.distribution[said.leading],
        "threshold": settings.threshold,
        "distribution": dict(said.distribution),
        "log_odds": dict(said.log_odds),
        "probabilities": said.probabilities,
        "frames": said.frames,
        "frames_searched": said.searched,
        "found": said.found,
        "faces": said.faces,
        "frames_with_several_faces": said.several,
        "read": {"rule": rule_words(said), "frame": said.frame, "box": said.box},
        "neutral": said.neutral,
        "notes": notes(bundle, said) + ([SYNTHETIC] if synthetic else []),
    }


def text(said: Prediction, settings: LiveSettings, notes: list[str]) -> str:
    """A reading for people."""
    from fer_core.live.prediction_words import found_words
    from fer_core.live.state import decision_words

    ordered = sorted(said.distribution.items(), key=lambda item: -item[1])
    bars = [f"  {e:<10} {p:.3f} {'#' * round(p * 40)}".rstrip() for e, p in ordered]
    return "\n".join(
        [
            f"{decision_words(*said.decide(settings), said.distribution)}.",
            found_words(said),
            *notes,
            *bars,
            f"An emotion is said from a probability of {settings.threshold:g}. An expression is not a feeling.",
        ]
    )
