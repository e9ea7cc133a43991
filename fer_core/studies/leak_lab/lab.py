"""The Leak Lab: one model on one corpus under five protocols, and what each leak is worth.

A row is a single frame, because that is where the leaks of image studies come from. Every frame is
tested exactly once per repeat in every protocol, by a model of the same kind, fitted in the same
way on the same number of rows (but for what rounding and the sizes of people and clips leave), so
that the protocols' differences are those of the split alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import BrokenExecutor, Future, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fer_core.base.emotions import SEVEN
from fer_core.base.errors import ProtocolError, SettingError, TrainingError
from fer_core.base.limits import LAST, REPEATS
from fer_core.base.progress import Progress, silent
from fer_core.base.unknown_people import GIVE_NAMES
from fer_core.datasets.base import Corpus
from fer_core.landmarks.features import FeatureSpec
from fer_core.studies.leak_lab.frames import last_frames
from fer_core.studies.leak_lab.protocols import HONEST, PROTOCOLS, Plan, findings, fit_fold, fitted_rows, make_plan
from fer_core.studies.leak_lab.results import Tested, described, judged, write
from fer_core.study.conditions import Augmentation, Condition, FitSettings
from fer_core.training.engine.local import LocalWorkers, cores
from fer_core.training.protocols import Split

_POLL = 0.5  # seconds between two looks at whether a stop was asked for


@dataclass(frozen=True)
class LabSettings:
    """What a lab run depends on besides the corpus.

    Attributes
    ----------
    folds, seed : as in a condition
    repeats : int
        How often the folds are drawn anew; accuracies are means over the repeats.
    last : int
        Frames taken from the end of each clip.
    epochs : int
        At most; which one is kept is part of the protocol.
    """

    folds: int = 5
    seed: int = 0
    repeats: int = 1
    last: int = 3
    epochs: int = 60

    def __post_init__(self) -> None:
        REPEATS.check(self.repeats)
        LAST.check(self.last)
        for repeat in (0, self.repeats - 1):
            self.condition(SEVEN, repeat)  # checks the others

    def condition(self, emotions: tuple[str, ...], repeat: int) -> Condition:
        """The model and its fit: one GRU classifier per emotion on aligned coordinates of one frame."""
        return Condition(
            emotions=emotions,
            folds=self.folds,
            seed=self.seed + repeat,
            ensemble=1,
            features=FeatureSpec("aligned"),
            augmentation=Augmentation("none", retime=0, blend=0, gain=0, neutral=0, still=0),
            fit=FitSettings(epochs=self.epochs, validation_share=0.15),
        )


def told_apart(emotions: Iterable[str]) -> tuple[str, ...]:
    """Those of a corpus's emotions that the lab's classifiers tell apart: CK+'s seven, without rest."""
    return tuple(e for e in SEVEN if e in set(emotions))


def run_lab(
    corpus: Corpus,
    settings: LabSettings | None = None,
    out: Path | None = None,
    *,
    progress: Progress = silent,
    workers: int | None = None,
) -> dict[str, Any]:
    """Train and judge the model under every protocol; returns the result as plain data.

    ``out`` receives result.json and predictions.csv. The result does not depend on ``workers``.

    Raises
    ------
    FerError
        Where the corpus does not allow it; `Cancelled` on request.
    """
    settings = settings or LabSettings()
    begun = time.time()
    chosen = corpus.only(told_apart(corpus.emotions))
    if len(chosen.emotions) < 2:
        raise SettingError("the corpus shows a single emotion", fix="use one with two or more")
    if not chosen.subjects_known:
        raise ProtocolError(
            "the Leak Lab measures against people kept apart, and nobody says who is filmed here",
            where=corpus.name,
            fix=GIVE_NAMES,
        )
    frames = last_frames(chosen, settings.last, progress=progress, workers=workers)
    pictures = frames.pictures()
    conditions = [settings.condition(chosen.emotions, r) for r in range(settings.repeats)]
    names = [HONEST, *(n for n in PROTOCOLS if n != HONEST)]  # first whoever has most reason to refuse
    plans = [make_plan(n, frames, pictures, c) for c in conditions for n in names]
    found = {}
    for k, plan in enumerate(plans[: len(names)]):
        progress(k, len(names), "Asking the leak audit")
        found[plan.name] = findings(plan, conditions[0])
    repeated = [c for c in conditions for _ in names]
    tested = _carry_out(plans, repeated, progress, workers or cores())
    result = described(chosen, frames.rows, conditions[0])
    result["settings"] = asdict(settings)
    result["protocols"] = judged(frames.rows, plans, tested, found, chosen.emotions)
    result["seconds"] = round(time.time() - begun, 1)
    if out is not None:
        write(out, result, frames.rows, plans, tested)
    return result


# --- carrying it out ------------------------------------------------------------------------------


def fit_and_test(plan: Plan, condition: Condition, fold: Split) -> Tested:
    """One fold of one protocol."""
    fitted = fit_fold(plan.name, plan.rows, condition, fold)
    positions = plan.tested(fold)
    said = fitted.recogniser.read(plan.rows.take(positions)).argmax(axis=1)
    return Tested(positions, said, fitted_rows(plan, condition, fold))


def _carry_out(
    plans: Sequence[Plan], conditions: Sequence[Condition], progress: Progress, workers: int
) -> list[list[Tested]]:
    """Every fold of every plan, as many at once as there are workers."""
    total = sum(len(plan.folds) for plan in plans)
    progress(0, total, f"Training under five protocols, 0 of {total} fits")
    pool = LocalWorkers(min(workers, total))
    try:
        futures = [
            [pool.submit(fit_and_test, plan, condition, fold) for fold in plan.folds]
            for plan, condition in zip(plans, conditions, strict=True)
        ]
        waiting: set[Future[Tested]] = {f for folds in futures for f in folds}
        while waiting:
            done, waiting = wait(waiting, timeout=_POLL, return_when="FIRST_COMPLETED")
            for future in done:
                _of(future)
            done_fits = total - len(waiting)
            progress(done_fits, total, f"Training under five protocols, {done_fits} of {total} fits")
        return [[_of(f) for f in folds] for folds in futures]
    finally:
        pool.stop()


def _of(future: Future[Tested]) -> Tested:
    try:
        return future.result()
    except BrokenExecutor as error:
        raise TrainingError(str(error), fix="if memory is short, use --workers 1") from error
