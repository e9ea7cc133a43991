"""The work of an image experiment: one model trained and tested, by any process on any machine."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.base.errors import FerError, TrainingError
from fer_core.base.limits import SEEDS
from fer_core.datasets.images.base import ImageCorpus
from fer_core.datasets.images.catalog import Labels, open_images
from fer_core.models.images.bundle import Weights
from fer_core.models.images.registry import find
from fer_core.store.records import NETWORK, CellKey, CellRecord, Prediction
from fer_core.study.image_conditions import ImageCondition
from fer_core.training.images.protocols import ImageSplit

LOOKED_AT = 2000
"""Training pictures read once more at the end, to hold the test side's accuracy against."""


@dataclass(frozen=True)
class ImagesRef:
    """A corpus of pictures by its path, the emotions used of it, and the key of what they held at first."""

    path: str
    labels: Labels
    emotions: tuple[str, ...]
    key: str


@dataclass(frozen=True)
class ImageResult:
    """What an `ImageCell` gives: plain data."""

    record: CellRecord
    predictions: list[Prediction] = field(default_factory=list)
    weights: Weights = field(default_factory=list)
    temperature: float = 1.0


@lru_cache(maxsize=2)
def corpus_of(ref: ImagesRef) -> ImageCorpus:
    """As `opened`, kept for the cells that follow."""
    return opened(ref)


def opened(ref: ImagesRef) -> ImageCorpus:
    """The corpus of a reference. Raises `TrainingError` where it is no longer the one it was."""
    corpus = open_images(ref.path, labels=ref.labels)
    corpus = corpus.only(ref.emotions) if ref.emotions else corpus
    if ref.key and corpus.key != ref.key:
        raise TrainingError("the corpus is not the one this experiment began with", where=ref.path, fix="start it anew")
    return corpus


@dataclass(frozen=True)
class ImageCell:
    """Train a condition's model on one training side and read the test side once.

    ``checkpoint`` is a file on this machine that a killed training goes on from; "" for none.
    ``keep``: whether the trained network comes back with the result. Of k folds, one is enough to use.
    """

    data: ImagesRef
    condition: ImageCondition
    split: ImageSplit
    checkpoint: str = ""
    keep: bool = True

    @property
    def key(self) -> CellKey:
        """Names the cell within its experiment."""
        return CellKey(self.condition.slug, self.condition.seed, self.split.fold)

    @property
    def cost(self) -> float:
        """Epochs at most."""
        return float(self.condition.fit.epochs)

    @property
    def words(self) -> str:
        """What it is, for people."""
        c = self.condition
        return f"{c.slug}, seed {c.seed}, fold {self.split.fold + 1}: train and test"

    def carry_out(self) -> ImageResult:
        """The work; what goes wrong in a fit comes back as a failed record."""
        corpus = corpus_of(self.data)
        begun = time.perf_counter()
        try:
            kind = find(self.condition.model).kind
            work = _network if kind == "network" else _classical
            result = work(self, corpus)
        except Exception as error:  # one fit's fault must not end the others
            why = str(error) if isinstance(error, FerError) else f"{type(error).__name__}: {error}"
            result = self.failed(why)
        seconds = time.perf_counter() - begun
        return replace(result, record=replace(result.record, seconds=seconds))

    def failed(self, why: str) -> ImageResult:
        """The result of a cell that gave nothing."""
        s = self.split
        return ImageResult(CellRecord(*self.key, "failed", len(s.train), len(s.test), 0.0, error=why))


def _network(cell: ImageCell, corpus: ImageCorpus) -> ImageResult:
    """Train and test; Keras forgets the network at the end, so that a process of many cells does not grow."""
    import keras

    try:
        return _trained(cell, corpus)
    finally:
        keras.utils.clear_session()


def _trained(cell: ImageCell, corpus: ImageCorpus) -> ImageResult:
    from fer_core.models.calibration import fit_temperature
    from fer_core.training.images.batches import Pictures
    from fer_core.training.images.fit import fit_images, told

    c, split = cell.condition, cell.split
    file = Path(cell.checkpoint) if cell.checkpoint else None
    fitted = fit_images(corpus, c, split, c.seed * 1000 + split.fold, progress=told, checkpoint=file)
    temperature = 1.0
    if len(split.validation):
        held = fitted.read(Pictures(corpus, split.validation, c.size, fitted.channels))
        shown = np.array([fitted.emotions.index(e) for e in corpus.emotion[split.validation]])
        temperature = fit_temperature(held, shown)
    said = fitted.read(Pictures(corpus, split.test, c.size, fitted.channels))
    h = fitted.history
    about = {
        "loss": c.loss,
        "parameters": fitted.parameters,
        "train": h.train,
        "validation": h.validation,
        "accuracy": h.accuracy,
        "rate": h.rate,
        "seconds": h.seconds,
        "best_epoch": h.best_epoch,
        "epochs": h.epochs,
        "stopped": h.stopped,
        "temperature": temperature,
        "train_accuracy": _train_accuracy(corpus, cell, fitted),
        "notes": list(fitted.notes),
    }
    weights = [np.asarray(w, dtype=np.float32) for w in fitted.model.get_weights()] if cell.keep else []
    return ImageResult(_record(cell, about), _predictions(corpus, cell, said), weights, temperature)


def _train_accuracy(corpus: ImageCorpus, cell: ImageCell, fitted: Any) -> float:
    """Share right of at most `LOOKED_AT` training pictures as they are, without distortions."""
    from fer_core.training.images.batches import Pictures

    train = cell.split.train
    some = train[:: -(-len(train) // LOOKED_AT)]
    said = fitted.read(Pictures(corpus, some, cell.condition.size, fitted.channels))
    return float((np.array(fitted.emotions)[said.argmax(axis=1)] == corpus.emotion[some]).mean())


def _classical(cell: ImageCell, corpus: ImageCorpus) -> ImageResult:
    from fer_core.training.images.batches import Pictures

    c, split = cell.condition, cell.split
    emotions = c.emotions or corpus.emotions
    seen = np.concatenate([split.train, split.validation])  # nothing is stopped early here
    estimator = find(c.model).build(c.size, 1, len(emotions))
    estimator.seed = (c.seed * 1000 + split.fold) % SEEDS
    shown = np.array([emotions.index(e) for e in corpus.emotion[seen]])
    estimator.fit(_all(Pictures(corpus, seen, c.size, 1)), shown)
    said = estimator.probabilities(_all(Pictures(corpus, split.test, c.size, 1)))
    about = {
        "loss": "",
        "parameters": estimator.count_params(),
        "best_epoch": 0,
        "epochs": 0,
        "stopped": "",
        "train": [],
        "validation": [],
        "accuracy": [],
        "rate": [],
        "seconds": [],
    }
    return ImageResult(_record(cell, about), _predictions(corpus, cell, said))


def _all(pictures: Any) -> Any:
    return pictures.take(np.arange(len(pictures)))[..., 0]


def _record(cell: ImageCell, about: dict[str, Any]) -> CellRecord:
    s = cell.split
    return CellRecord(*cell.key, "done", len(s.train), len(s.test), 0.0, {NETWORK: about})


def _predictions(corpus: ImageCorpus, cell: ImageCell, said: Any) -> list[Prediction]:
    test = cell.split.test
    rows = zip(corpus.item[test], corpus.subject[test], corpus.emotion[test], said, strict=True)
    return [
        Prediction(str(item), str(subject), str(emotion), values := [float(v) for v in row], values)
        for item, subject, emotion, row in rows
    ]
