"""Experiments: what they leave, two at once, and what stops them: no disk, another corpus, another program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from experiment_samples import FITTED, ID, RARE, SEARCHED, Process, base, carried_out, opened, order, placed, table

from fer_core import runs
from fer_core.base.errors import FerError
from fer_core.base.paths import REPOSITORY
from fer_core.losses import imbalance
from fer_core.losses.imbalance import LossPolicy
from fer_core.store import store as store_module
from fer_core.store.store import Store
from fer_core.study.design import ALL, Design, Factors
from fer_core.training import experiments

pytestmark = [pytest.mark.timeout(900), pytest.mark.slow]
BOTH = Design(base(), (SEARCHED, FITTED))
ROOM = 45_000
"""Bytes per file in which the store's journal holds a small experiment's entry, and not all of its results."""
SMALL = order(Design(base(), (FITTED,)), workers=1)


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


@pytest.fixture(scope="module")
def two_at_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which two tabs launched the same small experiment at once, and both ended."""
    place = tmp_path_factory.mktemp("two_at_once")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_LAB_HOME", str(place))
        folders = [experiments.launch(SMALL) for _ in range(2)]
        end = time.monotonic() + 300
        while any(runs.read_status(f).active for f in folders) and time.monotonic() < end:
            time.sleep(0.05)
        for folder in folders:
            assert runs.read_status(folder).state == "done", runs.read_log(folder)
    return place


@pytest.fixture
def ended(home: Path, two_at_once: Path) -> Path:
    """A home in which one small experiment ended, to do with as one likes."""
    one, other = sorted(f.name for f in (two_at_once / "runs").iterdir())
    shutil.copytree(two_at_once / "runs" / one, home / "runs" / ID)
    for file in two_at_once.glob("experiments.sqlite*"):
        shutil.copy(file, home)
    with Store() as store:
        store.delete(other)
        store._database.execute("UPDATE experiments SET id = ?", (ID,))
        store._database.commit()
        store._database.execute("VACUUM")  # no room left over from the other
    return home


def test_an_experiment_leaves_every_result(undisturbed: Path) -> None:
    found = table(undisturbed)
    assert [key for key, *_ in found["cells"]] == [(f.slug, 0, k) for f in (SEARCHED, FITTED) for k in range(2)]
    with opened(undisturbed) as store:
        record = store.experiment(ID)
        cells = store.cells(ID)
    for cell in cells:
        assert cell.state == "done"
        sizes = [tuple(c["settings"][k] for k in "FQR") for c in cell.fits.values()]
        assert list(cell.fits) == list(RARE)
        assert all(len(c["train"]) == 2 for c in cell.fits.values())
        if cell.condition == FITTED.slug:
            assert set(sizes) == {(4, 6, 5)}
            assert {c["loss"] for c in cell.fits.values()} == {"bce"}
    # The best trial of each search is what was fitted.
    for cell in cells[:2]:
        for emotion, described in cell.fits.items():
            trials = [t for t in found["trials"] if t[0] == cell.key and t[1] == emotion]
            assert [t[2] for t in trials] == list(range(4))
            assert described["settings"] == min(trials, key=lambda t: t[5])[3]
    # Every clip is tested once per condition, by the fold whose test side holds it.
    for slug in (SEARCHED.slug, FITTED.slug):
        for fold in range(2):
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


def test_two_at_once_are_stored_whole_and_find_the_same(two_at_once: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_LAB_HOME", str(two_at_once))
    listed = experiments.listed()
    assert {e.id for e in listed} == {f.name for f in (two_at_once / "runs").iterdir()}
    assert len(listed) == 2
    assert all(e.complete for e in listed)
    one, other = (table(two_at_once, e.id) for e in listed)
    assert one == other


def test_a_fit_that_diverges_is_recorded_and_the_rest_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Focal loss with a gamma that float32 cannot hold: every advanced classifier becomes no number.

    Nobody can ask for it, so the bound is lifted, here and in the processes.
    """
    lift = "import fer_core.base.limits as l; object.__setattr__(l.GAMMA, 'high', 1e40)"
    (home / "sitecustomize.py").write_text(lift)
    monkeypatch.setenv("PYTHONPATH", f"{home}{os.pathsep}{REPOSITORY}")
    monkeypatch.setattr(imbalance, "GAMMA", replace(imbalance.GAMMA, high=1e40))
    wild = base(policy=LossPolicy(moderate=0.1, severe=0.1, gamma=1e39))
    factors = (SEARCHED, Factors("gru", "predefined", "standard"))
    placed(home, order(Design(wild, factors)))
    code, result, said = Process(home).finish()
    assert code == 0, said
    assert result["cells"] == {"planned": 4, "done": 2, "failed": 2}
    with opened(home) as store:
        trials = store.trials(ID)
        for cell in store.cells(ID):
            assert (cell.state == "failed") == (cell.condition.endswith("advanced"))
            if cell.state == "failed":
                assert "no longer a number" in cell.error
        assert len(trials) == 2 * 2 * 4
        assert {(t.state, t.value) for t in trials} == {("failed", None)}
        assert all("no longer a number" in t.error for t in trials)


@pytest.mark.skipif(sys.platform != "linux", reason="a file size limit stands in for a full disk")
def test_a_full_disk_is_said_and_earlier_results_stay(ended: Path) -> None:
    earlier = table(ended)
    folder = placed(ended, SMALL, "experiment-20260101-000000")
    # The landmarks are there already, as after a kill: what does not fit any more are the results.
    shutil.copy(next((ended / "runs" / ID).glob("landmarks-*.npz")), folder)
    limited = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, resource.RLIM_INFINITY));"
        f"from fer_core.cli.main import main; sys.exit(main(['experiment', 'resume', '{folder.name}']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited.replace("ROOM", str(ROOM))],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("fer_core: ") and ("full" in last or "space" in last), done.stderr
    assert "Traceback" not in done.stderr
    with opened(ended) as store:
        assert [e.id for e in store.experiments()] == [folder.name, ID], "it came as far as its results"
    assert table(ended) == earlier
    code, _, said = carried_out(ended, id=folder.name)  # space again
    assert code == 0, said
    assert table(ended, folder.name) == earlier


def test_a_store_that_cannot_be_written_is_said_before_anything_is_trained(home: Path) -> None:
    (home / "experiments.sqlite").mkdir()
    placed(home, order(BOTH))
    code, _, said = carried_out(home)
    assert code == 1
    last = said.strip().splitlines()[-1]
    assert last.startswith("fer_core: ") and "experiments.sqlite" in last, said
    assert "Traceback" not in said
    assert runs.read_status(home / "runs" / ID).state == "failed"
    assert "experiments.sqlite" in (runs.read_status(home / "runs" / ID).error or "")


def test_another_corpus_in_its_place_is_refused(ended: Path) -> None:
    next((ended / "runs" / ID).glob("landmarks-*.npz")).unlink()
    with Store() as store:
        store._database.execute("UPDATE experiments SET data_key = 'of other landmarks'")
        store._database.execute("DELETE FROM cells")
        store._database.commit()
    code, _, said = carried_out(ended)
    assert code == 1
    assert "not the one this experiment began with" in said


def test_a_program_that_has_changed_does_not_mix_its_results_with_the_old_ones(ended: Path) -> None:
    with Store() as store:
        store._database.execute('UPDATE experiments SET provenance = \'{"code_key": "older"}\'')
        store._database.execute("DELETE FROM cells WHERE fold = 1")
        store._database.commit()
    code, _, said = carried_out(ended)
    assert code == 1
    assert "the program has changed" in said
    code, result, said = carried_out(ended, "--other-code")
    assert code == 0, said
    assert result["cells"]["done"] == 2


def test_a_longer_list_takes_one_status_each_and_no_question_more_of_the_store(
    ended: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What makes a list of a thousand long is counted, not timed."""
    asked: list[str] = []
    read: list[Path] = []
    open_store, read_status = store_module.open_database, runs._read

    def traced(*arguments: Any, **named: Any) -> Any:
        database = open_store(*arguments, **named)
        database.set_trace_callback(asked.append)
        return database

    with Store() as store:
        record = store.experiment(ID)
        for k in range(40):
            id = f"experiment-20250101-{k:06d}"
            store.add_experiment(replace(record, id=id))
            shutil.copytree(ended / "runs" / ID, ended / "runs" / id, ignore=shutil.ignore_patterns("*.npz"))
    monkeypatch.setattr(store_module, "open_database", traced)
    monkeypatch.setattr(runs, "_read", lambda folder: read.append(folder) or read_status(folder))
    listed = experiments.listed()
    assert len(listed) == 41
    assert listed[0].complete
    assert sorted(read) == sorted((ended / "runs").iterdir())
    for_many = [statement for statement in asked if statement.startswith("SELECT")]
    asked.clear()
    with Store() as store:
        for one in listed[1:]:
            store.delete(one.id)
    asked.clear()
    experiments.listed()
    assert for_many == [statement for statement in asked if statement.startswith("SELECT")]
    assert not any("splits" in statement.replace("'{}' AS splits", "") for statement in for_many), "they are long"


def test_any_subset_of_the_conditions_runs(home: Path) -> None:
    some = (ALL[5], ALL[2])
    placed(home, order(Design(base(evaluations=2), some, seeds=(3, 1)), workers=1))
    code, result, said = carried_out(home)
    assert code == 0, said
    keys = {key for key, *_ in table(home)["cells"]}
    assert keys == {(f.slug, seed, fold) for f in some for seed in (1, 3) for fold in (0, 1)}
    assert result["cells"] == {"planned": 8, "done": 8, "failed": 0}


def test_a_run_folder_removed_from_under_an_experiment_is_told_apart_from_no_experiment(home: Path) -> None:
    """By hand, while it is at work: it ends with a sentence, and resume says what is left of it."""
    placed(home, order(Design(base(epochs=3000), (FITTED,))))
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
