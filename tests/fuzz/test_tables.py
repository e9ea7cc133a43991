"""Mutated tables of results: read, or one sentence; each row of the file is a row of the table, or named."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from stats.test_tables_of_others import mlflow, wandb

from fer_core.files.csv_files import read_text, records
from fer_core.stats.csv_file import header_of, preview
from fer_core.stats.table import read_table

from .mutators import damaged, every, swapped, tried


def left_out(note: str) -> int:
    """How many rows a note says were left out."""
    told = re.findall(r"(\d+) rows, [\d, .]+ without a metric|(Row) \d+ without|(\d+) rows of '", note)
    return sum(1 if one else int(several or named) for several, one, named in told)


@pytest.mark.slow
def test_tables_are_read_or_one_sentence(tmp_path: Path) -> None:
    sound = (mlflow().encode(), wandb().encode())

    def one(case: str, rng: random.Random) -> bool:
        file = tmp_path / "table é.csv"
        data = rng.choice(sound)
        for _ in range(rng.choice([1, 1, 2, 3])):
            data = rng.choice([damaged, swapped])(data, rng)
        file.write_bytes(data)
        for look in (header_of, preview):
            tried(case, (), look, file)
        table = tried(case, (file.name,), read_table, file)
        if table is not None:
            rows = sum(any(map(str.strip, cells)) for _, cells in records(read_text(file))) - 1
            used = len(table) / (len(table.emotions) if "columns of its own" in table.note else 1)
            assert used + left_out(table.note) >= rows, f"{case}: {used} of {rows}: {table.note}"
        return table is not None

    assert every("tables", one) > 0.1
