"""Landmarks: a clip, its samples, its mirrors; real clips only when asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Open, button, text


def test_without_a_corpus_it_offers_one(open_page: Open) -> None:
    app = open_page("landmarks")
    assert "No corpus is in use" in text(app)
    button(app, "Use the demo corpus").click().run()
    assert "A face was found in" in text(app)


def test_the_rule_decides_which_part_of_the_clip_is_sampled(open_page: Open) -> None:
    app = open_page("landmarks", corpus="demo", clip="D001/001, surprise, 18 frames")
    assert "(10 observed) run from frame 9 to 18 of a clip that runs from 1 to 18" in text(app)
    app.selectbox(key="rule").set_value("even").run()
    assert "(2 observed and 8 interpolated) run from frame 1 to 18" in text(app)


def test_the_two_mirrors_are_told_apart_in_numbers(open_page: Open) -> None:
    assert "the left eye became the right one" in text(open_page("landmarks", corpus="demo"))


def test_fields_appear_when_asked_for(open_page: Open) -> None:
    app = open_page("landmarks", corpus="demo", clip_emotion="fear")
    assert "Clips labelled fear" not in text(app)
    button(app, "Draw the landmarks").click().run()
    assert "Clips labelled fear, on average" in text(app)
    assert "25 clips, 25 subjects" in text(app)


def test_every_switch_can_be_moved(open_page: Open) -> None:
    app = open_page("landmarks", corpus="demo")
    app.toggle(key="arrows").set_value(True).run()
    app.toggle(key="aligned").set_value(False).run()
    app.segmented_control(key="enlarge").set_value(4).run()
    app.selectbox(key="clip_emotion").set_value("sadness").run()
    assert not app.exception
    assert "sadness" in app.selectbox(key="clip").options[0]


def test_a_real_clip_is_searched_only_when_asked(
    open_page: Open, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FER_LAB_DATA", str(shared_data))
    app = open_page("landmarks", corpus="ckplus_pairs")
    assert "No landmarks of this clip yet" in text(app)
    button(app, "Find the landmarks of this clip").click().run()
    assert "A face was found in 2 of 2 frames" in text(app)
    assert "8 interpolated" in text(app)


def test_a_clip_without_a_face_says_so_and_the_page_goes_on(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import cv2
    import numpy as np

    clip = tmp_path / "blank" / "anger" / "ben_1"
    clip.mkdir(parents=True)
    for number in (1, 2):
        cv2.imwrite(str(clip / f"{number}.png"), np.full((240, 320, 3), 90, np.uint8))
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path))
    app = open_page("landmarks", corpus="blank")
    button(app, "Find the landmarks of this clip").click().run()
    assert not app.exception
    assert [e.value.lower().count("no face was found") for e in app.error] == [1]
    assert any(b.label == "Extract landmarks" for b in app.button), "the rest of the page is there"
