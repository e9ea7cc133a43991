"""A bundle: a recogniser on disk, as JSON and plain arrays, with its model card. Never code."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fer_core.base.errors import BundleError, FerError
from fer_core.files import whole_files
from fer_core.files.json_files import write_whole
from fer_core.landmarks.features import FeatureMap
from fer_core.landmarks.sampling import SamplingRule
from fer_core.losses.imbalance import LossChoice
from fer_core.models.bundle_files import (
    DESCRIPTION,
    FORMAT,
    IMAGE_FORMAT,
    VERSION,
    Arrays,
    check_features,
    check_weights,
    format_of,
    group,
    read_arrays,
    read_description,
)
from fer_core.models.bundle_shapes import Described
from fer_core.models.calibration import Calibration
from fer_core.models.recogniser import Recogniser
from fer_core.models.weights import NetworkShape

ARRAYS, CARD = "weights.npz", "card.md"


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
            "architecture": shape.architecture,
            "F": shape.F,
            "Q": shape.Q,
            "R": shape.R,
            "inputs": shape.inputs,
            "members": r.members,
            "mirrored": r.mirrored,
            "losses": [asdict(loss) for loss in r.losses],
            "offsets": list(r.offsets),
        },
        "features": described,
        "sampling": {"frames": bundle.frames, "rule": bundle.rule.value},
        "stream": {
            "trained": bundle.streams,
            "calibration": None if bundle.calibration is None else asdict(bundle.calibration),
        },
        "metrics": bundle.metrics,
        "training": bundle.training,
    }
    named = {f"features/{k}": v for k, v in arrays.items()} | {f"weights/{k}": v for k, v in r.weights.items()}
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
    text, described = read_description(folder)
    arrays = read_arrays(folder / ARRAYS)
    try:
        return _assemble(folder, text, described, arrays)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError, FerError) as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError(
            f"the bundle's parts do not fit together ({type(error).__name__}: {error})",
            where=str(folder),
            fix="copy the whole bundle again",
        ) from error


def _assemble(folder: Path, text: dict[str, Any], described: Described, arrays: Arrays) -> Bundle:
    emotions, network = tuple(described.emotions), described.network
    shape = NetworkShape(network.architecture, network.F, network.Q, network.R, network.inputs)
    weights, fitted = group(arrays, "weights/"), group(arrays, "features/")
    check_weights(folder, weights, shape, network.members * len(emotions))
    check_features(folder, fitted, described.features.spec.components)
    features = FeatureMap.from_arrays(text["features"], fitted)
    if features.spec.inputs != shape.inputs:
        raise ValueError(f"{features.spec.inputs} features for {shape.inputs} inputs")
    recogniser = Recogniser(
        emotions,
        shape,
        network.members,
        features,
        {name: weights[name] for name in shape.shapes()},
        network.mirrored,
        tuple(LossChoice(**asdict(loss)) for loss in network.losses),
        tuple(network.offsets),
    )
    said = described.stream.calibration
    card = folder / CARD
    return Bundle(
        described.name,
        recogniser,
        described.sampling.frames,
        described.sampling.rule,
        described.metrics,
        dict(text.get("training", {})),
        card.read_text("utf-8", errors="replace") if card.is_file() else "",
        described.stream.trained,
        None if said is None else Calibration(said.scale, said.bias),
    )


def bundles_in(folder: Path) -> list[Path]:
    """Bundle folders directly inside a folder, by name, but for those of image bundles.

    Damaged ones too, whatever they say of themselves, for somebody must be told.
    """
    return sorted(p.parent for p in folder.glob(f"*/{DESCRIPTION}") if format_of(p.parent) != IMAGE_FORMAT)
