"""What other programs may have written: one sentence that says what, where and what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge, Le, MaxLen

from fer_core.base.errors import BundleError, PathError
from fer_core.files import shapes
from fer_core.files.shapes import Count, Finite, Interval, Share


@dataclass(frozen=True)
class Row:
    """A part of the shape."""

    low: Share


@dataclass(frozen=True)
class Sample:
    """One of everything."""

    n: Count
    share: Share = 0.5
    pair: Interval = (0.0, 1.0)
    state: Literal["done", "failed"] = "done"
    rows: list[Row] = field(default_factory=list)
    named: dict[str, Row] = field(default_factory=dict)
    error: str | None = None
    matrix: list[list[Finite]] = field(default_factory=list)
    short: Annotated[list[int], MaxLen(2)] = field(default_factory=list)
    size: Annotated[int, Ge(16), Le(1024)] = 48
    on: bool = False


def read(file: Path, content: Any) -> Any:
    """A file of this content as a `Sample`."""
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return shapes.read(file, Sample, what="sample", fix="write it again")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "the sample lacks 'n' ({}): write it again."),
        ([], "the sample holds a list of 0 where a group of named values belongs ({}): write it again."),
        ({"n": None}, "the sample holds null where a whole number belongs ({}, n): write it again."),
        ({"n": "3"}, 'the sample holds "3" where a whole number belongs ({}, n): write it again.'),
        ({"n": True}, "the sample holds true where a whole number belongs ({}, n): write it again."),
        ({"n": -1}, "the sample holds -1 where a number of at least 0 belongs ({}, n): write it again."),
        ({"n": 1, "size": 2}, "holds 2 where a number of at least 16 belongs ({}, size): write it again."),
        ({"n": 1, "size": 9999}, "holds 9999 where a number of at most 1,024 belongs ({}, size)"),
        ({"n": 1, "share": float("nan")}, "holds NaN where a finite number belongs ({}, share)"),
        ({"n": 1, "share": float("-inf")}, "holds -Infinity where a finite number belongs ({}, share)"),
        ({"n": 1, "rows": [{"low": 1}, {"low": "x"}]}, '"x" where a number belongs ({}, rows, row 2, low)'),
        ({"n": 1, "rows": {"low": 1}}, "a group of named values where a list belongs ({}, rows)"),
        ({"n": 1, "rows": [{}]}, "the sample lacks 'low' ({}, rows, row 1): write it again."),
        ({"n": 1, "named": {"a": []}}, "list of 0 where a group of named values belongs ({}, named, a)"),
        ({"n": 1, "pair": [1]}, "the sample lacks row 2 ({}, pair): write it again."),
        ({"n": 1, "pair": [1, 2, 3]}, "holds a list of 3 where a list of at most 2 belongs ({}, pair)"),
        ({"n": 1, "state": "paused"}, "holds \"paused\" where one of 'done' or 'failed' belongs ({}, state)"),
        ({"n": 1, "error": 5}, "holds 5 where text belongs ({}, error)"),
        ({"n": 1, "on": 1}, "holds 1 where true or false belongs ({}, on)"),
        ({"n": 1, "matrix": [[1], [1, None]]}, "null where a number belongs ({}, matrix, row 2, row 2)"),
        ({"n": 1, "short": [1, 2, 3]}, "holds a list of 3 where a list of at most 2 belongs ({}, short)"),
        (b'{"n": 1, "n": 2}', "the sample cannot be read (the key 'n' stands in it twice) ({}): "),
        (b'{"n": 1', "the sample cannot be read (it is not JSON) ({}): write it again."),
        (b"", "the sample cannot be read (it is not JSON) ({}): write it again."),
        (b"\xff\xfe{", "the sample cannot be read (it is not UTF-8 text) ({}): write it again."),
        (b"[" * 10_000 + b"]" * 10_000, "the sample cannot be read (it is nested too deep) ({})"),
        (b"[" * 65 + b"]" * 65, "the sample cannot be read (it is nested too deep) ({})"),
        (b'{"n": 1' + b"0" * 6000 + b"}", "the sample cannot be read (it is not JSON) ({})"),
        (b'{"n": 1, "error": "\\ud800"}', "the sample cannot be read (it is not Unicode text) ({})"),
        (b'{"n": 1, "share": 1e400}', "holds Infinity where a finite number belongs ({}, share)"),
    ],
)
def test_what_does_not_fit_is_one_sentence(tmp_path: Path, content: Any, said: str) -> None:
    file = tmp_path / "sample.json"
    with pytest.raises(PathError) as caught:
        read(file, content)
    text = str(caught.value)
    assert said.format(file) in text and text.endswith(": write it again.") and "\n" not in text


def test_whole_numbers_beyond_what_json_carries_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PathError, match=r"holds 1180591620717411303424 where a number of at most"):
        read(tmp_path / "sample.json", {"n": 2**70})


def test_what_fits_is_read_and_unknown_keys_are_passed_over(tmp_path: Path) -> None:
    content = {"n": 3, "share": 1, "pair": [1, 2], "rows": [{"low": 0.5, "high": 1}], "later": [1]}
    assert read(tmp_path / "sample.json", content) == Sample(3, 1.0, (1.0, 2.0), rows=[Row(0.5)])


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    assert read(tmp_path / "sample.json", b'\xef\xbb\xbf{"n": 3}').n == 3
    assert shapes.loads('\ufeff{"n": 3}', what="sample", fix="") == {"n": 3}


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "sample.json"
    with file.open("wb") as stream:
        stream.truncate(200_000_000)
    with pytest.raises(BundleError, match=r"cannot be read \(it is larger than 2 MB\)"):
        shapes.read(file, Sample, what="sample", fix="copy it", error=BundleError, limit=2_000_000)


@pytest.mark.parametrize("where", [".", "/dev/zero", "absent.json"])
def test_what_is_no_file_is_not_read(tmp_path: Path, where: str) -> None:
    with pytest.raises(PathError, match=r"cannot be read \((it is not a file|there is no such file)\)"):
        shapes.plain(tmp_path / where, what="sample", fix="choose another one")


def test_neither_app_nor_help_waits_for_pydantic() -> None:
    code = "import sys, fer_core.cli.main, fer_core.runs; fer_core.cli.main.parser(); print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
