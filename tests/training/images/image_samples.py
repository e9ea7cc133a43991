"""Small made-up corpora of pictures, in which each emotion is a pattern that a network can find."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer_core.datasets.images.base import ImageCorpus
from fer_core.datasets.images.sources import ArraySource
from fer_core.study.image_conditions import ImageCondition, ImageFit

SHOWN = ("anger", "happiness", "surprise")
SIDE = 24


def pictures(n: int, seed: int = 0) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.str_]]:
    """Noise with a bright bar at the top, in the middle or at the bottom: (n, 24, 24) and what each shows."""
    generator = np.random.default_rng(seed)
    drawn = generator.integers(0, 120, (n, SIDE, SIDE)).astype(np.uint8)
    kinds = np.arange(n) % len(SHOWN)
    for k, kind in enumerate(kinds):
        drawn[k, 2 + 8 * kind : 6 + 8 * kind] += 100
    return drawn, np.array(SHOWN)[kinds]


def corpus(n: int = 60, held: int = 12, *, test: int = 0, people: int = 0, seed: int = 0) -> ImageCorpus:
    """n pictures to train on, some held out; of so many people where ``people`` is given."""
    total = n + held + test
    drawn, emotion = pictures(total, seed)
    part = np.array(["train"] * n + ["validation"] * held + ["test"] * test)
    item = np.array([f"{p}/{k}" for k, p in enumerate(part)])
    subject = np.array([f"P{k % people:02d}" for k in range(total)]) if people else item
    return ImageCorpus(
        "bars", "arrays", None, ArraySource(drawn), item, emotion, part, subject, bool(people), None, np.arange(total)
    )


def write_npz(file: Path, n: int = 60, held: int = 12, seed: int = 0) -> Path:
    """The same corpus as a file that can be opened."""
    drawn, emotion = pictures(n + held, seed)
    names = np.array(["angry", "happy", "surprise"])
    label = np.array([SHOWN.index(e) for e in emotion], dtype=np.int8)
    usage = np.array(["Training"] * n + ["PublicTest"] * held)
    np.savez(file, images=drawn, label=label, usage=usage, label_names=names)
    return file


def quick(**changes: object) -> ImageCondition:
    """A condition whose training takes a second."""
    fit = ImageFit(epochs=3, batch_size=16, learning_rate=3e-3, patience=0, schedule="constant")
    plain = {"model": "lenet5", "size": 32, "augmentation": "none", "dropout": 0.0, "fit": fit}
    return ImageCondition(**(plain | changes))  # type: ignore[arg-type]
