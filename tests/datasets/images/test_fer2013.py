"""FER2013's csv: odd headers, official parts, unpacking once, and every kind of broken row."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from fer_core.base.emotions import CKEXTENDED_CODES, FER2013_CODES
from fer_core.base.errors import CorpusError
from fer_core.datasets.images import pixel_rows
from fer_core.datasets.images.base import held_out
from fer_core.datasets.images.catalog import open_images
from fer_core.datasets.images.fer2013 import find_fer2013, open_fer2013
from fer_core.datasets.images.pixels import pixels

from ..builders import put, whys
from .trees import HEADER, blobs, put_fer2013, text, usual_rows


@pytest.mark.parametrize("header", [HEADER, "emotion, pixels, Usage", "emotion, Usage, pixels"])
def test_odd_headers_are_read(tmp_path: Path, header: str) -> None:
    """icml_face_data.csv has blanks in its header and its columns in another order."""
    rows = usual_rows(1)
    if header.endswith("pixels"):
        rows = [(e, u, p) for e, p, u in rows]
    corpus = open_images(put_fer2013(tmp_path / "icml_face_data.csv", rows, header))
    assert corpus.format == "fer2013" and corpus.size == 48
    assert corpus.counts == dict.fromkeys(FER2013_CODES.values(), 3)
    assert {p: sum(n.values()) for p, n in corpus.parts.items()} == {"train": 7, "validation": 7, "test": 7}
    assert corpus.emotion[:7].tolist() == list(FER2013_CODES.values())
    assert corpus.item[:2].tolist() == ["Training/0", "Training/1"]
    assert (corpus.source.read(3) == blobs(30)).all()


def test_the_public_test_is_never_called_test(tmp_path: Path) -> None:
    whole = open_fer2013(put_fer2013(tmp_path / "fer2013.csv", usual_rows(1)))
    positions, part = held_out(whole)
    assert part == "test" and whole.item[positions][0].startswith("PrivateTest/")
    public = [r for r in usual_rows(1) if r[2] != "PrivateTest"]
    half = open_fer2013(put_fer2013(tmp_path / "half.csv", public))
    positions, part = held_out(half)
    assert part == "validation" and len(positions) == 7
    assert half.item[positions][0].startswith("PublicTest/")
    assert not len(half.of_part("test"))


def test_a_csv_without_usage_has_no_parts(tmp_path: Path) -> None:
    lines = [f"{k},{text(blobs(k))}" for k in range(3)]
    corpus = open_fer2013(put(tmp_path / "train.csv", "\n".join(["emotion,pixels", *lines])))
    assert corpus.part.tolist() == ["", "", ""] and corpus.item[0] == "row/0"
    assert held_out(corpus)[1] == ""


def test_contempt_is_seven_in_ckextended_and_nothing_elsewhere(tmp_path: Path) -> None:
    rows = [(0, text(blobs(0)), "Training"), (7, text(blobs(1)), "Training")]
    assert CKEXTENDED_CODES[7] == "contempt"
    known = open_fer2013(put_fer2013(tmp_path / "ckextended.csv", rows))
    assert known.counts == {"anger": 1, "contempt": 1}
    other = open_fer2013(put_fer2013(tmp_path / "fer2013.csv", rows))
    assert other.counts == {"anger": 1}
    assert whys(other) == {"row 3": "its label 7 is out of range"}
    assert "ckextended" in other.omissions[0].fix
    assert "All images show anger" in other.note


def test_broken_rows_are_left_out_by_row_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = text(blobs(1))
    few, many = " ".join(good.split()[:-1]), good + " 7"
    rows: list[tuple[object, str, str]] = [
        (3, good, "Training"),
        (3, few, "Training"),
        (3, many, "Training"),
        (3, good.replace(good.split()[9], "abc", 1), "Training"),
        (3, "256 " + " ".join(good.split()[1:]), "Training"),
        (3, "-1 " + " ".join(good.split()[1:]), "Training"),
        (3, "1e2 " + " ".join(good.split()[1:]), "Training"),
        (3, "99999999999999999999999 " + " ".join(good.split()[1:]), "Training"),
        (3, "", "Training"),
        (9, good, "Training"),
        ("happy", good, "Training"),
        ("", good, "Training"),
        ("nan", good, "Training"),
        ("1e30", good, "Training"),
        (2.5, good, "Training"),
        ("4.0", good, "Training"),
        (3, good, "Testing"),
        (5, good, "PublicTest"),
    ]
    file = put_fer2013(tmp_path / "fer2013.csv", rows)
    file.write_text(file.read_text() + "3,1 2 3\n\n6\n")
    corpus = open_fer2013(file)
    assert corpus.item.tolist() == ["Training/0", "Training/15", "PublicTest/17"]
    assert corpus.emotion.tolist() == ["happiness", "sadness", "surprise"]
    assert (corpus.source.read(int(corpus.position[2])) == blobs(1)).all()
    told = whys(corpus)
    assert told["row 3"] == "it has 2,303 pixels instead of 48 x 48 = 2,304"
    assert told["row 4"] == "it has 2,305 pixels instead of 48 x 48 = 2,304"
    assert "not numbers from 0 to 255" in told["row 5"]
    assert told["row 6"] == "a pixel is 256, more than 255"
    assert "not numbers" in told["row 7"] and "not numbers" in told["row 8"]
    assert "more than 255" in told["row 9"]
    assert "0 pixels" in told["row 10"]
    assert told["row 11"] == "its label 9 is out of range"
    assert "'happy' is no whole number" in told["row 12"]
    assert all(f"row {n}" in told for n in (13, 14, 15, 16, 18, 20, 21))
    assert "'Testing' is unknown" in told["row 18"]
    assert told["row 20"] == told["row 21"] == "the row has too few columns"
    assert len(told) == len(rows) - 3 + 2


def test_many_broken_rows_are_told_in_one_line(tmp_path: Path) -> None:
    rows = [(1, text(blobs(1)), "Training"), *[(1, "1 2 3", "Training")] * 400]
    corpus = open_fer2013(put_fer2013(tmp_path / "fer2013.csv", rows))
    assert len(corpus) == 1 and len(corpus.omissions) == 1
    assert corpus.omissions[0].where == "row 3, row 4, row 5 and 397 more"


def test_a_first_broken_row_does_not_decide_the_size(tmp_path: Path) -> None:
    rows: list[tuple[object, str, str]] = [(1, "1 2 3 4", "Training")]
    rows += [(k % 2, text(blobs(k, 20)), "Training") for k in range(4)]
    corpus = open_fer2013(put_fer2013(tmp_path / "small.csv", rows))
    assert corpus.size == 20 and len(corpus) == 4


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("emotion,Usage\n1,Training\n", "lacks the column emotion or pixels"),
        ("emotion,pixels,Usage\n", "no usable image"),
        ("emotion,pixels,Usage\n1,2 3,Training\n", "no usable image"),
        ("", "lacks the column"),
    ],
)
def test_a_file_without_any_image_is_one_sentence(tmp_path: Path, content: str, why: str) -> None:
    file = tmp_path / "fer2013.csv"
    file.write_text(content)
    with pytest.raises(CorpusError, match=why):
        open_fer2013(file)


def test_odd_bytes_and_quotes_do_not_stop_the_file(tmp_path: Path) -> None:
    good = text(blobs(2))
    content = f'emotion,pixels,Usage\n1,"{good}",Training\n2,{good},Tr\x00aining\n3,{good},Training\n'
    file = put(tmp_path / "fer2013.csv", content.encode() + b"4,\xff\xfe\x80,Training\n")
    corpus = open_fer2013(file)
    assert {"disgust", "happiness"} <= set(corpus.emotion.tolist())
    assert len(corpus.omissions) >= 2


def test_the_pixels_are_parsed_once_and_mapped_after_that(
    tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = put_fer2013(tmp_path / "fer2013.csv", usual_rows(1))
    first = open_fer2013(file)
    assert isinstance(first.source.images.base, np.memmap) or isinstance(first.source.images, np.memmap)
    kept = list((own_home / "cache" / "images").iterdir())
    assert len(kept) == 1 and not kept[0].name.startswith(".")
    with monkeypatch.context() as patched:
        patched.setattr(pixel_rows, "_unpack", lambda *_: pytest.fail("parsed a second time"))
        again = open_fer2013(file)
    assert again.key == first.key and (again.emotion == first.emotion).all()
    # The file changes: parsed anew, and what was kept of the older one goes.
    put_fer2013(file, usual_rows(1)[:5])
    os.utime(file, ns=(1, 1))
    changed = open_fer2013(file)
    assert len(changed) == 5 and changed.key != first.key
    assert len(list((own_home / "cache" / "images").iterdir())) == 1


def test_a_damaged_cache_is_made_again(tmp_path: Path, own_home: Path) -> None:
    file = put_fer2013(tmp_path / "fer2013.csv", usual_rows(1))
    key = open_fer2013(file).key
    kept = next((own_home / "cache" / "images").iterdir())
    (kept / "pixels.npy").write_bytes(b"\x93NUMPY nothing")
    assert open_fer2013(file).key == key
    (kept / "rows.npz").unlink()
    assert open_fer2013(file).key == key


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    file = put_fer2013(tmp_path / "fer2013.csv", usual_rows(1))

    def full(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(pixel_rows.np, "savez", full)
    with pytest.raises(CorpusError, match="no room on the disk") as caught:
        open_fer2013(file)
    assert "FER_LAB_HOME" in caught.value.fix and "\n" not in str(caught.value)
    assert list((own_home / "cache" / "images").iterdir()) == []


def test_a_cache_that_may_not_be_written_is_one_sentence(tmp_path: Path, own_home: Path) -> None:
    file = put_fer2013(tmp_path / "fer2013.csv", usual_rows(1))
    (own_home / "cache").mkdir()
    (own_home / "cache" / "images").write_text("a file where a folder should be")
    with pytest.raises(CorpusError, match="cannot be unpacked into the cache"):
        open_fer2013(file)


def test_the_csv_is_found_in_a_folder_or_in_its_only_folder(tmp_path: Path) -> None:
    file = put_fer2013(tmp_path / "a" / "b" / "icml_face_data.csv", usual_rows(1)[:2])
    put(tmp_path / "a" / "b" / "notes.csv", "a,b\n1,2\n")
    assert find_fer2013(tmp_path / "a") == find_fer2013(tmp_path / "a" / "b") == file
    assert open_images(tmp_path / "a").format == "fer2013"
    put_fer2013(file.with_name("fer2013.csv"), usual_rows(1)[:2])
    assert find_fer2013(file.parent) == file.with_name("fer2013.csv")


def test_the_real_rows_are_read_as_numpy_reads_them(shared_data: Path) -> None:
    """210 rows in the native form; the oracle is a plain split of each line."""
    file = shared_data / "fer2013_excerpt.csv"
    corpus = open_images(file)
    lines = file.read_text().splitlines()[1:]
    assert len(corpus) == len(lines) == 210 and corpus.omissions == ()
    assert corpus.counts == dict.fromkeys(FER2013_CODES.values(), 30) and corpus.size == 48
    shown = pixels(corpus, range(210), 48, 1)[..., 0]
    for row, line in enumerate(lines):
        label, values, usage = line.split(",")
        assert (shown[row] == np.array([int(v) for v in values.split()]).reshape(48, 48)).all()
        assert corpus.emotion[row] == FER2013_CODES[int(label)]
        assert corpus.item[row] == f"{usage}/{row}"
