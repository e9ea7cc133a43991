"""Corpora of clips (CK+, CK+48, folders of frames) as images: the frames that show the expression.

CK+ runs from the neutral face to the apex, so the last frame (or the last few) of a clip shows its
emotion; of CK+48 every frame that lies in the folder of the emotion does. A clip's first frame is the
person's neutral face where the clip starts neutral: taken as an image of ``neutral`` only on request,
since it is no label that the corpus gives.
Leakage rule: the subject is the clip's; frames of one person never cross a split.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fer_core.datasets.base import Clip, Corpus
from fer_core.datasets.images.assemble import assemble, require_images
from fer_core.datasets.images.base import ImageCorpus
from fer_core.datasets.images.sources import FileSource
from fer_core.datasets.images.tally import Tally
from fer_core.datasets.scan import FRAME_OUTSIDE, INSIDE_FIX
from fer_core.emotions import NEUTRAL, find_emotion
from fer_core.errors import CorpusError, SettingError
from fer_core.text import clean_name


def images_of(corpus: Corpus, *, frames: int = 1, neutral: bool = False) -> ImageCorpus:
    """The images of a corpus of clips.

    Parameters
    ----------
    corpus : Corpus
        As `fer_core.datasets.catalog.open_corpus` opens it.
    frames : int
        How many last frames of a clip are taken, at least 1; CK+48 gives all that show the expression.
    neutral : bool
        Whether the first frame of a clip that starts neutral is taken as an image of ``neutral``.

    Raises
    ------
    CorpusError
        For a corpus without pictures (the demo), and where no clip has a frame that shows its emotion.
    SettingError
        For `frames` below 1.
    """
    if frames < 1:
        raise SettingError(f"{frames} frames of a clip cannot be taken", fix="take 1 or more")
    if corpus.root is None:
        raise CorpusError("the corpus has no pictures, only landmarks", where=corpus.name,
                          fix="open a corpus on disk")  # fmt: skip
    tally = Tally(corpus.omissions)
    found = [row for clip in corpus.clips for row in _rows(clip, corpus, frames, neutral, tally)]
    for clip in corpus.unlabelled:
        tally.leave(clip.clip_id, "it is unlabelled")
    require_images(found, tally, corpus.root)
    names, item, emotion, subject = (np.array(column) for column in zip(*found, strict=True))
    return assemble(
        corpus.name,
        corpus.format,
        corpus.root,
        FileSource(corpus.root, names),
        tally,
        item=item,
        emotion=emotion,
        part=np.full(len(item), "", dtype="<U10"),
        subject=subject if any(c.subject != c.clip_id for c in corpus.clips) else None,
        note=corpus.note,
    )


def _rows(
    clip: Clip, corpus: Corpus, frames: int, neutral: bool, tally: Tally
) -> Iterator[tuple[str, str, str, str]]:
    """File relative to the corpus, item, emotion and subject of each image of a labelled clip."""
    if clip.video is not None:
        why = "it is a video, and which of its frames shows the emotion most is unknown"
        tally.leave(clip.clip_id, why, "save its apex as an image")
        return
    emotion = str(clip.emotion)
    numbered = list(zip(clip.frame_numbers, clip.frames, strict=True))
    shown = [n for n in _expressive(clip, corpus.format) if n[0] != 1 or not clip.starts_neutral]
    if not shown:
        tally.leave(clip.clip_id, "none of its frames shows its emotion", "add its last frames")
    at_rest = numbered[:1] if neutral and clip.starts_neutral and emotion != NEUTRAL else []
    last = shown if corpus.format == "ckplus48" else shown[-frames:]
    for label, (number, file) in [(NEUTRAL, f) for f in at_rest] + [(emotion, f) for f in last]:
        name = _inside(file, corpus.root, clip, tally)
        if name:
            yield name, f"{clip.clip_id}/{number}", label, clip.subject


def _expressive(clip: Clip, format: str) -> list[tuple[int, Path]]:
    """Numbered frames that may show the clip's emotion: of CK+48, those in its emotion's folder."""
    numbered = list(zip(clip.frame_numbers, clip.frames, strict=True))
    if format != "ckplus48":
        return numbered
    return [(n, f) for n, f in numbered if find_emotion(clean_name(f.parent.name)) == clip.emotion]


def _inside(file: Path, root: Path | None, clip: Clip, tally: Tally) -> str:
    """The file's name relative to the corpus; "", and noted, where it leads out of it."""
    if root is not None and file.is_relative_to(root) and file.resolve().is_relative_to(root):
        return file.relative_to(root).as_posix()
    tally.leave(clip.clip_id, FRAME_OUTSIDE, INSIDE_FIX)
    return ""
