"""An image experiment: every model of a design trained and tested, every result stored as it comes.

The same machinery as the landmark experiments' (`fer_core.training.experiment`): one process that alone
writes, tasks that any worker can carry out, a store from which a stopped one goes on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from fer_core.base.errors import SettingError, StoreError, TrainingError
from fer_core.base.progress import Progress, silent
from fer_core.base.provenance import code_key, provenance
from fer_core.base.text import clean_name
from fer_core.datasets.images.base import ImageCorpus
from fer_core.files import json_files, shapes
from fer_core.models.images.registry import find
from fer_core.store.records import CellKey, ExperimentRecord
from fer_core.store.store import Store
from fer_core.study.image_design import ImageDesign
from fer_core.study.order_shapes import AskedDesign
from fer_core.training.audit import check_names
from fer_core.training.engine.engine import open_engine
from fer_core.training.engine.loop import Loop, Task
from fer_core.training.images.protocols import ImageSplit
from fer_core.training.images.save_trained import bundle_of, noted, saved
from fer_core.training.images.scan_pictures import look_once
from fer_core.training.images.splits_with_audit import Parted, part
from fer_core.training.images.tasks import ImageCell, ImageResult, ImagesRef, opened

ORDER, MODELS, CHECKPOINTS, LOOKED = "order.json", "models", "checkpoints", "looked.npz"
ROOT = "fer_core.training.images.tasks"
"""The module whose functions do the work; what it imports decides the results."""


@dataclass(frozen=True)
class ImageOrder:
    """What was asked for, kept in the run folder, so that a resume needs nothing else.

    Attributes
    ----------
    workers : int or None
        Models trained at once; None for one, which uses all cores.
    allow : rules of the leak audit (`fer_core.training.audit.RULES`) that may be broken
    keep_copies : bool
        Whether training pictures with a copy on an official split's tested side stay in training.
    """

    corpus: str
    design: ImageDesign
    name: str = ""
    scheduler: str = ""
    workers: int | None = None
    allow: tuple[str, ...] = ()
    keep_copies: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers."""
        return {**asdict(self), "design": self.design.to_json(), "allow": list(self.allow)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> ImageOrder:
        """The inverse of `to_json`. Raises `SettingError` where it cannot be read."""
        a = shapes.checked(plain, AskedDesign, what="order", fix="start it anew", error=SettingError)
        design = ImageDesign.from_json(a.design)
        return cls(a.corpus, design, a.name, a.scheduler, a.workers, tuple(a.allow), a.keep_copies)


def write_order(order: ImageOrder, folder: Path) -> None:
    """Keep an order in a run folder."""
    json_files.write_whole(folder / ORDER, order.to_json())


def read_order(folder: Path) -> ImageOrder:
    """The order of a run folder. Raises `SettingError` where there is none."""
    plain = shapes.plain(folder / ORDER, what="order", fix="start it anew", error=SettingError)
    return ImageOrder.from_json(plain)


def run_images(
    order: ImageOrder,
    folder: Path,
    progress: Progress = silent,
    *,
    other_code: bool = False,
    retry_failed: bool = False,
) -> None:
    """Carry out what is still to be done of an order; its id is the folder's name.

    Raises `FerError` where corpus, protocol, engine or store do not allow it; `Cancelled` on request.
    What was stored before stays.
    """
    check_models(order.design)
    check_names(order.allow)
    with Store() as store:
        record = _known(store, folder.name)
        if record is not None and record.provenance.get("code_key") != code_key(ROOT) and not other_code:
            raise TrainingError(
                "the program has changed since this experiment began, and results of two versions would mix",
                where=folder.name,
                fix="start it anew, or resume with --other-code",
            )
        base = order.design.base
        progress(0, 1, "Opening the corpus")
        known = record.data_key if record is not None else ""
        corpus = opened(ImagesRef(order.corpus, base.labels, base.emotions, known))
        ref = ImagesRef(order.corpus, base.labels, base.emotions, corpus.key)
        looked = look_once(corpus, folder / LOOKED, progress)
        parted = part(corpus, looked, order.design, order.allow, keep_copies=order.keep_copies)
        if record is None:
            store.add_experiment(_record(order, folder.name, corpus, parted))
        notes = _Notes()
        cells = _open_cells(store, folder, order, ref, corpus, parted.splits, retry_failed, notes)
        if cells:
            with open_engine(order.scheduler or None, order.workers or 1, notes) as engine:
                Loop(engine, lambda _: None, progress, notes.under_way, "epochs at most").run(cells)


def check_models(design: ImageDesign) -> None:
    """Raises `SettingError` where a model is unknown, or cannot take what its condition asks."""
    for c in design.conditions:
        spec = find(c.model)
        if spec.kind == "classical" and c.balancing != "none":
            raise SettingError(f"{spec.title} takes no class weights", fix="train it without")
        if c.size < spec.least:
            raise SettingError(f"{spec.title} cannot take pictures of {c.size} pixels", fix=f"use {spec.least} or more")
        if c.initial == "imagenet" and "imagenet" not in spec.pretrained:
            raise SettingError(f"there are no ImageNet weights for {spec.title}", fix="train it from scratch")


class _Notes:
    """What tasks tell while they run: the latest of one, when a single model is trained at a time."""

    def __init__(self) -> None:
        self._done, self._text = 0.0, ""

    def __call__(self, note: tuple[float, float, str]) -> None:
        self._done, _, self._text = note

    def reset(self) -> None:
        """A task is over: what it told counts no more."""
        self._done, self._text = 0.0, ""

    def under_way(self) -> tuple[float, str]:
        """Epochs done and words; told once more for every look."""
        return self._done, self._text


@dataclass
class PlannedImageCell:
    """One cell on its way: a single task."""

    task: ImageCell
    store: Store
    folder: Path
    corpus: ImageCorpus
    notes: _Notes
    _given: bool = False

    def tasks(self) -> Iterator[ImageCell]:
        """The task, once."""
        if not self._given:
            self._given = True
            yield self.task

    def left(self) -> float:
        """Epochs at most."""
        return self.task.cost

    def keep(self, task: Task, result: ImageResult) -> None:
        """Keep the trained network as a bundle in the run folder, then the record and the predictions.

        In that order, so that a kill between the two only trains the cell once more. Where there is no
        room for the network, the result is kept and says so.
        """
        self.notes.reset()
        record = result.record
        if result.weights:
            bundle = bundle_of(self.task, result, self.corpus)
            record = noted(record, saved(bundle, self.folder / MODELS / bundle.name))
        self.store.add_cell(self.folder.name, record, result.predictions)


def _known(store: Store, id: str) -> ExperimentRecord | None:
    try:
        return store.experiment(id)
    except StoreError:
        return None


def _record(order: ImageOrder, id: str, corpus: ImageCorpus, parted: Parted) -> ExperimentRecord:
    emotions = order.design.base.emotions or corpus.emotions
    about = {
        "name": corpus.name,
        "path": order.corpus,
        "format": corpus.format,
        "synthetic": corpus.synthetic,
        "note": corpus.note,
        "clips": len(corpus),
        "counts": corpus.counts,
        "subjects": len(corpus.subjects) if corpus.subjects_known else None,
        "subjects_known": corpus.subjects_known,
        "emotions": list(emotions),
        "tested": next(iter(parted.splits.values()))[0].tested,
        "omissions": [asdict(o) for o in (*corpus.omissions, *parted.unread)],
    }
    sides = {str(s): [corpus.item[x.test].tolist() for x in folds] for s, folds in parted.splits.items()}
    found = {"leaks": [f.to_json() for f in parted.leaks], "copies": parted.copies.to_json() if parted.copies else None}
    return ExperimentRecord(
        id,
        clean_name(order.name),
        time.time(),
        order.design.to_json(),
        about,
        corpus.key,
        sides,
        provenance() | {"code_key": code_key(ROOT)} | found,
        order.design.n_cells,
    )


def _open_cells(
    store: Store,
    folder: Path,
    order: ImageOrder,
    ref: ImagesRef,
    corpus: ImageCorpus,
    splits: Mapping[int, Sequence[ImageSplit]],
    retry_failed: bool,
    notes: _Notes,
) -> list[PlannedImageCell]:
    closed = ("done",) if retry_failed else ("done", "failed")
    done = {c.key for c in store.cells(folder.name) if c.state in closed}
    emotions = order.design.base.emotions or corpus.emotions
    cells = []
    for seed, folds in splits.items():
        for split in folds:
            for c in order.design.on_seed(seed):
                condition = replace(c, emotions=emotions)
                key = CellKey(condition.slug, seed, split.fold)
                if key not in done:
                    file = "" if order.scheduler else str(folder / CHECKPOINTS / f"{'_'.join(map(str, key))}.npz")
                    kept = order.design.folds == 1 or split.fold == 0
                    task = ImageCell(ref, condition, split, file, kept)
                    cells.append(PlannedImageCell(task, store, folder, corpus, notes))
    return cells
