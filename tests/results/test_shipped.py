"""Studies that come along: written whole, read without a trace, and those in assets/study in order."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pandas as pd
import pytest
from study_samples import FACTORS, ID, fill, finished_study

from fer_core.base.errors import PathError, StoreError
from fer_core.base.paths import REPOSITORY
from fer_core.reports import export
from fer_core.results.study import load_study
from fer_core.store import shipped
from fer_core.store.store import Store


def test_it_holds_the_whole_experiment_and_no_other(tmp_path: Path) -> None:
    path = "/home/somebody/clips/made"
    with Store(tmp_path / "s.sqlite") as store:
        record = fill(store, corpus={**_corpus(), "path": path}, factors=FACTORS[:4])
        fill(store, "experiment-other", seeds=(0,), factors=(("gru", "predefined", "standard"),))
        before = load_study(store, ID)
        file = shipped.ship(store, ID, tmp_path / "out" / "study.sqlite", "What came out")
    with Store(file, read_only=True) as store:
        assert [r.id for r in store.experiments()] == [ID]
        after = load_study(store, ID)
    assert after.record.name == "What came out"
    assert after.record.corpus == {**record.corpus, "path": "made"}, "where it lay is nobody's business"
    assert b"somebody" not in file.read_bytes()
    assert after.cells == before.cells
    tables = export.tables(after)
    assert set(tables["predictions"]["clip"]).isdisjoint(export.tables(before)["predictions"]["clip"])
    for name, table in export.tables(before).items():
        named = [c for c in ("clip", "subject") if c in table]  # numbers stand there now, in the same order
        for column in named:
            assert tables[name][column].nunique() == table[column].nunique()
            numbers = dict(zip(table[column], tables[name][column], strict=True))
            assert list(dict(sorted(numbers.items())).values()) == sorted(numbers.values())
        pd.testing.assert_frame_equal(tables[name].drop(columns=named), table.drop(columns=named))
    assert [f.name for f in file.parent.iterdir()] == ["study.sqlite"], "reading leaves nothing beside it"


def _corpus() -> dict[str, object]:
    from study_samples import made_record

    return dict(made_record().corpus)


def test_an_unknown_experiment_leaves_the_earlier_file(tmp_path: Path) -> None:
    file = tmp_path / "study.sqlite"
    file.write_text("earlier")
    with Store(tmp_path / "s.sqlite") as store, pytest.raises(StoreError, match="no such experiment"):
        shipped.ship(store, ID, file)
    assert file.read_text() == "earlier"


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with Store(tmp_path / "s.sqlite") as store, pytest.raises(PathError, match="cannot be written"):
        shipped.ship(store, ID, tmp_path / "file" / "study.sqlite")


def test_the_script_writes_store_and_tables(tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished_study(own_home, factors=FACTORS[:4], seeds=(0,))
    monkeypatch.setattr(shipped, "assets_dir", lambda: tmp_path)
    monkeypatch.setattr(sys, "argv", ["ship_study.py", ID, "folds", "Five folds"])
    runpy.run_path(str(REPOSITORY / "scripts" / "ship_study.py"), run_name="__main__")
    assert shipped.shipped_studies() == {"folds": tmp_path / "study" / "folds.sqlite"}
    _check(tmp_path / "study" / "folds.sqlite")


@pytest.mark.parametrize("file", shipped.shipped_studies().values(), ids=lambda f: f.stem)
def test_what_ships_is_in_order(file: Path) -> None:
    """Written anew with scripts/ship_study.py after each change of the store's tables or of the metrics."""
    _check(file)


def _check(file: Path) -> None:
    assert file.stat().st_size < 2_000_000
    assert file.read_bytes()[18:20] == b"\x01\x01", "a write-ahead log would want files beside it"
    with Store(file, read_only=True) as store:
        (record,) = store.experiments()
        study = load_study(store, record.id)
    assert not re.match(r"/|[A-Z]:", str(record.corpus["path"])), "a path of one machine"
    assert len([c for c in study.cells if c.state == "done"]) == record.planned
    for name, text in export.csv_files(study).items():
        assert (file.with_suffix("") / name).read_text(encoding="utf-8") == text, name
