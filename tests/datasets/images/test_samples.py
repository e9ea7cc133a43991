"""A handful of images to look at: drawn by a seed, few read, unreadable ones told."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from fer_core.datasets.images.base import Image
from fer_core.datasets.images.catalog import open_images
from fer_core.datasets.images.samples import draw, positions_of, thumbnails
from fer_core.datasets.images.sources import FileSource

from .trees import put, put_by_emotion


def names(emotion: str, n: int) -> list[str]:
    return [f"{emotion}/{k}.png" for k in range(n)]


def test_a_seed_draws_the_same_and_another_one_others(tmp_path: Path) -> None:
    corpus = open_images(put_by_emotion(tmp_path, names("anger", 30) + names("fear", 4)))
    first, again, other = draw(corpus, 6, 0), draw(corpus, 6, 0), draw(corpus, 6, 1)
    assert {e: len(at) for e, at in first.items()} == {"anger": 6, "fear": 4}
    assert all((corpus.emotion[at] == e).all() for e, at in first.items())
    assert first["anger"].tolist() == again["anger"].tolist() != other["anger"].tolist()
    assert len(set(first["anger"].tolist())) == 6
    alone = draw(corpus.only(["anger"]), 6, 0)["anger"]
    assert corpus.only(["anger"]).item[alone].tolist() == corpus.item[first["anger"]].tolist()


def test_only_what_is_shown_is_read(tmp_path: Path, monkeypatch) -> None:
    corpus = open_images(put_by_emotion(tmp_path, names("anger", 30) + names("fear", 30)))
    read: list[int] = []
    plain = FileSource.read

    def counted(self: FileSource, position: int) -> Image:
        read.append(position)
        return plain(self, position)

    monkeypatch.setattr(FileSource, "read", counted)
    shown = thumbnails(corpus, draw(corpus, 3, 0)["fear"], side=24)
    assert len(read) == 3 and {image.emotion for image in shown} == {"fear"}
    decoded = cv2.imdecode(np.frombuffer(shown[0].jpeg, np.uint8), cv2.IMREAD_COLOR)
    original = cv2.imread(str(tmp_path / shown[0].item))
    assert decoded.shape == (24, 24, 3)
    assert np.abs(decoded.astype(int) - original.astype(int)).mean() < 6, "JPEG changes little"


def test_an_image_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    put_by_emotion(tmp_path, names("anger", 2) + names("fear", 2))
    put(tmp_path / "fear" / "1.png", b"no picture")
    corpus = open_images(tmp_path)
    shown = thumbnails(corpus, np.arange(len(corpus)))
    bad = [image for image in shown if not image.jpeg]
    assert [image.item for image in bad] == ["fear/1.png"] and bad[0].why
    assert [image.item for image in shown] == corpus.item.tolist(), "in the order that was asked for"


def test_names_are_found_and_foreign_ones_passed_over(tmp_path: Path) -> None:
    corpus = open_images(put_by_emotion(tmp_path, names("anger", 3) + names("fear", 3)))
    at = positions_of(corpus, ["fear/2.png", "anger/0.png", "zzz", ""])
    assert corpus.item[at].tolist() == ["fear/2.png", "anger/0.png"]
