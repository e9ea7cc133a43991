"""Judging an image bundle on a corpus of pictures, or on the last pictures of clips."""

from __future__ import annotations

from typing import Any

import numpy as np

from fer_core import __version__
from fer_core.base.errors import LandmarkError, MediaError, ProtocolError
from fer_core.base.progress import Progress, silent
from fer_core.datasets.images.base import ImageCorpus, Part, Positions, held_out
from fer_core.datasets.images.pixels import readable_pixels
from fer_core.landmarks.detector import open_landmarker
from fer_core.landmarks.track import FloatArray
from fer_core.live.images.face_reader import Crops, FaceReader
from fer_core.live.media import LESS_SURE
from fer_core.models.images.bundle import ImageBundle
from fer_core.models.images.graph import ImageReader
from fer_core.results.images.unseen_subset import seen_among
from fer_core.results.metrics import evaluate

BATCH = 256


def evaluate_images(
    reader: ImageReader,
    corpus: ImageCorpus,
    *,
    part: Part | None = None,
    include_seen: bool = False,
    find_faces: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Metrics of an image bundle on a corpus, as `fer_core.results.evaluation.evaluate_bundle` gives them.

    Pictures it was trained on are left out (`fer_core.results.images.unseen_subset`), and emotions it does not
    know, by name.

    Parameters
    ----------
    part : the official part to judge on; by default what the corpus holds out, or all of it
    include_seen : count pictures it was trained on all the same; the protocol says so
    find_faces : whether a face is sought in each picture and cut out as for a camera: frames of clips ask
        for it, the pictures of other corpora are faces already

    Raises
    ------
    ProtocolError
        Where there is no such part, nothing is left, or what was trained on is not known.
    """
    bundle = reader.bundle
    chosen, name = _of_part(corpus, part)
    notes = label_notes(bundle, corpus, chosen)
    chosen = chosen[np.isin(corpus.emotion[chosen], bundle.emotions)]
    if not len(chosen):
        raise ProtocolError(
            "no picture shows an emotion that the bundle knows", where=corpus.name, fix="use another corpus or part"
        )
    familiar, how = (
        (np.zeros(len(chosen), bool), "") if include_seen else seen_among(bundle, corpus, chosen, progress=progress)
    )
    if familiar.all():
        raise ProtocolError(
            "the bundle was trained on every picture of this part",
            where=corpus.name,
            fix="use another part, or --include-seen to measure memory",
        )
    if familiar.any():
        notes.append(f"{familiar.sum():,} pictures {how} were left out")
    said, kept, rejected = read_pictures(reader, corpus, chosen[~familiar], find_faces, progress)
    if rejected:
        notes.append(f"{len(rejected)} pictures could not be read, or show no face that is found")
    protocol = "image bundle on pictures it has not seen" if not include_seen else "image bundle on all pictures"
    return {
        **evaluate(
            corpus.emotion[kept],
            said,
            corpus.subject[kept],
            bundle.emotions,
            subjects_known=corpus.subjects_known,
            unit="pictures",
        ),
        "protocol": protocol + (f", {name} part" if name else "") + (", faces cut out" if find_faces else ""),
        "unit": "pictures",
        "seed": 0,
        "bundle": bundle.name,
        "corpus": {"name": corpus.name, "format": corpus.format, "synthetic": corpus.synthetic, "note": corpus.note},
        "rejected": rejected,
        "notes": notes,
        "version": __version__,
    }


def label_notes(bundle: ImageBundle, corpus: ImageCorpus, positions: Positions) -> list[str]:
    """The audit of labels: what the corpus shows and the bundle does not know, and the other way round."""
    names, counts = np.unique(corpus.emotion[positions], return_counts=True)
    shown = dict(zip(names.tolist(), counts.tolist(), strict=True))
    notes = [
        f"{n:,} pictures show {e}, which the bundle does not know, and were left out"
        for e, n in shown.items()
        if e not in bundle.emotions
    ]
    lacking = [e for e in bundle.emotions if e not in shown]
    if lacking:
        notes.append(f"no picture shows {' or '.join(lacking)}; classified so is wrong here")
    return notes


def _of_part(corpus: ImageCorpus, part: Part | None) -> tuple[Positions, str]:
    if part is None:
        found, name = held_out(corpus)
        return (found, name) if len(found) else (np.arange(len(corpus)), "")
    found = corpus.of_part(part)
    if not len(found):
        there = [p for p in corpus.parts if p]
        raise ProtocolError(
            f"the corpus has no {part} part",
            where=corpus.name,
            fix="use " + " or ".join(there) if there else "leave --part out: it has no official parts",
        )
    return found, part


def read_pictures(
    reader: ImageReader, corpus: ImageCorpus, positions: Positions, sought: bool = False, progress: Progress = silent
) -> tuple[FloatArray, Positions, list[dict[str, str]]]:
    """Probabilities (m, E) of those that could be read, their positions, and why the others could not.

    ``sought``: as `evaluate_images`' ``find_faces``. Raises `ProtocolError` where none could be read.
    """
    said, kept, rejected = [], [], []
    with _Faces(reader, corpus, sought) as faces:
        for start in range(0, len(positions), BATCH):
            progress(start, len(positions), "Reading pictures")
            crops, at, why = faces.take(positions[start : start + BATCH])
            rejected += why
            if len(at):
                said.append(reader.read(crops))
                kept.append(at)
    progress(len(positions), len(positions), "Reading pictures")
    if not kept:
        raise ProtocolError("no picture could be read", where=corpus.name, fix=f"the first: {rejected[0]['why']}")
    return np.concatenate(said), np.concatenate(kept), rejected


class _Faces:
    """Pictures as the bundle takes them: fitted, or the face in each found and cut out."""

    def __init__(self, reader: ImageReader, corpus: ImageCorpus, sought: bool) -> None:
        self._corpus, self._bundle, self._cutter = corpus, reader.bundle, FaceReader(reader)
        self._landmarker = open_landmarker("still", 1, LESS_SURE) if sought else None

    def __enter__(self) -> _Faces:
        return self

    def __exit__(self, *_: object) -> None:
        if self._landmarker is not None:
            self._landmarker.close()

    def take(self, positions: Positions) -> tuple[Crops, Positions, list[dict[str, str]]]:
        why: list[dict[str, str]] = []
        if self._landmarker is not None:
            return self._found(positions, why)

        def note(position: int, error: MediaError) -> None:
            why.append(self._row(position, str(error)))

        size, channels = self._bundle.size, self._bundle.channels
        crops, kept = readable_pixels(self._corpus, positions, size, channels, on_error=note)
        return crops, kept, why

    def _found(self, positions: Positions, why: list[dict[str, str]]) -> tuple[Crops, Positions, Any]:
        crops, kept = [], []
        for p in positions:
            try:
                crops.append(self._cut(int(p)))
                kept.append(int(p))
            except (MediaError, LandmarkError) as error:
                why.append(self._row(int(p), str(error)))
        side = (self._bundle.size, self._bundle.size, self._bundle.channels)
        cut = np.stack(crops) if crops else np.empty((0, *side), np.uint8)
        return cut, np.array(kept, dtype=np.int64), why

    def _cut(self, position: int) -> Crops:
        image = self._corpus.source.read(int(self._corpus.position[position]))
        rgb = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
        assert self._landmarker is not None
        faces = self._landmarker.detect(np.ascontiguousarray(rgb))
        if not faces:
            raise LandmarkError("no face was found", where=str(self._corpus.item[position]), fix="leave it out")
        return self._cutter.cut(rgb, faces[:1])[0]

    def _row(self, position: int, why: str) -> dict[str, str]:
        c = self._corpus
        return {"clip": str(c.item[position]), "emotion": str(c.emotion[position]), "why": why}
