"""Where a training stands, in one file of plain arrays, so that a killed one goes on."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core.base.errors import sentence
from fer_core.files import whole_files
from fer_core.training.images.schedules import RateSchedule

if TYPE_CHECKING:
    from fer_core.training.images.history import History

INTERVAL = 20.0
"""Seconds of training after which a checkpoint is worth its writing."""


class Checkpoint:
    """A file with the weights, the best weights, the optimizer and the history of one training.

    ``about`` names the training; a file of another one is passed over. Without a file nothing is kept.
    """

    def __init__(self, file: Path | None, about: str) -> None:
        self._file, self._about = file, about
        self._kept = 0.0
        self.trouble = ""
        """A sentence where one could not be written; the training goes on, and a kill would cost it all."""

    def keep(self, model: Any, best: list[Any] | None, history: History, schedule: RateSchedule) -> None:
        """Write where the training stands, whole or not at all; a full disk loses the checkpoint alone."""
        trained = sum(history.seconds)
        if self._file is None or trained - self._kept < INTERVAL:
            return
        self._kept = trained
        groups = {
            "now": model.get_weights(),
            "best": best or [],
            "optimizer": _values(model.optimizer),
            "seed": [np.asarray(v) for v in _seeds(model)],
        }
        arrays = {f"{name}/{k}": a for name, group in groups.items() for k, a in enumerate(group)}
        about = json.dumps({"about": self._about, "history": asdict(history)})
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            whole_files.write_arrays(self._file, {"about": np.array(about), **arrays})
        except OSError as error:
            self.trouble = sentence(
                f"no checkpoint could be written ({error.strerror or error})",
                fix="make room; a training that is killed now begins anew",
            )

    def epochs(self) -> int:
        """Epochs that the file holds; 0 without one."""
        read = self._read()
        return len(read[0]["history"]["train"]) if read else 0

    def restore(self, model: Any, history: History, schedule: RateSchedule, since: int = 0) -> list[Any] | None:
        """Put model and history where the file says; the best weights, or None where there is no file.

        ``since``: the epoch at which the schedule began.
        """
        read = self._read()
        if read is None:
            return None
        about, arrays = read
        places = {"now": model.weights, "optimizer": model.optimizer.variables, "seed": _seeds(model)}
        if any(not _fit(places[name], _group(arrays, name)) for name in places):
            return None  # of another program version: begun anew, and nothing of it is taken
        for name, variables in places.items():
            for variable, value in zip(variables, _group(arrays, name), strict=True):
                variable.assign(value)
        for name, value in about["history"].items():
            setattr(history, name, value)
        schedule.again(history.validation[since:])
        self._kept = sum(history.seconds)
        return _group(arrays, "best") or None

    def remove(self) -> None:
        """The training is over."""
        if self._file is not None:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)

    def _read(self) -> tuple[dict[str, Any], dict[str, Any]] | None:
        if self._file is None or not self._file.is_file():
            return None
        try:
            with np.load(self._file, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            about = json.loads(str(arrays.pop("about")))
            return (about, arrays) if about["about"] == self._about else None
        except Exception:  # cut off, damaged: the training begins anew
            return None


def _fit(variables: list[Any], values: list[Any]) -> bool:
    return [tuple(v.shape) for v in variables] == [np.shape(v) for v in values]


def _group(arrays: dict[str, Any], name: str) -> list[Any]:
    n = sum(key.startswith(name + "/") for key in arrays)
    return [arrays[f"{name}/{k}"] for k in range(n)]


def _values(optimizer: Any) -> list[Any]:
    return [np.asarray(v) for v in optimizer.variables]


def _seeds(model: Any) -> list[Any]:
    """State of the random layers (dropout), which Keras does not count among the weights."""
    known = {id(v) for v in model.weights}
    return [v for v in model.variables if id(v) not in known and "seed" in v.path]
