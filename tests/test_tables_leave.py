"""Every table that leaves is defused, and those we read ourselves come back as they were."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from samples import THREE, made_set
from study_samples import ID, made_cell, made_predictions, made_record

from fer_core.files.csv_files import csv_text, records
from fer_core.live.recordings.recorder import Recorder
from fer_core.live.recordings.rows import read_rows
from fer_core.live.state import FaceReading, LiveState
from fer_core.reports import export
from fer_core.results.bundles_and_runs import Source, read_predictions
from fer_core.results.study import load_study
from fer_core.store.store import Store
from fer_core.training.run import write_predictions
from ui.common import downloads

HOSTILE = ('=HYPERLINK("http://x")', "@SUM(1+1)", "-2+3|cmd", "+1", "\t=1", "＝1", ' "=1', "'=1", "a;=1", "fine")


def harmless(cells: Iterable[str]) -> bool:
    """Whether no cell begins as a formula, numbers aside."""
    parts = [part for cell in cells for part in cell.split(";")]
    return not [p for p in parts if p.lstrip(' "')[:1] in set("=+-@＝\t") and p and not is_number(p)]


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def cells_of(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text)) for cell in row]


def test_predictions_come_back(tmp_path: Path) -> None:
    landmarks = made_set()
    n = len(landmarks.clip)
    names = np.array([HOSTILE[i % len(HOSTILE)] for i in range(n)])
    odd = replace(landmarks, subject=names)
    write_predictions(tmp_path / "predictions.csv", odd, np.zeros((n, 3)), np.zeros(n, int), THREE)
    assert harmless(cells_of((tmp_path / "predictions.csv").read_text(encoding="utf-8")))
    rows = read_predictions(Source("train-x", tmp_path))
    assert [r["subject"] for r in rows] == names.tolist()
    assert [r["clip"] for r in rows] == landmarks.clip.tolist()


def test_a_study_leaves_defused(tmp_path: Path) -> None:
    said = [replace(p, subject=HOSTILE[k % len(HOSTILE)], clip=f"=clip{k}") for k, p in enumerate(made_predictions())]
    with Store(tmp_path / "s.sqlite") as store:
        store.add_experiment(made_record())
        store.add_cell(ID, made_cell(), said)
        store.add_cell(ID, made_cell(fold=1, state="failed", fits={}, error="=failed"))
        files = export.csv_files(load_study(store, ID))
    assert all(harmless(cells_of(text)) for text in files.values())
    back = [cells for _, cells in records(files["predictions.csv"])]
    column = back[0].index("subject")
    assert {row[column] for row in back[1:]} == {p.subject for p in said}


@pytest.mark.parametrize("frame", [True, False])
def test_tables_of_pages_leave_defused(frame: bool) -> None:
    rows = [{"=name": name, "n": -k / 2} for k, name in enumerate(HOSTILE)]
    text = downloads.csv_bytes(pd.DataFrame(rows) if frame else rows).decode("utf-8-sig")
    assert harmless(cells_of(text))
    assert [cells for _, cells in records(text)][1:] == [[r["=name"], str(r["n"])] for r in rows]


def test_a_recording_comes_back(tmp_path: Path) -> None:
    emotions = ("=anger", "fear")
    recorder = Recorder(tmp_path, emotions, {})
    values = {"=anger": 0.7, "fear": 0.2, "neutral": 0.1}
    face = FaceReading(1, "emotion", "=anger", values, np.zeros((468, 2), np.float32), 0.03, "running", "")
    recorder.row(LiveState("emotion", "=anger", faces=1, frames=1, people=(face,), time_s=0.5))
    recorder.close()
    text = recorder.csv().read_text(encoding="utf-8")
    assert harmless(cells_of(text))
    (row,) = read_rows(recorder.csv())
    assert (row.emotion, row.probabilities["=anger"]) == ("=anger", 0.7)


def test_what_a_spreadsheet_wrote_stays(tmp_path: Path) -> None:
    """An apostrophe of somebody's own is no defence of ours."""
    rows = [["name"], ["'tis"], ["O'Neill"], ["'"], ["'a=b"]]
    assert [cells for _, cells in records(csv_text(rows))] == rows
