"""Pictures are looked at once: what was seen is kept for a resume, of this very corpus and no other."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_core.base.errors import MediaError
from fer_core.datasets.copies.fingerprints import Fingerprints
from fer_core.datasets.images.base import ImageCorpus
from fer_core.datasets.images.sources import ArraySource
from fer_core.training.images.scan_pictures import Looked, look_at, look_once

from .image_samples import corpus


class Counted(ArraySource):
    """Pictures that count how often they are read; one of them cannot be."""

    reads = 0

    def read(self, position: int) -> Any:
        self.reads += 1
        if position == 7:
            raise MediaError("it is cut off", where="train/7", fix="copy it anew")
        return super().read(position)


@pytest.fixture
def seen() -> ImageCorpus:
    c = corpus(24, 6)
    images = np.array(c.source.images)  # type: ignore[attr-defined]
    images[3] = images[25]
    return replace(c, source=Counted(images))


def reads(c: ImageCorpus) -> int:
    return c.source.reads  # type: ignore[attr-defined, no-any-return]


def assert_same(a: Looked, b: Looked) -> None:
    for field in fields(Fingerprints):
        mine, theirs = (getattr(x.prints, field.name) for x in (a, b))
        np.testing.assert_array_equal(mine, theirs)
        assert mine.dtype == theirs.dtype
    np.testing.assert_array_equal(a.groups, b.groups)
    assert a.unread == b.unread


def test_a_resume_reads_no_picture(seen: ImageCorpus, tmp_path: Path) -> None:
    first = look_once(seen, tmp_path / "looked.npz")
    assert reads(seen) == len(seen)
    assert first.groups[3] == first.groups[25] and not first.prints.readable[7]
    assert [o.why for o in first.unread] == ["it is cut off"]
    again = look_once(seen, tmp_path / "looked.npz")
    assert reads(seen) == len(seen)
    assert_same(again, first)
    assert_same(again, look_at(seen))
    assert [f.name for f in tmp_path.iterdir()] == ["looked.npz"]


@pytest.mark.parametrize("damage", ["cut", "text", "another corpus"])
def test_a_file_that_is_not_of_this_corpus_is_written_anew(seen: ImageCorpus, tmp_path: Path, damage: str) -> None:
    file = tmp_path / "looked.npz"
    whole = look_once(seen, file)
    if damage == "another corpus":
        look_once(corpus(24, 6, seed=5), file.with_name("other.npz"))
        file.with_name("other.npz").replace(file)
    else:
        file.write_bytes(file.read_bytes()[:600] if damage == "cut" else b"no archive")
    assert_same(look_once(seen, file), whole)
    before = reads(seen)
    assert_same(look_once(seen, file), whole)
    assert reads(seen) == before, "the new file was used"


def test_without_a_place_to_keep_it_the_pictures_are_looked_at_all_the_same(seen: ImageCorpus, tmp_path: Path) -> None:
    assert_same(look_once(seen, tmp_path / "gone" / "looked.npz"), look_at(seen))
