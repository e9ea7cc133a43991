"""A killed training goes on to the very weights of an undisturbed one; what cannot be read is passed over."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from fer_core.base.paths import REPOSITORY
from fer_core.study.image_conditions import ImageCondition, ImageFit
from fer_core.training.images import checkpoints
from fer_core.training.images import fit as module
from fer_core.training.images.checkpoints import Checkpoint
from fer_core.training.images.fit import FittedImages, fit_images
from fer_core.training.images.history import History
from fer_core.training.images.protocols import ImageSplit
from fer_core.training.images.schedules import RateSchedule

from .image_samples import corpus, quick

pytest.importorskip("keras")
CORPUS = corpus(48, 24)
SPLIT = ImageSplit(0, np.arange(48), np.arange(48, 60), np.arange(60, 72), "validation")
FIT = ImageFit(epochs=5, batch_size=16, learning_rate=3e-3, patience=0, schedule="plateau", plateau_patience=1)
WITH_CHANCE = quick(dropout=0.4, augmentation="suwartono", mixup=0.2, fit=FIT)
"""Dropout, distortions and mixing: all that draws at random."""


@pytest.fixture(autouse=True)
def every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "INTERVAL", 0.0)


def trained(file: Path | None, condition: ImageCondition = WITH_CHANCE, seed: int = 1) -> FittedImages:
    return fit_images(CORPUS, condition, SPLIT, seed, checkpoint=file)


@cache
def undisturbed(condition: ImageCondition = WITH_CHANCE, seed: int = 1) -> FittedImages:
    """What each training that was interrupted is held against."""
    return trained(None, condition, seed)


def assert_same(a: FittedImages, b: FittedImages) -> None:
    for x, y in zip(a.model.get_weights(), b.model.get_weights(), strict=True):
        np.testing.assert_array_equal(x, y)
    for name in ("train", "validation", "accuracy", "rate", "best_epoch", "stopped"):
        assert getattr(a.history, name) == getattr(b.history, name), name


class Stop(Exception):
    """As a kill, but in this process."""


def interrupted(file: Path, after: int, condition: ImageCondition = WITH_CHANCE) -> None:
    """A training that ends without a word once so many epochs are kept."""
    keep = Checkpoint.keep

    def kept(self: Checkpoint, model: object, best: object, history: History, schedule: object) -> None:
        keep(self, model, best, history, schedule)  # type: ignore[arg-type]
        if history.epochs == after:
            raise Stop

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Stop):
        patch.setattr(Checkpoint, "keep", kept)
        trained(file, condition)
    assert file.is_file()


@pytest.fixture(scope="module")
def after_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint after two epochs."""
    file = tmp_path_factory.mktemp("two") / "checkpoint.npz"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "INTERVAL", 0.0)
        interrupted(file, 2)
    return file


@pytest.fixture
def file(after_two: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(after_two, tmp_path / "checkpoint.npz"))


CHILD = """
import sys, time
sys.path.insert(0, 'tests/training')
from pathlib import Path
from images.test_checkpoints import Checkpoint, checkpoints, trained
checkpoints.INTERVAL = 0.0
keep = Checkpoint.keep

def kept(self, model, best, history, schedule):
    keep(self, model, best, history, schedule)
    if history.epochs == 2:
        time.sleep(600)

Checkpoint.keep = kept
trained(Path(sys.argv[1]))
"""
"""It trains two epochs of five, then waits for its end."""


@pytest.mark.slow
def test_killed_between_epochs_it_ends_with_the_same_weights(tmp_path: Path) -> None:
    file = tmp_path / "a b" / "checkpoint.npz"
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(file)], cwd=REPOSITORY, stderr=subprocess.PIPE)
    end = time.monotonic() + 300
    while Checkpoint(file, about()).epochs() < 2 and time.monotonic() < end:
        assert child.poll() is None, child.stderr.read().decode() if child.stderr else ""
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert Checkpoint(file, about()).epochs() == 2
    assert_same(trained(file), undisturbed())
    assert not file.exists(), "at the end the checkpoint goes"


def about() -> str:
    return f"{WITH_CHANCE.key} {CORPUS.key} 1 0"


@pytest.mark.parametrize("after", [1, 2, 3])
def test_stopped_while_or_after_the_body_is_frozen_it_ends_the_same(
    tmp_path: Path, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = module._built
    monkeypatch.setattr(module, "_built", lambda c, *rest: built(replace(c, initial="none"), *rest))
    frozen = replace(WITH_CHANCE, initial="somewhere", fit=replace(FIT, frozen_epochs=2, plateau_patience=2))
    file = tmp_path / "checkpoint.npz"
    interrupted(file, after, frozen)
    assert_same(trained(file, frozen), undisturbed(frozen))


def test_anothers_checkpoint_is_passed_over(file: Path, after_two: Path) -> None:
    short = replace(WITH_CHANCE, fit=replace(FIT, epochs=1))
    assert Checkpoint(file, about()).epochs() == 2
    assert_same(trained(file, short), undisturbed(short))
    shutil.copy(after_two, file)
    assert_same(trained(file, seed=2), undisturbed(seed=2))


@pytest.mark.parametrize("damage", ["cut", "text", "other arrays"])
def test_a_damaged_checkpoint_begins_anew(file: Path, damage: str) -> None:
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-2000])
    elif damage == "text":
        file.write_text("no archive")
    else:
        with np.load(file) as stored:
            arrays = dict(stored)
        np.savez(file, **{n: a[:1] if n == "optimizer/5" else a for n, a in arrays.items()})
    assert_same(trained(file), undisturbed())


def test_a_full_disk_costs_the_checkpoint_alone_and_is_said(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))  # Python ignores the signal that comes with it
    try:
        found = trained(tmp_path / "checkpoint.npz", replace(WITH_CHANCE, fit=replace(FIT, epochs=2)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert found.history.epochs == 2
    assert found.notes == (
        "no checkpoint could be written (File too large): make room; a training that is killed now begins anew.",
    )
    assert list(tmp_path.iterdir()) == []


def test_only_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "INTERVAL", 20.0)
    file = tmp_path / "checkpoint.npz"
    fit_images(CORPUS, quick(), SPLIT, 1, checkpoint=file)

    class Model:
        def get_weights(self) -> None:
            raise AssertionError("it was written too early")

    Checkpoint(file, "x").keep(Model(), None, History(train=[1], seconds=[19.0]), RateSchedule(FIT))
    Checkpoint(None, "x").keep(Model(), None, History(train=[1], seconds=[99.0]), RateSchedule(FIT))
