"""A bundle: a recogniser on disk, as JSON and plain arrays, with its model card. Never code."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.emotions import EMOTIONS
from fer_core.errors import BundleError, FerError
from fer_core.landmarks.features import FeatureMap
from fer_core.landmarks.sampling import SamplingRule
from fer_core.models.recogniser import Recogniser
from fer_core.models.weights import NetworkShape

FORMAT = "fer-lab-bundle"
VERSION = 1
DESCRIPTION, ARRAYS, CARD = "bundle.json", "weights.npz", "card.md"
MAX_BYTES = 200_000_000
"""A bundle's arrays are refused beyond this size before they are read."""


@dataclass(frozen=True)
class Bundle:
    """A recogniser with its sampling, its measured quality and its card.

    ``metrics`` is the result of the protocol that judged it (see `fer_core.results.metrics`);
    ``training`` says what it was trained on; ``subjects`` lists the subjects it has seen, so that
    an evaluation can leave them out.
    """

    name: str
    recogniser: Recogniser
    frames: int
    rule: SamplingRule
    metrics: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    card: str = ""

    @property
    def emotions(self) -> tuple[str, ...]:
        """Emotions the recogniser tells apart."""
        return self.recogniser.emotions


def save_bundle(bundle: Bundle, folder: Path) -> None:
    """Write a bundle's three files into a folder, which is made if needed."""
    folder.mkdir(parents=True, exist_ok=True)
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
        },
        "features": described,
        "sampling": {"frames": bundle.frames, "rule": bundle.rule.value},
        "metrics": bundle.metrics,
        "training": bundle.training,
    }  # fmt: skip
    named = {f"features/{k}": v for k, v in arrays.items()} | {
        f"weights/{k}": v for k, v in r.weights.items()
    }
    np.savez_compressed(folder / ARRAYS, **named)
    (folder / DESCRIPTION).write_text(json.dumps(text, indent=1) + "\n", encoding="utf-8")
    (folder / CARD).write_text(bundle.card, encoding="utf-8")


def load_bundle(folder: str | Path) -> Bundle:
    """Read a bundle.

    Raises
    ------
    BundleError
        Where files are missing, cut off, pickled, of another version, or do not fit together.
    """
    folder = Path(folder)
    text = _read_description(folder)
    arrays = _read_arrays(folder / ARRAYS)
    try:
        return _assemble(folder, text, arrays)
    except (KeyError, TypeError, ValueError, AttributeError, FerError) as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError(
            f"the bundle's parts do not fit together ({type(error).__name__}: {error})",
            where=str(folder),
            fix="copy the whole bundle again",
        ) from error


def _assemble(folder: Path, text: dict[str, Any], arrays: dict[str, npt.NDArray[np.float32]]) -> Bundle:
    network = text["network"]
    emotions = tuple(text["emotions"])
    unknown = [e for e in emotions if e not in EMOTIONS]
    if unknown or len(emotions) < 2:
        raise BundleError("its emotions are not known ones", where=str(folder), fix="copy the bundle again")
    shape = NetworkShape(*(network[k] for k in ("architecture", "F", "Q", "R", "inputs")))
    weights = _group(arrays, "weights/")
    _check_weights(folder, weights, shape, network["members"] * len(emotions))
    features = FeatureMap.from_arrays(text["features"], _group(arrays, "features/"))
    recogniser = Recogniser(
        emotions, shape, int(network["members"]), features,
        {name: weights[name] for name in shape.shapes()}, bool(network["mirrored"]),
    )  # fmt: skip
    card = folder / CARD
    return Bundle(
        str(text["name"]), recogniser, int(text["sampling"]["frames"]),
        SamplingRule(text["sampling"]["rule"]), text.get("metrics", {}), text.get("training", {}),
        card.read_text("utf-8") if card.is_file() else "",
    )  # fmt: skip


def _read_description(folder: Path) -> dict[str, Any]:
    file = folder / DESCRIPTION
    if not file.is_file():
        raise BundleError(
            "this folder holds no model bundle", where=str(folder), fix=f"name a folder with a {DESCRIPTION}"
        )
    try:
        text = json.loads(file.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise BundleError(
            "the description cannot be read", where=str(file), fix="copy the bundle again"
        ) from error
    if not isinstance(text, dict) or text.get("format") != FORMAT:
        raise BundleError(
            "the file describes no FER Lab bundle", where=str(file), fix="choose another folder"
        )
    if text.get("version") != VERSION:
        raise BundleError(
            f"the bundle has version {text.get('version')!r}, this program reads version {VERSION}",
            where=str(file),
            fix="train it again, or use the program that wrote it",
        )
    return text


def _read_arrays(file: Path) -> dict[str, npt.NDArray[np.float32]]:
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
                raise BundleError(
                    "the arrays are larger than any bundle's", where=str(file), fix="do not use it"
                )
        with np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except BundleError:
        raise
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise BundleError(
            "the arrays are missing, cut off or not plain numbers",
            where=str(file),
            fix="copy the bundle again",
        ) from error
    bad = [n for n, a in arrays.items() if a.dtype.kind != "f" or not np.isfinite(a).all()]
    if bad:
        raise BundleError(
            f"the array {bad[0]} is not all finite numbers", where=str(file), fix="copy it again"
        )
    return {name: a.astype(np.float32) for name, a in arrays.items()}


def _check_weights(
    folder: Path, weights: dict[str, npt.NDArray[np.float32]], shape: NetworkShape, classifiers: int
) -> None:
    for name, size in shape.shapes().items():
        expected = (classifiers, *size)
        if name not in weights or weights[name].shape != expected:
            got = weights[name].shape if name in weights else "nothing"
            raise BundleError(
                f"the weights {name} should have shape {expected}, not {got}",
                where=str(folder),
                fix="copy the whole bundle again",
            )


def _group(arrays: dict[str, npt.NDArray[np.float32]], prefix: str) -> dict[str, npt.NDArray[np.float32]]:
    return {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}


def bundles_in(folder: Path) -> list[Path]:
    """Bundle folders directly inside a folder, by name."""
    return sorted(p.parent for p in folder.glob(f"*/{DESCRIPTION}"))
