"""Corpora of clips (CK+, CK+48, folders of frames) as images: the frames that show the expression.

CK+ runs from the neutral face to the apex, so the last frame (or the last few) of a clip shows its
emotion; of CK+48 every frame that lies in the folder of the emotion does. A clip's first frame is the
person's neutral face where the clip starts neutral: taken as an image of ``neutral`` only on request,
since it is no label that the corpus gives.
Leakage rule: the subject is the clip's; frames of one person never cross a split.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from fer_core.base.emotions import NEUTRAL, find_emotion
from fer_core.base.errors import CorpusError, SettingError
from fer_core.base.text import clean_name
from fer_core.datasets.base import Clip, Corpus
from fer_core.datasets.images.base import ImageCorpus, Strings
from fer_core.datasets.images.corpus_from_columns import assemble, require_images
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.images.sources import FileSource
from fer_core.datasets.scan import FRAME_OUTSIDE, INSIDE_FIX, count_of
from fer_core.files.containment import stays

_NUMBERED = frozenset({"ckplus", "ckplus48", "folder"})
"""Formats of which each image has its frame's number in its name."""


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
        raise CorpusError("the corpus has no pictures, only landmarks", where=corpus.name, fix="open a corpus on disk")
    tally = Tally(corpus.omissions)
    found = [row for clip in corpus.clips for row in _rows(clip, corpus, frames, neutral, tally)]
    for clip in corpus.unlabelled:
        tally.leave(clip.clip_id, "it is unlabelled")
    videos = sum(clip.video is not None for clip in corpus.clips)
    if videos and not found:
        what = f"its {count_of(videos, 'video')} do not say which of their frames shows the emotion most"
        raise CorpusError(what, where=corpus.name, fix="open it as clips, or save each apex as an image")
    require_images(found, tally, corpus.root)
    names, item, emotion, subject = (np.array(column) for column in list(zip(*found, strict=True))[:4])
    part, attributes = _attributes([row[4] for row in found])
    found_corpus = assemble(
        corpus.name,
        corpus.format,
        corpus.root,
        FileSource(corpus.root, names),
        tally,
        item=item,
        emotion=emotion,
        part=part,
        subject=subject,
        subjects_known=corpus.subjects_known,
        attributes=attributes,
        note=corpus.note,
    )
    return replace(found_corpus, passed_over=corpus.passed_over)


def _attributes(rows: list[dict[str, str]]) -> tuple[Strings, dict[str, Strings]]:
    """The official part of each image, and the other attributes as columns."""
    part = np.array([row.get("part", "") for row in rows], dtype="<U10")
    names = dict.fromkeys(name for row in rows for name in row if name != "part")
    return part, {name: np.array([row.get(name, "") for row in rows]) for name in names}


def _rows(
    clip: Clip, corpus: Corpus, frames: int, neutral: bool, tally: Tally
) -> Iterator[tuple[str, str, str, str, dict[str, str]]]:
    """File relative to the corpus, item, emotion, subject and attributes of each image of a labelled clip."""
    if clip.video is not None:
        why = "it is a video, and which of its frames shows the emotion most is unknown"
        tally.leave(clip.clip_id, why, "save its apex as an image")
        return
    emotion = str(clip.emotion)
    numbered = list(zip(clip.frame_numbers, clip.frames, strict=True))
    # A picture that is a clip by itself is called by its name alone.
    single = len(numbered) == 1 and corpus.format not in _NUMBERED and numbered[0][0] == 1
    shown = [n for n in _expressive(clip, corpus.format) if n[0] != 1 or not clip.starts_neutral]
    if not shown:
        tally.leave(clip.clip_id, "none of its frames shows its emotion", "add its last frames")
    at_rest = numbered[:1] if neutral and clip.starts_neutral and emotion != NEUTRAL else []
    last = shown if corpus.format == "ckplus48" else shown[-frames:]
    for label, (number, file) in [(NEUTRAL, f) for f in at_rest] + [(emotion, f) for f in last]:
        name = _inside(file, corpus.root, clip, tally)
        if name:
            item = clip.clip_id if single else f"{clip.clip_id}/{number}"
            yield name, item, label, clip.subject, dict(clip.attributes)


def _expressive(clip: Clip, format: str) -> list[tuple[int, Path]]:
    """Numbered frames that may show the clip's emotion: of CK+48, those in its emotion's folder."""
    numbered = list(zip(clip.frame_numbers, clip.frames, strict=True))
    if format != "ckplus48":
        return numbered
    return [(n, f) for n, f in numbered if find_emotion(clean_name(f.parent.name)) == clip.emotion]


def _inside(file: Path, root: Path | None, clip: Clip, tally: Tally) -> str:
    """The file's name relative to the corpus; "", and noted, where it leads out of it."""
    if root is not None and file.is_relative_to(root) and stays(root, file):
        return file.relative_to(root).as_posix()
    tally.leave(clip.clip_id, FRAME_OUTSIDE, INSIDE_FIX)
    return ""
