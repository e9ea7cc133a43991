"""The cross-corpus matrix: every recogniser on every corpus, as plain data that is stored and shown."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fer_core import __version__
from fer_core.base.errors import FerError, SettingError
from fer_core.base.progress import Progress, silent, stage
from fer_core.datasets.images.base import ImageCorpus
from fer_core.datasets.images.catalog import Labels, open_images
from fer_core.results.images.unseen_subset import family
from fer_core.results.metrics import CONFIDENCE, RESAMPLES
from fer_core.studies.cross.cross import LabelMap, Said, empty, filled, judge, own_result
from fer_core.studies.cross.readers import (
    Answer,
    Recogniser,
    about,
    found_bundles,
    open_recogniser,
    shows_more,
    trained_on,
)

FORMAT = "fer-lab-cross"

METHOD = (
    f"Intervals: {CONFIDENCE:.0%} bootstraps over people, or over pictures where a corpus does not say who "
    f"is shown ({RESAMPLES} resamples). Of a drop: from the two results' intervals (Zou and Donner, 2008)."
)


def cross_matrix(
    trained: Sequence[str],
    tested: Sequence[str],
    *,
    labels: Labels = "default",
    strict: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Judge bundles on corpora.

    Parameters
    ----------
    trained : bundle folders, runs or names of shipped bundles (`found_bundles`)
    tested : paths of corpora of pictures or of clips
    labels : which labels of corpora with votes (`fer_core.datasets.images.catalog`)
    strict : whether answers outside the shared emotions are allowed, and wrong (`fer_core.studies.cross.cross`)

    Returns
    -------
    dict with format, created, strict, rows (recognisers), columns (corpora), cells (rows of columns; see
    `fer_core.studies.cross.cross.filled` and `empty`), method, version. What goes wrong in one cell is said in
    it, and the others are filled.

    Raises
    ------
    FerError
        Where a bundle or a corpus cannot be opened at all.
    """
    if not trained or not tested:
        raise SettingError("a matrix needs a recogniser and a corpus", fix="name at least one of each")
    folders = list(dict.fromkeys(f.resolve() for name in trained for f in found_bundles(name)))
    progress(0, 1, "Opening bundles and corpora")
    recognisers = [open_recogniser(folder) for folder in folders]
    corpora = [open_images(path, labels=labels) for path in tested]
    frames = [shows_more(path, corpus) for path, corpus in zip(tested, corpora, strict=True)]
    steps = len(recognisers) * len(corpora)
    n = len(corpora)
    cells = [
        _row(r, corpora, frames, strict, [stage(progress, k * n + j, steps) for j in range(n)])
        for k, r in enumerate(recognisers)
    ]
    progress(1, 1, "Finished")
    return {
        "format": FORMAT,
        "created": time.time(),
        "strict": strict,
        "labels": labels,
        "rows": [about(r) for r in recognisers],
        "columns": [_corpus(c) for c in corpora],
        "cells": cells,
        "method": METHOD,
        "version": __version__,
    }


def _row(
    recogniser: Recogniser,
    corpora: Sequence[ImageCorpus],
    frames: Sequence[bool],
    strict: bool,
    steps: Sequence[Progress],
) -> list[dict[str, Any]]:
    answers: list[Answer | str] = []
    for corpus, find_faces, progress in zip(corpora, frames, steps, strict=True):
        try:
            answers.append(recogniser.answer(corpus, progress, find_faces=find_faces))
        except FerError as error:
            answers.append(str(error))
    own = recogniser.own() or _own_among(recogniser, corpora, answers)
    return [_cell(recogniser, corpus, answer, own, strict) for corpus, answer in zip(corpora, answers, strict=True)]


def _own_among(recogniser: Recogniser, corpora: Sequence[ImageCorpus], answers: Sequence[Answer | str]) -> Said | None:
    """What it said of its own corpus's tested part, where that is among the corpora."""
    for corpus, answer in zip(corpora, answers, strict=True):
        if not isinstance(answer, str) and _is_own(recogniser, corpus, answer):
            return answer.said
    return None


def _is_own(recogniser: Recogniser, corpus: ImageCorpus, answer: Answer) -> bool:
    """Whether these are the pictures of its own test result, with the same labels: by name, not by family."""
    t = recogniser.training
    return bool(answer.part) and t.get("tested") == answer.part and t.get("corpus") == corpus.name


def _cell(
    recogniser: Recogniser, corpus: ImageCorpus, answer: Answer | str, own: Said | None, strict: bool
) -> dict[str, Any]:
    if isinstance(answer, str):
        return empty(answer)
    labels = LabelMap(recogniser.emotions, corpus.emotions)
    found = judge(answer.said, labels.shared, strict=strict)
    if found is None:
        return empty(f"{labels.words} At least two emotions are needed.")
    mine = _is_own(recogniser, corpus, answer)
    before = None if mine else own_result(own, recogniser.metrics, labels.shared, strict=strict)
    notes = list(answer.notes)
    if mine:
        notes.append("its own test side")
    elif before is None:
        notes.append("its own result on these emotions is not known: test it on its own corpus, too")
    elif answer.part and trained_on(corpus, recogniser.training):
        notes.append("perhaps the pictures of its own test side: the two results depend on each other")
    if before is not None and recogniser.kind == "landmarks":
        notes.append("its own result was read from whole clips, this one from stills")
    cell = filled(found, labels, before, notes)
    unit = "people" if corpus.subjects_known else "pictures"
    return cell | {"part": answer.part, "unit": unit, "own": mine}


def _corpus(corpus: ImageCorpus) -> dict[str, Any]:
    return {
        "name": corpus.name,
        "format": corpus.format,
        "family": family(corpus.format, corpus.name),
        "images": len(corpus),
        "emotions": list(corpus.emotions),
        "subjects_known": corpus.subjects_known,
        "path": Path(str(corpus.root)).name if corpus.root else "",
    }
