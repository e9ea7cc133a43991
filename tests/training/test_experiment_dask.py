"""An experiment on a dask cluster whose machines go away finds what an undisturbed local one finds."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from dask_cluster import Cluster, cluster_in
from experiment_samples import ID, SEARCHED, Process, base, carried_out, gone, opened, order, placed, table

from fer_core.study.design import Design
from fer_core.training.engine import cluster as dask_workers

pytest.importorskip("distributed", reason="dask is not installed (requirements-cluster.txt)")
pytestmark = [pytest.mark.timeout(900), pytest.mark.slow]
SEARCH = Design(base(), (SEARCHED,))
TRIALS = 4 * 2 * 2  # for each emotion and fold


def trials(home: Path) -> int:
    """Trials stored so far."""
    with opened(home) as store:
        return len(store.trials(ID))


def test_a_lost_machine_and_a_killed_experiment_change_nothing(tmp_path: Path) -> None:
    local, far = tmp_path / "local", tmp_path / "far"
    placed(local, order(SEARCH, workers=1))
    code, _, said = carried_out(local)
    assert code == 0, said
    (tmp_path / "cluster").mkdir()
    cluster = cluster_in(tmp_path / "cluster", 2)
    try:
        placed(far, order(SEARCH, scheduler=cluster.address))
        disturb(far, cluster)
    finally:
        cluster.end()
    assert table(far) == table(local)


def disturb(home: Path, cluster: Cluster) -> None:
    """kill -9 of a machine in the middle of the search, then of the experiment; then a resume."""
    first = Process(home)
    first.until(lambda store: len(store.trials(ID)) >= 2)
    cluster.kill(cluster.groups[1])
    first.until(lambda store: len(store.trials(ID)) >= 6)
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    assert gone(first.process.pid)
    before = trials(home)
    assert 6 <= before < TRIALS, "the search was cut short"
    code, result, said = Process(home).finish()
    assert code == 0, said
    assert result["state"] == "done"
    assert trials(home) == TRIALS


def test_a_scheduler_that_is_not_there_ends_an_experiment_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_workers, "PATIENCE", 0.5)
    placed(tmp_path, order(SEARCH, scheduler="tcp://127.0.0.1:1"))
    code, _, said = carried_out(tmp_path)
    assert code == 1
    assert "the dask scheduler does not answer (tcp://127.0.0.1:1)" in said
    assert "Traceback" not in said
