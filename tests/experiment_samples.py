"""Small real experiments for tests: processes on the built-in demo corpus, and what they left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from samples import tiny

from fer_core.base.paths import REPOSITORY
from fer_core.cli.main import main
from fer_core.store.store import Store
from fer_core.study.conditions import Condition, FitSettings, SearchSettings
from fer_core.study.design import Design, Factors
from fer_core.training.experiment import Order, write_order

ID = "experiment-20260102-030405"
RARE = ("fear", "sadness")
"""53 clips of the demo corpus; its other emotions have two and three times as many."""
SEARCHED, FITTED = Factors("gru", "bayesian", "advanced"), Factors("lstm", "predefined", "standard")


def base(epochs: int = 2, evaluations: int = 4, **changes: Any) -> Condition:
    """Two emotions, two folds, small networks; half of a search's trials are chosen by the process."""
    search = SearchSettings(evaluations, initial=3, inner_folds=2, F=(3, 6), Q=(4, 8), R=(3, 8))
    fit = FitSettings(epochs=epochs, batch_size=16)
    return tiny(**{"emotions": RARE, "folds": 2, "search": search, "fit": fit, **changes})


def order(design: Design, **more: Any) -> Order:
    """An order of a design on the demo corpus, with two workers."""
    return Order("demo", design, **{"workers": 2, **more})


def placed(home: Path, wanted: Order, id: str = ID) -> Path:
    """The order in a run folder of its own, not started."""
    folder = home / "runs" / id
    folder.mkdir(parents=True)
    write_order(wanted, folder)
    return folder


def carried_out(home: Path, *options: str, id: str = ID) -> tuple[int, Any, str]:
    """What `Process` and its `finish` give, by a call in this process: only the fits have children."""
    out, said = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(said):
        patch.setenv("FER_LAB_HOME", str(home))
        code = main(["experiment", "resume", id, "--json", *options])
    return code, json.loads(out.getvalue()) if out.getvalue().strip() else None, said.getvalue()


class Process:
    """``python -m fer_core experiment resume ID`` as a user's shell would run it."""

    def __init__(self, home: Path, *options: str, id: str = ID, **environment: str) -> None:
        self.home, self.id = home, id
        self._log = (home / "log.txt").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fer_core", "experiment", "resume", id, "--json", *options],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
            env=os.environ | {"FER_LAB_HOME": str(home)} | environment,
        )

    def finish(self, seconds: float = 300) -> tuple[int, Any, str]:
        """Exit status, JSON result (None where there is none), and what it said on stderr."""
        out, _ = self.process.communicate(timeout=seconds)
        self._log.seek(0)
        said = self._log.read().decode()
        return self.process.returncode, json.loads(out) if out.strip() else None, said

    def until(self, reached: Callable[[Store], bool], seconds: float = 300) -> None:
        """Wait until the store says so."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"it ended before: {self.finish()}")
            if (self.home / "experiments.sqlite").is_file():
                with opened(self.home) as store:
                    if any(e.id == self.id for e in store.experiments()) and reached(store):
                        return
            time.sleep(0.02)
        raise AssertionError("it did not come so far in time")

    def family(self) -> list[int]:
        """Its process group: itself and everything it has started."""
        return members(self.process.pid)


def members(group: int) -> list[int]:
    """Living processes of a process group (zombies, which only wait to be noticed, left out)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def gone(group: int, within: float = 30.0) -> bool:
    """Whether a process group gets empty; it takes a moment, and longer where the machine is busy."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if not members(group):
            return True
        time.sleep(0.05)
    return False


def opened(home: Path) -> Store:
    """The store of a FER Lab home, for reading."""
    return Store(home / "experiments.sqlite", read_only=True)


def table(home: Path, id: str = ID) -> dict[str, Any]:
    """Everything an experiment found, without how long it took."""
    with opened(home) as store:
        cells = [(c.key, c.state, c.n_train, c.n_test, c.fits, c.error) for c in store.cells(id)]
        trials = [(t.cell, t.emotion, t.number, t.settings, t.state, t.value, t.folds) for t in store.trials(id)]
        return {
            "cells": cells,
            "trials": trials,
            "predictions": store.predictions(id),
            "splits": store.experiment(id).splits,
        }
