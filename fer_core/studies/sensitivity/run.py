"""The sensitivity study: every distinct loss trained once per emotion and fold, then looked up.

Thresholds, gamma and alpha only decide which loss each emotion's classifier gets, and classifiers
share nothing. So the outputs of every loss on every test clip hold the answer for any point of the
grid (`fer_core.studies.sensitivity.tables`).
"""

from __future__ import annotations

import json
import shlex
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from fer_core.base.errors import PathError, SettingError, TrainingError
from fer_core.base.limits import AGAIN
from fer_core.base.progress import Progress, silent
from fer_core.base.provenance import provenance
from fer_core.datasets.base import Corpus
from fer_core.files import shapes, whole_files
from fer_core.landmarks.extract import extract
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.losses.grid import AXES, USUAL, Grid
from fer_core.studies.sensitivity.fits import FitTask, Outputs, run_fits
from fer_core.studies.sensitivity.fold_outputs import filled
from fer_core.studies.sensitivity.loss_outputs import Sheet, arrays
from fer_core.studies.sensitivity.tables import tabulate
from fer_core.study.conditions import Condition
from fer_core.study.design import BASE
from fer_core.study.order_shapes import AskedStudy
from fer_core.training.audit import audit, check_names, enforce, evidence_of
from fer_core.training.engine.engine import Engine, open_engine
from fer_core.training.engine.local import cores
from fer_core.training.engine.loop import ATTEMPTS, TICK
from fer_core.training.engine.shared_data import DataRef, publish
from fer_core.training.forecast import START_SECONDS, fit_seconds
from fer_core.training.leaks.together import notes_of_people, together
from fer_core.training.protocols import Split, inner_folds, make_splits

RESULT, OUTPUTS = "result.json", "outputs.npz"
SIDE_SECONDS = 2.0
"""For making a training side ready."""


@dataclass(frozen=True)
class Order:
    """What is asked for.

    Attributes
    ----------
    corpus : str
        A path, or "demo".
    condition : everything but the loss
    again : int
        How many further seeds the study's own point is trained with: what moves by chance alone.
    allow : leak rules that the user overrides by name (`fer_core.training.audit`)
    scheduler, workers : where the fits run (`open_engine`); they change no result
    """

    corpus: str
    condition: Condition = BASE
    grid: Grid = USUAL
    again: int = 4
    allow: tuple[str, ...] = ()
    scheduler: str = ""
    workers: int | None = None

    def __post_init__(self) -> None:
        AGAIN.check(self.again)

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers."""
        plain = {"condition": self.condition.to_json(), "grid": self.grid.to_json(), "allow": list(self.allow)}
        return {**asdict(self), **plain}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Order:
        """The inverse of `to_json`. Raises `SettingError` where it cannot be read."""
        a = shapes.checked(plain, AskedStudy, what="order", fix="start the study anew", error=SettingError)
        return cls(
            a.corpus,
            Condition.from_json(a.condition),
            Grid.from_json(a.grid),
            a.again,
            tuple(a.allow),
            a.scheduler,
            a.workers,
        )

    @property
    def words(self) -> str:
        """``demo: GRU, 360 points, 5 outer and 3 inner folds, seed 0``."""
        c = self.condition
        folds = f"{c.folds} outer and {c.search.inner_folds} inner folds"
        name = Path(self.corpus).name
        return f"{name}: {c.architecture.upper()}, {self.grid.points} points, {folds}, seed {c.seed}"

    def command(self, corpus: str = "") -> str:
        """What repeats it; the corpus by its folder's name alone unless it is given otherwise."""
        usual = _options(Order(self.corpus))
        words = [w for n, v in _options(self).items() if v != usual[n] for w in (f"--{n}", v)]
        words += [word for rule in self.allow for word in ("--allow-leak", rule)]
        return shlex.join(["python", "-m", "fer_core", "sensitivity", corpus or Path(self.corpus).name, *words])


def _options(order: Order) -> dict[str, str]:
    """The command line's options, as text."""
    c, grid = order.condition, order.grid
    options = {
        "folds": c.folds,
        "inner-folds": c.search.inner_folds,
        "architecture": c.architecture,
        "features": c.features.kind,
        "emotions": ",".join(c.emotions),
        "epochs": c.fit.epochs,
        "ensemble": c.ensemble,
        "seed": c.seed,
        "again": order.again,
        "boundary": grid.boundary,
        **{axis: ",".join(f"{v:g}" for v in getattr(grid, axis)) for axis in AXES},
    }
    return {name: str(value) for name, value in options.items()}


@dataclass(frozen=True)
class Cost:
    """Single classifiers to fit, expected seconds with so many workers."""

    fits: int
    seconds: float
    workers: int


def forecast(order: Order, counts: Mapping[str, int]) -> Cost:
    """What a study costs on a corpus with so many clips per emotion, by a calibration of about a second."""
    c = order.condition
    counts = {e: n for e, n in counts.items() if e in c.emotions and n}
    clips = sum(counts.values())
    folds = c.parts
    training = clips * (1 - (1 / c.folds if folds > 1 else c.test_share))
    within = training * (1 - 1 / c.search.inner_folds)
    outer = folds * len(c.emotions) * (order.grid.losses + order.again) * c.ensemble
    inside = sum(len(_nearby(order.grid, (clips - n) / n)) for n in counts.values())
    inner = folds * c.search.inner_folds * inside * c.ensemble
    work = outer * fit_seconds(c, c.architecture, training) + inner * fit_seconds(c, c.architecture, within)
    work += SIDE_SECONDS * folds * (1 + order.again + c.search.inner_folds)
    at_once = order.workers or cores()
    return Cost(outer + inner, START_SECONDS + work / at_once, at_once)


def run_sensitivity(
    corpus: Corpus, order: Order, out: Path | None = None, progress: Progress = silent
) -> dict[str, Any]:
    """Train, look up, tabulate; returns the result and stores it with all outputs in a folder.

    Parameters
    ----------
    out : folder for result.json and outputs.npz; None stores nothing
    progress : called about twice a second; raising `Cancelled` from it ends all fits within seconds

    Raises
    ------
    LeakError
        Where the leak audit finds something that the order does not allow; nothing is trained then.
    FerError
        Where the corpus, the protocol or the engine do not allow it.
    """
    check_names(order.allow)
    chosen = corpus.only(order.condition.emotions)
    order = replace(order, condition=order.condition.for_people(chosen.subjects_known))
    begun, c = time.time(), order.condition
    landmarks = together(extract(chosen, c.extract, progress=progress), c, chosen, order.allow)
    splits = make_splits(landmarks, c)
    leaks = enforce(audit(evidence_of(landmarks, c, splits, chosen)), order.allow)
    inner = [inner_folds(landmarks, s.train, c, s.fold) for s in splits]
    with _published(landmarks, out) as data:
        tasks = list(plan(landmarks, data, order, splits, inner))
        with open_engine(order.scheduler or None, order.workers) as engine:
            engine.share(data)
            done = _carry_out(engine, tasks, progress)
    found = list(zip(tasks, done, strict=True))
    outer, inside, again = filled(landmarks, order.grid, splits, inner, found)
    result = {
        **tabulate(outer, inside, again, order.grid, c.evenness, c.seed),
        **({} if landmarks.subjects_known else {"subjects": None}),
        "subjects_known": landmarks.subjects_known,
        "notes": notes_of_people(landmarks),
        "corpus": {"name": corpus.name, "format": corpus.format, "synthetic": corpus.synthetic, "note": corpus.note},
        "condition": c.to_json(),
        "leaks": [finding.to_json() for finding in leaks],
        "failed": [why for _, outputs in found for why in outputs.failed],
        "fits": sum(len(outputs.columns) for _, outputs in found) * c.ensemble,
        "seconds": round(time.time() - begun),
        "command": order.command(),
        "made": time.strftime("%Y-%m-%d"),
        "provenance": provenance(),
    }
    if out is not None:
        _store(out, result, {"outer": outer, **{f"inner{k}": s for k, s in enumerate(inside)}})
    return result


def plan(
    landmarks: LandmarkSet, data: DataRef, order: Order, splits: Sequence[Split], inner: Sequence[Sequence[Split]]
) -> Iterator[FitTask]:
    """The tasks, one training side after another."""
    for split, within in zip(splits, inner, strict=True):
        side = FitTask(data, order.condition, order.grid, split.fold, -1, 0, split.train, split.test, ())
        held = [replace(side, inner=w.fold, train=w.train, test=w.test) for w in within]
        for one in [side, *held]:
            for emotion in order.condition.emotions:
                positive = int((landmarks.emotion[one.train] == emotion).sum())
                ratio = (len(one.train) - positive) / max(positive, 1)
                yield replace(one, emotions=(emotion,), fits=len(one.numbers(ratio)))
        for number in range(1, order.again + 1):
            emotions = order.condition.emotions
            yield replace(side, again=number, emotions=emotions, fits=len(emotions))


def _nearby(grid: Grid, ratio: float) -> set[int]:
    """Losses that training sides are likely to need: their ratios lie around the corpus' own."""
    return {n for share in (0.95, 1.0, 1.05) for n in grid.needed(ratio * share)}


@contextmanager
def _published(landmarks: LandmarkSet, out: Path | None) -> Iterator[DataRef]:
    """The landmarks where workers find them, for as long as it takes."""
    with tempfile.TemporaryDirectory(dir=_made(out)) as folder:
        yield publish(landmarks, Path(folder))


def _made(out: Path | None) -> Path | None:
    try:
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
        return out
    except OSError as error:
        raise PathError(
            f"the folder cannot be made ({error.strerror or error})",
            where=str(out),
            fix="name a folder you may write to",
        ) from error


def _carry_out(engine: Engine, tasks: Sequence[FitTask], progress: Progress) -> list[Outputs]:
    """Every task's outputs, in the order of the tasks."""
    total = sum(task.fits for task in tasks)
    waiting, pending = deque(range(len(tasks))), dict[Future[Outputs], int]()
    found: dict[int, Outputs] = {}
    deaths = [0] * len(tasks)
    done, last = 0, ""
    while waiting or pending:
        progress(done, total, f"Training, {done} of {total} classifiers{last}")
        while waiting and len(pending) < engine.slots + 1:
            number = waiting.popleft()
            pending[engine.submit(run_fits, tasks[number])] = number
        finished, _ = wait(pending, timeout=TICK, return_when=FIRST_COMPLETED)
        for future in finished:
            number = pending.pop(future)
            task = tasks[number]
            try:
                found[number] = future.result()
            except BrokenExecutor as error:
                deaths[number] += 1
                _give_up_on(task, deaths[number], error)
                waiting.appendleft(number)
                continue
            done, last = done + task.fits, f", last: {task.words}"
    progress(total, total, "Counting")
    return [found[number] for number in range(len(tasks))]


def _give_up_on(task: FitTask, deaths: int, error: BrokenExecutor) -> None:
    if deaths >= ATTEMPTS:
        raise TrainingError(
            f"its process died {ATTEMPTS} times ({error})",
            where=task.words,
            fix="free memory or use fewer workers, then start the study again",
        ) from error


def _store(out: Path, result: dict[str, Any], sheets: Mapping[str, Sheet]) -> None:
    named = {f"{name}_{k}": v for name, sheet in sheets.items() for k, v in arrays(sheet).items()}
    try:
        whole_files.write_arrays(out / OUTPUTS, named, compress=True)
        whole_files.write_text(out / RESULT, json.dumps(result, separators=(",", ":")))
    except OSError as error:
        raise PathError(
            f"the result cannot be stored ({error.strerror or error})",
            where=str(out),
            fix="free space there and start the study again",
        ) from error
