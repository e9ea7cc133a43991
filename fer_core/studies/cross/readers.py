"""Recognisers of both kinds as one thing that says something of a corpus: image bundles, landmark bundles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core import runs
from fer_core.base.errors import PathError, ProtocolError, StoreError
from fer_core.base.paths import bundles_dir
from fer_core.base.progress import Progress, silent
from fer_core.base.unknown_people import people_known
from fer_core.datasets.images.as_single_frame_clips import clips_of
from fer_core.datasets.images.base import ImageCorpus, Positions, held_out
from fer_core.datasets.images.catalog import recognise_images
from fer_core.landmarks.framing import SMALL
from fer_core.models.bundle import Bundle, bundles_in, load_bundle
from fer_core.models.images.bundle import GRAPH, image_bundles_in, is_image_bundle
from fer_core.models.images.graph import ImageReader, with_graph
from fer_core.models.images.trained_pictures import load_seen
from fer_core.results.evaluation import read_corpus
from fer_core.results.images.evaluation import read_pictures
from fer_core.results.images.unseen_subset import family, seen_among
from fer_core.results.metrics import EVEN_ODDS
from fer_core.store.store import Store
from fer_core.studies.cross.cross import Said

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Answer:
    """What was said, of which part ("" for all that was not seen in training), and notes."""

    said: Said
    part: str
    notes: tuple[str, ...] = ()


class ImageRecogniser:
    """An image bundle, read through its graph, which is added where it is absent."""

    kind = "image"

    def __init__(self, folder: Path) -> None:
        if not (folder / GRAPH).is_file():
            with_graph(folder)
        self._reader = ImageReader(folder)
        self.bundle, self.folder = self._reader.bundle, folder
        self.name, self.emotions = self.bundle.name, self.bundle.emotions

    @property
    def training(self) -> Mapping[str, Any]:
        """What it was trained on: ``corpus`` (name), ``format``, ``tested`` (part), ``subjects``."""
        return self.bundle.training

    @property
    def metrics(self) -> Mapping[str, Any]:
        """Its own test result."""
        return self.bundle.metrics

    def own(self) -> Said | None:
        """What it said of its own test side, from the store where its experiment is still there."""
        condition, seed, fold = [*self.name.rsplit("_", 2), "", ""][:3]
        parents = self.folder.resolve().parents
        try:
            with Store(read_only=True) as store:
                found = [
                    p
                    for key, p in store.predictions(parents[1].name)
                    if (key.condition, str(key.seed), str(key.fold)) == (condition, seed, fold)
                ]
        except (StoreError, IndexError):
            return None
        if not found:
            return None
        shown, subject = (np.array([getattr(p, n) for p in found]) for n in ("emotion", "subject"))
        said = np.array([p.probabilities for p in found])
        return Said(shown, subject, said, self.emotions, subjects_known=people_known(self.training))

    def answer(self, corpus: ImageCorpus, progress: Progress = silent, *, find_faces: bool = False) -> Answer:
        """What it says of a corpus's held-out part, or of all that it was not trained on.

        ``find_faces``: whether a face is sought in each picture and cut out (`shows_more`).

        Raises
        ------
        ProtocolError
            Where it may have been trained on every picture.
        """
        at, part = _held_out(corpus)
        familiar, how = self._familiar(corpus, at, part, progress)
        if familiar.all():
            raise ProtocolError(
                "it was trained on every picture of this corpus", where=corpus.name, fix="see its own test result"
            )
        said, kept, rejected = read_pictures(self._reader, corpus, at[~familiar], find_faces, progress)
        notes = [f"{familiar.sum():,} pictures {how} were left out"] if familiar.any() else []
        notes += [f"{len(rejected):,} pictures cannot be read or show no face"] if rejected else []
        return Answer(
            Said(corpus.emotion[kept], corpus.subject[kept], said, self.emotions, subjects_known=corpus.subjects_known),
            part,
            tuple(notes),
        )

    def _familiar(self, corpus: ImageCorpus, at: Positions, part: str, progress: Progress) -> tuple[Mask, str]:
        """Which pictures it was trained on. No protocol trains on a held-out part: copies alone count."""
        assert self.bundle.folder is not None
        if part and load_seen(self.bundle.folder) is None:
            return np.zeros(len(at), dtype=bool), ""
        return seen_among(self.bundle, corpus, at, progress=progress)


class LandmarkRecogniser:
    """A landmark bundle, which reads each picture as a still: its landmarks are found first."""

    kind = "landmarks"

    def __init__(self, folder: Path) -> None:
        self.bundle: Bundle = load_bundle(folder)
        self.folder = folder
        self.name, self.emotions = self.bundle.name, self.bundle.emotions

    @property
    def training(self) -> Mapping[str, Any]:
        """What it was trained on: ``corpus`` (name), ``format``, ``subjects``."""
        t = self.bundle.training
        about = t.get("corpus", {})
        return {
            "corpus": about.get("name", ""),
            "format": about.get("format", ""),
            "tested": "",
            "subjects": t.get("subjects") or [],
        }

    @property
    def metrics(self) -> Mapping[str, Any]:
        """Its own test result, on clips."""
        return self.bundle.metrics

    def own(self) -> Said | None:
        """Nothing: its own result was read from clips, not from stills."""
        return None

    def answer(self, corpus: ImageCorpus, progress: Progress = silent, *, find_faces: bool = True) -> Answer:
        """What it says of a corpus's held-out part, or of all that shows nobody it was trained on.

        Faces are always sought: that is how landmarks are found.
        """
        at, part, notes = _strangers(corpus, self.training)
        read = read_corpus(self.bundle, clips_of(corpus, at), include_seen=True, stills=True, progress=progress)
        lost = len(read.landmarks.rejected)
        found = f"landmarks were found in {len(read.landmarks):,} of {len(read.landmarks) + lost:,} pictures"
        shown, subject = read.landmarks.emotion, read.landmarks.subject
        said = Said(shown, subject, read.log_odds, self.emotions, EVEN_ODDS, corpus.subjects_known)
        return Answer(said, part, (*notes, found))


Recogniser = ImageRecogniser | LandmarkRecogniser


def open_recogniser(folder: Path) -> Recogniser:
    """The recogniser in a bundle's folder. Raises `BundleError`."""
    return ImageRecogniser(folder) if is_image_bundle(folder) else LandmarkRecogniser(folder)


def found_bundles(name: str) -> list[Path]:
    """Bundle folders that a name stands for: a folder, a run (its bundle, all its models), a shipped bundle.

    Raises `PathError` where there is none.
    """
    given = Path(name).expanduser()
    places = [given, bundles_dir() / name] if len(Path(name).parts) == 1 else [given]
    run = runs.find_run(name)
    places += [run, run / "bundle"] if run is not None else []
    for place in places:
        if not place.is_dir():
            continue
        if (place / "bundle.json").is_file():
            return [place]
        inner = image_bundles_in(place / "models") or image_bundles_in(place) or bundles_in(place)
        if inner:
            return inner
    raise PathError("there is no bundle of this name", where=name, fix="name a bundle's folder or a finished run")


def trained_on(corpus: ImageCorpus, training: Mapping[str, Any]) -> bool:
    """Whether a recogniser was trained on pictures of this corpus, by the name or the format of both."""
    name, kind = str(training.get("corpus", "")), str(training.get("format", ""))
    return bool(name or kind) and family(kind, name) == family(corpus.format, corpus.name)


def _held_out(corpus: ImageCorpus) -> tuple[Positions, str]:
    """The part that a corpus keeps back, so that all are tested on the same pictures; else all of them."""
    at, part = held_out(corpus)
    return (at, str(part)) if len(at) else (np.arange(len(corpus), dtype=np.int64), "")


def _strangers(corpus: ImageCorpus, training: Mapping[str, Any]) -> tuple[Positions, str, tuple[str, ...]]:
    """As `_held_out`; of the corpus that it was trained on, pictures of other people: with notes."""
    at, part = _held_out(corpus)
    if part or not trained_on(corpus, training):
        return at, part, ()
    known = sorted(set(training.get("subjects") or ()))
    others = at[~np.isin(corpus.subject[at], known)] if corpus.subjects_known and known else at[:0]
    if not len(others):
        raise ProtocolError(
            "it was trained on pictures of this corpus, which keeps none back",
            where=corpus.name,
            fix="see its own test result",
        )
    return others, "", (f"{len(at) - len(others):,} pictures of people it was trained on were left out",)


def shows_more(path: str, corpus: ImageCorpus) -> bool:
    """Whether pictures show more than a face: frames of clips, unless they are as small as CK+48's."""
    return recognise_images(path) == "clips" and (corpus.size is None or corpus.size >= SMALL)


def about(recogniser: Recogniser) -> dict[str, Any]:
    """A recogniser as plain data: name, kind, corpus it was trained on, emotions, its own result."""
    metrics = recogniser.metrics
    own = {m: metrics.get(m) for m in ("n", "accuracy", "balanced_accuracy", "macro_f1")}
    return {
        "name": recogniser.name,
        "kind": recogniser.kind,
        "corpus": recogniser.training.get("corpus", ""),
        "emotions": list(recogniser.emotions),
        "own": own if own["n"] else None,
    }
