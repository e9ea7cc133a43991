"""An experiment: every cell of a design searched, fitted and tested, every result stored as it comes.

Runs in one process, which alone writes the experiment's rows; the fits run wherever the engine puts
them. Stopped or killed at any moment it goes on from the store, and ends with the same table.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fer_core.base.errors import LandmarkError, SettingError, StoreError, TrainingError
from fer_core.base.progress import Progress, silent
from fer_core.base.provenance import code_key, provenance
from fer_core.base.text import clean_name
from fer_core.datasets.base import Corpus
from fer_core.files import json_files, shapes
from fer_core.landmarks.extract import extract
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.store.records import ExperimentRecord
from fer_core.store.store import Store
from fer_core.study.design import Design
from fer_core.study.order_shapes import AskedDesign
from fer_core.training.audit import Finding, audit, enforce, evidence_of
from fer_core.training.engine.engine import open_engine
from fer_core.training.engine.loop import Loop
from fer_core.training.engine.shared_data import DataRef, data_key, load, publish
from fer_core.training.landmarks.schedule import PlannedCell, planned
from fer_core.training.leaks.look_alikes import LookAlikes, look_alikes
from fer_core.training.leaks.together import notes_of_people, together
from fer_core.training.protocols import Split, check_people, make_splits

ORDER = "order.json"


@dataclass(frozen=True)
class Order:
    """What was asked for, kept in the run folder, so that a resume needs nothing else.

    Attributes
    ----------
    corpus : str
        A path, or "demo".
    allow : leak rules that the user overrides by name (`fer_core.training.audit`)
    scheduler, workers : where the fits run (`open_engine`); they change no result
    """

    corpus: str
    design: Design
    name: str = ""
    allow: tuple[str, ...] = ()
    scheduler: str = ""
    workers: int | None = None

    def opened(self) -> Corpus:
        """The corpus's clips of the design's emotions. Raises `CorpusError`."""
        from fer_core.datasets.catalog import open_corpus

        return open_corpus(self.corpus).only(self.design.base.emotions)

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers."""
        return {**asdict(self), "design": self.design.to_json(), "allow": list(self.allow)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Order:
        """The inverse of `to_json`. Raises `SettingError` where it cannot be read."""
        a = shapes.checked(plain, AskedDesign, what="order", fix="start the experiment anew", error=SettingError)
        return cls(a.corpus, Design.from_json(a.design), a.name, tuple(a.allow), a.scheduler, a.workers)


def write_order(order: Order, folder: Path) -> None:
    """Keep an order in a run folder."""
    json_files.write_whole(folder / ORDER, order.to_json())


def read_order(folder: Path) -> Order:
    """The order of a run folder. Raises `SettingError` where there is none."""
    what, fix = "experiment's order", "start it anew"
    return Order.from_json(shapes.plain(folder / ORDER, what=what, fix=fix, error=SettingError))


def run_experiment(
    order: Order, folder: Path, progress: Progress = silent, *, other_code: bool = False, retry_failed: bool = False
) -> None:
    """Carry out what is still to be done of an order; its id is the folder's name.

    Parameters
    ----------
    progress : called about twice a second; raising `Cancelled` from it ends all fits within seconds
    other_code : go on although the program has changed since the experiment began
    retry_failed : try failed cells once more

    Raises
    ------
    FerError
        Where the corpus, the audit, the engine or the store does not allow it. Results stored
        before stay.
    """
    with Store() as store:
        record = _known(store, folder.name)
        landmarks, corpus = _landmarks(order, folder, record, progress)
        design = order.design
        splits = {s: make_splits(landmarks, design.condition(design.factors[0], s)) for s in design.seeds}
        leaks = audit_design(design, landmarks, splits, corpus, order.allow)
        if record is None:
            record = _record(order, folder.name, landmarks, corpus, splits, leaks, look_alikes(landmarks))
            store.add_experiment(record)
        elif record.provenance.get("code_key") != code_key() and not other_code:
            raise TrainingError(
                "the program has changed since this experiment began, and results of two versions would mix",
                where=folder.name,
                fix="start it anew, or resume with --other-code",
            )
        cells = _open_cells(store, folder, design, landmarks, splits, retry_failed)
        if cells:
            with open_engine(order.scheduler or None, order.workers) as engine:
                data = cells[0].data
                Loop(engine, lambda e: e.share(data), progress, unit="classifiers").run(cells)


def audit_design(
    design: Design,
    landmarks: LandmarkSet,
    splits: Mapping[int, Sequence[Split]],
    corpus: Corpus | None = None,
    allow: Sequence[str] = (),
) -> list[Finding]:
    """The leak audit of every seed's folds, searches included; the findings, all allowed by name.

    Raises `LeakError` where one is not in ``allow``, `SettingError` for a name that is no rule's.
    """
    enforce([], allow)  # a name that is none is said before minutes of probing
    # Conditions of one seed share folds and data; one that searches does all that the others do.
    factors = max(design.factors, key=lambda f: f.tuning == "bayesian")
    found: dict[str, Finding] = {}
    for seed, folds in splits.items():
        condition = design.condition(factors, seed)
        for finding in audit(evidence_of(landmarks, condition, folds, corpus)):
            found.setdefault(finding.rule, finding)
    return enforce(list(found.values()), allow)


def _known(store: Store, id: str) -> ExperimentRecord | None:
    try:
        return store.experiment(id)
    except StoreError:
        return None


def _landmarks(
    order: Order, folder: Path, record: ExperimentRecord | None, progress: Progress
) -> tuple[LandmarkSet, Corpus | None]:
    """The landmarks this experiment began with; else those of its corpus, which must be the same."""
    if record is not None:
        kept = DataRef(str(folder / f"landmarks-{record.data_key}.npz"), record.data_key)
        if Path(kept.path).is_file():
            try:
                return load(kept), None
            except LandmarkError:
                pass  # damaged: made anew from the corpus
    base, corpus = order.design.base, order.opened()
    check_people(corpus.subjects_known, base, corpus.name)  # now, not after an hour of finding landmarks
    landmarks = together(extract(corpus, base.extract, progress=progress), base, corpus, order.allow)
    if record is not None and data_key(landmarks) != record.data_key:
        raise TrainingError(
            "the corpus is not the one this experiment began with", where=order.corpus, fix="start it anew"
        )
    return landmarks, corpus


def _record(
    order: Order,
    id: str,
    landmarks: LandmarkSet,
    corpus: Corpus | None,
    splits: dict[int, list[Split]],
    leaks: Sequence[Finding],
    alike: LookAlikes,
) -> ExperimentRecord:
    assert corpus is not None
    about = {
        "name": corpus.name,
        "path": order.corpus,
        "format": corpus.format,
        "synthetic": corpus.synthetic,
        "note": corpus.note,
        "clips": len(landmarks),
        "subjects": len(set(landmarks.subject.tolist())) if landmarks.subjects_known else None,
        "subjects_known": landmarks.subjects_known,
        "counts": {e: int((landmarks.emotion == e).sum()) for e in order.design.base.emotions},
    }
    sides = {str(s): [landmarks.clip[x.test].tolist() for x in folds] for s, folds in splits.items()}
    return ExperimentRecord(
        id,
        clean_name(order.name),
        time.time(),
        order.design.to_json(),
        about,
        data_key(landmarks),
        sides,
        provenance()
        | {"leaks": [f.to_json() for f in leaks], "look_alikes": alike.to_json(), "notes": notes_of_people(landmarks)},
        order.design.n_cells,
    )


def _open_cells(
    store: Store,
    folder: Path,
    design: Design,
    landmarks: LandmarkSet,
    splits: dict[int, list[Split]],
    retry_failed: bool,
) -> list[PlannedCell]:
    data = publish(landmarks, folder)
    closed = ("done",) if retry_failed else ("done", "failed")
    done = [c.key for c in store.cells(folder.name) if c.state in closed]
    conditions = [(design.condition(f, s), splits[s]) for s in design.seeds for f in design.factors]
    return planned(data, conditions, done, store.trials(folder.name), store, folder.name)
