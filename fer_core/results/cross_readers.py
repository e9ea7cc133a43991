"""Recognisers of both kinds as one thing that says something of a corpus: image bundles, landmark bundles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fer_core import runs
from fer_core.datasets.images.base import ImageCorpus, Positions, held_out
from fer_core.datasets.images.pixels import readable_pixels
from fer_core.datasets.images.stills import clips_of
from fer_core.errors import MediaError, PathError, ProtocolError, StoreError
from fer_core.models.bundle import Bundle, bundles_in, load_bundle
from fer_core.models.images.bundle import GRAPH, image_bundles_in, is_image_bundle
from fer_core.models.images.graph import ImageReader, with_graph
from fer_core.paths import bundles_dir
from fer_core.progress import Progress, silent
from fer_core.results.cross import Said, family
from fer_core.results.evaluation import read_corpus
from fer_core.results.store import Store

BLOCK = 512
"""Pictures read at a time."""


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
                    p for key, p in store.predictions(parents[1].name)
                    if (key.condition, str(key.seed), str(key.fold)) == (condition, seed, fold)
                ]  # fmt: skip
        except (StoreError, IndexError):
            return None
        if not found:
            return None
        shown, subject = (np.array([getattr(p, n) for p in found]) for n in ("emotion", "subject"))
        return Said(shown, subject, np.array([p.probabilities for p in found]), self.emotions)

    def answer(self, corpus: ImageCorpus, progress: Progress = silent) -> Answer:
        """What it says of a corpus's held-out part, or of all that it was not trained on.

        Raises
        ------
        ProtocolError
            Where it may have been trained on every picture.
        """
        at, part, notes = unseen(corpus, self.training)
        rows, kept, bad = [], [], 0

        def unread(position: int, error: MediaError) -> None:
            nonlocal bad
            bad += 1

        for start in range(0, len(at), BLOCK):
            progress(start, len(at), f"{self.name} on {corpus.name}")
            drawn, read = readable_pixels(
                corpus, at[start : start + BLOCK], self.bundle.size, self.bundle.channels, on_error=unread
            )
            if len(read):
                rows.append(self._reader.read(drawn))
                kept.append(read)
        if not rows:
            raise ProtocolError("no picture can be read", where=corpus.name, fix="check its files")
        told = (*notes, f"{bad:,} pictures could not be read") if bad else notes
        which = np.concatenate(kept)
        said = Said(corpus.emotion[which], corpus.subject[which], np.concatenate(rows), self.emotions)
        return Answer(said, part, told)


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
        return {"corpus": about.get("name", ""), "format": about.get("format", ""), "tested": "",
                "subjects": t.get("subjects", [])}  # fmt: skip

    @property
    def metrics(self) -> Mapping[str, Any]:
        """Its own test result, on clips."""
        return self.bundle.metrics

    def own(self) -> Said | None:
        """Nothing: its own result was read from clips, not from stills."""
        return None

    def answer(self, corpus: ImageCorpus, progress: Progress = silent) -> Answer:
        """What it says of a corpus's held-out part, or of all that shows nobody it was trained on."""
        at, part, notes = unseen(corpus, self.training)
        read = read_corpus(
            self.bundle, clips_of(corpus, at), include_seen=True, stills=True, progress=progress
        )
        lost = len(read.landmarks.rejected)
        found = f"landmarks were found in {len(read.landmarks):,} of {len(read.landmarks) + lost:,} pictures"
        shown, subject = read.landmarks.emotion, read.landmarks.subject
        return Answer(Said(shown, subject, read.probabilities, self.emotions), part, (*notes, found))


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
    raise PathError(
        "there is no bundle of this name", where=name, fix="name a bundle's folder or a finished run"
    )


def unseen(corpus: ImageCorpus, training: Mapping[str, Any]) -> tuple[Positions, str, tuple[str, ...]]:
    """Pictures of a corpus that a recogniser was not trained on: positions, the part's name, and notes.

    The held-out part where the corpus has one, so that all recognisers are tested on the same pictures.
    Without one: all, or of the corpus that it was trained on, pictures of other people.

    Raises
    ------
    ProtocolError
        Where it was trained on this corpus, which keeps nothing back.
    """
    at, part = held_out(corpus)
    if len(at):
        return at, str(part), ()
    everything = np.arange(len(corpus), dtype=np.int64)
    if not trained_on(corpus, training):
        return everything, "", ()
    known = set(training.get("subjects") or ())
    if corpus.known_subjects and known:
        others = everything[~np.isin(corpus.subject, sorted(known))]
        if len(others):
            gone = len(everything) - len(others)
            return others, "", (f"{gone:,} pictures of people it was trained on were left out",)
    raise ProtocolError(
        "it was trained on pictures of this corpus, which keeps none back", where=corpus.name,
        fix="see its own test result",
    )  # fmt: skip


def trained_on(corpus: ImageCorpus, training: Mapping[str, Any]) -> bool:
    """Whether a recogniser was trained on pictures of this corpus, by the name or the format of both."""
    name, kind = str(training.get("corpus", "")), str(training.get("format", ""))
    return bool(name or kind) and family(kind, name) == family(corpus.format, corpus.name)


def about(recogniser: Recogniser) -> dict[str, Any]:
    """A recogniser as plain data: name, kind, corpus it was trained on, emotions, its own result."""
    metrics = recogniser.metrics
    own = {m: metrics.get(m) for m in ("n", "accuracy", "balanced_accuracy", "macro_f1")}
    return {
        "name": recogniser.name, "kind": recogniser.kind, "corpus": recogniser.training.get("corpus", ""),
        "emotions": list(recogniser.emotions), "own": own if own["n"] else None,
    }  # fmt: skip
