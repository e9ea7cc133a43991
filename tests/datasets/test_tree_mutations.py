"""Mutated trees of corpora: no traceback, and each picture or video is in a clip, or named, or counted."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fer_core.base.errors import FerError
from fer_core.datasets.base import Corpus
from fer_core.datasets.catalog import open_corpus
from fer_core.datasets.signatures import is_image_name, is_video_name

from .trees import NAMED, put_oulu

ROUNDS = 24
"""Trees of each corpus, each with one to four mutations."""


def _files(root: Path) -> list[Path]:
    return sorted(p for p in root.rglob("*") if p.is_file() and not p.is_symlink())


def _rename(root: Path, rng: random.Random) -> None:
    file = rng.choice(_files(root))
    name = list(file.name)
    at = rng.randrange(len(name))
    name[at : at + 1] = [rng.choice(["", "_", "é", "\u200b", "=", "9", " ", "Z", name[at] * 2])]
    if (new := "".join(name).strip("./")) and not new.startswith("."):
        file.rename(file.with_name(new[:200]))


def _bytes(root: Path, rng: random.Random) -> None:
    file = os.fsencode(rng.choice(_files(root)))
    os.rename(file, file + b"\xff\xe9" + file[-4:])  # noqa: PTH104 - a name that is no text


def _cut(root: Path, rng: random.Random) -> None:
    file = rng.choice(_files(root))
    data = file.read_bytes()
    file.write_bytes(data[: rng.randrange(len(data) + 1)])


def _flip(root: Path, rng: random.Random) -> None:
    file = rng.choice(_files(root))
    data = bytearray(file.read_bytes())
    if data:
        data[rng.randrange(min(40, len(data)))] ^= 1 << rng.randrange(8)
    file.write_bytes(bytes(data))


def _move(root: Path, rng: random.Random) -> None:
    file = rng.choice(_files(root))
    folder = root / rng.choice(["happy", "sad", "Calm", "unlabelled", "more/deeper", "Train", "IMG_1", "AN", "ö"])
    folder.mkdir(parents=True, exist_ok=True)
    shutil.move(file, folder / file.name)


def _copy(root: Path, rng: random.Random) -> None:
    file = rng.choice(_files(root))
    folder = root / rng.choice(["again", "happy", "sad"])
    folder.mkdir(exist_ok=True)
    if file.parent != folder:
        shutil.copy(file, folder / file.name)


def _stranger(root: Path, rng: random.Random) -> None:
    name = rng.choice(["x.wav", "notes.txt", "trailer.mp4", "cover.png", "subjects.csv", "noext", "session.xml"])
    (root / name).write_bytes(rng.choice([b"", b"x", b"clip,subject\n1,", b"\x00\xff" * 9, b'clip,subject\na,"b\n']))


def _link(root: Path, rng: random.Random) -> None:
    (root / f"link{rng.randrange(10**6)}").symlink_to(rng.choice([root, root.parent / "nowhere"]))


MUTATIONS: tuple[Callable[[Path, random.Random], None], ...] = (
    _rename,
    _bytes,
    _cut,
    _flip,
    _move,
    _copy,
    _stranger,
    _link,
)


def _accounted(corpus: Corpus) -> tuple[int, int]:
    """Pictures and videos in clips, and things that were left out."""
    clips = (*corpus.clips, *corpus.unlabelled)
    kept = sum(len(c.frames) or 1 for c in clips)
    told = sum(o.count for o in corpus.omissions if not o.why.startswith("kept"))
    return kept, told


@pytest.mark.parametrize("format", [tree.format for tree in NAMED] + ["oulu-casia"])
def test_nothing_is_lost_without_a_word(tmp_path: Path, format: str) -> None:
    source = tmp_path / "source"
    tree = next((t for t in NAMED if t.format == format), None)
    (tree.put if tree else put_oulu)(source)
    if len(files := _files(source)) > 30:
        for file in files[24:]:
            file.unlink()
    rng = random.Random(format)
    opened = 0
    for number in range(ROUNDS):
        root = tmp_path / "c"
        shutil.copytree(source, root)
        for _ in range(rng.randint(1, 4)):
            rng.choice(MUTATIONS)(root, rng)
        media = [f for f in _files(root) if is_image_name(f.name) or is_video_name(f.name)]
        try:
            corpus = open_corpus(root)
        except FerError as error:
            assert str(error).endswith("."), (number, str(error))
        else:
            opened += 1
            kept, told = _accounted(corpus)
            assert kept <= len(media) <= kept + told, (number, kept, told, len(media), corpus.omissions)
            "".join(f"{o.where}{o.why}" for o in corpus.omissions).encode()
        shutil.rmtree(root)
    assert opened > ROUNDS / 2
