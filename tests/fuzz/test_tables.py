"""Mutated tables of results: read, or one sentence; each row of the file is a row of the table, or named."""

from __future__ import annotations

import random
from pathlib import Path

from stats.test_tables_of_others import mlflow, wandb

from fer_core.stats.csv_file import header_of, preview, read_csv
from fer_core.stats.table import read_table

from .mutators import damaged, every, swapped, tried


def test_tables_are_read_or_one_sentence(tmp_path: Path) -> None:
    sound = (mlflow().encode(), wandb().encode())

    def one(case: str, rng: random.Random) -> bool:
        file = tmp_path / "table é.csv"
        data = rng.choice(sound)
        for _ in range(rng.choice([1, 1, 2, 3])):
            data = rng.choice([damaged, swapped])(data, rng)
        file.write_bytes(data)
        tried(case, (), header_of, file)
        tried(case, (), preview, file)
        frame = tried(case, (), read_csv, file)
        table = tried(case, (file.name,), read_table, file)
        if table is None:
            return False
        assert frame is not None
        assert len(table) == len(frame), case
        return True

    assert every("tables", one) > 0.1
