"""Experiments killed, cancelled, without their corpus: they go on, and end with the table of an undisturbed one."""

from __future__ import annotations

import os
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from experiment_samples import (
    FITTED,
    ID,
    SEARCHED,
    Process,
    base,
    carried_out,
    gone,
    members,
    opened,
    order,
    placed,
    table,
)

from fer_core import runs
from fer_core.base.errors import FerError
from fer_core.study.design import Design
from fer_core.training import experiments
from fer_core.training.experiment import read_order, write_order

pytestmark = [pytest.mark.timeout(900), pytest.mark.slow]
BOTH = Design(base(), (SEARCHED, FITTED))
TRIALS = 4 * 2 * 2  # for each emotion and fold


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FER_LAB_HOME", str(tmp_path))
    return tmp_path


def undisturbed(place: Path, design: Design) -> Path:
    """A home in which a design ran to its end with one worker."""
    placed(place, order(design, workers=1))
    code, _, said = carried_out(place)
    assert code == 0, said
    return place


def trials(home: Path) -> dict[tuple[object, ...], float]:
    """How long each stored trial took: another number where it was done twice."""
    with opened(home) as store:
        return {(t.cell, t.emotion, t.number): t.seconds for t in store.trials(ID)}


def children(process: Process) -> list[int]:
    """The processes in which its fits run."""
    others = [p for p in process.family() if p != process.process.pid]
    return [p for p in others if "spawn_main" in (Path("/proc") / str(p) / "cmdline").read_text()]


def test_whatever_disturbs_a_search_it_ends_with_the_same_table(home: Path, tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    """Killed workers, a killed experiment, a cancel, a corpus that is gone: one after the other, to one experiment.

    With two workers, held against a run with one: their number changes nothing either.
    """
    placed(home, order(BOTH))
    first = Process(home)
    first.until(lambda store: len(store.trials(ID)) >= 1)
    for victim in children(first):
        os.kill(victim, signal.SIGKILL)
    first.until(lambda store: len(store.trials(ID)) >= 4)  # it goes on with others

    group = first.process.pid
    os.kill(group, signal.SIGKILL)  # the experiment alone: its children must notice by themselves
    first.process.wait()
    assert gone(group), "children outlived their experiment"
    before = trials(home)
    assert 4 <= len(before) < TRIALS
    assert runs.read_status(home / "runs" / ID).state == "lost"

    folder = experiments.resume(ID)  # as the page does
    end = time.monotonic() + 300
    while len(trials(home)) < len(before) + 3:
        assert runs.read_status(folder).active and time.monotonic() < end, runs.read_log(folder)
        time.sleep(0.02)
    experiments.cancel(ID)
    while (status := runs.read_status(folder)).active and time.monotonic() < end:
        time.sleep(0.05)
    assert status.state == "cancelled", runs.read_log(folder)
    between = trials(home)
    assert len(before) + 3 <= len(between) < TRIALS

    # What it was trained on lies in its run folder: it can end without the corpus, and only with one of both.
    write_order(replace(read_order(folder), corpus=str(home / "unplugged"), workers=1), folder)
    (folder / runs.CANCEL).unlink()
    bare = shutil.copytree(home, tmp_path_factory.mktemp("bare") / "home")
    next((bare / "runs" / ID).glob("landmarks-*.npz")).unlink()
    code, _, said = carried_out(bare)
    assert code == 1
    last = said.strip().splitlines()[-1]
    assert last.startswith("fer_core: ") and "unplugged" in last
    assert trials(bare) == between, "nothing else is lost"

    code, result, said = carried_out(home)
    assert code == 0, said
    assert result["state"] == "done"
    after = trials(home)
    assert {k: after[k] for k in before} == before, "finished trials were done again"
    assert {k: after[k] for k in between} == between, "finished trials were done again"
    assert table(home) == table(undisturbed(tmp_path_factory.mktemp("undisturbed"), BOTH))


def test_killed_in_the_middle_of_a_fit_it_ends_with_the_same_table(home: Path, tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    design = Design(base(epochs=100), (FITTED,))
    placed(home, order(design, workers=1))
    first = Process(home)
    first.until(lambda store: len(store.cells(ID)) == 1)  # the second fit was handed out with the first
    os.killpg(first.process.pid, signal.SIGKILL)
    first.process.wait()
    with opened(home) as store:
        (kept,) = store.cells(ID)
    code, _, said = carried_out(home)
    assert code == 0, said
    with opened(home) as store:
        assert store.cells(ID)[0].seconds == kept.seconds, "the finished fit was done again"
    assert table(home) == table(undisturbed(tmp_path_factory.mktemp("undisturbed"), design))


def test_cancelled_while_fits_of_minutes_run_it_ends_with_its_children_and_can_be_deleted(home: Path) -> None:
    placed(home, order(Design(base(epochs=10_000), (FITTED,))))
    running = Process(home)
    running.until(lambda store: len(children(running)) >= 2)
    with pytest.raises(FerError, match="still going on"):
        experiments.delete(ID)
    experiments.cancel(ID)
    code, _, _ = running.finish(60)
    assert code == 130
    assert members(running.process.pid) == []
    assert runs.read_status(home / "runs" / ID).state == "cancelled"
    assert experiments.find(ID).cells_done == 0
    experiments.delete(ID)
    assert experiments.listed() == []
    assert not (home / "runs" / ID).exists()
    with pytest.raises(FerError, match="no such experiment"):
        experiments.delete(ID)
