"""The one reader and the one writer of CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest

from fer_core.base.errors import CorpusError, TableError
from fer_core.files.csv_files import frame_text, read_text, records, separator_of, write_csv

ROWS = [
    ["clip", "=1+1"],
    ["a\rb", "l1\nl2\r\nl3"],
    ["'=1", 'x;=cmd|"/c"!A1'],
    ["", 'q"uote'],
    ["-0.5", " @x"],
    ["＝1", "\t=1"],
    ["é 👩\u200d🔬", ","],
    ["", ""],
]


def rows(text: str | bytes) -> list[list[str]]:
    return [cells for _, cells in records(read_text(text if isinstance(text, bytes) else text.encode()))]


def test_what_is_written_comes_back_and_holds_no_formula(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ROWS)
    assert [cells for _, cells in records(read_text(tmp_path / "a.csv"))] == ROWS
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        assert [cells for _, cells in records(file)] == ROWS
        file.seek(0)
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [c for c in cells if c.lstrip(' "')[:1] in set("=+@＝\t") and c]
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> list[list[str]]:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError):
        write_csv(tmp_path / "a.csv", (row for row in broken()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n",
        "a,b\r1,2\r",
        "a,b\r\n1,2",
        "a;b\n1;2",
        "a\tb\n1\t2",
        "\ufeffa,b\n1,2",
        "sep=;\na;b\n1;2",
        '"sep=,"\r\na,b\r\n1,2',
        "sep=\t\na\tb\n1\t2\n",
        "a,b\n1,2".encode("utf-16"),
        '"a","b"\n1,"2"\n',
    ],
)
def test_tables_of_any_spreadsheet_are_read(text: str | bytes) -> None:
    assert rows(text) == [["a", "b"], ["1", "2"]]


def test_rows_are_counted_as_a_spreadsheet_does() -> None:
    assert [n for n, _ in records("sep=;\na;b\n\n1;2\n")] == [2, 3, 4]
    assert rows("a\n\n1\n") == [["a"], [], ["1"]]


def test_a_table_of_windows_is_read() -> None:
    assert rows("José;b\n1;2".encode("cp1252")) == [["José", "b"], ["1", "2"]]


@pytest.mark.parametrize("tail", ["", "\n", "x" * 200_000, "\r1,2\r"])
def test_an_open_quote_swallows_nothing_silently(tail: str) -> None:
    with pytest.raises(TableError, match=r"a quote is opened and never closed \(row 2\)"):
        rows('clip,subject\n"c1,anna\nc2,berta\n' + tail)


@pytest.mark.parametrize("length", [2000, 9_000_000])
def test_a_cell_without_end_is_refused(length: int) -> None:
    with pytest.raises(CorpusError, match=r"not a CSV here .* \(s.csv row 2\): mend it"):
        list(records("a,b\n" + "x" * length, kind=CorpusError, where="s.csv", longest=1000))


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"PK\x03\x04", "spreadsheet's own format"),
        (b"a\0b", "not text"),
        (b" \n", "empty"),
        (b"\x81\x8d", "not text"),
        (b"\xff\xfea", "not text"),
        (b"a" * 101, "larger than"),
    ],
)
def test_what_is_no_table_is_a_sentence(raw: bytes, what: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(raw)
    for source in (raw, tmp_path / "a.csv"):
        with pytest.raises(CorpusError, match=what):
            read_text(source, 100, kind=CorpusError)
    with pytest.raises(TableError, match="cannot be read"):
        read_text(tmp_path)


def test_the_separator_is_the_headers() -> None:
    assert [separator_of(t) for t in ("a,b", "a;b,c;d", "a\tb\n,,,,", "sep=;\na,b", "a")] == [",", ";", "\t", ";", ","]


def test_a_frame_is_defused_in_names_and_cells() -> None:
    frame = pd.DataFrame({"=a": ["=x", None, "-1"], "b": [1.25, float("nan"), -2], "c": [True, False, True]})
    frame["d"] = pd.Categorical(["@x", "b", "b"])
    text = frame_text(frame)
    assert text == "'=a,b,c,d\n'=x,1.25,True,'@x\n,,False,b\n-1,-2.0,True,b\n"
    assert list(frame.columns) == ["=a", "b", "c", "d"]
    assert pd.read_csv(io.StringIO(frame_text(frame, "%.1f")))["b"].tolist()[::2] == [1.2, -2.0]
