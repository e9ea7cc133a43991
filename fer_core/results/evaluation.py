"""Judging a bundle on a corpus it was not trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fer_core import __version__
from fer_core.datasets.base import Corpus
from fer_core.errors import ProtocolError
from fer_core.landmarks.augment import held_last_frames
from fer_core.landmarks.extract import ExtractSettings, default_settings, extract
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.track import FloatArray
from fer_core.live.reader import LandmarkReader
from fer_core.models.bundle import Bundle
from fer_core.progress import Progress, silent
from fer_core.results.metrics import EVEN_ODDS, evaluate


def evaluate_bundle(
    bundle: Bundle,
    corpus: Corpus,
    *,
    include_seen: bool = False,
    stills: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Metrics of a bundle on a corpus, leaving out subjects it was trained on.

    Subjects are recognised by name; a corpus of the same family (CK+ and CK+48) shares its
    names. ``include_seen`` counts them all the same, and the protocol says so.
    ``stills`` shows only each clip's last frame.

    Raises
    ------
    ProtocolError
        If no clip is left.
    """
    read = read_corpus(bundle, corpus, include_seen=include_seen, stills=stills, progress=progress)
    landmarks = read.landmarks
    protocol = (
        "bundle on seen and unseen subjects"
        if include_seen and read.familiar
        else "bundle on unseen subjects"
    )
    return {
        **evaluate(landmarks.emotion, read.log_odds, landmarks.subject, bundle.emotions, threshold=EVEN_ODDS),
        "protocol": protocol + (", last frames only" if stills else ""),
        "seed": bundle.metrics.get("seed", 0),
        "bundle": bundle.name,
        "corpus": {
            "name": corpus.name,
            "format": corpus.format,
            "synthetic": corpus.synthetic,
            "note": corpus.note,
        },
        "rejected": [vars(r) for r in landmarks.rejected],
        "notes": read.notes,
        "version": __version__,
    }


@dataclass(frozen=True, eq=False)
class ReadCorpus:
    """What a bundle said of a corpus's clips: log odds (n, E), as of a photo or clip, beside their landmarks.

    ``familiar``: clips of subjects it was trained on, among them or left out; ``notes``: what was left out.
    """

    landmarks: LandmarkSet
    log_odds: FloatArray
    familiar: int
    notes: list[str]


def read_corpus(
    bundle: Bundle,
    corpus: Corpus,
    *,
    include_seen: bool = False,
    stills: bool = False,
    progress: Progress = silent,
) -> ReadCorpus:
    """Let a bundle read the clips of a corpus that show its emotions; arguments as for `evaluate_bundle`."""
    chosen = corpus.only(bundle.emotions)
    seen = _seen_subjects(bundle, corpus)
    landmarks = _landmarks(bundle, chosen, progress)
    familiar = np.isin(landmarks.subject, sorted(seen))
    if not include_seen:
        if familiar.all():
            raise _everyone_is_known(corpus)
        landmarks = landmarks.take(~familiar)
    if stills:
        landmarks = held_last_frames(landmarks)
    notes = _notes(corpus, chosen, landmarks, int(familiar.sum()), include_seen)
    reader = LandmarkReader(bundle)
    log_odds = np.stack([reader.clip(landmarks, row).log_odds for row in range(len(landmarks))])
    return ReadCorpus(landmarks, log_odds, int(familiar.sum()), notes)


def leave_out_seen(bundle: Bundle, corpus: Corpus, include_seen: bool) -> tuple[Corpus, list[str]]:
    """The corpus without the subjects the bundle was trained on, and a note of how many clips that cost.

    Raises `ProtocolError` where nobody is left.
    """
    seen = _seen_subjects(bundle, corpus)
    if include_seen or not seen:
        return corpus, ["subjects the bundle was trained on are counted too"] if seen else []
    familiar = sum(c.subject in seen for c in corpus.clips)
    if familiar == len(corpus.clips):
        raise _everyone_is_known(corpus)
    note = f"{familiar} clips of subjects the bundle was trained on were left out"
    return corpus.without_subjects(sorted(seen)), [note]


def _everyone_is_known(corpus: Corpus) -> ProtocolError:
    return ProtocolError(
        "the bundle was trained on every subject of this corpus",
        where=corpus.name,
        fix="use other subjects, or --include-seen to measure memory",
    )


def _landmarks(bundle: Bundle, corpus: Corpus, progress: Progress) -> LandmarkSet:
    detect = default_settings().detect
    return extract(corpus, ExtractSettings(bundle.frames, bundle.rule, detect=detect), progress=progress)


def _seen_subjects(bundle: Bundle, corpus: Corpus) -> set[str]:
    """Names of the corpus's subjects that the bundle was trained on; names mean nothing across families."""
    families = {"ckplus": "ckplus", "ckplus48": "ckplus"}
    trained = bundle.training.get("corpus", {}).get("format", "")
    if families.get(trained, trained) != families.get(corpus.format, corpus.format):
        return set()
    return set(bundle.training.get("subjects", [])) & set(corpus.subjects)


def _notes(
    corpus: Corpus, chosen: Corpus, landmarks: LandmarkSet, familiar: int, include_seen: bool
) -> list[str]:
    notes = []
    if familiar and not include_seen:
        notes.append(f"{familiar} clips of subjects the bundle was trained on were left out")
    others = len(corpus.clips) - len(chosen.clips)
    if others:
        notes.append(f"{others} clips show emotions the bundle does not know and were left out")
    if landmarks.rejected:
        notes.append(f"{len(landmarks.rejected)} clips gave no usable landmarks")
    return notes
