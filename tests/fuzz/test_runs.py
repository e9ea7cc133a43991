"""Mutated run folders: each is listed with a state, and says why where its status cannot be read."""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from odd import mutations
from run_samples import finished_run

from fer_core import runs
from fer_core.results import bundles_and_runs
from fer_core.training import experiments
from fer_core.training.jobs import config_of, curves_of
from ui.runs import rows

from .mutators import damaged, every, files, plain_of, replaced, tried


def put(home: Path) -> None:
    """A finished training run, one going on as far as its status says, and an experiment that was lost."""
    done = finished_run(home, "train-20260102-030405", bundle=False)
    (done / runs.EVENTS).write_text('{"fold": 0, "emotion": "anger", "loss": 0.5}\n' * 3)
    for name, state in (("train-20260103-030405", "running"), ("experiment-20260103-030405", "queued")):
        folder = home / "runs" / name
        folder.mkdir(parents=True)
        status = runs.Status(state, 3, 10, "x", time.time(), time.time(), 4_000_000)  # type: ignore[arg-type]
        (folder / runs.STATUS).write_text(json.dumps(asdict(status)))


def disturb_run(folder: Path, rng: random.Random) -> None:
    """One of its files damaged, holding another value, or replaced; its status more often."""
    found = files(folder)
    if not found:
        return
    file = rng.choice([folder / runs.STATUS, *found])
    how = rng.randrange(5)
    if not os.path.lexists(file):
        replaced(file, rng)
    elif not file.is_file() or file.is_symlink():
        return
    elif how == 0:
        file.unlink()
        replaced(file, rng)
    elif how < 3 or file.suffix != ".json":
        file.write_bytes(damaged(file.read_bytes(), rng))
    elif plain := plain_of(file.read_bytes()):
        file.write_text(json.dumps(next(mutations(plain, 1, rng.randrange(10**6)))[1]))


@pytest.mark.slow
def test_every_run_is_listed_with_its_state(own_home: Path, tmp_path: Path) -> None:
    put(own_home)
    shutil.copytree(own_home, tmp_path / "whole")

    def one(case: str, rng: random.Random) -> bool:
        shutil.rmtree(own_home)
        shutil.copytree(tmp_path / "whole", own_home)
        folders = sorted((own_home / "runs").iterdir())
        for _ in range(rng.choice([1, 1, 2, 4])):
            disturb_run(rng.choice(folders), rng)
        here = {f.name for f in folders if os.path.lexists(f / runs.STATUS)}
        listed = {f.name for kind in ("train", "experiment") for f in tried(case, (), runs.list_runs, kind) or ()}
        assert listed == here, f"{case}: {listed ^ here}"
        found = tried(case, (), experiments.listed)
        assert found is not None and {f.id for f in found} == {n for n in here if n.startswith("experiment")}
        shown, error = tried(case, (), rows.entries) or ([], "none")
        assert {e.id for e in shown} == here and not error, f"{case}: {error} {[e.id for e in shown]}"
        sound = 0
        for folder in folders:
            status = runs.read_status(folder)
            assert status.readable or status.error, case
            sound += status.readable
            tried(case, (), lambda f=folder: curves_of(runs.read_events(f)[0]))
            tried(case, (), config_of, folder)
            tried(case, (), runs.read_log, folder)
            tried(case, (), runs.stop_now, folder)
        with_result = {f.name for f in folders if f.name in here and (f / "result.json").is_file()}
        listed = {s.name: s for s in bundles_and_runs.sources() if s.is_run}
        assert set(listed) == {n for n in with_result if n.startswith("train")}, case
        for source in listed.values():
            tried(case, (), bundles_and_runs.label, source)
            tried(case, (source.name, str(own_home)), bundles_and_runs.read_result, source)
            tried(case, (source.name, str(own_home)), bundles_and_runs.read_predictions, source)
        return sound == len(folders)

    assert every("runs", one) > 0.1
