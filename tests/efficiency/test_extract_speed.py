"""The extraction benchmark: on what it measures, and that what it measures is the extraction itself."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fer_core.base.errors import SettingError
from fer_core.cli import bench_words
from fer_core.cli.main import main
from fer_core.datasets.base import Corpus
from fer_core.datasets.catalog import open_corpus
from fer_core.datasets.demo import open_demo
from fer_core.efficiency import extract_speed
from fer_core.efficiency.extract_speed import compare
from fer_core.efficiency.stream import moving_face
from fer_core.landmarks.detector import open_landmarker
from fer_core.studies.efficiency.side_by_side import quantiles, ratio

WAYS = {"process", "process_one_face", "detect", "plain_files", "files"}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    pytest.importorskip("skimage")
    return moving_face.write_corpus(tmp_path_factory.mktemp("face"), clips=3, frames=4)


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract_speed, "PARALLEL_FRAMES", 20)


def test_both_ways_and_both_numbers_of_processes(
    corpus: Corpus, little: None, own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the command line, on a folder that is opened like any other."""
    assert main(["bench", "extract", str(corpus.root), "--turns", "1", "--json"]) == 0
    r = json.loads(capsys.readouterr().out)
    assert (r["clips"], r["frames"], r["turns"], r["workers"]) == (3, 12, 1, 2)
    assert set(r["ms_per_frame"]) == set(r["processor_ms_per_frame"]) == WAYS
    assert r["ratio"] == pytest.approx(r["ms_per_frame"]["detect"] / r["ms_per_frame"]["process"])
    assert r["ratio_files"] == pytest.approx(r["ms_per_frame"]["files"] / r["ms_per_frame"]["plain_files"])
    assert r["parallel_frames"] == 24, "whole rounds of the corpus, 20 frames or more"
    one, two = (r["seconds"][n] - r["start_seconds"][n] for n in ("1", "2"))
    assert r["speedup"] == pytest.approx(one / two)
    assert os.environ["FER_LAB_HOME"] == str(own_home)
    assert not list(own_home.rglob("*.npz")), "what is measured is not left in the user's cache"
    words = bench_words.extraction(r)
    assert f"{r['speedup']:.2f}" in words and f"{r['ms_per_frame']['detect']:.2f} ms" in words


def test_no_more_frames_are_held_than_said(corpus: Corpus) -> None:
    assert len(extract_speed._first(corpus, 8)) == 2
    assert len(extract_speed._first(corpus, 100)) == 3
    assert len(extract_speed._first(corpus, 1)) == 1, "one clip at least"


def test_every_repeated_clip_is_found_anew(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the cache would be measured: the same files under other names have the same key."""
    monkeypatch.setattr(extract_speed, "PARALLEL_FRAMES", 30)
    clips, frames = extract_speed._repeated(corpus)
    assert (len(clips), frames, len({c.clip_id for c in clips})) == (9, 36, 9)
    looked: list[str] = []

    def count(found: list, *_: object) -> list:
        looked.extend(clip.clip_id for clip in found)
        return []

    monkeypatch.setattr("fer_core.landmarks.extract._detected", count)
    extract_speed._seconds(corpus, clips, 1)
    assert looked == [c.clip_id for c in clips]


@pytest.mark.parametrize("wrong", [{"turns": 0}, {"workers": 1}])
def test_impossible_numbers_are_refused(corpus: Corpus, wrong: dict[str, int]) -> None:
    with pytest.raises(SettingError, match="or more"):
        compare(corpus, **wrong)  # type: ignore[arg-type]


def test_a_corpus_without_pictures_is_one_sentence() -> None:
    with pytest.raises(SettingError, match="no pictures to measure on"):
        compare(open_demo())
    empty = replace(open_demo(), clips=())
    with pytest.raises(SettingError, match="no pictures to measure on"):
        extract_speed._repeated(empty)


def test_ratios_are_taken_turn_by_turn() -> None:
    theirs, ours = np.array([2.0, 40.0, 6.0]), np.array([1.0, 10.0, 2.0])
    assert ratio("r", theirs, ours) == {"r": 3.0, "r_range": [2.0, 4.0]}
    assert quantiles(np.arange(101.0), "x_") == {"x_p50_ms": 50.0, "x_p95_ms": 95.0}


# --- the moving face ------------------------------------------------------------------------------------


def test_the_face_moves_and_is_found(corpus: Corpus) -> None:
    frames = list(moving_face.moving_face(60, 320, 240))
    assert all(f.shape == (240, 320, 3) and f.dtype == np.uint8 for f in frames)
    landmarker = open_landmarker("clip")
    faces = [landmarker.detect(f) for f in frames[::6]]
    landmarker.close()
    assert all(len(f) == 1 for f in faces)
    noses = np.array([f[0][1] for f in faces])
    assert np.ptp(noses, axis=0).max() > 0.03, "it hardly moves"
    assert corpus.root is not None
    assert len(open_corpus(corpus.root).clips) == 3, "its folder is a corpus"


def test_without_the_portrait_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "skimage.data", None)
    with pytest.raises(SettingError, match=r"scikit-image.*requirements-dev\.txt"):
        next(moving_face.moving_face(1))
