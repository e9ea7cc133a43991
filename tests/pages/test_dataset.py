"""Dataset: sources, preview, imbalance by one's own thresholds, misses."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Open, button, text


def metrics(app: object) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}  # type: ignore[attr-defined]


def test_the_demo_corpus_says_what_it_is_and_what_is_rare(open_page: Open) -> None:
    app = open_page("dataset", corpus="demo")
    assert metrics(app)["Labelled clips"] == "327"
    assert "Synthetic" in text(app)
    # 309 others / 18 clips of contempt
    assert "The rarest emotion is contempt: 17.2 clips of other emotions for each of its own" in text(app)


def test_the_studys_six_leave_contempt_out(open_page: Open) -> None:
    app = open_page("dataset", corpus="demo")
    app.segmented_control(key="emotions").set_value("six").run()
    assert "The rarest emotion is fear: 11.4" in text(app)
    assert metrics(app)["Labelled clips"] == "327", "the preview still tells of the whole corpus"


def test_thresholds_decide_the_loss(open_page: Open) -> None:
    app = open_page("dataset", corpus="demo")
    assert "trained with focal loss" in text(app)
    app.slider(key="thresholds").set_value((20.0, 25.0)).run()
    assert "trained with binary cross-entropy" in text(app)
    assert "every emotion gets the same loss" in text(app)


def test_nothing_heavy_starts_by_itself(open_page: Open) -> None:
    app = open_page("dataset", corpus="demo")
    assert "No landmarks yet" in text(app)
    button(app, "Draw the landmarks").click().run()
    assert "A face was missed in" in text(app)
    assert "No landmarks yet" not in text(app)


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An opened data folder with one plain corpus, one of its files no image."""
    root = tmp_path / "data"
    for number, emotion in enumerate(["anger", "fear", "fear"]):
        clip = root / "my clips_é" / emotion / f"anna_{number}"
        clip.mkdir(parents=True)
        (clip / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 64)
    (root / "my clips_é" / "anger" / "anna_0" / "2.png").write_bytes(b"")
    monkeypatch.setenv("FER_LAB_DATA", str(root))
    return root


def test_a_folder_is_previewed_before_it_is_used(open_page: Open, data_folder: Path) -> None:
    app = open_page("dataset")
    app.segmented_control(key="source_kind").set_value("Folder").run()
    assert str(data_folder) in text(app), "it says where a corpus belongs"
    assert metrics(app) | {"Labelled clips": "3", "Left out": "2"} == metrics(app)
    assert "no corpus yet" in text(app)
    button(app, "Use this corpus").click().run()
    assert not app.exception
    assert app.query_params["corpus"] == ["my clips_é"]
    assert "3 labelled clips of 1 subject" in text(app)


@pytest.mark.parametrize("typed", ["/etc", "../secret", "nowhere", "a\0b", "~"])
def test_a_path_outside_is_refused_in_one_sentence(open_page: Open, data_folder: Path, typed: str) -> None:
    app = open_page("dataset")
    app.segmented_control(key="source_kind").set_value("Folder").run()
    app.selectbox(key="source_folder").set_value("Another folder …").run()
    app.text_input(key="source_path").set_value(typed).run()
    assert len(app.error) == 1
    assert not app.exception


def test_an_emotion_that_does_not_occur_is_no_accident(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = tmp_path / "only" / "contempt" / "ben_1"
    clip.mkdir(parents=True)
    (clip / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 64)
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path))
    app = open_page("dataset", corpus="only")
    assert "Only one emotion occurs" in text(app)
    app.segmented_control(key="emotions").set_value("six").run()
    assert len(app.error) == 1
    assert not app.exception
