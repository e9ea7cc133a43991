"""CK+ as distributed: real folders, and every fault such a folder can have."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import cv2
import pytest

from fer_core.base.emotions import SIX
from fer_core.base.errors import CorpusError
from fer_core.datasets.catalog import open_corpus
from fer_core.datasets.ckplus import find_layout, open_ckplus

from .builders import picture, put, put_empty, put_sequence, whys


def test_the_real_pairs_give_the_published_numbers(shared_data: Path) -> None:
    """Counts as in the README of the data, which was written from another program."""
    corpus = open_ckplus(shared_data / "ckplus_pairs")
    assert (len(corpus.clips), len(corpus.subjects)) == (269, 100)
    assert corpus.counts == dict(zip(SIX, (41, 52, 21, 62, 23, 70), strict=True))
    assert not corpus.unlabelled and not corpus.omissions
    assert all(len(c.frames) == 2 and c.frame_numbers[0] == 1 < c.frame_numbers[1] for c in corpus.clips)
    assert all(c.starts_neutral and c.clip_id.startswith(c.subject + "/") for c in corpus.clips)
    assert len({c.clip_id for c in corpus.clips}) == 269


def test_the_real_sample_has_whole_sequences(shared_data: Path) -> None:
    corpus = open_ckplus(shared_data / "ckplus_sample")
    assert (len(corpus.clips), len(corpus.subjects)) == (18, 5)
    for clip in corpus.clips:
        assert clip.frame_numbers == tuple(range(1, len(clip.frames) + 1))
        assert [int(p.stem[-8:]) for p in clip.frames] == list(clip.frame_numbers)


def test_labels_are_the_files_own(shared_data: Path) -> None:
    """Read again here in the plainest way."""
    root = shared_data / "ckplus_pairs"
    names = dict(enumerate(("anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise"), start=1))
    for clip in open_ckplus(root).clips[::10]:
        (file,) = (root / "Emotion" / clip.clip_id).iterdir()
        assert clip.emotion == names[round(float(file.read_text().strip()))]


def test_frame_numbers_come_from_the_names_and_may_have_gaps(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "   3.0000000e+00\n", frames=(1, 9, 10, 11))
    (clip,) = open_ckplus(tmp_path).clips
    assert (clip.clip_id, clip.subject, clip.emotion) == ("S005/001", "S005", "disgust")
    assert clip.frame_numbers == (1, 9, 10, 11)
    assert clip.frames[-1].name == "S005_001_00000011.png"


def test_sequences_without_a_label_are_kept_apart_without_fuss(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "1")
    put_sequence(tmp_path, "S005/002")  # an empty label folder, as in CK+
    put_sequence(tmp_path, "S006/001")
    (tmp_path / "Emotion" / "S006" / "001").rmdir()  # none at all
    corpus = open_ckplus(tmp_path)
    assert [c.clip_id for c in corpus.clips] == ["S005/001"]
    assert [(c.clip_id, c.emotion) for c in corpus.unlabelled] == [("S005/002", None), ("S006/001", None)]
    assert corpus.omissions == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0.0000000e+00", "holds 0 (neutral)"),
        ("8.0", "holds 8, which is no code"),
        ("-1", "holds -1, which is no code"),
        ("3.5", "holds 3.5, which is no code"),
        ("nan", "holds nan, which is no code"),
        ("happy", "holds 'happy', not a number"),
        ("3 4", "holds '3 4', not a number"),
        ("", "is empty"),
        ("  \n", "is empty"),
        ("\x00\xff\xfe", "not a number"),
    ],
)
def test_a_wrong_label_costs_its_own_clip_only(tmp_path: Path, text: str, why: str) -> None:
    put_sequence(tmp_path, "S005/001", text)
    put_sequence(tmp_path, "S005/002", "5")
    corpus = open_ckplus(tmp_path)
    assert corpus.counts == {"happiness": 1}
    assert [c.clip_id for c in corpus.unlabelled] == ["S005/001"]
    (omission,) = corpus.omissions
    assert omission.where == "Emotion/S005/001/S005_001_00000003_emotion.txt"
    assert why in omission.why and "S005/001 counts as unlabelled" in omission.why
    assert "1 to 7" in omission.fix


def test_a_byte_order_mark_does_not_hurt(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "\ufeff  7.0\r\n")
    assert open_ckplus(tmp_path).counts == {"surprise": 1}


def test_several_label_files_are_not_guessed_between(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "1")
    put_sequence(tmp_path, "S005/002", "1")
    put(tmp_path / "Emotion" / "S005" / "001" / "S005_001_00000002_emotion.txt", "3")
    corpus = open_ckplus(tmp_path)
    assert [c.clip_id for c in corpus.unlabelled] == ["S005/001"]
    assert "2 label files" in whys(corpus)["S005/001"]


def test_a_label_that_names_another_sequence_is_not_believed(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "1")
    put_sequence(tmp_path, "S006/002")
    put(tmp_path / "Emotion" / "S006" / "002" / "S005_001_00000003_emotion.txt", "3")
    corpus = open_ckplus(tmp_path)
    assert corpus.counts == {"anger": 1}
    assert "belongs to S005/001" in corpus.omissions[0].why


def test_a_label_without_a_sequence_is_told(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "1")
    put(tmp_path / "Emotion" / "S999" / "001" / "S999_001_00000003_emotion.txt", "3")
    corpus = open_ckplus(tmp_path)
    assert corpus.omissions[0].why == "the label belongs to no sequence"
    assert "S999/001" in corpus.omissions[0].fix


@pytest.mark.parametrize(
    ("damage", "why"), [(b"", "0 bytes"), (b"this is no picture", "not a PNG"), (b"%PDF-1.7" + bytes(30), "not a PNG")]
)
def test_a_damaged_frame_is_left_out_and_the_clip_stays(tmp_path: Path, damage: bytes, why: str) -> None:
    put_sequence(tmp_path, "S005/001", "1", frames=(1, 2, 3))
    bad = tmp_path / "cohn-kanade-images" / "S005" / "001" / "S005_001_00000002.png"
    bad.write_bytes(damage)
    corpus = open_ckplus(tmp_path)
    assert corpus.clips[0].frame_numbers == (1, 3)
    (omission,) = corpus.omissions
    assert omission.where == "cohn-kanade-images/S005/001/S005_001_00000002.png"
    assert why in omission.why and omission.fix


def test_a_clip_without_a_usable_frame_is_left_out(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "1")
    put_sequence(tmp_path, "S005/002", "3", frames=(1,))
    put_empty(tmp_path / "cohn-kanade-images" / "S005" / "002" / "S005_002_00000001.png")
    (tmp_path / "cohn-kanade-images" / "S005" / "003").mkdir()
    put_empty(tmp_path / "cohn-kanade-images" / "S005" / "003" / ".DS_Store")
    corpus = open_ckplus(tmp_path)
    assert [c.clip_id for c in corpus.clips] == ["S005/001"]
    assert "none of its 1 image can be used" in whys(corpus)["S005/002"]
    assert whys(corpus)["cohn-kanade-images/S005/003"] == "the sequence has no image"
    assert len(corpus.omissions) == 3


def test_losing_the_first_frames_loses_the_neutral_face(tmp_path: Path) -> None:
    for clip_id, frames in (("S001/001", (1, 9)), ("S002/001", (2, 9)), ("S003/001", (8, 9))):
        put_sequence(tmp_path, clip_id, "1", frames=frames)
    assert [c.starts_neutral for c in open_ckplus(tmp_path).clips] == [True, True, False]


def test_a_label_whose_frames_are_all_lost_but_the_neutral_one_is_told(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "1", frames=(1, 14))
    put_empty(tmp_path / "cohn-kanade-images" / "S005" / "001" / "S005_001_00000014.png")
    corpus = open_ckplus(tmp_path)
    assert corpus.clips[0].frame_numbers == (1,)
    assert "only the neutral first one" in whys(corpus)["S005/001"]


def test_odd_frames_are_told_one_by_one(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "1")
    folder = tmp_path / "cohn-kanade-images" / "S005" / "001"
    put(folder / "S005_001_00000002.jpg")
    put(folder / "S005_001_last.png")
    put(folder / "S006_001_00000009.png")
    put(folder / "notes.txt", "x")
    put(folder / "deeper" / "S005_001_00000004.png")
    put(folder.parent / "S005_001_00000005.png")
    corpus = open_ckplus(tmp_path)
    assert corpus.clips[0].frame_numbers == (1, 2, 3)
    reasons = whys(corpus)
    base = "cohn-kanade-images/S005/001"
    twice = [w for w in reasons if "frame 2 is there twice" in reasons[w]]
    assert len(twice) == 1 and twice[0].startswith(f"{base}/S005_001_00000002.")
    assert "does not end in a frame number" in reasons[f"{base}/S005_001_last.png"]
    assert "belongs to S006/001" in reasons[f"{base}/S006_001_00000009.png"]
    assert "notes.txt" in reasons[base]
    assert "inside a sequence" in reasons[f"{base}/deeper"]
    assert "outside any sequence" in reasons["cohn-kanade-images/S005"]
    assert len(reasons) == 6


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".PNG"])
def test_usual_image_formats_are_taken(tmp_path: Path, suffix: str) -> None:
    put_sequence(tmp_path, "S005/001", "1", frames=(1,))
    put(tmp_path / "cohn-kanade-images" / "S005" / "001" / f"S005_001_00000002{suffix}")
    assert open_ckplus(tmp_path).clips[0].frame_numbers == (1, 2)


def test_frames_counted_from_zero_are_counted_from_one(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "1", frames=(0, 1, 5))
    assert open_ckplus(tmp_path).clips[0].frame_numbers == (1, 2, 6)


def test_what_the_system_leaves_behind_is_passed_over(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "1")
    for place in (".", "cohn-kanade-images", "cohn-kanade-images/S005/001", "Emotion", "Emotion/S005/001"):
        put(tmp_path / place / ".DS_Store", "x")
        put(tmp_path / place / "Thumbs.db", "x")
        put(tmp_path / place / "._S005_001_00000001.png", "x")
        put(tmp_path / place / "__MACOSX" / "x", "x")
    corpus = open_ckplus(tmp_path)
    assert len(corpus.clips) == 1 and corpus.omissions == ()


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("cohn-kanade-images", "Emotion_labels"),
        ("Cohn-Kanade-Images", "EMOTION"),
        ("cohn kanade images ", "emotion labels"),
        ("extended-cohn-kanade-images/cohn-kanade-images", "Emotion_labels/Emotion"),
        ("inner/cohn-kanade-images", "inner/Emotion"),
    ],
)
def test_folder_names_vary(tmp_path: Path, images: str, labels: str) -> None:
    made = tmp_path / "made"
    put_sequence(made, "S005/001", "4")
    root = tmp_path / "my corpus"
    for source, target in (("cohn-kanade-images", images), ("Emotion", labels)):
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        (made / source).rename(root / target)
    assert open_ckplus(root).counts == {"fear": 1}


def test_the_image_folder_itself_may_be_named(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "4")
    assert open_ckplus(tmp_path / "cohn-kanade-images").counts == {"fear": 1}


def test_subject_folders_may_stand_beside_the_labels(tmp_path: Path) -> None:
    put_sequence(tmp_path / "made", "S005/001", "4")
    root = tmp_path / "root"
    (tmp_path / "made" / "cohn-kanade-images").rename(root)
    (tmp_path / "made" / "Emotion").rename(root / "Emotion")
    assert open_ckplus(root).counts == {"fear": 1}


def test_labels_may_lie_in_one_flat_folder(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001")
    put(tmp_path / "Emotion" / "S005_001_00000003_emotion.txt", "6")
    assert open_ckplus(tmp_path).counts == {"sadness": 1}


def test_an_empty_label_folder_does_not_hide_a_full_one(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "4")
    (tmp_path / "Emotion").rename(tmp_path / "Emotion_labels")
    (tmp_path / "Emotion").mkdir()
    assert open_ckplus(tmp_path).counts == {"fear": 1}


def test_spaces_and_letters_of_any_script_work(tmp_path: Path) -> None:
    root = tmp_path / "Gesichter é 表情 "
    put_sequence(root, "Zoë Müller/erste Aufnahme", "5")
    # macOS decomposes letters in names; the labels may come from there.
    old = root / "Emotion" / "Zoë Müller"
    old.rename(root / "Emotion" / unicodedata.normalize("NFD", "Zoë Müller"))
    corpus = open_corpus(root)
    assert corpus.clips[0].clip_id == "Zoë Müller/erste Aufnahme"
    assert corpus.counts == {"happiness": 1} and corpus.omissions == ()


def test_spellings_of_one_subject_are_one_subject(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "1")
    put_sequence(tmp_path, "S005/002", "1")
    images = tmp_path / "cohn-kanade-images"
    (images / "s005 " / "002").mkdir(parents=True)
    for file in (images / "S005" / "002").iterdir():
        file.rename(images / "s005 " / "002" / file.name)
    (images / "S005" / "002").rmdir()
    corpus = open_ckplus(tmp_path)
    assert corpus.subjects == ("S005",) and len(corpus.clips) == 2


def test_a_second_folder_of_one_sequence_is_left_out(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "1")
    put(tmp_path / "cohn-kanade-images" / "s005" / "001" / "S005_001_00000001.png")
    corpus = open_ckplus(tmp_path)
    assert len(corpus.clips) == 1
    assert "a second folder for S005/001" in [o.why for o in corpus.omissions]


def test_no_label_at_all_says_how_many_sequences_there_are(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001")
    put_sequence(tmp_path, "S005/002")
    with pytest.raises(CorpusError, match=r"2 sequences found, none with a usable label.*Emotion/S005/001/"):
        open_corpus(tmp_path)


def test_only_wrong_labels_name_the_first(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "0")
    with pytest.raises(CorpusError, match=r"1 sequence found, none with a usable label; first left out: .*holds 0"):
        open_corpus(tmp_path)


def test_an_image_folder_without_sequences_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "cohn-kanade-images").mkdir()
    with pytest.raises(CorpusError, match="no usable sequence was found"):
        open_corpus(tmp_path)


def test_another_layout_is_not_ckplus(tmp_path: Path) -> None:
    put(tmp_path / "anger" / "x" / "1.png")
    assert find_layout(tmp_path) is None
    with pytest.raises(CorpusError, match="no cohn-kanade-images folder"):
        open_ckplus(tmp_path)


def test_a_dead_link_is_told(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "1")
    (tmp_path / "cohn-kanade-images" / "S005" / "001" / "S005_001_00000009.png").symlink_to(tmp_path / "gone.png")
    corpus = open_ckplus(tmp_path)
    assert corpus.clips[0].frame_numbers == (1, 2, 3)
    assert "leads nowhere" in corpus.omissions[0].why


def test_a_sequence_costs_few_listings_and_no_picture_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """120 sequences of 18 frames; one file linked many times."""
    source = put(tmp_path / "one.png", picture())
    for n in range(120):
        folder = tmp_path / "cohn-kanade-images" / f"S{n // 5:03d}" / f"{n % 5 + 1:03d}"
        folder.mkdir(parents=True)
        stem = f"S{n // 5:03d}_{n % 5 + 1:03d}_"
        for frame in range(1, 19):
            (folder / f"{stem}{frame:08d}.png").hardlink_to(source)
    put(tmp_path / "Emotion" / "S000" / "001" / "S000_001_00000018_emotion.txt", "1")
    (tmp_path / "one.png").unlink()
    listed, scandir = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: listed.append(folder) or scandir(folder))
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("a picture was decoded"))
    corpus = open_ckplus(tmp_path)
    assert len(corpus.unlabelled) == 119
    assert 120 <= len(listed) < 4 * 120
