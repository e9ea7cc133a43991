"""Recordings that lie in a folder: what is known of them, and that they can be removed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from fer_core.base.errors import RecordingError
from fer_core.live.recordings.recorder import Recorder
from fer_core.live.recordings.shelf import GROWS, delete, recordings
from fer_core.live.state import LiveState


def recorder(folder: Path, rows: int = 4) -> Recorder:
    made = Recorder(folder, ("fear",), {})
    for k in range(rows):
        made.row(LiveState("no face", time_s=k / 10, frames=k + 1))
    return made


def test_the_newest_comes_first_with_its_size(tmp_path: Path) -> None:
    assert recordings(tmp_path / "absent") == []
    for name, rows in (("live-1", 2), ("live-2", 5)):
        recorder(tmp_path / name, rows).close()
    (tmp_path / "something else").mkdir()
    found = recordings(tmp_path)
    assert [(r.name, r.rows, r.seconds, r.growing, r.error) for r in found] == [
        ("live-2", 5, pytest.approx(0.4), False, None),
        ("live-1", 2, pytest.approx(0.1), False, None),
    ]
    assert found[0].parquet().is_file() and found[0].json.is_file()


def test_one_that_is_written_cannot_be_removed_and_one_that_broke_off_can(tmp_path: Path) -> None:
    writing = recorder(tmp_path / "live-1")
    (found,) = recordings(tmp_path)
    assert found.growing
    with pytest.raises(RecordingError, match="still being written"):
        delete(found)
    old = time.time() - GROWS - 1
    os.utime(writing.csv(), (old, old))
    (found,) = recordings(tmp_path)
    assert (found.rows, found.seconds) == (4, pytest.approx(0.3)) and "broken off" in str(found.error)
    delete(found)
    assert recordings(tmp_path) == [] and not found.folder.exists()


@pytest.mark.parametrize("content", ["", "nonsense\n1\n"])
def test_a_damaged_one_is_listed_with_a_sentence(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "live-1"
    folder.mkdir()
    (folder / "recording.csv").write_text(content)
    (found,) = recordings(tmp_path)
    assert found.rows is None and "cannot be read" in str(found.error)
    delete(found)
    assert not folder.exists()
