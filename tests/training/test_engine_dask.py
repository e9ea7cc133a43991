"""A real dask scheduler and its workers on the loopback: kills, strangers, lost connections."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future, wait
from pathlib import Path
from typing import Any

import pytest
from dask_cluster import SLOW, Cluster, cluster_in, wait_for
from samples import made_set

from fer_core.base.errors import CorpusError, EngineError, LandmarkError, SettingError
from fer_core.training.engine import cluster as dask_workers
from fer_core.training.engine.engine import Engine, open_engine
from fer_core.training.engine.shared_data import DataRef, publish

from . import engine_tasks as tasks

dask = pytest.importorskip("dask", reason="dask is not installed (requirements-cluster.txt)")

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers that all tests of this file share; killed ones come back by their nannies."""
    made = cluster_in(tmp_path_factory.mktemp("cluster"), 2)
    yield made
    made.end()


@pytest.fixture(scope="module")
def empty_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler without workers; a test that starts one takes it away again."""
    made = Cluster(tmp_path_factory.mktemp("empty"))
    yield made
    made.end()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for what does not come are short."""
    monkeypatch.setattr(dask_workers, "PATIENCE", 2.0)


@pytest.fixture
def engine(cluster: Cluster) -> Iterator[Engine]:
    with open_engine(cluster.address) as opened:
        wait_for(lambda: opened.slots == 2)
        yield opened


def attempts(folder: Path) -> list[int]:
    """Processes that began the task of a folder."""
    return [int(file.name) for file in folder.iterdir() if file.name != "go"]


def once_held(engine: Engine, root: Path, n: int) -> list[tuple[Path, Future[Any]]]:
    """n tasks whose first attempt ends once there is ``root / "go"``, and where each notes its attempts."""
    folders = [root / f"task{k}" for k in range(n)]
    for folder in folders:
        folder.mkdir()
    return [(f, engine.submit(tasks.once_held, str(f), str(root / "go"))) for f in folders]


def test_tasks_run_on_the_workers(engine: Engine, cluster: Cluster, tmp_path: Path) -> None:
    futures = [engine.submit(tasks.until_there, str(tmp_path), "go") for _ in range(2)]
    wait_for(lambda: len(attempts(tmp_path)) == 2)  # both at once
    (tmp_path / "go").touch()
    pids = {f.result(SLOW) for f in futures}
    assert len(pids) == 2
    assert os.getpid() not in pids
    assert engine.where == f"2 dask workers of {cluster.address}"
    assert list(engine.executor.map(tasks.add, range(3), range(3))) == [0, 2, 4]


def test_two_equal_tasks_are_two_tasks(engine: Engine, tmp_path: Path) -> None:
    futures = [engine.submit(tasks.count_calls, str(tmp_path)) for _ in range(4)]
    wait(futures, timeout=SLOW)
    assert len(list(tmp_path.iterdir())) == 4


def test_fewer_tasks_at_once_can_be_asked_for(cluster: Cluster) -> None:
    with open_engine(cluster.address, workers=1) as engine:
        assert engine.slots == 1


def test_a_worker_computes_with_one_thread(engine: Engine) -> None:
    assert engine.submit(tasks.matrix_threads).result(SLOW) == 1


def test_what_a_task_raises_arrives_whole(engine: Engine) -> None:
    error = engine.submit(tasks.fail).exception(SLOW)
    assert isinstance(error, CorpusError)
    assert str(error) == "the folder is empty (a/b): fill it."


def test_a_killed_worker_loses_nothing(engine: Engine, tmp_path: Path) -> None:
    """kill -9 in the middle of a task: another worker does it, the others never notice."""
    begun = once_held(engine, tmp_path, 2)
    waiting = [engine.submit(tasks.add, n, n) for n in range(10)]
    wait_for(lambda: all(attempts(folder) for folder, _ in begun))
    folder, future = begun[0]
    (victim,) = attempts(folder)
    os.kill(victim, signal.SIGKILL)
    assert future.result(SLOW) != victim
    (tmp_path / "go").touch()
    assert len(attempts(folder)) == 2
    assert begun[1][1].result(SLOW) == attempts(begun[1][0])[0]
    assert [f.result(SLOW) for f in waiting] == [2 * n for n in range(10)]
    wait_for(lambda: engine.slots == 2)  # the nanny has brought it back


def test_a_machine_that_goes_away_loses_nothing(engine: Engine, cluster: Cluster, tmp_path: Path) -> None:
    machine = cluster.worker()
    wait_for(lambda: engine.slots == 3)
    begun = once_held(engine, tmp_path, 3)
    wait_for(lambda: all(attempts(folder) for folder, _ in begun))
    cluster.lose(machine)
    (tmp_path / "go").touch()
    assert all(future.result(SLOW) for _, future in begun)
    assert sorted(len(attempts(folder)) for folder, _ in begun) == [1, 1, 2]
    wait_for(lambda: engine.slots == 2)


def test_a_task_that_kills_every_worker_is_given_up(engine: Engine) -> None:
    deadly = engine.submit(tasks.kill_itself)
    with pytest.raises(BrokenExecutor, match=r"several dask workers died of this task, the last one tcp://"):
        deadly.result(SLOW)
    assert engine.submit(tasks.add, 1, 1).result(SLOW) == 2
    wait_for(lambda: engine.slots == 2)


def test_a_stop_cancels_what_waits_and_answers_what_runs(cluster: Cluster, tmp_path: Path) -> None:
    engine = open_engine(cluster.address)
    futures = [engine.submit(tasks.until_there, str(tmp_path), "go") for _ in range(6)]
    wait_for(lambda: len(attempts(tmp_path)) >= 2)
    engine.stop()  # it does not wait for what runs, which goes on until it is told
    assert not wait(futures, timeout=SLOW).not_done
    for future in futures:
        with pytest.raises(CancelledError):
            future.result()
    engine.stop()
    (tmp_path / "go").touch()
    with open_engine(cluster.address) as later:  # its tasks would come after those that waited
        assert not wait([later.submit(tasks.pid) for _ in range(4)], timeout=SLOW).not_done
    assert len(attempts(tmp_path)) == 2, "what waited never began"


def test_a_waiting_task_can_be_cancelled(engine: Engine, tmp_path: Path) -> None:
    busy = [engine.submit(tasks.until_there, str(tmp_path), "go") for _ in range(2)]
    waiting = engine.submit(tasks.count_calls, str(tmp_path))
    assert waiting.cancel()
    (tmp_path / "go").touch()
    wait(busy, timeout=SLOW)
    assert engine.submit(tasks.add, 1, 1).result(SLOW) == 2
    assert len(attempts(tmp_path)) == 2, "those that were busy, and no other"


# --- who may take part ---------------------------------------------------------------------------


@pytest.fixture
def other_code(tmp_path: Path) -> Path:
    """A checkout whose source differs from ours by one line."""
    shutil.copytree(
        REPOSITORY / "fer_core", tmp_path / "other" / "fer_core", ignore=shutil.ignore_patterns("__pycache__")
    )
    with (tmp_path / "other" / "fer_core" / "models" / "posterior.py").open("a") as file:
        file.write("# another reading\n")
    return tmp_path / "other"


def test_a_worker_with_other_code_is_refused(empty_cluster: Cluster, other_code: Path) -> None:
    said = r"other numbers: fer_core's source is \w+ there.*tcp://127.0.0.1:\d+"
    with empty_cluster.with_worker(other_code), pytest.raises(EngineError, match=said):
        open_engine(empty_cluster.address)


def test_a_worker_with_other_code_that_comes_later_gets_no_task_done(empty_cluster: Cluster, other_code: Path) -> None:
    first = empty_cluster.worker()
    with open_engine(empty_cluster.address) as engine:
        assert engine.submit(tasks.add, 1, 1).result(SLOW) == 2
        with empty_cluster.with_worker(other_code):
            wait_for(lambda: engine.slots == 2)
            empty_cluster.lose(first)
            with pytest.raises(EngineError, match="other numbers"):
                engine.submit(tasks.add, 1, 1).result(SLOW)


def test_a_worker_without_our_code_is_refused(empty_cluster: Cluster, tmp_path: Path) -> None:
    said = r"FER Lab does not run there .*fer_core.*\(tcp://127.0.0.1:\d+"
    with empty_cluster.with_worker(tmp_path), pytest.raises(EngineError, match=said):
        open_engine(empty_cluster.address)


def test_a_scheduler_without_our_code_is_refused(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, code=tmp_path)
    said = r"FER Lab does not run there .*fer_core.*\(the scheduler at tcp://127.0.0.1:\d+"
    try:
        with cluster.with_worker(), pytest.raises(EngineError, match=said):
            open_engine(cluster.address)
    finally:
        cluster.end()


def test_a_worker_that_runs_several_tasks_in_one_process_is_refused(empty_cluster: Cluster) -> None:
    said = r"runs 2 tasks in one process .*--nthreads 1"
    with empty_cluster.with_worker(threads=2), pytest.raises(EngineError, match=said):
        open_engine(empty_cluster.address)


# --- no cluster ----------------------------------------------------------------------------------


def test_a_scheduler_without_workers_is_said(empty_cluster: Cluster, hasty: None) -> None:
    with pytest.raises(EngineError, match="has no workers"):
        open_engine(empty_cluster.address)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("listening", [True, False])
def test_a_scheduler_that_does_not_answer_is_not_waited_for(listening: bool, hasty: None) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if listening:  # a connection is taken, and nothing is ever said
            silent.listen()
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(EngineError, match=rf"does not answer \({address}\)"):
            open_engine(address)


def test_a_lost_scheduler_ends_every_task_with_a_sentence(tmp_path: Path, hasty: None) -> None:
    cluster = cluster_in(tmp_path, 1)
    try:
        with open_engine(cluster.address) as engine:
            futures = [engine.submit(tasks.until_there, str(tmp_path), "go") for _ in range(3)]
            wait_for(lambda: list(tmp_path.glob("[0-9]*")))
            cluster.kill(cluster.scheduler)
            for future in futures:
                with pytest.raises(EngineError, match=f"lost .{cluster.address}.*resume"):
                    future.result(SLOW)
            with pytest.raises(EngineError, match="lost"):
                _ = engine.slots
            with pytest.raises(EngineError, match="does not answer"):
                engine.restart()
    finally:
        cluster.end()


@pytest.mark.timeout(120)
def test_a_frozen_scheduler_holds_nobody_up(cluster: Cluster, hasty: None, tmp_path: Path) -> None:
    engine = open_engine(cluster.address)
    future = engine.submit(tasks.until_there, str(tmp_path), "go")
    os.kill(cluster.scheduler.pid, signal.SIGSTOP)
    try:
        with pytest.raises(EngineError, match="lost"):
            _ = engine.slots
        engine.stop()
        with pytest.raises(CancelledError):
            future.result(SLOW)
    finally:
        os.kill(cluster.scheduler.pid, signal.SIGCONT)
        (tmp_path / "go").touch()


@pytest.mark.parametrize(
    "address", ["localhost", "localhost:8786", "tcp://", "tcp://host", "http://host:1", "tcp://host:port"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(SettingError, match="tcp://host:8786"):
        open_engine(address)


def test_encryption_is_settled_before_anything_is_sent() -> None:
    with pytest.raises(SettingError, match=r"dask has no certificate \(tls://127.0.0.1:1\)"):
        open_engine("tls://127.0.0.1:1")
    with (
        dask.config.set({"distributed.comm.require-encryption": True}),
        pytest.raises(SettingError, match="use tls://"),
    ):
        open_engine("tcp://127.0.0.1:1")


def test_without_dask_the_way_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SettingError, match=r"pip install -r requirements-cluster.txt -c constraints.txt"):
        open_engine("tcp://127.0.0.1:8786")


# --- data ----------------------------------------------------------------------------------------


def test_data_on_a_shared_disk_is_read_where_it_is(engine: Engine, cluster: Cluster, tmp_path: Path) -> None:
    ref = publish(made_set(3), tmp_path)
    engine.share(ref)
    assert engine.submit(tasks.clips, ref).result(SLOW) == 9


def test_data_that_workers_do_not_see_is_sent_to_them(
    engine: Engine, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = publish(made_set(3, seed=5), tmp_path)
    monkeypatch.chdir(tmp_path)
    ref = DataRef(Path(whole.path).name, whole.key)  # means another file in the workers' own folder
    with pytest.raises(LandmarkError, match="does not see"):
        engine.submit(tasks.clips, ref).result(SLOW)
    engine.share(ref)
    assert {engine.submit(tasks.clips, ref).result(SLOW) for _ in range(4)} == {9}


def test_a_task_cannot_change_what_others_read(engine: Engine, tmp_path: Path) -> None:
    ref = publish(made_set(3), tmp_path)
    with pytest.raises(ValueError, match="read-only"):
        engine.submit(tasks.write_to_loaded, ref).result(SLOW)
