"""People are never invented: cameras, dates and usual words are nobody's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_core.base.errors import CorpusError, SettingError
from fer_core.base.text import clean_name
from fer_core.datasets.catalog import open_corpus, summary
from fer_core.datasets.images.catalog import open_images
from fer_core.datasets.people import is_no_name, people_in
from fer_core.datasets.subjects import read_subjects, write_subjects

from .builders import put, whys

PHONES = [
    ("IMG_4001.MOV", "IMG_4002.MOV", "IMG_4003.MOV", "IMG_4004.MOV"),
    ("VID_20240101_101000.mp4", "PXL_20240101_101001234.mp4", "VID_20240103_101000.mp4", "PXL_20240102_1.mp4"),
    ("WIN_20240101_10_10_10_Pro.mp4", "WIN_20240101_10_10_11_Pro.mp4", "WIN_2_Pro.mp4", "WIN_3_Pro.mp4"),
    ("20240101_101010.mp4", "20240101_101011.mp4", "20240102_101010.mp4", "20240102_101012.mp4"),
    ("GOPR0012_1.MP4", "GX010012_2.MP4", "GOPR0013_2.MP4", "GX010013_1.MP4"),
    ("DSC_0001.MOV", "MVI_0002.MOV", "DSC_0003.MOV", "MVI_0004.MOV"),
    ("clip1_a.mp4", "clip1_b.mp4", "clip1_c.mp4", "clip1_d.mp4"),
    ("video 3_x.mp4", "video 3_y.mp4", "video 4_x.mp4", "video 4_y.mp4"),
    ("Screen Recording 2024-01-01_1.mov", "Screen Recording 2024-01-02_2.mov", "clip_1.mov", "clip_2.mov"),
    ("XPERIA_0001.mp4", "XPERIA_0002.mp4", "XPERIA_0003.mp4", "XPERIA_0004.mp4"),
    ("a3f09b8c7d_1.mp4", "a3f09b8c7d_2.mp4", "a3f09b8c7d_3.mp4", "a3f09b8c7d_4.mp4"),
    ("cam1_anna.mp4", "cam2_anna.mp4", "cam1_ben.mp4", "cam2_ben.mp4"),
    ("front_1.mp4", "left_1.mp4", "front_2.mp4", "left_2.mp4"),
    ("happy_1.mp4", "sad_1.mp4", "happy_2.mp4", "sad_2.mp4"),
    ("train_1.mp4", "test_1.mp4", "train_2.mp4", "test_2.mp4"),
    ("Rafd090_x.mp4", "Rafd045_x.mp4", "Rafd090_y.mp4", "Rafd045_y.mp4"),
    ("001_1.mp4", "002_1.mp4", "001_2.mp4", "002_2.mp4"),
]


@pytest.mark.parametrize("names", PHONES, ids=lambda names: names[0])
def test_a_camera_is_no_person(tmp_path: Path, names: tuple[str, ...]) -> None:
    for k, name in enumerate(names):
        for folder in ("happy", "sad") if k % 2 else ("sad", "happy"):
            put(tmp_path / folder / f"{Path(name).stem}{'' if folder == 'happy' else 'b'}.png")
    corpus = open_corpus(tmp_path)
    assert corpus.subjects == () and not corpus.subjects_known
    assert not any(c.subject_known for c in corpus.clips)
    assert all(c.subject == c.clip_id for c in corpus.clips)
    (note,) = [o for o in corpus.omissions if "unknown" in o.why]
    assert note.count == 8 and "subjects.csv" in note.fix
    told = summary(corpus)
    assert told["subjects"] is None and told["subjects_known"] is False
    pictures = open_images(tmp_path)
    assert not pictures.subjects_known and pictures.subjects == ()


def test_a_beginning_that_does_not_come_back_in_another_emotion_is_no_person(tmp_path: Path) -> None:
    for n in (1, 2, 3):
        put(tmp_path / "happy" / f"party_{n}.png")
        put(tmp_path / "sad" / f"funeral_{n}.png")
    assert open_corpus(tmp_path).subjects == ()


def test_names_that_come_back_are_people_and_bring_the_others(tmp_path: Path) -> None:
    for who in ("anna", "ben"):
        for folder in ("happy", "sad"):
            put(tmp_path / folder / f"{who}_clip1.png")
    put(tmp_path / "happy" / "carla_clip1.png")
    put(tmp_path / "sad" / "unnamed.png")
    corpus = open_corpus(tmp_path)
    assert {c.subject for c in corpus.clips if c.subject_known} == {"anna", "ben", "carla"}
    assert not corpus.subjects_known and "who is shown in 1 clip is" in whys(corpus)["sad/unnamed"]
    pictures = open_images(tmp_path)
    assert not pictures.subjects_known and "1 images" in whys(pictures)
    (tmp_path / "sad" / "unnamed.png").unlink()
    assert open_images(tmp_path).subjects == open_corpus(tmp_path).subjects == ("anna", "ben", "carla")


@pytest.mark.parametrize(
    "ways",
    [("Anna", "anna"), ("anna", "an\u200bna"), ("Zoe\u0308", "Zo\u00eb"), ("anna", "\uff41nna"), ("anna ", "anna")],
)
def test_spellings_of_a_name_are_one_person(tmp_path: Path, ways: tuple[str, str]) -> None:
    for n, way in enumerate(ways):
        put(tmp_path / ("happy", "sad")[n] / f"{way}_{n}.png")
        put(tmp_path / ("happy", "sad")[n] / f"ben_{n}.png")
    corpus = open_corpus(tmp_path)
    assert len(corpus.subjects) == 2
    differ = len({clean_name(way) for way in ways}) > 1
    assert any("count as one person" in o.why for o in corpus.omissions) == differ


def test_spellings_in_a_list_are_one_person(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        put(tmp_path / "fear" / f"{name}.png")
    put(tmp_path / "subjects.csv", "clip,subject\na,Anna\nb,ANNA\nc,An\u00adna\n")
    corpus = open_corpus(tmp_path)
    assert corpus.subjects == ("Anna",) and "count as one person, Anna" in "".join(whys(corpus).values())


def test_a_name_may_say_itself_that_it_is_a_persons(tmp_path: Path) -> None:
    for folder in ("happy", "sad"):
        for who in (1, 2, 12):
            put(tmp_path / folder / f"session3_subject{who:02d}_{folder}.png")
    assert open_corpus(tmp_path).subjects == ("subject 1", "subject 12", "subject 2")


@pytest.mark.parametrize("name", ["anna", "Zoë", "P01", "S005", "王小明", "笑", "mary-ann", "guy", "sam", "Di", "b2"])
def test_names_of_people_are_names(name: str) -> None:
    assert not is_no_name(name)


def test_thousands_of_names_are_read_in_a_moment() -> None:
    files = [(str(n), f"person{n % 50}x_{n}" + "_-" * 100, ("fear", "anger")[n % 2]) for n in range(20_000)]
    assert len(people_in(files).of) == 0  # a word that names nobody, whatever its number


# lists of subjects --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"clip,subject\rone,Anna\rtwo,Ben\r",
        b"sep=;\r\nclip;subject\r\none;Anna\r\ntwo;Ben\r\n",
        "clip,subject\none,Anna\ntwo,Ben".encode("utf-16"),
        b"file,person\none.png,Anna\n./fear/two.png,Ben\n",
        "\ufeffClip , SUBJECT \nfear\\one,Anna\ntwo,Ben\n".encode(),
    ],
)
def test_lists_of_subjects_come_from_any_spreadsheet(tmp_path: Path, data: bytes) -> None:
    for name in ("one", "two"):
        put(tmp_path / "fear" / f"{name}.png")
    put(tmp_path / "subjects.csv", data.replace(b"./", b""))
    corpus = open_corpus(tmp_path)
    assert corpus.subjects == ("Anna", "Ben") and corpus.omissions == ()


@pytest.mark.parametrize(
    "data",
    [
        b'clip,subject\none,"Anna\n' + b"x" * 200_000,
        b'clip,subject\none,"Anna\ntwo,Ben\n',
        b"clip,subject\none," + b"x" * 300_000,
        b"PK\x03\x04 a spreadsheet",
    ],
)
def test_a_damaged_list_is_one_sentence(tmp_path: Path, data: bytes) -> None:
    put(tmp_path / "fear" / "one.png")
    put(tmp_path / "subjects.csv", data)
    corpus = open_corpus(tmp_path)
    assert not corpus.subjects_known and "subjects.csv" in whys(corpus)
    with pytest.raises(CorpusError):
        open_corpus(tmp_path, subjects_csv=tmp_path / "subjects.csv")


def test_a_list_to_fill_in_is_written_and_read_back(tmp_path: Path) -> None:
    for name in ("=1+1_x", "IMG_1", "@sum", "-3"):
        put(tmp_path / "c" / "happy" / f"{name}.png")
        put(tmp_path / "c" / "sad" / f"{name}.png")
    corpus = open_corpus(tmp_path / "c")
    file = tmp_path / "who.csv"
    assert write_subjects(corpus, file) == 8
    lines = file.read_text("utf-8").splitlines()
    assert lines[0] == "clip,subject" and len(lines) == 9
    assert all(line[0] not in "=+-@" for line in lines)
    with pytest.raises(SettingError, match="there already"):
        write_subjects(corpus, file)
    file.write_text("\n".join([lines[0], *(f"{line}p{n % 2}" for n, line in enumerate(lines[1:]))]))
    assert open_corpus(tmp_path / "c", subjects_csv=file).subjects == ("p0", "p1")
    assert open_images(tmp_path / "c").subjects == ()
    assert len(read_subjects(file).rows) == 8


def test_a_list_half_filled_in_is_told_in_one_line(tmp_path: Path) -> None:
    for n in range(30):
        put(tmp_path / "fear" / f"{n}.png")
    put(tmp_path / "subjects.csv", "clip,subject\n" + "".join(f"fear/{n},{'A' if n < 3 else ''}\n" for n in range(30)))
    corpus = open_corpus(tmp_path)
    note = next(o for o in corpus.omissions if "lacks its subject" in o.why)
    assert note.count == 27 and sum(c.subject_known for c in corpus.clips) == 3


def test_pictures_in_folders_take_a_list_of_subjects(tmp_path: Path) -> None:
    for name in ("happy/1.png", "sad/1.png", "sad/2.png"):
        put(tmp_path / name)
    put(tmp_path / "subjects.csv", "clip,subject\nhappy/1,A\nsad/1,B\n2,A\n")
    corpus = open_images(tmp_path)
    assert corpus.subjects == ("A", "B") and corpus.subjects_known
