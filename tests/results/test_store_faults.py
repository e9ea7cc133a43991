"""Faults the store has to live through: real processes, real full disks, real kills."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from study_samples import (
    FOLDS,
    ID,
    SEEDS,
    SLUGS,
    fill,
    finished_study,
    made_cell,
    made_predictions,
    made_record,
    made_trial,
)

from fer_core.base.errors import StoreError
from fer_core.store.store import Store

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[2]
PREPARE = """
import sys, time
from dataclasses import replace
from pathlib import Path
from study_samples import *
from fer_core.base.errors import StoreError
from fer_core.store.store import Store
file = Path(sys.argv[1])
"""
FILL_UP = """
stored = 0
with Store(file) as store:
    try:
        for i in range(100_000):
            store.add_trial(ID, made_trial(number=1000 + i, error="x" * 3000))
            stored += 1
    except StoreError as error:
        print(stored, error)
"""
"""Stores trials until the store refuses; says how many were taken and why no more."""


def python(code: str, file: Path, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """A process of its own that runs the code on a store."""
    environment = os.environ | {"PYTHONPATH": f"{REPOSITORY}{os.pathsep}{REPOSITORY / 'tests'}"}
    return subprocess.Popen(
        [*before, sys.executable, "-c", PREPARE + code, str(file)],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


WAIT = """
Path(sys.argv[1] + f".ready{__import__('os').getpid()}").touch()
while not Path(sys.argv[1] + ".go").exists():
    time.sleep(0.001)
"""
"""Until all the processes have come so far, and `begin_together` lets them go on."""


def begin_together(file: Path, processes: list[subprocess.Popen[str]]) -> None:
    while len(list(file.parent.glob("*.ready*"))) < len(processes):
        assert all(p.poll() is None for p in processes), "one ended before it began"
        time.sleep(0.01)
    Path(f"{file}.go").touch()


def said(process: subprocess.Popen[str]) -> str:
    """What a process printed; it must have ended well."""
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    return out.strip()


@pytest.fixture
def study(own_home: Path) -> Path:
    """The file of a store with one finished study."""
    return finished_study(own_home)


def whole(file: Path) -> tuple[object, ...]:
    """Everything the study of the fixture holds; trials that tests add have numbers from 1000 on."""
    with Store(file, read_only=True) as store:
        trials = [t for t in store.trials(ID) if t.number < 1000]
        return store.experiment(ID), store.cells(ID), store.predictions(ID), trials


def added(file: Path) -> int:
    with Store(file, read_only=True) as store:
        return sum(t.number >= 1000 for t in store.trials(ID))


# --- several processes --------------------------------------------------------------------------------


def test_two_processes_make_and_fill_the_same_store(tmp_path: Path) -> None:
    """Both find no file, both make its tables, both write; a reader looks on."""
    code = """
with Store(file) as store:
    fill(store, "experiment-NAME", factors=FACTORS[:4])
print("done")
"""
    file = tmp_path / "store.sqlite"
    writers = [python(WAIT + code.replace("NAME", name), file) for name in "ab"]
    begin_together(file, writers)
    seen: list[int] = []
    while any(w.poll() is None for w in writers):
        if file.exists():
            with Store(file, read_only=True) as reader:
                seen += [len(reader.predictions(e.id)) for e in reader.experiments()]
        time.sleep(0.05)
    assert [said(w) for w in writers] == ["done", "done"]
    with Store(file) as store, Store(tmp_path / "alone.sqlite") as alone:
        fill(alone, "experiment-a", factors=tuple(made_record().design["factors"][:4]))
        for id in ("experiment-a", "experiment-b"):
            assert store.cells(id) == alone.cells("experiment-a")
            assert store.predictions(id) == alone.predictions("experiment-a")
            assert store.trials(id) == alone.trials("experiment-a")
    assert seen, "the reader never looked"


def test_many_processes_may_make_the_file_at_once(tmp_path: Path) -> None:
    code = """
with Store(file) as store:
    print(len(store.experiments()))
"""
    file = tmp_path / "store.sqlite"
    openers = [python(WAIT + code, file) for _ in range(5)]
    begin_together(file, openers)
    assert [said(o) for o in openers] == ["0"] * 5


def test_a_writer_killed_in_the_middle_of_a_cell_leaves_nothing_half(study: Path) -> None:
    before = whole(study)
    code = """
def halting():
    said = made_predictions()
    yield from said[:5]
    print("half way", flush=True)
    time.sleep(60)
with Store(file) as store:
    store.add_trial(ID, made_trial(number=1000))
    store.add_cell(ID, made_cell(seconds=99.0), halting())
"""
    writer = python(code, study)
    assert writer.stdout is not None
    assert writer.stdout.readline().strip() == "half way"
    writer.send_signal(signal.SIGKILL)
    writer.communicate(timeout=20)
    assert whole(study) == before
    assert added(study) == 1, "what was stored before stays"
    with Store(study, patience=1) as store:
        store.add_cell(ID, made_cell(seconds=99.0), made_predictions())
        assert store.cells(ID)[0].seconds == 99.0


# --- full and read-only disks -------------------------------------------------------------------------


def test_a_planted_full_disk_loses_nothing(study: Path) -> None:
    before = whole(study)
    with Store(study) as store:
        pages = store._database.execute("PRAGMA page_count").fetchone()[0]
        store._database.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(StoreError, match=r"disk is full.*earlier results are intact; free space and resume"):
            for i in range(100):
                store.add_trial(ID, made_trial(number=1000 + i, error="x" * 3000))
        assert not store._database.in_transaction
        store._database.execute("PRAGMA max_page_count = 1000000")
        store.add_trial(ID, made_trial(number=2000))
    assert whole(study) == before


def test_a_file_that_may_not_grow_loses_nothing(study: Path) -> None:
    """A limit on a file's size, as quotas set it; the kernel's signal for it is ignored by Python."""
    before = whole(study)
    limit = study.stat().st_size + 200_000
    code = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))" + FILL_UP
    stored, _, sentence = said(python(code, study)).partition(" ")
    assert "earlier results are intact" in sentence
    assert int(stored) > 10
    assert whole(study) == before
    assert added(study) == int(stored)


def small_disk(code: str, size: str, study: Path, folder: Path) -> str:
    """What the code prints on a copy of the store on a small disk of its own; skips where none can be had."""
    unshare = shutil.which("unshare")
    if not unshare:
        pytest.skip("no unshare here, so no disk of its own")
    folder.mkdir()
    script = (
        f"mount -t tmpfs -o size={size} tmpfs '{folder}' || exit 77; cp '{study}' '{folder}/store.sqlite'; exec \"$@\""
    )
    process = python(code, folder / "store.sqlite", (unshare, "-m", "sh", "-c", script, "sh"))
    out, error = process.communicate(timeout=120)
    if process.returncode == 77 or "unshare" in error:
        pytest.skip(f"no disk of its own can be mounted here: {error.strip()}")
    assert process.returncode == 0, error
    return out.strip()


def test_a_disk_that_is_really_full_loses_nothing(study: Path, tmp_path: Path) -> None:
    with Store(study) as store:
        cells, predictions = store.cells(ID), store.predictions(ID)
    after = """
with Store(file, read_only=True) as store:
    print(len(store.cells(ID)), len(store.predictions(ID)), sum(t.number >= 1000 for t in store.trials(ID)))
(file.parent / "filler").unlink()
with Store(file) as store:
    store.add_trial(ID, made_trial(number=900))
    print("resumed")
"""
    # A file beside the store takes part of the disk; removing it is the user's "free space".
    fill_disk = '(file.parent / "filler").write_bytes(bytes(300_000))\n' + FILL_UP
    size = f"{(study.stat().st_size + 1_000_000) // 1024}k"
    lines = small_disk(fill_disk + after, size, study, tmp_path / "disk").splitlines()
    stored, _, sentence = lines[0].partition(" ")
    assert "earlier results are intact" in sentence
    assert lines[1] == f"{len(cells)} {len(predictions)} {stored}"
    assert lines[2] == "resumed"


def test_a_read_only_disk_is_read_and_not_written(study: Path, tmp_path: Path) -> None:
    """Not even a lock file can be made there, which a WAL database asks of readers too."""
    code = """
import subprocess
subprocess.run(["mount", "-o", "remount,ro", str(file.parent)], check=True)
with Store(file, read_only=True) as store:
    print(len(store.cells(ID)), len(store.predictions(ID)))
try:
    with Store(file) as store:
        store.add_trial(ID, made_trial())
except StoreError as error:
    print(error)
"""
    with Store(study) as store:
        expected = f"{len(store.cells(ID))} {len(store.predictions(ID))}"
    read, refused = small_disk(code, "8m", study, tmp_path / "disk").splitlines()
    assert read == expected
    assert "earlier results are intact" in refused
    assert "FER_LAB_HOME" in refused


def test_foreign_keys_hold_whoever_writes(study: Path) -> None:
    """Every stored prediction belongs to a stored cell of a stored experiment."""
    raw = sqlite3.connect(study)
    assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    clips = raw.execute("SELECT count(*) FROM predictions").fetchone()[0]
    tested = sum(len(made_predictions(slug, s, f)) for slug in SLUGS for s in SEEDS for f in range(FOLDS))
    assert clips == tested
