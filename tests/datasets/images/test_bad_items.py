"""One bad item costs itself only: names, links, files and lists of every picture format."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from fer_core.base.errors import MediaError
from fer_core.cli.main import main
from fer_core.datasets.images.catalog import open_images

from .trees import put, put_affectnet_list, put_by_emotion, put_fer2013, put_rafdb, text, usual_rows, whys

AFFECTNET = "subDirectory_filePath{s}face_x{s}facial_landmarks{s}expression{s}valence{s}arousal"


def affectnet(root: Path, rows: list[str], separator: str = ",", end: str = "\n", code: str = "utf-8") -> Path:
    """AffectNet's list of given rows, with pictures 1/0.jpg to 1/7.jpg."""
    for k in range(8):
        put(root / "1" / f"{k}.jpg")
    lines = [AFFECTNET.format(s=separator), *rows]
    return put(root / "training.csv", end.join(lines).encode(code))


def rows(separator: str = ",") -> list[str]:
    return [separator.join([f"1/{k}.jpg", "1", "1.5", str(k), "0.1", "-0.2"]) for k in range(8)]


@pytest.mark.parametrize(
    ("separator", "end", "code"),
    [
        (",", "\r", "utf-8"),
        (";", "\n", "utf-8-sig"),
        ("\t", "\r\n", "latin-1"),
        (";", "\r", "utf-16"),
        (",", "\r\n", "utf-16-le"),
        ("\t", "\n", "utf-16-be"),
    ],
)
def test_lists_in_every_usual_text(tmp_path: Path, separator: str, end: str, code: str) -> None:
    affectnet(tmp_path, rows(separator), separator, end, code)
    corpus = open_images(tmp_path)
    assert len(corpus) == 8 and corpus.omissions == () and len(corpus.emotions) == 8


def test_a_hint_for_excel_is_no_header(tmp_path: Path) -> None:
    file = affectnet(tmp_path, rows(";"), ";")
    file.write_text("sep=;\n" + file.read_text())
    assert len(open_images(tmp_path)) == 8


@pytest.mark.parametrize(
    "cell",
    [
        '"',
        '"1/3.jpg',
        "1/3.jpg\0",
        "\0",
        "x" * 300_000,
        '"' + "x" * 300_000,
        "1/3.jpg,1,1,3e0,",
        "9" * 6000,
        "1/3.jpg,1,1,1_0,",
        "1/3.jpg,1,1,٣,",
        "1/3.jpg,1,1,-3,",
        "1/3.jpg,1,1,inf,",
        '1/"3".jpg,1,1,',
        "\udcfc\udcff",
    ],
)
def test_an_odd_row_costs_itself_only(tmp_path: Path, cell: str) -> None:
    lines = rows()
    lines[3] = cell
    for k in range(8):
        put(tmp_path / "1" / f"{k}.jpg")
    data = "\n".join([AFFECTNET.format(s=","), *lines]).encode("utf-8", "surrogateescape")
    put(tmp_path / "training.csv", data)
    limit = csv.field_size_limit()
    corpus = open_images(tmp_path)
    assert corpus.item.tolist() == [f"1/{k}.jpg" for k in range(8) if k != 3]
    assert sum(o.count for o in corpus.omissions) == 1 and csv.field_size_limit() == limit
    json.dumps([o.why for o in corpus.omissions]).encode()
    assert max(len(o.where) + len(o.why) for o in corpus.omissions) < 1000


def test_an_open_quote_in_pixels_costs_its_row_only(tmp_path: Path) -> None:
    lines = usual_rows(1)
    lines[4] = (4, '"' + str(lines[4][1]), lines[4][2])
    corpus = open_images(put_fer2013(tmp_path / "fer2013.csv", lines))
    assert len(corpus) == 20 and [o.where for o in corpus.omissions] == ["row 6"]


def test_pixels_from_a_spreadsheet(tmp_path: Path) -> None:
    file = put_fer2013(tmp_path / "fer2013.csv", usual_rows(1))
    file.write_bytes(file.read_text().replace(",", ";").replace("\n", "\r").encode("utf-16"))
    assert len(open_images(file)) == 21


def odd_names(folder: Path) -> int:
    """Files and links of odd names or ends beside sound ones; how many may not count as images."""
    put(folder / "sound.png")
    outside = put(folder.parent.parent / "outside.png")
    (folder / "loop.png").symlink_to("loop.png")
    (folder / "dead.png").symlink_to("nothing.png")
    (folder / "out.png").symlink_to(outside)
    (folder / "out").symlink_to(outside.parent)
    os.mkfifo(folder / "pipe.png")
    put(folder / "film.mp4", b"x")
    put(folder / "notes.doc", b"x")
    (folder / "inner").mkdir()
    return 8


def test_links_pipes_and_other_files_are_told(tmp_path: Path) -> None:
    put_by_emotion(tmp_path / "in", ["happy/a.png", "sad/b.png"])
    bad = odd_names(tmp_path / "in" / "happy")
    corpus = open_images(tmp_path / "in")
    assert corpus.item.tolist() == ["happy/a.png", "happy/sound.png", "sad/b.png"]
    told = whys(corpus)
    assert len(told) == bad and "out of the corpus" in told["happy/out.png"]
    assert told["happy/dead.png"] == "it is a link that leads nowhere"


@pytest.mark.parametrize("name", ["loop", "happy2", "neutral"])
def test_a_folder_that_is_a_link_onto_itself_costs_itself(tmp_path: Path, name: str) -> None:
    put_by_emotion(tmp_path, ["happy/a.png", "sad/b.png"])
    (tmp_path / name).symlink_to(name)
    assert len(open_images(tmp_path)) == 2


def test_a_folder_of_an_emotion_that_leads_out_is_not_entered(tmp_path: Path) -> None:
    put_by_emotion(tmp_path / "in", ["happy/a.png", "sad/b.png"])
    put(tmp_path / "fear" / "secret.png")
    (tmp_path / "in" / "fear").symlink_to(tmp_path / "fear")
    corpus = open_images(tmp_path / "in")
    assert corpus.item.tolist() == ["happy/a.png", "sad/b.png"]
    assert whys(corpus) == {"fear": "it is a link, and it leads out of the corpus"}


def test_names_that_are_not_utf8_are_used_and_printable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put_by_emotion(tmp_path / "in", ["happy/a.png", "sad/b.png"])
    for folder, name in ((b"happy", b"f\xfcr.png"), (b"sad", b"f\xfcr.doc"), (b"\xfc", b"c.png")):
        inside = os.fsencode(tmp_path / "in") + b"/" + folder
        Path(os.fsdecode(inside)).mkdir(exist_ok=True)
        put(Path(os.fsdecode(inside + b"/" + name))) if name.endswith(b"png") else put(
            Path(os.fsdecode(inside + b"/" + name)), b"x"
        )
    corpus = open_images(tmp_path / "in")
    assert corpus.item.tolist() == ["happy/a.png", "happy/f\\xfcr.png", "sad/b.png"]
    assert corpus.source.read(1).ndim == 3
    assert "\n".join([*corpus.item.tolist(), *whys(corpus)]).encode() and len(whys(corpus)) == 2
    assert main(["corpus", str(tmp_path / "in"), "--images", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 3


def test_lists_may_name_files_that_are_not_utf8(tmp_path: Path) -> None:
    put(Path(os.fsdecode(os.fsencode(tmp_path) + b"/1/\xfc.jpg")))
    put(tmp_path / "training.csv", (AFFECTNET.format(s=",") + "\n").encode() + b"1/\xfc.jpg,1,1,3,0,0\n")
    corpus = open_images(tmp_path)
    assert corpus.emotion.tolist() == ["surprise"] and corpus.source.read(0).ndim == 3
    corpus.item[0].encode()


def test_broken_pictures_are_found_when_they_are_read(tmp_path: Path) -> None:
    put_by_emotion(tmp_path, ["happy/a.png", "sad/b.png"])
    put(tmp_path / "happy" / "zero.png", b" ").write_bytes(b"")
    put(tmp_path / "happy" / "text.png", b"no picture")
    put(tmp_path / "happy" / "half.png", put(tmp_path / "x.png").read_bytes()[:60])
    put(tmp_path / "happy" / "webpage.png", b"<html></html>")
    corpus = open_images(tmp_path)
    bad = []
    for position in range(len(corpus)):
        try:
            corpus.source.read(position)
        except MediaError:
            bad.append(str(corpus.item[position]))
    assert bad == ["happy/half.png", "happy/text.png", "happy/webpage.png", "happy/zero.png"]


@pytest.mark.parametrize(
    "line",
    [
        "train_00001.jpg\0 1",
        "train_00001.jpg 1e400",
        "\0" * 50,
        "x" * 100_000,
        f"train_00001.jpg {'9' * 30}",
        "train_00001 1",
        "\ufffe",
    ],
)
def test_an_odd_line_of_rafdbs_list_costs_itself_only(tmp_path: Path, line: str) -> None:
    names = [f"train_{k:05d}" for k in range(1, 8)]
    lines = [f"{name}.jpg {k}" for k, name in enumerate(names, start=1)]
    lines[0] = line
    put_rafdb(tmp_path, lines, names[1:])
    corpus = open_images(tmp_path)
    assert corpus.item.tolist() == names[1:] and len(corpus.omissions) == 1


def test_a_line_without_an_end_is_not_read_whole(tmp_path: Path) -> None:
    file = put_fer2013(tmp_path / "fer2013.csv", usual_rows(1))
    with file.open("a") as stream:
        stream.write("0," + "1 " * 4_100_000 + ",Training\n0," + text(__import__("numpy").zeros((48, 48), int)))
        stream.write(",Training\n")
    corpus = open_images(file)
    assert len(corpus) == 22 and "more than 8,000,000 characters" in corpus.omissions[0].why


def test_an_affectnet_list_in_a_spreadsheets_dress(tmp_path: Path) -> None:
    put(tmp_path / "1" / "a.jpg")
    file = put_affectnet_list(tmp_path / "training.csv", [("1/a.jpg", "3.0")])
    file.write_bytes(b"\xef\xbb\xbfsep=,\r\n" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert open_images(tmp_path).emotion.tolist() == ["surprise"]
