"""Judging a bundle on a corpus it was not trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fer_core import __version__
from fer_core.base.errors import ProtocolError
from fer_core.base.progress import Progress, silent
from fer_core.base.unknown_people import BY_CLIP, GIVE_NAMES, UNKNOWN, people_known
from fer_core.datasets.base import Corpus
from fer_core.landmarks.augment import held_last_frames
from fer_core.landmarks.extract import ExtractSettings, default_settings, extract
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.track import FloatArray
from fer_core.live.window_classifier import LandmarkReader
from fer_core.models.bundle import Bundle
from fer_core.results.metrics import EVEN_ODDS, evaluate


def evaluate_bundle(
    bundle: Bundle, corpus: Corpus, *, include_seen: bool = False, stills: bool = False, progress: Progress = silent
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
    return {
        **evaluate(
            landmarks.emotion,
            read.log_odds,
            landmarks.subject,
            bundle.emotions,
            threshold=EVEN_ODDS,
            subjects_known=landmarks.subjects_known,
        ),
        "protocol": _protocol(bundle, corpus, include_seen and read.familiar > 0)
        + (", last frames only" if stills else ""),
        "seed": bundle.metrics.get("seed", 0),
        "bundle": bundle.name,
        "corpus": {"name": corpus.name, "format": corpus.format, "synthetic": corpus.synthetic, "note": corpus.note},
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
    bundle: Bundle, corpus: Corpus, *, include_seen: bool = False, stills: bool = False, progress: Progress = silent
) -> ReadCorpus:
    """Let a bundle read the clips of a corpus that show its emotions; arguments as for `evaluate_bundle`."""
    chosen = corpus.only(bundle.emotions)
    seen, apart = _seen(bundle, corpus), _apart(bundle, corpus)
    strangers = tuple(c for c in chosen.clips if (c.subject if apart else c.clip_id) not in seen)
    familiar = len(chosen.clips) - len(strangers)
    if familiar and not strangers and not include_seen:
        raise _everyone_is_known(corpus)
    read = chosen if include_seen else replace(chosen, clips=strangers)
    landmarks = _landmarks(bundle, read, progress)
    if stills:
        landmarks = held_last_frames(landmarks)
    notes = _notes(corpus, chosen, landmarks, familiar, include_seen, apart)
    reader = LandmarkReader(bundle)
    log_odds = np.stack([reader.clip(landmarks, row).log_odds for row in range(len(landmarks))])
    return ReadCorpus(landmarks, log_odds, familiar, notes)


def leave_out_seen(bundle: Bundle, corpus: Corpus, include_seen: bool) -> tuple[Corpus, list[str]]:
    """The corpus without the subjects the bundle was trained on, and a note of how many clips that cost.

    Raises `ProtocolError` where nobody is left.
    """
    seen = _seen(bundle, corpus)
    apart = _apart(bundle, corpus)
    notes = [] if apart else [STRANGERS_UNKNOWN]
    whom = "subjects the bundle was trained on" if apart else "those the bundle was trained on"
    if include_seen or not seen:
        return corpus, notes + ([f"{whom} are counted too"] if seen else [])
    kept = tuple(c for c in corpus.clips if (c.subject if apart else c.clip_id) not in seen)
    if not kept:
        raise _everyone_is_known(corpus)
    left = len(corpus.clips) - len(kept)
    notes.append(f"{left} clips of {whom} were left out")
    return (corpus.without_subjects(sorted(seen)) if apart else replace(corpus, clips=kept)), notes


STRANGERS_UNKNOWN = (
    f"{UNKNOWN}: clips that the bundle was trained on are left out by name, but people it was trained on may "
    f"be among those filmed here; to leave them out, {GIVE_NAMES}"
)
"""A note of every evaluation in which people could not be kept apart."""


def stranger_words(bundle: Bundle, corpus: Corpus) -> str:
    """``unseen subjects``, or where nobody knows ``unseen clips, by clip: people unknown``."""
    return "unseen subjects" if _apart(bundle, corpus) else f"unseen clips, {BY_CLIP}"


def _protocol(bundle: Bundle, corpus: Corpus, memory: bool) -> str:
    if memory:
        return "bundle on seen and unseen " + ("subjects" if _apart(bundle, corpus) else f"clips, {BY_CLIP}")
    return f"bundle on {stranger_words(bundle, corpus)}"


def _apart(bundle: Bundle, corpus: Corpus) -> bool:
    """Whether it is known who is filmed, in this corpus and where the bundle was trained."""
    return corpus.subjects_known and people_known(bundle.training)


def _everyone_is_known(corpus: Corpus) -> ProtocolError:
    whom = "subject" if corpus.subjects_known else "clip"
    return ProtocolError(
        f"the bundle was trained on every {whom} of this corpus",
        where=corpus.name,
        fix=f"use other {whom}s, or --include-seen to measure memory",
    )


def _landmarks(bundle: Bundle, corpus: Corpus, progress: Progress) -> LandmarkSet:
    detect = default_settings().detect
    return extract(corpus, ExtractSettings(bundle.frames, bundle.rule, detect=detect), progress=progress)


def _seen(bundle: Bundle, corpus: Corpus) -> set[str]:
    """The corpus's subjects that the bundle was trained on, or its clips where people are unknown; names mean
    nothing across families, nor names of clips across corpora of another name.
    """
    families = {"ckplus": "ckplus", "ckplus48": "ckplus"}
    trained = bundle.training.get("corpus", {}).get("format", "")
    if families.get(trained, trained) != families.get(corpus.format, corpus.format):
        return set()
    if _apart(bundle, corpus):
        return set(bundle.training.get("subjects") or ()) & set(corpus.subjects)
    same = bundle.training.get("corpus", {}).get("name") == corpus.name
    clips = {c.clip_id for c in corpus.clips}
    return set(bundle.training.get("seen_clips") or ()) & clips if same else set()


def _notes(
    corpus: Corpus, chosen: Corpus, landmarks: LandmarkSet, familiar: int, include_seen: bool, apart: bool
) -> list[str]:
    notes = [] if apart else [STRANGERS_UNKNOWN]
    if familiar and not include_seen:
        whom = "subjects" if apart else "those"
        notes.append(f"{familiar} clips of {whom} the bundle was trained on were left out")
    others = len(corpus.clips) - len(chosen.clips)
    if others:
        notes.append(f"{others} clips show emotions the bundle does not know and were left out")
    if landmarks.rejected:
        notes.append(f"{len(landmarks.rejected)} clips gave no usable landmarks")
    return notes
