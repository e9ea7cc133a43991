"""What is kept of a trained image model: its bundle, with what judged it, where there is room for it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.base.errors import sentence
from fer_core.datasets.images.base import ImageCorpus
from fer_core.models.images.bundle import ImageBundle, save_image_bundle
from fer_core.models.images.registry import find
from fer_core.results.metrics import evaluate
from fer_core.store.records import NETWORK, CellRecord
from fer_core.study.image_conditions import ImageCondition
from fer_core.training.images.card import image_card
from fer_core.training.images.protocols import ImageSplit
from fer_core.training.images.tasks import ImageCell, ImageResult


def saved(bundle: ImageBundle, folder: Path) -> str:
    """Write a bundle, whole or not at all; a sentence where there is no room for it, else nothing."""
    try:
        save_image_bundle(bundle, folder)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        return sentence(
            f"the trained network was not kept ({error.strerror or error})",
            where=str(folder),
            fix="make room, then train it again; its result is stored",
        )
    return ""


def noted(record: CellRecord, said: str) -> CellRecord:
    """A cell's record with one more sentence among its notes."""
    if not said:
        return record
    network = dict(record.network)
    network["notes"] = [*network.get("notes", []), said]
    return replace(record, fits={NETWORK: network})


def bundle_of(task: ImageCell, result: ImageResult, corpus: ImageCorpus) -> ImageBundle:
    """The network of a finished cell with what judged it and what it was trained on.

    ``training`` names the corpus, its format and key, and the people it was trained on where they are
    known, so that a later evaluation can leave them out.
    """
    c, split = task.condition, task.split
    name = "_".join(map(str, task.key))
    training = {
        "corpus": corpus.name,
        "format": corpus.format,
        "data_key": corpus.key,
        "condition": c.to_json(),
        "protocol": c.protocol,
        "tested": split.tested,
        "subjects": _people(corpus, split),
        "subjects_known": corpus.subjects_known,
        "n_train": len(split.train),
        "fit": dict(result.record.network),
    }
    metrics = image_metrics(result, c, corpus.subjects_known)
    bundle = ImageBundle(
        name,
        c.model,
        c.size,
        find(c.model).channels,
        c.emotions,
        c.dropout,
        c.mirrored,
        result.temperature,
        result.weights,
        metrics,
        training,
    )
    return replace(bundle, card=image_card(bundle))


def image_metrics(result: ImageResult, condition: ImageCondition, known: bool) -> dict[str, Any]:
    """All metrics of a cell's test side, as `fer_core.results.metrics.evaluate` gives them."""
    p = result.predictions
    shown, subject = np.array([x.emotion for x in p]), np.array([x.subject for x in p])
    said = np.array([x.probabilities for x in p])
    return evaluate(shown, said, subject, condition.emotions, subjects_known=known, unit="pictures")


def _people(corpus: ImageCorpus, split: ImageSplit) -> list[str]:
    if not corpus.subjects_known:
        return []
    seen = np.concatenate([split.train, split.validation])
    return sorted(set(corpus.subject[seen].tolist()))
