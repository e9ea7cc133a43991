"""Landmarks of real clips, found once for all tests that look at them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fer_core.datasets.catalog import open_corpus
from fer_core.landmarks.detector import open_landmarker
from fer_core.landmarks.extract import extract
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.landmarker import Landmarker


@pytest.fixture(scope="session")
def real_pairs(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> LandmarkSet:
    """Neutral and apex of the real pairs' first 40 subjects (about 110 clips)."""
    corpus = open_corpus(shared_data / "ckplus_pairs")
    some = set(corpus.subjects[:40])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_LAB_HOME", str(tmp_path_factory.mktemp("pairs_home")))
        return extract(replace(corpus, clips=tuple(c for c in corpus.clips if c.subject in some)), workers=1)


@pytest.fixture(scope="session")
def still() -> Iterator[Landmarker]:
    """FaceMesh for unrelated images, up to four faces."""
    landmarker = open_landmarker("still", max_faces=4)
    yield landmarker
    landmarker.close()
