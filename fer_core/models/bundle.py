"""A bundle: a recogniser on disk, as JSON and plain arrays, with its model card. Never code."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fer_core import whole_files
from fer_core.emotions import EMOTIONS
from fer_core.errors import BundleError, FerError
from fer_core.imbalance import LossChoice
from fer_core.json_files import write_whole
from fer_core.landmarks.extract import ExtractSettings
from fer_core.landmarks.features import FeatureMap
from fer_core.landmarks.sampling import SamplingRule
from fer_core.models.bundle_files import (
    DESCRIPTION,
    FORMAT,
    VERSION,
    Arrays,
    check_features,
    check_weights,
    format_of,
    group,
    read_arrays,
    read_description,
)
from fer_core.models.calibration import Calibration
from fer_core.models.recogniser import Recogniser
from fer_core.models.weights import NetworkShape

ARRAYS, CARD = "weights.npz", "card.md"
MAX_MEMBERS = 100
"""Networks averaged per emotion, at most."""


@dataclass(frozen=True)
class Bundle:
    """A recogniser with its sampling, its measured quality and its card.

    ``metrics`` is the result of the protocol that judged it (see `fer_core.results.metrics`);
    ``training`` says what it was trained on; ``subjects`` lists the subjects it has seen, so that
    an evaluation can leave them out. ``streams`` says whether it was trained on what a camera shows
    (expressions that begin, are held and fade), ``calibration`` turns its log odds into
    probabilities over the emotions and rest, or is None where none was fitted.
    """

    name: str
    recogniser: Recogniser
    frames: int
    rule: SamplingRule
    metrics: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    card: str = ""
    streams: bool = False
    calibration: Calibration | None = None

    @property
    def emotions(self) -> tuple[str, ...]:
        """Emotions the recogniser tells apart."""
        return self.recogniser.emotions


def save_bundle(bundle: Bundle, folder: Path) -> None:
    """Write a bundle's three files into a folder, made if needed: all of them or none."""
    r = bundle.recogniser
    described, arrays = r.features.to_arrays()
    shape = r.shape
    text = {
        "format": FORMAT,
        "version": VERSION,
        "name": bundle.name,
        "emotions": list(r.emotions),
        "network": {
            "architecture": shape.architecture, "F": shape.F, "Q": shape.Q, "R": shape.R,
            "inputs": shape.inputs, "members": r.members, "mirrored": r.mirrored,
            "losses": [asdict(loss) for loss in r.losses], "offsets": list(r.offsets),
        },
        "features": described,
        "sampling": {"frames": bundle.frames, "rule": bundle.rule.value},
        "stream": {
            "trained": bundle.streams,
            "calibration": None if bundle.calibration is None else asdict(bundle.calibration),
        },
        "metrics": bundle.metrics,
        "training": bundle.training,
    }  # fmt: skip
    named = {f"features/{k}": v for k, v in arrays.items()} | {
        f"weights/{k}": v for k, v in r.weights.items()
    }
    with whole_files.whole_folder(folder) as made:
        whole_files.write_arrays(made / ARRAYS, named, compress=True)
        write_whole(made / DESCRIPTION, text)
        whole_files.write_text(made / CARD, bundle.card)


def load_bundle(folder: str | Path) -> Bundle:
    """Read a bundle.

    Raises
    ------
    BundleError
        Where files are missing, cut off, pickled, of another version, or do not fit together.
    """
    folder = Path(folder)
    text = read_description(folder)
    arrays = read_arrays(folder / ARRAYS)
    try:
        return _assemble(folder, text, arrays)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError, FerError) as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError(
            f"the bundle's parts do not fit together ({type(error).__name__}: {error})",
            where=str(folder),
            fix="copy the whole bundle again",
        ) from error


def _assemble(folder: Path, text: dict[str, Any], arrays: Arrays) -> Bundle:
    emotions, members = _emotions(folder, text), _members(folder, text)
    network, sampling = text["network"], text["sampling"]
    shape = NetworkShape(*(network[k] for k in ("architecture", "F", "Q", "R", "inputs")))
    weights, fitted = group(arrays, "weights/"), group(arrays, "features/")
    check_weights(folder, weights, shape, members * len(emotions))
    check_features(folder, fitted, text["features"]["spec"]["components"], float(text["features"]["scale"]))
    features = FeatureMap.from_arrays(text["features"], fitted)
    if features.spec.inputs != shape.inputs:
        raise ValueError(f"{features.spec.inputs} features for {shape.inputs} inputs")
    recogniser = Recogniser(
        emotions, shape, members, features,
        {name: weights[name] for name in shape.shapes()}, bool(network["mirrored"]),
        _losses(emotions, network["losses"]), _offsets(emotions, network["offsets"]),
    )  # fmt: skip
    settings = ExtractSettings(int(sampling["frames"]), SamplingRule(sampling["rule"]))  # checks the range
    card = folder / CARD
    return Bundle(
        str(text["name"]), recogniser, settings.frames, settings.rule,
        dict(text.get("metrics", {})), dict(text.get("training", {})),
        card.read_text("utf-8", errors="replace") if card.is_file() else "",
        bool(text.get("stream", {}).get("trained", False)), _calibration(text.get("stream", {})),
    )  # fmt: skip


def _emotions(folder: Path, text: dict[str, Any]) -> tuple[str, ...]:
    emotions = tuple(text["emotions"])
    if len(set(emotions)) != len(emotions) or len(emotions) < 2 or not set(emotions) <= set(EMOTIONS):
        raise BundleError(
            "its emotions are not different known ones", where=str(folder), fix="copy the bundle again"
        )
    return emotions


def _losses(emotions: tuple[str, ...], described: list[dict[str, Any]]) -> tuple[LossChoice, ...]:
    """One loss for each emotion, or none where outputs are taken as they are."""
    losses = tuple(LossChoice(**loss) for loss in described)
    if losses and len(losses) != len(emotions):
        raise ValueError(f"{len(losses)} losses for {len(emotions)} emotions")
    return losses


def _offsets(emotions: tuple[str, ...], described: list[float]) -> tuple[float, ...]:
    """One finite prior offset for each emotion, or none."""
    offsets = tuple(float(v) for v in described)
    if (offsets and len(offsets) != len(emotions)) or not np.isfinite(offsets).all():
        raise ValueError(f"offsets {offsets} for {len(emotions)} emotions")
    return offsets


def _calibration(described: dict[str, Any]) -> Calibration | None:
    """The calibration for streams; bundles written before there was one have none."""
    values = described.get("calibration")
    if values is None:
        return None
    calibration = Calibration(float(values["scale"]), float(values["bias"]))
    if not (0 < calibration.scale < 1e3 and abs(calibration.bias) < 1e3):
        raise ValueError(f"a calibration with scale {calibration.scale} and bias {calibration.bias}")
    return calibration


def _members(folder: Path, text: dict[str, Any]) -> int:
    members = text["network"]["members"]
    if type(members) is not int or not 1 <= members <= MAX_MEMBERS:
        raise BundleError(
            f"it has {members!r} networks per emotion", where=str(folder), fix="copy the bundle again"
        )
    return members


def bundles_in(folder: Path) -> list[Path]:
    """Bundle folders directly inside a folder, by name; damaged ones too, for somebody must be told."""
    return sorted(p.parent for p in folder.glob(f"*/{DESCRIPTION}") if format_of(p.parent) in (FORMAT, ""))
