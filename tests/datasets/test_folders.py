"""A plain folder of clips, and who is in them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fer_core.base.errors import CorpusError
from fer_core.datasets.catalog import open_corpus
from fer_core.datasets.folders import open_folder
from fer_core.datasets.media import iter_frames

from .builders import put, put_empty, put_video, whys


def ids(corpus: object) -> dict[str, str]:
    """Subject by clip."""
    return {c.clip_id: c.subject for c in corpus.clips}  # type: ignore[attr-defined]


def test_videos_frame_folders_and_single_images_are_clips(tmp_path: Path, shared_data: Path) -> None:
    (tmp_path / "happy").mkdir()
    shutil.copy(shared_data / "fixtures" / "single_face.mp4", tmp_path / "happy" / "anna_film.mp4")
    for n in (9, 10, 11):
        put(tmp_path / "angry" / "ben_take 1" / f"frame{n}.png")
    put(tmp_path / "fear" / "anna_face.jpg")
    corpus = open_corpus(tmp_path)
    assert corpus.format == "folder" and corpus.omissions == ()
    assert ids(corpus) == {"angry/ben_take 1": "ben", "fear/anna_face": "anna", "happy/anna_film": "anna"}
    frames, single, film = corpus.clips
    assert (frames.emotion, frames.frame_numbers, frames.starts_neutral) == ("anger", (9, 10, 11), True)
    assert (single.emotion, single.frame_numbers, single.starts_neutral) == ("fear", (1,), False)
    assert film.video and film.emotion == "happiness" and film.starts_neutral and not film.frames


@pytest.mark.parametrize(
    ("suffix", "code"),
    [
        (".mp4", "mp4v"),
        (".m4v", "mp4v"),
        (".mov", "mp4v"),
        (".avi", "MJPG"),
        (".mkv", "mp4v"),
        (".webm", "VP80"),
        (".MP4", "mp4v"),
    ],
)
def test_usual_video_formats_are_taken(tmp_path: Path, suffix: str, code: str) -> None:
    made = put_video(tmp_path / f"made{suffix.lower()}", code=code)
    (tmp_path / "root" / "fear").mkdir(parents=True)
    made.rename(tmp_path / "root" / "fear" / f"anna_1{suffix}")
    corpus = open_folder(tmp_path / "root")
    assert corpus.clips[0].video is not None and corpus.omissions == ()
    assert next(iter_frames(corpus.clips[0]))[1].shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        (("f2", "f10", "f1"), (1, 2, 10)),
        (("img_0", "img_1", "img_4"), (1, 2, 5)),
        (("a", "b", "c"), (1, 2, 3)),
        (("one1", "two1"), (1, 2)),
        (("x", "x1"), (1, 2)),
        (("20240101120000000", "20240101120000040"), (1, 2)),
    ],
)
def test_frames_are_numbered_by_name_where_names_rise(
    tmp_path: Path, names: tuple[str, ...], numbers: tuple[int, ...]
) -> None:
    for name in names:
        put(tmp_path / "fear" / "anna_1" / f"{name}.png")
    assert open_folder(tmp_path).clips[0].frame_numbers == numbers


def test_a_damaged_frame_leaves_a_gap_in_time(tmp_path: Path) -> None:
    for name in "abcd":
        put(tmp_path / "fear" / "anna_1" / f"{name}.png")
    put_empty(tmp_path / "fear" / "anna_1" / "b.png")
    corpus = open_folder(tmp_path)
    assert corpus.clips[0].frame_numbers == (1, 3, 4)
    assert "0 bytes" in whys(corpus)["fear/anna_1/b.png"]


def test_a_clip_with_one_frame_left_does_not_start_neutral(tmp_path: Path) -> None:
    put(tmp_path / "fear" / "anna_1" / "1.png")
    put_empty(tmp_path / "fear" / "anna_1" / "2.png")
    assert not open_folder(tmp_path).clips[0].starts_neutral


def test_people_are_unknown_where_few_names_tell_them_and_that_is_said(tmp_path: Path) -> None:
    for name in ("one", "two", "three", "four", "_five"):
        put(tmp_path / "fear" / f"{name}.png")
    put(tmp_path / "fear" / "anna_1.png")
    corpus = open_folder(tmp_path)
    assert not corpus.subjects_known and corpus.subjects == () and ids(corpus)["fear/one"] == "fear/one"
    (note,) = corpus.omissions
    assert note.why == "kept, but who is shown in 6 clips is unknown" and note.count == 6
    assert "subjects.csv" in note.fix


def test_one_prefix_for_all_is_told(tmp_path: Path) -> None:
    for n in (1, 2):
        put(tmp_path / "fear" / f"anna_{n}.png")
    corpus = open_folder(tmp_path)
    assert corpus.subjects == ("anna",)
    assert "begins with 'anna_'" in whys(corpus)["all clips"]


def test_a_csv_tells_who_is_filmed(tmp_path: Path) -> None:
    for name in ("one.png", "two.png", "three.png", "four.png", "anna_5.png"):
        put(tmp_path / "fear" / name)
    put(tmp_path / "subjects.csv", "clip,subject\none,Zoë\ntwo.png,Zoë\nfear/three,Ben\nfear\\four.png,Ben\n")
    corpus = open_folder(tmp_path)
    assert corpus.omissions == ()
    assert set(ids(corpus).values()) == {"Zoë", "Ben", "anna"}
    assert ids(corpus)["fear/four"] == "Ben"


def test_a_named_csv_goes_before_the_one_in_the_root(tmp_path: Path) -> None:
    put(tmp_path / "corpus" / "fear" / "one.png")
    put(tmp_path / "corpus" / "subjects.csv", "clip,subject\none,inner\n")
    outer = put(tmp_path / "who.csv", "clip,subject\none,outer\n")
    assert open_corpus(tmp_path / "corpus", subjects_csv=outer).subjects == ("outer",)


@pytest.mark.parametrize(
    "data",
    [
        "Subject ; CLIP\nZoë;one\n".encode("utf-8-sig"),
        "clip\tsubject\none\tZoë\n".encode("utf-16"),
        "clip,subject,note\r\none,Zoë,x\r\n\r\n".encode("cp1252"),
    ],
)
def test_spreadsheets_write_csv_in_many_ways(tmp_path: Path, data: bytes) -> None:
    put(tmp_path / "fear" / "one.png")
    put(tmp_path / "subjects.csv", data)
    corpus = open_folder(tmp_path)
    assert corpus.subjects == ("Zoë",) and corpus.omissions == ()


def test_wrong_rows_are_named_by_their_number(tmp_path: Path) -> None:
    for name in ("fear/one.png", "fear/both.png", "anger/both.png"):
        put(tmp_path / name)
    rows = [
        "clip,subject",
        "one,A",
        "nobody,B",
        ",C",
        "one,",
        "one,D",
        "both,E",
        "fear/both,F",
        "anger/both,G",
        "lonely",
    ]
    put(tmp_path / "subjects.csv", "\n".join(rows))
    corpus = open_folder(tmp_path)
    assert ids(corpus) == {"anger/both": "G", "fear/both": "F", "fear/one": "A"}
    reasons = whys(corpus)
    assert "no clip 'nobody'" in reasons["subjects.csv row 3"]
    assert "lacks its clip" in reasons["subjects.csv row 4"]
    assert "lacks its subject" in reasons["subjects.csv row 5"]
    assert "another subject (A)" in reasons["subjects.csv row 6"]
    assert "2 clips are called 'both'" in reasons["subjects.csv row 7"]
    assert "lacks its subject" in reasons["subjects.csv row 10"]
    assert len(reasons) == 6


@pytest.mark.parametrize("data", [b"name,who\none,A\n", b"", b"\x00\x01\x02\x00", b"\xff\xfe\x00"])
def test_an_unusable_csv_in_the_root_is_told_and_a_named_one_refused(tmp_path: Path, data: bytes) -> None:
    root = tmp_path / "root"
    put(root / "fear" / "anna_1.png")
    csv = root / "subjects.csv"
    csv.write_bytes(data)
    corpus = open_folder(root)
    assert corpus.subjects == ("anna",)
    assert "subjects are taken from the clips' names" in whys(corpus)["subjects.csv"]
    with pytest.raises(CorpusError, match=r"subjects\.csv"):
        open_folder(root, csv)


def test_a_named_csv_that_is_absent_is_one_sentence(tmp_path: Path) -> None:
    put(tmp_path / "fear" / "anna_1.png")
    with pytest.raises(CorpusError, match=r"cannot be read.*nowhere\.csv"):
        open_folder(tmp_path, tmp_path / "nowhere.csv")


def test_unlabelled_clips_are_kept_apart_and_other_folders_told(tmp_path: Path) -> None:
    put(tmp_path / "fear" / "anna_1.png")
    put(tmp_path / "Unlabeled" / "ben_2.png")
    put(tmp_path / "boredom" / "anna_3.png")
    put(tmp_path / "anna_4.png")
    put(tmp_path / "notes.txt", "x")
    corpus = open_folder(tmp_path)
    assert [(c.clip_id, c.emotion, c.subject) for c in corpus.unlabelled] == [("Unlabeled/ben_2", None, "ben")]
    assert len(corpus.clips) == 1
    assert "not named as an emotion" in whys(corpus)["boredom"]
    assert "outside any emotion folder" in whys(corpus)["anna_4.png"]
    assert len(corpus.omissions) == 2


def test_faults_are_told_and_cost_nothing_else(tmp_path: Path) -> None:
    fear = tmp_path / "fear"
    put(fear / "anna_1.png")
    put_empty(fear / "anna_2.mp4")
    put(fear / "anna_3.mp4", "this is no video at all")
    put(fear / "anna_4.mp4", "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    whole = put_video(tmp_path / "film.mp4", frames=20).read_bytes()
    put(fear / "anna_5.mp4", whole[: len(whole) // 2])
    put(fear / "anna_6.txt", "x")
    (fear / "anna_7").mkdir()
    put(fear / "anna_8" / "clip.mp4", whole)
    put_empty(fear / "anna_9" / "1.png")
    put(fear / "anna_10" / "take" / "1.png")
    (tmp_path / "film.mp4").unlink()
    corpus = open_folder(tmp_path)
    assert list(ids(corpus)) == ["fear/anna_1"]
    reasons = whys(corpus)
    assert "0 bytes" in reasons["fear/anna_2.mp4"]
    assert "not an MP4" in reasons["fear/anna_3.mp4"] and "not an MP4" in reasons["fear/anna_4.mp4"]
    assert "cut off" in reasons["fear/anna_5.mp4"]
    assert "neither an image nor a video" in reasons["fear/anna_6.txt"]
    assert reasons["fear/anna_7"].endswith("no image")
    assert "clip.mp4" in reasons["fear/anna_8"]
    assert "none of its 1 image" in reasons["fear/anna_9"]
    assert "inside a clip's folder" in reasons["fear/anna_10/take"]


def test_clips_of_one_name_stay_apart(tmp_path: Path) -> None:
    put(tmp_path / "fear" / "anna_1" / "1.png")
    put(tmp_path / "fear" / "anna_1.png")
    put(tmp_path / "fear" / "anna_1.jpg")
    put(tmp_path / "afraid" / "anna_1.png")
    corpus = open_folder(tmp_path)
    assert sorted(ids(corpus)) == ["afraid/anna_1", "fear/anna_1", "fear/anna_1.jpg", "fear/anna_1.png"]
    assert corpus.subjects == ("anna",)


def test_spaces_and_letters_of_any_script_work(tmp_path: Path) -> None:
    put_video(tmp_path / "x.mp4")
    (tmp_path / "My clips é" / " Happy ").mkdir(parents=True)
    (tmp_path / "x.mp4").rename(tmp_path / "My clips é" / " Happy " / "Zoë Ü_lächelt 笑.mp4")
    corpus = open_corpus(tmp_path / "My clips é")
    assert corpus.subjects == ("Zoë Ü",) and corpus.counts == {"happiness": 1}


def test_no_labelled_clip_says_what_there_is(tmp_path: Path) -> None:
    put(tmp_path / "unlabelled" / "anna_1.png")
    with pytest.raises(CorpusError, match="1 clip found, none with a usable label"):
        open_corpus(tmp_path)


def test_no_emotion_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no folder in it is named as an emotion"):
        open_folder(tmp_path)
