"""What an exported file says about itself: inputs, units, outputs, and what it may not be taken for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_core import __version__
from fer_core.files.shapes import Amount, Count, Text, checked, plain
from fer_core.landmarks.sampling import SamplingRule
from fer_core.landmarks.track import N_LANDMARKS
from fer_core.models.bundle import Bundle
from fer_core.models.distribution import REST, with_rest
from fer_core.models.export.graph import input_names, output_names

NOTICE = (
    "An expression is not a feeling: the outputs say which posed expression the movement of a face looks "
    "most like, not what anybody feels, intends or is. The EU's AI Act, Article 5(1)(f), prohibits systems "
    "that infer emotions in the workplace and in education, with few exceptions."
)
LICENCE = "FER Lab is MIT licensed; the terms of the corpus it was trained on bind as well."

_INPUTS = {
    "landmarks": "P frames of one face: MediaPipe Face Mesh landmarks 0 to 467 in their order, x to the "
    "right and y down, both in image heights (x = pixel / height, y = pixel / height)",
    "neutral": "the same person's resting face, same camera, same units",
    "aspect": "width / height of the image",
}
_OUTPUTS = {
    "probabilities": "each one-vs-all classifier's probability of its emotion; they need not sum to 1",
    "distribution": f"calibrated probabilities of the emotions and, last, {REST}; they sum to 1",
}
_RULES = {
    SamplingRule.EQUATIONS: "with N >= P frames the frames N - (P - h) floor(N / P), h = 1..P (1-based); of "
    "shorter clips P moments evenly from the first to the last, linearly interpolated",
    SamplingRule.PAPER: "the frames N - (P - h) floor(N / P), h = 1..P (1-based), however short the clip",
    SamplingRule.EVEN: "P moments evenly from the first frame to the last, linearly interpolated",
}


def shapes(bundle: Bundle) -> dict[str, tuple[Any, ...]]:
    """Shape of every input and output; ``"n"`` stands for any number of clips."""
    emotions = len(bundle.emotions)
    every: dict[str, tuple[Any, ...]] = {
        "landmarks": ("n", bundle.frames, N_LANDMARKS, 2),
        "neutral": ("n", N_LANDMARKS, 2),
        "aspect": ("n",),
        "probabilities": ("n", emotions),
        "distribution": ("n", len(with_rest(bundle.emotions))),
    }
    return {name: every[name] for name in (*input_names(bundle), *output_names(bundle))}


@dataclass(frozen=True)
class _Check:
    """How an exported file compared with our pass."""

    runtime: Text
    clips: Count
    largest_difference: Amount
    tolerance: Amount


@dataclass(frozen=True)
class _Input:
    """One input of an exported file."""

    name: Text
    shape: list[Count | Text]


@dataclass(frozen=True)
class _Sampling:
    """How many frames it takes."""

    frames: Count


@dataclass(frozen=True)
class _Described:
    """Of an exported file's description what a page shows."""

    check: _Check
    inputs: list[_Input]
    sampling: _Sampling


def read_description(file: Path) -> dict[str, Any]:
    """The description beside an exported file. Raises `PathError` where it is gone or another one."""
    what, fix = "description of the exported file", "export it again"
    beside = file.with_name(file.name + ".json")
    found: dict[str, Any] = plain(beside, what=what, fix=fix)
    checked(found, _Described, what=what, where=str(beside), fix=fix)
    return found


def describe(bundle: Bundle) -> dict[str, Any]:
    """Plain data, the same inside the file and in the JSON beside it. Names nobody it was trained on."""
    r, size = bundle.recogniser, shapes(bundle)
    corpus = dict(bundle.training.get("corpus") or {})
    return {
        "format": "fer-lab-export",
        "version": "1",
        "fer_lab": __version__,
        "name": bundle.name,
        "notice": NOTICE,
        "licence": LICENCE,
        "emotions": list(bundle.emotions),
        "outcomes": list(with_rest(bundle.emotions)) if "distribution" in size else [],
        "trained_on_streams": bundle.streams,
        "inputs": [
            {"name": n, "shape": list(size[n]), "type": "float32", "meaning": _INPUTS[n]} for n in input_names(bundle)
        ],
        "outputs": [
            {"name": n, "shape": list(size[n]), "type": "float32", "meaning": _OUTPUTS[n]} for n in output_names(bundle)
        ],
        "sampling": {"frames": bundle.frames, "rule": bundle.rule.value, "words": _RULES[bundle.rule]},
        "network": {
            "architecture": r.shape.architecture,
            "F": r.shape.F,
            "Q": r.shape.Q,
            "R": r.shape.R,
            "inputs": r.shape.inputs,
            "members": r.members,
            "mirrored": r.mirrored,
            "features": r.features.spec.kind,
        },
        "training": {
            "corpus": str(corpus.get("name", "")),
            "synthetic": bool(corpus.get("synthetic", False)),
            "subjects": len(bundle.training.get("subjects") or ()) or None,
        },
    }
