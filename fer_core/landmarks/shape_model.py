"""The statistical shape model behind the demo corpus: its parameters, and the file they ship in.

Faces are in the frame of `fer_core.landmarks.mesh.template` (outer eye corners one unit apart,
their midpoint at the origin, x to the right, y down). A drawn face is

    mean face + identity modes + a(t) * expression of the clip + detector noise,

the linear model of Cootes et al. (1995) with one mean displacement per emotion. Only means,
truncated modes and variances are kept: no score of any filmed person.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import LandmarkError
from fer_core.base.paths import assets_dir
from fer_core.landmarks.track import FloatArray

VERSION = 1
"""Version of the asset's layout."""

CENTRE_RANGE = (0.15, 0.85)
WIDTH_RANGE = (0.05, 0.35)
"""Where an onset's centre and width may lie, in shares of the clip."""

_REBUILD = "run scripts/build_demo_model.py again"


@dataclass(frozen=True)
class ShapeModel:
    """Everything the demo corpus is drawn from. K: expression modes, E: emotions, in `emotions`' order.

    Attributes
    ----------
    emotions : tuple of str
        The emotions the model can draw.
    mean_face : (468, 2)
        Mean neutral face, mirror-symmetric.
    identity_modes : (I, 468, 2)
        Each one standard deviation long; `identity_share` (I,) of a mode's variance belongs to the
        person, the rest to the clip (mostly how the head was held).
    expression_means : (E, 468, 2)
        Mean displacement from neutral to apex, mirror-symmetric.
    expression_modes : (K, 468, 2)
        Modes of the displacement within an emotion, each one standard deviation long.
    style : (E, K, K)
        Lower Cholesky factor of each emotion's covariance of mode scores.
    style_share : float
        Share of a clip's style that the person brings to all their clips.
    blend : (E, E)
        Chance that a clip of the row's emotion is a blend with the column's; 0 on the diagonal.
    onset : (4,)
        Mean and standard deviation of the onset's centre (share of the clip), then of the
        logarithm of its width.
    scene_mean, scene_sd : (4,)
        Roll (radians), log scale (log of the outer eye distance in image heights), x and y of the
        point between the eyes (image heights).
    motion_end, motion_jitter : (4,)
        Standard deviations of roll (radians), log scale, x and y (eye distances): drift over the
        clip, and trembling from frame to frame.
    noise_modes : (J, 468, 2)
        Spatially smooth detector noise, each one standard deviation long, in eye distances.
    noise_memory : float
        Correlation of that noise from one frame to the next.
    noise_white : float
        Standard deviation of the noise left in each coordinate, uncorrelated.
    """

    emotions: tuple[str, ...]
    mean_face: FloatArray
    identity_modes: FloatArray
    identity_share: FloatArray
    expression_means: FloatArray
    expression_modes: FloatArray
    style: FloatArray
    style_share: float
    blend: FloatArray
    onset: FloatArray
    scene_mean: FloatArray
    scene_sd: FloatArray
    motion_end: FloatArray
    motion_jitter: FloatArray
    noise_modes: FloatArray
    noise_memory: float
    noise_white: float

    def __post_init__(self) -> None:
        e, k = len(self.emotions), len(self.expression_modes)
        wanted = {"expression_means": (e, 468, 2), "style": (e, k, k), "blend": (e, e)}
        for name, shape in wanted.items():
            if getattr(self, name).shape != shape:
                raise LandmarkError(
                    f"{name} of the shape model has shape {getattr(self, name).shape}, not {shape}", fix=_REBUILD
                )


def onset_curve(
    moments: npt.NDArray[np.float64], centre: npt.ArrayLike, width: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """How much of the apex shows at each moment: a logistic curve, 0 at moment 0 and 1 at moment 1.

    ``moments`` (T,) run from 0 (first frame) to 1 (last); ``centre`` and ``width`` are in the same
    unit, and may be arrays (n, 1) to give n curves (n, T).
    """
    t, c, w = (np.asarray(v, dtype=np.float64) for v in (moments, centre, width))

    def rise(moment: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(1.0 / (1.0 + np.exp(-(moment - c) / w)))

    first, last = rise(np.zeros(1)), rise(np.ones(1))
    return np.asarray((rise(t) - first) / (last - first))


def asset_path() -> Path:
    """The arrays that ship; a JSON file of the same name beside them holds the rest."""
    return assets_dir() / "demo_shape_model.npz"


def save_shape_model(model: ShapeModel, path: Path, facts: dict[str, Any]) -> None:
    """Write arrays to ``path`` (.npz), and beside it (.json) the numbers and ``facts`` on their making."""
    values = {f.name: getattr(model, f.name) for f in fields(model)}
    arrays = {k: v.astype(np.float32) for k, v in values.items() if isinstance(v, np.ndarray)}
    np.savez_compressed(path, **arrays)
    numbers = {k: v for k, v in values.items() if not isinstance(v, np.ndarray)}
    text = json.dumps({"version": VERSION, **numbers, **facts}, indent=2, ensure_ascii=False)
    path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


def load_shape_model(path: Path | None = None) -> ShapeModel:
    """The shape model of an asset, by default the one that ships.

    Raises `LandmarkError` where the files are missing, damaged, pickled or of another version.
    """
    return _load((path or asset_path()).resolve())


@cache
def _load(path: Path) -> ShapeModel:
    try:
        facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        with np.load(path, allow_pickle=False) as stored:
            values: dict[str, Any] = {k: stored[k] for k in stored.files}
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise LandmarkError("the demo shape model cannot be read", where=str(path), fix=_REBUILD) from error
    if facts.get("version") != VERSION:
        raise LandmarkError(
            f"the demo shape model has version {facts.get('version')}, not {VERSION}", where=str(path), fix=_REBUILD
        )
    names = [f.name for f in fields(ShapeModel)]
    values |= {k: facts[k] for k in names if k in facts}
    values["emotions"] = tuple(values["emotions"])
    missing = [k for k in names if k not in values]
    if missing:
        raise LandmarkError(f"the demo shape model lacks {', '.join(missing)}", where=str(path), fix=_REBUILD)
    return ShapeModel(**{k: values[k] for k in names})
