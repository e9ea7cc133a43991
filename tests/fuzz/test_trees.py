"""Mutated trees of corpora: no traceback, and each picture or video is in a clip, or named, or counted."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from datasets.trees import NAMED, put_oulu

from fer_core.datasets.base import Corpus
from fer_core.datasets.catalog import open_corpus
from fer_core.datasets.signatures import is_image_name, is_video_name

from .mutators import disturb, every, files, tried

FORMATS = [*(tree.format for tree in NAMED), "oulu-casia"]


def accounted(corpus: Corpus) -> tuple[int, int]:
    """Pictures and videos in clips, and things that were left out."""
    clips = (*corpus.clips, *corpus.unlabelled)
    kept = sum(len(c.frames) or 1 for c in clips)
    told = sum(o.count for o in corpus.omissions if not o.why.startswith("kept"))
    return kept, told


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_is_lost_without_a_word(tmp_path: Path, format: str) -> None:
    source = tmp_path / "source"
    tree = next((t for t in NAMED if t.format == format), None)
    (tree.put if tree else put_oulu)(source)
    for file in files(source)[24:]:
        file.unlink()

    def one(case: str, rng: random.Random) -> bool:
        root = tmp_path / case.replace("/", "-")
        shutil.copytree(source, root)
        for _ in range(rng.randint(1, 4)):
            disturb(root, rng)
        media = [f for f in files(root) if is_image_name(f.name) or is_video_name(f.name)]
        if (corpus := tried(case, (root,), open_corpus, root)) is not None:
            kept, told = accounted(corpus)
            assert kept <= len(media) <= kept + told, f"{case}: {kept} {told} {media} {corpus.omissions}"
            "".join(f"{o.where}{o.why}" for o in corpus.omissions).encode()
        shutil.rmtree(root)
        return corpus is not None

    assert every("trees", one, len(FORMATS), format) > 0.5
