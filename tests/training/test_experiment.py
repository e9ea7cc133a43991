"""Experiments as real processes: killed, cancelled, without disk or corpus, twice at once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from experiment_samples import FITTED, ID, SEARCHED, Process, base, gone, members, opened, order, placed, table

from fer_core import runs
from fer_core.base.errors import FerError
from fer_core.base.paths import REPOSITORY
from fer_core.losses import imbalance
from fer_core.losses.imbalance import LossPolicy
from fer_core.store.store import Store
from fer_core.study.design import ALL, Design, Factors
from fer_core.training import experiments
from fer_core.training.experiment import read_order, write_order

pytestmark = pytest.mark.timeout(600)
BOTH = Design(base(), (SEARCHED, FITTED))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FER_LAB_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the experiment of both conditions ran to its end."""
    place = tmp_path_factory.mktemp("undisturbed")
    placed(place, order(BOTH))
    code, result, said = Process(place).finish()
    assert code == 0, said
    assert result["state"] == "done"
    return place


def test_an_experiment_leaves_every_result(undisturbed: Path) -> None:
    found = table(undisturbed)
    assert [key for key, *_ in found["cells"]] == [(f.slug, 0, k) for f in (SEARCHED, FITTED) for k in range(3)]
    with opened(undisturbed) as store:
        record = store.experiment(ID)
        cells = store.cells(ID)
    for cell in cells:
        assert cell.state == "done"
        sizes = [tuple(c["settings"][k] for k in "FQR") for c in cell.fits.values()]
        assert len(cell.fits) == 3
        assert all(len(c["train"]) == 2 for c in cell.fits.values())
        if cell.condition == FITTED.slug:
            assert set(sizes) == {(4, 6, 5)}
            assert {c["loss"] for c in cell.fits.values()} == {"bce"}
    # The best trial of each search is what was fitted.
    for cell in cells[:3]:
        for emotion, described in cell.fits.items():
            trials = [t for t in found["trials"] if t[0] == cell.key and t[1] == emotion]
            assert [t[2] for t in trials] == list(range(6))
            assert described["settings"] == min(trials, key=lambda t: t[5])[3]
    # Every clip is tested once per condition, by the fold whose test side holds it.
    for slug in (SEARCHED.slug, FITTED.slug):
        for fold in range(3):
            tested = [p.clip for key, p in found["predictions"] if key == (slug, 0, fold)]
            assert sorted(tested) == sorted(record.splits["0"][fold])
    clips = [p.clip for key, p in found["predictions"] if key[0] == FITTED.slug]
    assert len(clips) == len(set(clips)) == record.corpus["clips"]
    assert record.corpus["synthetic"]
    assert record.provenance["code_key"] and record.provenance["packages"]["numpy"]
    for _, p in found["predictions"]:
        assert all(0 <= v <= 1 for v in p.outputs + p.probabilities)


def test_both_conditions_are_tested_on_the_same_folds(undisturbed: Path) -> None:
    predictions = table(undisturbed)["predictions"]
    sides = [{(k.fold, p.clip) for k, p in predictions if k.condition == f.slug} for f in (SEARCHED, FITTED)]
    assert sides[0] == sides[1]


def test_killed_in_the_middle_of_a_search_it_ends_with_the_same_table(home: Path, undisturbed: Path) -> None:
    placed(home, order(BOTH))
    first = Process(home)
    first.until(lambda store: len(store.trials(ID)) >= 8)
    group = first.process.pid
    os.kill(group, signal.SIGKILL)  # the experiment alone: its children must notice by themselves
    first.process.wait()
    assert gone(group), "children outlived their experiment"
    with opened(home) as store:
        before = {(t.cell, t.emotion, t.number): t.seconds for t in store.trials(ID)}
    assert 8 <= len(before) < 54
    time.sleep(2.0)
    assert runs.read_status(home / "runs" / ID).state == "lost"

    code, result, said = Process(home).finish()
    assert code == 0, said
    assert result["state"] == "done"
    with opened(home) as store:
        after = {(t.cell, t.emotion, t.number): t.seconds for t in store.trials(ID)}
    assert {k: after[k] for k in before} == before, "finished trials were done again"
    assert table(home) == table(undisturbed)


def test_killed_in_the_middle_of_a_fit_it_ends_with_the_same_table(home: Path, tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    wanted = order(Design(base(epochs=60), (FITTED,)), workers=1)
    placed(home, wanted)
    first = Process(home)
    first.until(lambda store: len(store.cells(ID)) == 1)
    time.sleep(0.2)  # the second fit is under way
    os.killpg(first.process.pid, signal.SIGKILL)
    first.process.wait()
    with opened(home) as store:
        (kept,) = store.cells(ID)
    code, _, said = Process(home).finish()
    assert code == 0, said
    with opened(home) as store:
        assert store.cells(ID)[0].seconds == kept.seconds, "the finished fit was done again"
    other = tmp_path_factory.mktemp("other")
    placed(other, wanted)
    assert Process(other).finish()[0] == 0
    assert table(home) == table(other)


def test_a_killed_worker_costs_nothing_but_time(home: Path, undisturbed: Path) -> None:
    placed(home, order(BOTH))
    running = Process(home)
    running.until(lambda store: len(store.trials(ID)) >= 3)
    for victim in [p for p in running.family() if p != running.process.pid]:
        if "spawn_main" in (Path("/proc") / str(victim) / "cmdline").read_text():
            os.kill(victim, signal.SIGKILL)
    code, _, said = running.finish()
    assert code == 0, said
    assert table(home) == table(undisturbed)


def test_cancelled_while_fits_run_all_children_are_gone_within_seconds(home: Path) -> None:
    placed(home, order(Design(base(epochs=5000), (FITTED,))))  # a fit of minutes
    running = Process(home)
    running.until(lambda store: True)
    time.sleep(2.5)
    assert len(members(running.process.pid)) >= 3
    begun = time.monotonic()
    experiments.cancel(ID)
    code, _, _ = running.finish(20)
    assert code == 130
    assert gone(running.process.pid, 1.0)
    assert time.monotonic() - begun < 8
    assert runs.read_status(home / "runs" / ID).state == "cancelled"
    assert experiments.find(ID).cells_done == 0


def test_cancelled_and_resumed_it_ends_with_the_same_table(home: Path, undisturbed: Path) -> None:
    placed(home, order(BOTH))
    running = Process(home)
    running.until(lambda store: len(store.trials(ID)) >= 20)
    experiments.cancel(ID)
    assert running.finish()[0] == 130
    folder = experiments.resume(ID)  # as the page does
    end = time.monotonic() + 90
    while runs.read_status(folder).active and time.monotonic() < end:
        time.sleep(0.2)
    assert runs.read_status(folder).state == "done", runs.read_log(folder)
    assert table(home) == table(undisturbed)


def test_the_number_of_workers_changes_nothing(home: Path, undisturbed: Path) -> None:
    placed(home, order(BOTH, workers=1))
    assert Process(home).finish()[0] == 0
    assert table(home) == table(undisturbed)


def test_a_fit_that_diverges_is_recorded_and_the_rest_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Focal loss with a gamma that float32 cannot hold: every advanced classifier becomes no number.

    Nobody can ask for it, so the bound is lifted, here and in the processes.
    """
    lift = "import fer_core.base.limits as l; object.__setattr__(l.GAMMA, 'high', 1e40)"
    (home / "sitecustomize.py").write_text(lift)
    monkeypatch.setenv("PYTHONPATH", f"{home}{os.pathsep}{REPOSITORY}")
    monkeypatch.setattr(imbalance, "GAMMA", replace(imbalance.GAMMA, high=1e40))
    wild = base(evaluations=4, policy=LossPolicy(moderate=0.1, severe=0.1, gamma=1e39))
    wild = replace(wild, folds=2)
    factors = (SEARCHED, Factors("gru", "predefined", "advanced"), Factors("gru", "predefined", "standard"))
    placed(home, order(Design(wild, factors)))
    code, result, said = Process(home).finish()
    assert code == 0, said
    assert result["cells"] == {"planned": 6, "done": 2, "failed": 4}
    with opened(home) as store:
        trials = store.trials(ID)
        for cell in store.cells(ID):
            assert (cell.state == "failed") == (cell.condition.endswith("advanced"))
            if cell.state == "failed":
                assert "no longer a number" in cell.error
        assert len(trials) == 2 * 3 * 4
        assert {(t.state, t.value) for t in trials} == {("failed", None)}
        assert all("no longer a number" in t.error for t in trials)


@pytest.mark.skipif(sys.platform != "linux", reason="a file size limit stands in for a full disk")
def test_a_full_disk_is_said_and_earlier_results_stay(home: Path) -> None:
    placed(home, order(Design(base(), (FITTED,))), "experiment-20260101-000000")
    assert Process(home, id="experiment-20260101-000000").finish()[0] == 0
    earlier = table(home, "experiment-20260101-000000")
    placed(home, order(BOTH))
    # The landmarks are there already, as after a kill: what does not fit any more are the results.
    shutil.copy(next((home / "runs" / "experiment-20260101-000000").glob("landmarks-*.npz")), home / "runs" / ID)
    size = sum(f.stat().st_size for f in home.glob("experiments.sqlite*"))
    limited = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size + 60_000}, resource.RLIM_INFINITY));"
        f"from fer_core.cli.main import main; sys.exit(main(['experiment', 'resume', '{ID}']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"FER_LAB_HOME": str(home)},
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("fer_core: ") and ("full" in last or "space" in last), done.stderr
    assert "Traceback" not in done.stderr
    assert table(home, "experiment-20260101-000000") == earlier
    code, _, said = Process(home).finish()  # space again
    assert code == 0, said


def test_a_store_that_cannot_be_written_is_said_before_anything_is_trained(home: Path) -> None:
    (home / "experiments.sqlite").mkdir()
    placed(home, order(BOTH))
    code, _, said = Process(home).finish()
    assert code == 1
    last = said.strip().splitlines()[-1]
    assert last.startswith("fer_core: ") and "experiments.sqlite" in last, said
    assert "Traceback" not in said
    assert runs.read_status(home / "runs" / ID).state == "failed"
    assert "experiments.sqlite" in (runs.read_status(home / "runs" / ID).error or "")


def test_two_tabs_launch_at_once(home: Path) -> None:
    small = order(Design(replace(base(), folds=2), (FITTED,)), workers=1)
    folders = [experiments.launch(small) for _ in range(2)]
    assert len({f.name for f in folders}) == 2
    end = time.monotonic() + 90
    while any(runs.read_status(f).active for f in folders) and time.monotonic() < end:
        time.sleep(0.2)
    for folder in folders:
        assert runs.read_status(folder).state == "done", runs.read_log(folder)
    a, b = (table(home, f.name) for f in folders)
    assert a == b
    listed = experiments.listed()
    assert {e.id for e in listed} == {f.name for f in folders}
    assert all(e.complete for e in listed)


def test_the_corpus_is_gone_on_resume(home: Path, undisturbed: Path) -> None:
    """What an experiment was trained on lies in its run folder: it can end without the corpus."""
    placed(home, order(BOTH))
    first = Process(home)
    first.until(lambda store: len(store.trials(ID)) >= 3)
    os.killpg(first.process.pid, signal.SIGKILL)
    first.process.wait()
    folder = home / "runs" / ID
    gone_order = replace(read_order(folder), corpus=str(home / "unplugged"))
    shutil.copytree(home, home / "copy", ignore=shutil.ignore_patterns("copy"))
    for place, kept in ((home, True), (home / "copy", False)):
        write_order(gone_order, place / "runs" / ID)
        if not kept:
            next((place / "runs" / ID).glob("landmarks-*.npz")).unlink()
        code, _, said = Process(place).finish()
        if kept:
            assert code == 0, said
            assert table(place) == table(undisturbed)
        else:
            assert code == 1
            last = said.strip().splitlines()[-1]
            assert last.startswith("fer_core: ") and "unplugged" in last
            with opened(place) as store:
                assert len(store.trials(ID)) >= 3  # nothing else is lost


def test_another_corpus_in_its_place_is_refused(home: Path) -> None:
    folder = placed(home, order(Design(replace(base(), folds=2), (FITTED,))))
    assert Process(home).finish()[0] == 0
    next(folder.glob("landmarks-*.npz")).unlink()
    with Store() as store:
        store._database.execute("UPDATE experiments SET data_key = 'of other landmarks'")
        store._database.execute("DELETE FROM cells")
        store._database.commit()
    code, _, said = Process(home).finish()
    assert code == 1
    assert "not the one this experiment began with" in said


def test_a_program_that_has_changed_does_not_mix_its_results_with_the_old_ones(home: Path) -> None:
    placed(home, order(Design(replace(base(), folds=2), (FITTED,))))
    assert Process(home).finish()[0] == 0
    with Store() as store:
        store._database.execute('UPDATE experiments SET provenance = \'{"code_key": "older"}\'')
        store._database.execute("DELETE FROM cells WHERE fold = 1")
        store._database.commit()
    code, _, said = Process(home).finish()
    assert code == 1
    assert "the program has changed" in said
    code, result, said = Process(home, "--other-code").finish()
    assert code == 0, said
    assert result["cells"]["done"] == 2


def test_it_can_be_deleted_when_it_has_ended(home: Path) -> None:
    placed(home, order(Design(replace(base(epochs=3000), folds=2), (FITTED,))))
    running = Process(home)
    running.until(lambda store: True)
    with pytest.raises(FerError, match="still going on"):
        experiments.delete(ID)
    experiments.cancel(ID)
    running.finish()
    experiments.delete(ID)
    assert experiments.listed() == []
    assert not (home / "runs" / ID).exists()
    with pytest.raises(FerError, match="no such experiment"):
        experiments.delete(ID)


def test_a_thousand_experiments_are_listed_in_under_a_second(home: Path) -> None:
    """The bound is the requirement itself, not a benchmark."""
    placed(home, order(Design(replace(base(), folds=2), (FITTED,))))
    assert Process(home).finish()[0] == 0
    with opened(home) as store:
        record = store.experiment(ID)
    with Store() as store:
        for k in range(999):
            store.add_experiment(replace(record, id=f"experiment-20250101-{k:06d}"))
    for k in range(999):
        shutil.copytree(
            home / "runs" / ID, home / "runs" / f"experiment-20250101-{k:06d}", ignore=shutil.ignore_patterns("*.npz")
        )
    begun = time.perf_counter()
    listed = experiments.listed()
    seconds = time.perf_counter() - begun
    assert len(listed) == 1000
    assert listed[0].complete
    assert seconds < 1.0


def test_any_subset_of_the_conditions_runs(home: Path) -> None:
    some = (ALL[5], ALL[2])
    placed(home, order(Design(replace(base(evaluations=2), folds=2), some, seeds=(3, 1))))
    code, result, said = Process(home).finish()
    assert code == 0, said
    keys = {key for key, *_ in table(home)["cells"]}
    assert keys == {(f.slug, seed, fold) for f in some for seed in (1, 3) for fold in (0, 1)}
    assert result["cells"] == {"planned": 8, "done": 8, "failed": 0}


def test_a_run_folder_removed_from_under_an_experiment_is_told_apart_from_no_experiment(home: Path) -> None:
    """By hand, while it is at work: it ends with a sentence, and resume says what is left of it."""
    placed(home, order(Design(replace(base(epochs=3000), folds=2), (FITTED,))))
    running = Process(home)
    running.until(lambda store: list((home / "runs" / ID).glob("landmarks-*.npz")))
    shutil.rmtree(home / "runs" / ID)
    code, _, said = running.finish()
    assert code == 1
    assert "folder was removed while it was at work" in said.strip().splitlines()[-1]
    assert "Traceback" not in said
    assert [e.id for e in experiments.listed()] == [ID]
    for asked in (experiments.resume, experiments.cancel):
        with pytest.raises(FerError, match="its run folder was removed"):
            asked(ID)
    experiments.delete(ID)
    assert experiments.listed() == []
