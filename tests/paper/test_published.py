"""The printed tables as shipped: complete, unchanged, named."""

from __future__ import annotations

import pytest

from fer_core.base.errors import TableError
from fer_core.figures import corpus
from fer_core.paper.published import PAPER_RATIOS, said, sources, statement, table
from paper.raw import ASSETS


def test_every_file_is_named_by_its_source_and_is_there() -> None:
    named = {file for source in sources().values() for file in source.files}
    there = {p.name for p in ASSETS.glob("*.csv")} - {"confusion_reconstructed.csv", "statements.csv"}
    assert named == there
    assert all(s.citation and s.licence.startswith("CC BY") for s in sources().values())
    assert "reconstruction" in sources()["winarno"].ours


@pytest.mark.parametrize(("number", "rows"), [(1, 16), (2, 12), (3, 12), (4, 6), (5, 12), (6, 4), (7, 5)])
def test_the_tables_have_their_rows(number: int, rows: int) -> None:
    assert len(table("winarno", number)) == rows


def test_values_are_as_printed_not_as_corrected() -> None:
    assert (
        float(table("winarno", 2).set_index(["metric", "effect"]).loc[("precision", "loss"), "partial_eta2"]) == 0.015
    )
    assert "orientation" not in " ".join(table("winarno", 3).columns), "which level minus which is not printed"
    assert said("evaluations") == 288
    assert statement("winarno", "evaluations").where == "section 3.3.3"


def test_a_table_is_a_copy() -> None:
    own = table("winarno", 1)
    own.loc[:, "mean"] = 0.0
    assert table("winarno", 1)["mean"].min() > 0.5


def test_the_ratios_of_the_corpus_page_are_those_of_table_4() -> None:
    assert dict(table("winarno", 4).set_index("emotion")["imbalance_ratio"]) == PAPER_RATIOS
    assert corpus.PAPER_RATIOS is PAPER_RATIOS


def test_what_is_not_there_is_said_in_one_sentence() -> None:
    with pytest.raises(TableError, match="table 3 of munsarif is not shipped"):
        table("munsarif", 3)
    with pytest.raises(TableError, match="no statement 'sample'"):
        statement("winarno", "sample")
