"""Measure where faces lie in FER2013's pictures, for `fer_core.landmarks.face_crop.fer2013_transform`.

    python scripts/measure_fer2013_framing.py FER2013 [--pictures 1500] [--seed 0]

FER2013   the corpus in any form that FER Lab opens

Prints medians and spreads; about half a minute.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fer_core.datasets.images.catalog import open_images
from fer_core.datasets.images.pixels import pixels
from fer_core.landmarks import mesh
from fer_core.landmarks.detector import open_landmarker
from fer_core.landmarks.track import FloatArray


def main() -> None:
    """Draw pictures, find their faces, print the framing."""
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("corpus")
    words.add_argument("--pictures", type=int, default=1500)
    words.add_argument("--seed", type=int, default=0)
    options = words.parse_args()
    corpus = open_images(options.corpus)
    drawn = np.random.default_rng(options.seed).permutation(len(corpus))[: options.pictures]
    landmarker = open_landmarker("still", 1, 0.5)
    found = [faces[0] for p in np.sort(drawn) if (faces := landmarker.detect(pixels(corpus, [p], 48, 3)[0]))]
    landmarker.close()
    print(f"faces in {len(found)} of {len(drawn)} pictures")
    for name, values in framing(np.stack(found)).items():
        print(
            f"  {name:<32} median {np.median(values):.3f}, standard deviation {values.std():.3f}, "
            f"of its logarithm {np.log(np.abs(values)).std():.3f}"
        )


def framing(points: FloatArray) -> dict[str, FloatArray]:
    """Measures of faces (n, 468, 2), made level about the picture's middle; shares of the side, (n,) each."""
    right, left = (points[:, k] @ np.array([1, 1j]) for k in mesh.EYE_CORNERS)
    across = left - right
    level = ((points @ np.array([1, 1j])) - (0.5 + 0.5j)) * (np.abs(across) / across)[:, None]
    x, y = level.real, level.imag
    wide, high = np.ptp(x, axis=1), np.ptp(y, axis=1)
    return {
        "distance of the outer eye corners": np.abs(across),
        "box's longer side": np.maximum(wide, high),
        "mean of box's width and height": (wide + high) / 2,
        "box's middle, x": (x.min(axis=1) + x.max(axis=1)) / 2 + 0.5,
        "box's middle, y": (y.min(axis=1) + y.max(axis=1)) / 2 + 0.5,
    }


if __name__ == "__main__":
    main()
