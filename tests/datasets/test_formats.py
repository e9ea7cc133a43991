"""Corpora as they are handed out, flat, and sorted by emotion: each file's person, emotion and attributes."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_core.base.errors import CorpusError
from fer_core.datasets.base import Corpus
from fer_core.datasets.catalog import corpora_in, open_corpus, recognise, summary
from fer_core.datasets.formats import FORMATS, SCHEMES
from fer_core.datasets.images.catalog import open_images, recognise_images
from fer_core.datasets.naming.mmi import facts_of

from .builders import put, whys
from .trees import (
    AFEW,
    CREMAD,
    JAFFE,
    KDEF,
    MMI,
    NAMED,
    RAFD,
    RAVDESS,
    SFEW,
    SPELLED,
    Tree,
    put_media,
    put_oulu,
    put_oulu_sorted,
    session_xml,
)

by_format = pytest.mark.parametrize("tree", NAMED, ids=lambda tree: tree.format)


def read(corpus: Corpus) -> dict[str, tuple[str, str | None, dict[str, str]]]:
    """Subject ("" where unknown), emotion and attributes by file name without suffix."""
    return {
        c.clip_id.rpartition("/")[2]: (c.subject if c.subject_known else "", c.emotion, dict(c.attributes))
        for c in corpus.clips
    }


def wanted(tree: Tree, without: tuple[str, ...] = ()) -> dict[str, tuple[str, str | None, dict[str, str]]]:
    """What is to be read, without some attributes."""
    return {
        Path(f.path).stem: (f.subject, f.emotion, {k: v for k, v in f.attributes.items() if k not in without})
        for f in tree.files
        if f.emotion
    }


def told(corpus: object) -> str:
    """All omissions as one text."""
    return "\n".join(f"{o.where}: {o.why}" for o in corpus.omissions)  # type: ignore[attr-defined]


@by_format
def test_a_corpus_opens_as_it_is_handed_out(tmp_path: Path, tree: Tree) -> None:
    tree.put(tmp_path / "corpus")
    assert recognise(tmp_path / "corpus") == tree.format
    corpus = open_corpus(tmp_path / "corpus")
    assert (corpus.format, read(corpus)) == (tree.format, wanted(tree))
    people = {f.subject for f in tree.files if f.subject}
    assert corpus.subjects_known == bool(people) and set(corpus.subjects) == people
    assert not corpus.unlabelled


@by_format
def test_a_corpus_opens_sorted_by_emotion(tmp_path: Path, tree: Tree) -> None:
    tree.put_sorted(tmp_path)
    corpus = open_corpus(tmp_path)
    without = ("part", "film") if tree is AFEW else ("part",)  # nine digits alone are nobody's naming
    without += ("onset", "apex") if tree is MMI else ()
    assert read(corpus) == wanted(tree, without)
    assert set(corpus.subjects) == {f.subject for f in tree.files if f.subject}
    assert "another emotion" not in told(corpus)


@pytest.mark.parametrize("tree", [JAFFE, KDEF, RAFD, RAVDESS, CREMAD], ids=lambda tree: tree.format)
def test_a_corpus_opens_flat_and_in_one_more_folder(tmp_path: Path, tree: Tree) -> None:
    tree.put_flat(tmp_path / "around" / "data")
    corpus = open_corpus(tmp_path)
    assert read(corpus) == wanted(tree) and corpus.format == tree.format


@pytest.mark.parametrize("tree", [t for t in NAMED if t.pictures], ids=lambda tree: tree.format)
@pytest.mark.parametrize("by_emotion", [False, True])
def test_pictures_open_as_pictures(tmp_path: Path, tree: Tree, by_emotion: bool) -> None:
    (tree.put_sorted if by_emotion else tree.put)(tmp_path)
    assert recognise_images(tmp_path) == tree.format
    corpus = open_images(tmp_path)
    want = wanted(tree, ("part",))
    names = [item.rpartition("/")[2] for item in corpus.item.tolist()]
    got = {
        name: (
            corpus.subject[k] if corpus.subjects_known else "",
            str(corpus.emotion[k]),
            {key: str(column[k]) for key, column in corpus.attributes.items()},
        )
        for k, name in enumerate(names)
    }
    assert got == want and corpus.source.read(0).ndim == 3
    assert "neutral" in corpus.counts
    parts = {f.attributes.get("part", "") for f in tree.files} if not by_emotion else {""}
    assert set(corpus.part.tolist()) == parts


@pytest.mark.parametrize("tree", [RAVDESS, CREMAD, MMI, AFEW], ids=lambda tree: tree.format)
def test_videos_say_that_their_pictures_have_to_be_chosen(tmp_path: Path, tree: Tree) -> None:
    tree.put(tmp_path)
    assert recognise_images(tmp_path) == "clips"
    with pytest.raises(CorpusError, match="do not say which of their frames"):
        open_images(tmp_path)


def test_oulu_casia_is_one_corpus_of_clips_with_its_lights(tmp_path: Path) -> None:
    put_oulu(tmp_path)
    corpus = open_corpus(tmp_path)
    assert corpus.format == "oulu-casia" and corpus.subjects == ("P001", "P002")
    assert len(corpus.clips) == 12 and corpus.counts == {"anger": 4, "happiness": 4, "sadness": 4}
    clip = corpus.clips[0]
    assert clip.clip_id == "VL_Acropped/Strong/P001/Anger" and clip.starts_neutral
    assert dict(clip.attributes) == {"light": "strong", "spectrum": "visible"}
    assert clip.frame_numbers == (1, 2, 3) and clip.frames[-1].name == "002.jpeg"
    weak = corpus.where(light="weak")
    assert len(weak.clips) == 6 and "light is strong" in told(weak)
    apexes = open_images(tmp_path, neutral=True)
    assert apexes.counts == {"anger": 4, "happiness": 4, "sadness": 4, "neutral": 12}
    assert set(apexes.attributes["light"].tolist()) == {"strong", "weak"}


@pytest.mark.parametrize("inner", ["VL_Acropped/Strong", "VL_Acropped"])
def test_a_part_of_oulu_casia_opens_too(tmp_path: Path, inner: str) -> None:
    put_oulu(tmp_path)
    corpus = open_corpus(tmp_path / inner)
    assert corpus.format == "oulu-casia" and corpus.subjects == ("P001", "P002")


def test_oulu_casia_sorted_by_emotion_keeps_people_and_lights(tmp_path: Path) -> None:
    put_oulu_sorted(tmp_path)
    corpus = open_corpus(tmp_path)
    assert corpus.format == "oulu-casia" and corpus.subjects == ("P001", "P002")
    assert corpus.attributes == {"light": {"strong": 6, "weak": 6}}


def test_one_person_of_two_kdef_sessions_is_one(tmp_path: Path) -> None:
    corpus = open_corpus(KDEF.put(tmp_path))
    assert corpus.subjects == ("F01", "M02") and corpus.attributes["session"] == {"A": 70, "B": 70}
    straight = corpus.where(view="straight")
    assert len(straight.clips) == 28
    left = [(o.where, o.why) for o in straight.omissions]
    assert ("28 clips", "view is full left, which is not wanted") in left and len(left) == 4
    assert "straight" in corpus.note
    pictures = open_images(tmp_path)
    two = pictures.where(view=("straight", "Half Left"))
    assert len(two) == 56 and two.key != pictures.key
    with pytest.raises(CorpusError, match=r"no view is called 'top'.*use full left"):
        pictures.where(view="top")
    with pytest.raises(CorpusError, match=r"does not say its 'angle'.*use session, view"):
        corpus.where(angle="0")


def test_calm_is_left_out_and_named(tmp_path: Path) -> None:
    corpus = open_corpus(RAVDESS.put(tmp_path))
    assert "calm" in told(corpus) and len(corpus.clips) == 26


def test_of_two_copies_of_a_recording_one_is_kept(tmp_path: Path) -> None:
    RAVDESS.put(tmp_path)
    for file in RAVDESS.files:
        put_media(tmp_path / file.path.replace("/01-", "/02-"))
        put_media(tmp_path / "again" / file.path)
    for name in ("Actor_01/03-01-05-01-01-01-01.wav", "Actor_01/03-01-05-01-01-02-01.wav"):
        put_media(tmp_path / name)
    put_media(tmp_path / "Actor_01" / "03-01-05-01-01-01-01.mp4")
    corpus = open_corpus(tmp_path)
    assert read(corpus) == wanted(RAVDESS) and all("/01-" in c.clip_id for c in corpus.clips)
    copies = next(o for o in corpus.omissions if "copy of a recording" in o.why)
    assert copies.count == 2 * 26
    assert "sound alone" in told(corpus)
    assert corpus.passed_over == ((".wav", 2),)


def test_copies_under_two_emotions_are_left_out(tmp_path: Path) -> None:
    JAFFE.put_sorted(tmp_path)
    put_media(tmp_path / "by emotion" / "Sad" / "KA.AN1.1.tiff")
    corpus = open_corpus(tmp_path)
    assert "copies of one recording lie under several emotions" in told(corpus)
    assert "KA.AN1.1" not in read(corpus)


def test_a_folder_goes_before_a_name_that_contradicts_it(tmp_path: Path) -> None:
    KDEF.put_sorted(tmp_path)
    folder = tmp_path / "by emotion"
    for name in ("AF01ANS.JPG", "AF01ANHL.JPG"):
        (folder / "Angry" / name).rename(folder / "Sad" / name)
    corpus = open_corpus(tmp_path)
    assert read(corpus)["AF01ANS"][:2] == ("F01", "sadness")
    note = next(o for o in corpus.omissions if "another emotion" in o.why)
    assert note.count == 2 and "folder says" in note.why


def test_names_in_any_case_and_copies_named_by_a_system_are_read(tmp_path: Path) -> None:
    for name in ("af01ans.jpg", "AF01HAS (1).JPG", "BM02NEFL - Copy.jpeg", "am02saHR_small.png"):
        put_media(tmp_path / name)
    corpus = open_corpus(tmp_path)
    assert set(corpus.subjects) == {"F01", "M02"} and corpus.counts["neutral"] == 1 and len(corpus.clips) == 4


def test_strangers_among_a_corpus_are_named_and_counted(tmp_path: Path) -> None:
    CREMAD.put(tmp_path)
    put_media(tmp_path / "VideoFlash" / "trailer.mp4")
    for n in range(3):
        put(tmp_path / "AudioWAV" / f"{n}.wav", "x")
    put(tmp_path / "LICENSE.txt", "x")
    corpus = open_corpus(tmp_path)
    assert read(corpus) == wanted(CREMAD)
    assert "its name is none of CREMA-D" in whys(corpus)["VideoFlash/trailer.mp4"]
    assert corpus.passed_over == ((".wav", 3), (".txt", 1))
    assert summary(corpus)["passed_over"] == {".wav": 3, ".txt": 1}


def test_broken_files_of_a_corpus_are_named(tmp_path: Path) -> None:
    JAFFE.put(tmp_path)
    (tmp_path / "KA.AN1.1.tiff").write_bytes(b"")
    corpus = open_corpus(tmp_path)
    assert len(corpus.clips) == len(JAFFE.files) - 1 and "0 bytes" in told(corpus)


def test_folders_of_frames_of_videos_are_their_clips(tmp_path: Path) -> None:
    for who in ("01", "02"):
        for code in ("03", "05"):
            for n in (1, 2, 10):
                put_media(tmp_path / f"Actor_{who}" / f"01-01-{code}-01-01-01-{who}" / f"frame_{n}.png")
    corpus = open_corpus(tmp_path)
    assert corpus.format == "ravdess" and len(corpus.clips) == 4 and corpus.subjects == ("01", "02")
    assert corpus.clips[0].frame_numbers == (1, 2, 10)


def test_afew_has_its_official_parts_and_unlabelled_tests(tmp_path: Path) -> None:
    AFEW.put(tmp_path)
    put_media(tmp_path / "Test" / "010105280.avi")
    corpus = open_corpus(tmp_path)
    assert corpus.attributes["part"] == {"train": 7, "validation": 7}
    assert not corpus.subjects_known and "who is shown in 15 clips is unknown" in told(corpus)
    assert [c.attribute("part") for c in corpus.unlabelled] == ["test"]
    assert not any(c.starts_neutral for c in corpus.clips)
    assert summary(corpus)["subjects"] is None and summary(corpus)["subjects_known"] is False


def test_parts_of_plain_folders_are_attributes(tmp_path: Path) -> None:
    for part in ("Train", "Val"):
        for emotion in ("Angry", "Happy"):
            for who in ("anna", "ben"):
                put_media(tmp_path / part / emotion / f"{who}_{part}.mp4")
    corpus = open_corpus(tmp_path)
    assert corpus.format == "folder" and corpus.subjects == ("anna", "ben")
    assert corpus.attributes == {"part": {"train": 4, "validation": 4}}
    assert corpus.clips[0].clip_id == "Train/Angry/anna_Train"


def test_mmi_takes_what_the_xml_says(tmp_path: Path) -> None:
    MMI.put(tmp_path)
    corpus = open_corpus(tmp_path)
    assert corpus.subjects == ("S001", "S042") and corpus.passed_over == ()
    put_media(tmp_path / "Sessions" / "1900" / "S005-001.avi")
    again = open_corpus(tmp_path)
    assert [c.clip_id for c in again.unlabelled] == ["Sessions/1900/S005-001"]


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><session><emotion>&b;</emotion></session>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><session><subject>&a;</subject></session>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><session><emotion>happy</emotion></session>',
        "<session>" + "<a>" * 20_000,
        '<session><Metatag Name="Emotion" Value="4"',
        "\x00\x01",
        "",
    ],
)
def test_hostile_xml_tells_nothing(tmp_path: Path, text: str) -> None:
    assert facts_of(put(tmp_path / "session.xml", text or " ")) == {}


def test_xml_is_read_in_usual_forms(tmp_path: Path) -> None:
    file = tmp_path / "session.xml"
    put(file, session_xml("4", "S042"))
    assert facts_of(file) == {"subject": "42", "emotion": "4", "onset": "12", "apex": "30"}
    put(file, "<s><Subject><id>7</id></Subject><emotion>Happiness</emotion><tag name='apex' value='9'/></s>")
    assert facts_of(file)["emotion"] == "Happiness" and facts_of(file)["apex"] == "9"
    file.write_bytes('<?xml version="1.0" encoding="UTF-16"?><s emotion="Fear"/>'.encode("utf-16"))
    assert facts_of(file) == {"emotion": "Fear"}


def test_a_folder_that_holds_itself_is_read_once(tmp_path: Path) -> None:
    JAFFE.put(tmp_path / "jaffe")
    (tmp_path / "jaffe" / "again").symlink_to(tmp_path / "jaffe", target_is_directory=True)
    assert read(open_corpus(tmp_path)) == wanted(JAFFE)


def test_names_that_are_no_utf8_are_shown_and_read(tmp_path: Path) -> None:
    import json
    import os

    CREMAD.put(tmp_path)
    film = (tmp_path / CREMAD.files[0].path).read_bytes()
    for name in (b"1001_IWL_HAP_LO \xe9t\xe9", b"h\xfcbsch"):
        (tmp_path / (os.fsdecode(name) + CREMAD.files[0].path[-4:])).write_bytes(film)
    corpus = open_corpus(tmp_path)
    assert len(corpus.clips) == len(CREMAD.files) + 1
    assert any("h\\xfcbsch" in o.where for o in corpus.omissions)
    json.dumps([c.clip_id for c in corpus.clips] + [o.where for o in corpus.omissions]).encode()
    "".join(c.clip_id for c in corpus.clips).encode()


def test_deep_folders_end_somewhere(tmp_path: Path) -> None:
    JAFFE.put(tmp_path)
    deep = tmp_path.joinpath(*["deeper"] * 12)
    put_media(deep / "KM.AN1.17.tiff")
    corpus = open_corpus(tmp_path)
    assert read(corpus) == wanted(JAFFE) and "levels down" in told(corpus)


def test_a_folder_of_corpora_is_no_corpus(tmp_path: Path) -> None:
    KDEF.put(tmp_path / "KDEF")
    JAFFE.put(tmp_path / "jaffe")
    with pytest.raises(CorpusError, match=r"holds 2 corpora .*: open jaffe, KDEF"):
        recognise(tmp_path)
    assert [path.name for path in corpora_in(tmp_path)] == ["jaffe", "KDEF"]


def test_each_format_stands_once_in_the_table() -> None:
    names = [format.name for format in FORMATS]
    assert len(set(names)) == len(names) and names[-1] == "folder"
    assert {scheme.name for scheme in SCHEMES} == set(names) - {"ckplus", "ckplus48", "folder"}
    assert {tree.format for tree in NAMED} | {"oulu-casia"} == {scheme.name for scheme in SCHEMES}
    assert all(scheme.source for scheme in SCHEMES) and set(SPELLED) >= set(SFEW.files[0].emotion.split())


def test_ckplus_of_the_same_names_stays_ckplus(shared_data: Path) -> None:
    assert open_corpus(shared_data / "ckplus_sample").format == "ckplus"
