"""The search for copies as a run of its own, and what copies do to an accuracy."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from fer_core import runs
from fer_core.base.errors import PathError, SettingError
from fer_core.datasets.copies import copy_runs
from fer_core.datasets.copies.copy_effect import measured_accuracy, seen_before

from .trees import blobs


def with_copies(file: Path) -> Path:
    """Twelve images; two of validation are copies of images of train, the second with another label."""
    images = np.stack([blobs(k) for k in range(12)])
    images[8], images[9] = images[0], images[5]
    emotion = np.array((["anger"] * 4 + ["fear"] * 4) + ["anger", "anger", "fear", "fear"])
    usage = np.array(["train"] * 8 + ["validation"] * 4)
    np.savez(file, images=images, emotion=emotion, usage=usage)
    return file


def test_a_search_runs_by_itself_and_leaves_its_report(tmp_path: Path) -> None:
    file = with_copies(tmp_path / "c.npz")
    assert copy_runs.newest(file) is None
    folder = copy_runs.launch(file)
    end = time.monotonic() + 120
    while runs.read_status(folder).active and time.monotonic() < end:
        time.sleep(0.1)
    assert runs.read_status(folder).state == "done", runs.read_log(folder)
    assert copy_runs.newest(file) == folder and copy_runs.newest(tmp_path / "other.npz") is None
    report = copy_runs.read_report(folder)
    (entry,) = seen_before(report)
    assert (entry["of"], entry["exact"], entry["near"], entry["other_label"]) == ("validation", 2, 0, 1)
    # 1 of 4 is remembered rightly, 1 wrongly, 2 are new: (1 + 2 * 0.5) / 4.
    assert measured_accuracy(entry, 0.5) == pytest.approx(0.5)
    assert measured_accuracy(entry, 0.0) == pytest.approx(0.25)
    assert measured_accuracy(entry, 1.0) == pytest.approx(0.75), "a wrong label is remembered, too"


def test_a_search_that_cannot_begin_says_why(tmp_path: Path) -> None:
    folder = copy_runs.launch(tmp_path / "absent.npz")
    end = time.monotonic() + 120
    while runs.read_status(folder).active and time.monotonic() < end:
        time.sleep(0.1)
    status = runs.read_status(folder)
    assert status.state == "failed" and "no such folder or file" in (status.error or "")
    with pytest.raises(PathError):
        copy_runs.read_report(folder)


def test_damaged_folders_belong_to_no_corpus(tmp_path: Path) -> None:
    folder = runs.new_run_folder(copy_runs.PREFIX)
    (folder / runs.STATUS).write_text("{}")
    for content in ("", "[1]", '{"other": 1}', "nonsense"):
        (folder / copy_runs.ORDER).write_text(content)
        assert copy_runs.config_of(folder) is None
    assert copy_runs.newest(tmp_path) is None


@pytest.mark.parametrize("accuracy", [-0.1, 1.1, float("nan")])
def test_an_impossible_accuracy_is_refused(accuracy: float) -> None:
    with pytest.raises(SettingError):
        measured_accuracy({"images": 1, "exact": 0, "near": 0, "other_label": 0}, accuracy)


def test_parts_without_shared_images_are_not_told() -> None:
    entry = {"of": "test", "among": "train", "exact": 0, "near": 0, "share": 0.0}
    more = entry | {"exact": 1, "share": 0.1}
    other = entry | {"among": "validation", "exact": 3, "share": 0.9}
    most = more | {"of": "validation", "share": 0.2}
    assert seen_before({"across": [entry, more, other, most]}) == [most, more]
