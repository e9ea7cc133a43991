"""What a user says of names: patterns, lists of labels, filters, and what is kept for a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_core.base.errors import CorpusError, SettingError
from fer_core.datasets.catalog import open_corpus
from fer_core.datasets.images.catalog import open_images
from fer_core.datasets.names import Names, keep_names, kept_names, preview_pattern, suggest_pattern
from fer_core.datasets.patterns import compile_pattern, emotion_of, parse_codes

from .builders import put, whys
from .trees import KDEF, put_media


@pytest.fixture(autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_LAB_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.mark.parametrize(
    ("pattern", "name", "values"),
    [
        (
            "{subject}_{emotion}_{view}",
            "a/anna_happy_front.mp4",
            {"subject": "anna", "emotion": "happy", "view": "front"},
        ),
        ("{subject}_{emotion}", "anna_happy_2.png", {"subject": "anna", "emotion": "happy_2"}),
        ("{subject}_{}_{emotion}.mp4", "anna_x_happy.mp4", {"subject": "anna", "emotion": "happy"}),
        (
            "{session:1}{subject:3}{emotion:2}{view}",
            "AF01ANHL.JPG",
            {"session": "A", "subject": "F01", "emotion": "AN", "view": "HL"},
        ),
        ("{subject}/{emotion}/{frame}", "x/P1/sad/003.png", {"subject": "P1", "emotion": "sad", "frame": "003"}),
        ("CLIP {skip} of {subject} (end)", "clip 3 of Anna (end).mov", {"subject": "Anna"}),
        ("{subject}--{emotion}", "a-b--sad.png", {"subject": "a-b", "emotion": "sad"}),
        ("{subject}_{emotion}", "anna-happy.mp4", None),
        ("{subject}/{emotion}", "sad.mp4", None),
        ("{subject:4}{emotion}", "an.mp4", None),
        ("x{subject}", "x.mp4", None),
        ("{subject}_x", "_x.mp4", None),
        ("(a+)+{subject}", "(A+)+anna.mp4", {"subject": "anna"}),
    ],
)
def test_patterns_read_names(pattern: str, name: str, values: dict[str, str] | None) -> None:
    assert compile_pattern(pattern).read(name) == values


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "   ",
        "anna",
        "{subject",
        "subject}",
        "{a}{b}",
        "{subject}_{subject}",
        "{9}",
        "{subject:0}",
        "{subject:x}",
        "{subject}//{emotion}",
        "x" * 201,
        "{a}_" * 40,
        "{}_{skip}",
        "{{subject}}",
        "{frame.__class__}",
    ],
)
def test_what_is_no_pattern_is_one_sentence(pattern: str) -> None:
    with pytest.raises(SettingError) as caught:
        compile_pattern(pattern)
    assert "write it like" in str(caught.value) or "{" in str(caught.value)


def test_no_name_is_tried_in_every_way() -> None:
    """With every way of parting it, one of them would take years."""
    pattern = compile_pattern("_".join(["{}"] * 14) + "_{subject}_end")
    assert pattern.read("_" * 100_000 + "x") is None
    assert pattern.read("a_" * 50_000) is None


def test_emotions_of_values_and_own_words() -> None:
    assert emotion_of("Happy2") == "happiness" and emotion_of("sad-01") == "sadness"
    assert emotion_of("joie", (("JOIE", "happiness"),)) == "happiness" and emotion_of("03") is None
    assert parse_codes("03=happy; 05 = anger") == (("03", "happiness"), ("05", "anger"))
    for wrong in ("03", "=happy", "03=calm"):
        with pytest.raises(SettingError, match="which emotion is meant"):
            parse_codes(wrong)


def _tree(root: Path) -> Path:
    for who in ("anna", "ben"):
        for word in ("happy", "sad"):
            for view in ("front", "left"):
                put_media(root / "all" / f"{who}-{word}-{view}.mp4")
    return root


def test_a_pattern_opens_what_no_format_knows(tmp_path: Path) -> None:
    _tree(tmp_path)
    with pytest.raises(CorpusError, match="none with a label"):
        open_corpus(tmp_path)
    assert suggest_pattern(tmp_path) == "{subject}-{emotion}-{}"
    readings = preview_pattern(tmp_path, "{subject}-{emotion}-{view}", n=3)
    assert [r.file for r in readings] == [
        "all/anna-happy-front.mp4",
        "all/anna-sad-front.mp4",
        "all/ben-happy-left.mp4",
    ]
    assert readings[1].subject == "anna" and readings[1].emotion == "sadness" and not readings[1].why
    put_media(tmp_path / "all" / "notes.mp4")
    put_media(tmp_path / "all" / "carla-bored-left.mp4")
    corpus = open_corpus(tmp_path, names=Names(pattern="{subject}-{emotion}-{view}"))
    assert corpus.format == "mapped" and corpus.subjects == ("anna", "ben")
    assert corpus.counts == {"happiness": 4, "sadness": 4}
    assert corpus.attributes == {"view": {"front": 4, "left": 4}}
    assert "does not fit" in whys(corpus)["all/notes.mp4"] or "is none of" in whys(corpus)["all/notes.mp4"]
    assert "'bored' is no emotion" in whys(corpus)["all/carla-bored-left.mp4"]


def test_a_pattern_groups_frames_to_clips_and_opens_pictures(tmp_path: Path) -> None:
    for who in ("P1", "P2"):
        for word in ("happy", "sad"):
            for n in (1, 2, 10):
                put_media(tmp_path / who / word / f"{n}.png")
    assert suggest_pattern(tmp_path) == "{subject}/{emotion}/{frame}"
    names = Names(pattern="{subject}/{emotion}/{frame}")
    corpus = open_corpus(tmp_path, names=names)
    assert len(corpus.clips) == 4 and corpus.clips[0].frame_numbers == (1, 2, 10)
    assert corpus.subjects == ("P1", "P2")
    apexes = open_images(tmp_path, names=names)
    assert len(apexes) == 4 and apexes.subjects == ("P1", "P2")
    single = open_images(tmp_path, names=Names(pattern="{subject}/{emotion}/{}"))
    assert len(single) == 12 and single.counts == {"happiness": 6, "sadness": 6}


def test_a_pattern_without_emotions_reads_folders(tmp_path: Path) -> None:
    for folder in ("happy", "sad"):
        for who in ("anna", "ben"):
            put_media(tmp_path / folder / f"{who}-1.png")
    assert suggest_pattern(tmp_path) == "{emotion}/{subject}-{}"
    corpus = open_corpus(tmp_path, names=Names(pattern="{subject}-{}"))
    assert corpus.subjects == ("anna", "ben") and corpus.counts == {"happiness": 2, "sadness": 2}


def test_own_words_for_emotions(tmp_path: Path) -> None:
    for name in ("x-03-a", "y-05-b"):
        put_media(tmp_path / f"{name}.png")
    codes = parse_codes("03=happy,05=anger")
    assert [r.emotion for r in preview_pattern(tmp_path, "{subject}-{emotion}-{}", codes=codes)] == [
        "happiness",
        "anger",
    ]
    corpus = open_corpus(tmp_path, names=Names(pattern="{subject}-{emotion}-{}", codes=codes))
    assert corpus.counts == {"anger": 1, "happiness": 1}


def test_a_list_of_labels_opens_any_tree(tmp_path: Path) -> None:
    for name in ("d/a.mp4", "d/b.png", "e/b.png", "e/c.mp4", "f/1.png", "f/2.png"):
        put_media(tmp_path / "c" / name)
    rows = [
        "Filename;Label;Subject;View;valence",
        "a.mp4;happy;Anna;left;0.1",
        "d/b;SAD;anna;front;0.2",
        "e\\b.png;3;Ben;;0",
        "c;bored;Ben;;0",
        "f;fear;Ben;front;1",
        "nobody.mp4;sad;X;;0",
        "b.png;sad;X;;0",
        "a.mp4;sad;Anna;left;0",
    ]
    file = put(tmp_path / "labels.csv", "\r\n".join(rows))
    names = Names(labels=file, codes=(("3", "disgust"),))
    corpus = open_corpus(tmp_path / "c", names=names)
    found = {c.clip_id: (c.emotion, c.subject, dict(c.attributes)) for c in corpus.clips}
    assert found == {
        "d/a": ("happiness", "Anna", {"view": "left"}),
        "d/b": ("sadness", "Anna", {"view": "front"}),
        "e/b": ("disgust", "Ben", {}),
        "f": ("fear", "Ben", {"view": "front"}),
    }
    reasons = whys(corpus)
    assert reasons["labels.csv row 7: nobody.mp4"] == "there is no such file"
    assert "several files" in reasons["labels.csv row 8: b.png"]
    assert "row above" in reasons["labels.csv row 9: a.mp4"]
    assert "'bored' is no emotion" in reasons["e/c.mp4"]
    assert len(corpus.clips[-1].frames) == 2
    assert open_images(tmp_path / "c", names=names).counts == {"disgust": 1, "fear": 1, "sadness": 1}


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "file\nx\n", 'file,emotion\n"x,happy\n', ""])
def test_a_list_of_labels_that_is_none_is_one_sentence(tmp_path: Path, text: str) -> None:
    put_media(tmp_path / "c" / "x.png")
    with pytest.raises(CorpusError):
        open_corpus(tmp_path / "c", names=Names(labels=put(tmp_path / "l.csv", text or " ")))


def test_labels_go_before_folders_and_that_is_said(tmp_path: Path) -> None:
    put_media(tmp_path / "c" / "happy" / "x.png")
    put_media(tmp_path / "c" / "sad" / "y.png")
    file = put(tmp_path / "l.csv", "file,emotion\nx.png,fear\ny.png,sad\n")
    corpus = open_corpus(tmp_path / "c", names=Names(labels=file))
    assert corpus.counts == {"fear": 1, "sadness": 1}
    assert "another emotion" in whys(corpus)["happy/x.png"]


def test_names_outside_the_folder_are_never_opened(tmp_path: Path) -> None:
    put_media(tmp_path / "secret.png")
    put_media(tmp_path / "c" / "x.png")
    rows = f"file,emotion\n../secret.png,sad\n{tmp_path}/secret.png,sad\nx.png,happy\n"
    corpus = open_corpus(tmp_path / "c", names=Names(labels=put(tmp_path / "l.csv", rows)))
    assert [c.clip_id for c in corpus.clips] == ["x"]
    assert sum(o.count for o in corpus.omissions if o.why == "there is no such file") == 2


def test_what_is_kept_for_a_folder_is_used_and_said(tmp_path: Path) -> None:
    _tree(tmp_path / "c")
    names = Names(pattern="{subject}-{emotion}-{view}", where=(("view", "left"),))
    keep_names(tmp_path / "c", names)
    assert kept_names(tmp_path / "c") == names and kept_names(tmp_path) == Names()
    corpus = open_corpus(tmp_path / "c")
    assert len(corpus.clips) == 4 and corpus.subjects == ("anna", "ben")
    assert "kept for this folder: the pattern {subject}" in corpus.note and "view=left" in corpus.note
    keep_names(tmp_path / "c", Names())
    with pytest.raises(CorpusError):
        open_corpus(tmp_path / "c")


def test_a_kept_filter_is_told_once_for_pictures(tmp_path: Path) -> None:
    KDEF.put(tmp_path)
    keep_names(tmp_path, Names(where=(("view", "straight"),)))
    corpus = open_images(tmp_path)
    assert len(corpus) == 28 and corpus.note.count("kept for this folder") == 1
    assert len(open_images(tmp_path, names=Names())) == 140


def test_damaged_kept_names_are_none(tmp_path: Path) -> None:
    import os

    keep_names(tmp_path, Names(pattern="{subject}_{}"))
    (file,) = (Path(os.environ["FER_LAB_HOME"]) / "names").iterdir()
    for text in ("{", "[]", "[" * 10_000, '{"folder": 3}', "null", file.read_text("utf-8").replace("_{}", "_{")):
        file.write_text(text)
        assert kept_names(tmp_path) == Names()


def test_names_travel_as_json(tmp_path: Path) -> None:
    names = Names(tmp_path / "s.csv", tmp_path / "l.csv", "{a}_{b}", (("1", "anger"),), (("a", "x"), ("a", "y")))
    assert Names.from_json(names.to_json()) == names
    with pytest.raises(SettingError):
        Names.from_json({"pattern": 3})


def test_where_filters_by_names_too(tmp_path: Path) -> None:
    KDEF.put(tmp_path)
    corpus = open_corpus(tmp_path, names=Names(where=(("view", "straight"), ("view", "half left"), ("session", "a"))))
    assert len(corpus.clips) == 28 and corpus.attributes["session"] == {"A": 28}
    assert len(open_images(tmp_path, names=Names(where=(("view", "straight"),)))) == 28


def test_folders_without_media_suggest_nothing(tmp_path: Path) -> None:
    put(tmp_path / "a.txt", "x")
    with pytest.raises(CorpusError, match="holds no picture or video"):
        suggest_pattern(tmp_path)
    for n in range(5):
        put_media(tmp_path / f"IMG_{n}.png")
    assert suggest_pattern(tmp_path) == ""
