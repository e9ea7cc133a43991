"""Image experiments as real processes: cancelled, killed, resumed, without a corpus, with a failing cell."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiment_samples import gone, opened, table

from fer_core import runs
from fer_core.base.errors import SettingError, TrainingError
from fer_core.base.paths import REPOSITORY
from fer_core.models.images.bundle import image_bundles_in, load_image_bundle
from fer_core.results.images.study import load_image_study, rows
from fer_core.store.store import Store
from fer_core.study.image_design import ImageDesign
from fer_core.training.images import experiment as module
from fer_core.training.images.experiment import CHECKPOINTS, MODELS, ImageOrder, read_order, run_images, write_order

from .image_samples import quick, write_npz

pytest.importorskip("keras")
pytestmark = pytest.mark.timeout(900)
ID = "images-20260102-030405"
TWO = ImageDesign((quick(balancing="none"), quick(balancing="simple")))
SLOW = 300.0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FER_LAB_HOME", str(tmp_path))
    return tmp_path


def placed(home: Path, design: ImageDesign = TWO, **how: Any) -> Path:
    """An order on bars in a run folder of its own."""
    corpus = home / "bars.npz"
    if not corpus.is_file():
        write_npz(corpus, 60, 12)
    folder = home / "runs" / ID
    folder.mkdir(parents=True, exist_ok=True)
    write_order(ImageOrder(str(corpus), design, "bars", **how), folder)
    return folder


class Process:
    """``images resume ID`` as a user's shell would run it."""

    def __init__(self, home: Path, *options: str, **environment: str) -> None:
        self._log = (home / "log.txt").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fer_core", "images", "resume", ID, "--json", *options],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
            env=os.environ | {"FER_LAB_HOME": str(home)} | environment,
        )

    def finish(self, seconds: float = SLOW) -> tuple[int, Any, str]:
        """Exit status, JSON result, and what it said on stderr."""
        out, _ = self.process.communicate(timeout=seconds)
        self._log.seek(0)
        return self.process.returncode, json.loads(out) if out.strip() else None, self._log.read().decode()

    def until(self, reached: Callable[[], bool], seconds: float = SLOW) -> None:
        end = time.monotonic() + seconds
        while not reached():
            assert self.process.poll() is None, f"it ended before: {self.finish()}"
            assert time.monotonic() < end, "it did not come so far in time"
            time.sleep(0.02)


def cells_done(home: Path) -> int:
    if not (home / "experiments.sqlite").is_file():
        return 0
    with opened(home) as store:
        return store.counts().get(ID, {}).get("cells_done", 0)


def found(home: Path) -> dict[str, Any]:
    """Everything it found, without how long it took."""
    plain = table(home, ID)
    cells = []
    for key, state, n_train, n_test, networks, error in plain["cells"]:
        network = {k: v for k, v in networks.get("network", {}).items() if k != "seconds"}
        cells.append((key, state, n_train, n_test, network, error))
    return {**plain, "cells": cells}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("undisturbed")
    placed(place)
    code, result, said = Process(place).finish()
    assert code == 0, said
    assert result["state"] == "done" and result["cells"] == {"planned": 2, "done": 2, "failed": 0}
    return place


def test_it_leaves_results_bundles_and_no_checkpoint(undisturbed: Path) -> None:
    with opened(undisturbed) as store:
        study = load_image_study(ID, store)
    assert [r["condition"] for r in rows(study)] == [c.slug for c in TWO.conditions]
    assert study.record.provenance["leaks"] == [] and study.record.provenance["copies"]["found"] == 0
    assert study.record.provenance["packages"]["numpy"]
    assert study.record.corpus["tested"] == "validation" and study.record.corpus["omissions"] == []
    folder = undisturbed / "runs" / ID
    names = [f"{c.slug}_0_0" for c in TWO.conditions]
    assert [f.name for f in image_bundles_in(folder / MODELS)] == sorted(names)
    bundle = load_image_bundle(folder / MODELS / names[0])
    assert bundle.metrics["accuracy"] == rows(study)[0]["accuracy"]
    assert not list((folder / CHECKPOINTS).glob("*"))


def test_cancelled_and_resumed_it_ends_with_the_same_table(home: Path, undisturbed: Path) -> None:
    folder = placed(home)
    running = Process(home)
    running.until(lambda: cells_done(home) >= 1)
    begun = time.monotonic()
    runs.request_cancel(folder)
    code, _, _ = running.finish(60)
    assert code == 130 and gone(running.process.pid, 2.0)
    assert time.monotonic() - begun < 30
    assert runs.read_status(folder).state == "cancelled"
    assert cells_done(home) == 1
    code, _, said = Process(home).finish()
    assert code == 0, said
    assert found(home) == found(undisturbed)


SLOWLY = """
import time
from fer_core.training.images import checkpoints
checkpoints.INTERVAL = 0.0
keep = checkpoints.Checkpoint.keep
def kept(self, *rest):
    keep(self, *rest)
    time.sleep(5)
checkpoints.Checkpoint.keep = kept
"""
"""Run by every Python that starts with it on its path: a checkpoint after each epoch, then a rest."""


def test_killed_in_the_middle_of_a_training_it_goes_on_from_there(home: Path, undisturbed: Path) -> None:
    placed(home)
    (home / "slowly").mkdir()
    (home / "slowly" / "sitecustomize.py").write_text(SLOWLY)
    running = Process(home, PYTHONPATH=os.pathsep.join([str(home / "slowly"), str(REPOSITORY)]))
    files = home / "runs" / ID / CHECKPOINTS
    running.until(lambda: any(files.glob("*.npz")))
    os.kill(running.process.pid, signal.SIGKILL)
    running.process.wait()
    assert gone(running.process.pid, 10.0), "children outlived their experiment"
    assert list(files.glob("*.npz")) and cells_done(home) == 0
    code, _, said = Process(home).finish()
    assert code == 0, said
    assert found(home) == found(undisturbed)
    assert not list(files.glob("*.npz"))


def test_the_corpus_is_gone_or_another_one(home: Path) -> None:
    placed(home)
    running = Process(home)
    running.until(lambda: cells_done(home) >= 1)
    os.killpg(running.process.pid, signal.SIGKILL)
    running.process.wait()
    (home / "bars.npz").rename(home / "away.npz")
    code, _, said = Process(home).finish()
    last = said.strip().splitlines()[-1]
    assert code == 1 and last.startswith("fer_core: ") and "bars.npz" in last and "Traceback" not in said
    write_npz(home / "bars.npz", 60, 12, seed=3)
    code, _, said = Process(home).finish()
    assert code == 1 and "not the one this experiment began with" in said
    assert cells_done(home) == 1, "nothing else is lost"


def test_a_cell_that_fails_is_said_and_the_others_go_on(home: Path) -> None:
    nowhere = quick(initial=str(home / "weights.npz"))
    placed(home, ImageDesign((nowhere, quick())))
    code, result, said = Process(home).finish()
    assert code == 0, said
    assert result["cells"] == {"planned": 2, "done": 1, "failed": 1}
    assert [r["condition"] for r in result["results"]] == [quick().slug]
    (note,) = [n for n in result["notes"] if "failed" in n]
    assert nowhere.slug in note and "weights.npz" in note and "Traceback" not in note
    code, result, _ = Process(home, "--retry-failed").finish()
    assert code == 0 and result["cells"]["failed"] == 1, "it was tried again, and the file is still not there"


def test_pictures_that_cannot_be_read_are_left_out_and_named(home: Path) -> None:
    import cv2

    from .image_samples import pictures

    drawn, emotion = pictures(72)
    for k, (picture, shown) in enumerate(zip(drawn, emotion, strict=True)):
        folder = home / "faces" / ("train" if k < 60 else "test") / shown
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{k:02d}.png"), picture)
    for broken in ("train/anger/00.png", "test/anger/60.png"):
        (home / "faces" / broken).write_bytes(b"no picture")
    folder = placed(home, ImageDesign((quick(),)))
    write_order(replace(read_order(folder), corpus=str(home / "faces")), folder)
    code, result, said = Process(home).finish()
    assert code == 0, said
    assert result["cells"]["done"] == 1 and result["results"][0]["n"] == 11
    notes = " ".join(result["notes"])
    assert "train/anger/00.png" in notes and "test/anger/60.png" in notes


def test_on_a_dask_cluster_the_same_is_tested(home: Path, undisturbed: Path) -> None:
    pytest.importorskip("distributed", reason="dask is not installed (requirements-cluster.txt)")
    from dask_cluster import cluster_in

    (home / "cluster").mkdir()
    cluster = cluster_in(home / "cluster", 1)
    try:
        placed(home, scheduler=cluster.address)
        code, result, said = Process(home).finish()
    finally:
        cluster.end()
    assert code == 0, said
    assert result["cells"] == {"planned": 2, "done": 2, "failed": 0}
    here, there = found(undisturbed), found(home)
    assert here["splits"] == there["splits"]
    for (key, p), (other, q) in zip(here["predictions"], there["predictions"], strict=True):
        assert (key, p.clip) == (other, q.clip)
        np.testing.assert_allclose(p.probabilities, q.probabilities, atol=0.02)
    assert len(image_bundles_in(home / "runs" / ID / MODELS)) == 2


# --- in this process ----------------------------------------------------------------------------------


def test_an_order_comes_back_and_so_does_one_of_an_older_version(home: Path) -> None:
    folder = placed(home, allow=("subject-on-both-sides",), keep_copies=True, workers=2)
    order = read_order(folder)
    assert (order.allow, order.keep_copies, order.workers) == (("subject-on-both-sides",), True, 2)
    plain = order.to_json()
    del plain["allow"], plain["keep_copies"]
    old = ImageOrder.from_json(plain)
    assert (old.allow, old.keep_copies) == ((), False)
    (folder / "order.json").write_text("{}")
    with pytest.raises(SettingError):
        read_order(folder)


def test_what_a_model_cannot_take_is_said_before_anything_is_read(home: Path) -> None:
    for condition, said in (
        (quick(model="vgg16", size=16), "cannot take pictures of 16"),
        (quick(initial="imagenet"), "no ImageNet weights for LeNet"),
        (quick(model="lenet-six"), "no image model"),
    ):
        with pytest.raises(SettingError, match=said):
            run_images(ImageOrder("nowhere", ImageDesign((condition,))), home / "x")
    with pytest.raises(SettingError, match="no leak rule"):
        run_images(ImageOrder("nowhere", TWO, allow=("copies",)), home / "x")


def test_results_of_two_programs_do_not_mix(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = placed(home)
    ended: list[int] = []

    class Nobody:
        def __init__(self, *_: object) -> None: ...

        def run(self, cells: list[object]) -> None:
            ended.append(len(cells))

    monkeypatch.setattr(module, "Loop", Nobody)
    run_images(read_order(folder), folder)
    monkeypatch.setattr(module, "code_key", lambda *_: "another")
    with pytest.raises(TrainingError, match="the program has changed"):
        run_images(read_order(folder), folder)
    run_images(read_order(folder), folder, other_code=True)
    assert ended == [2, 2]


def test_of_k_folds_one_network_is_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = placed(home, ImageDesign((quick(protocol="kfold", folds=3),), (0, 1)))
    kept: list[tuple[int, int, bool]] = []

    class Nobody:
        def __init__(self, *_: object) -> None: ...

        def run(self, cells: list[Any]) -> None:
            kept.extend((c.task.key.seed, c.task.key.fold, c.task.keep) for c in cells)

    monkeypatch.setattr(module, "Loop", Nobody)
    run_images(read_order(folder), folder)
    assert kept == [(s, f, f == 0) for s in (0, 1) for f in (0, 1, 2)]
    with Store() as store:
        assert len(store.experiment(ID).splits["0"]) == 3
