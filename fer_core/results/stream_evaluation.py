"""Judging a bundle as a stream: is a held expression recognised, how soon, and is rest left alone?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core import __version__
from fer_core.base.errors import LandmarkError
from fer_core.base.progress import Progress, silent
from fer_core.base.unknown_people import drawn_words
from fer_core.datasets.base import Corpus
from fer_core.landmarks.extract import default_settings, extract_tracks
from fer_core.landmarks.track import Track
from fer_core.live.rehearsal import Performance, Phase, Script, rehearse
from fer_core.live.settings import LiveSettings
from fer_core.models.bundle import Bundle
from fer_core.models.calibration import expected_calibration_error
from fer_core.models.distribution import REST
from fer_core.results.evaluation import leave_out_seen, stranger_words

RESAMPLES = 1000
Row = dict[str, Any]


def evaluate_stream(
    bundle: Bundle,
    corpus: Corpus,
    *,
    script: Script | None = None,
    settings: LiveSettings | None = None,
    include_seen: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Play every clip to a live stream and say how it was read, as plain data.

    Returns
    -------
    dict with, each with its interval (95% percentile bootstrap over subjects) under "intervals":
        hold_accuracy : share of held apex frames given the right emotion ("unsure" is not right)
        time_to_detect_ms : median over clips of the time from the first apex frame until the right
            emotion is said, 0 where it is being said already; None where most clips never get it.
            ``missed`` counts clips that never do within the hold
        rest_false_alarm : share of resting frames (before the onset and after the way back) given an
            emotion; ``rest_false_alarm_before`` and ``_after`` apart
        unsure_rate : share of held frames called unsure
        ece : expected calibration error of the strongest outcome's probability at held frames
            (10 equal-width bins; Naeini et al., 2015)
    and n, subjects, per_emotion, clips (one row each), protocol, script, settings, notes.

    Raises
    ------
    ProtocolError, LandmarkError
        If no clip of a person the bundle has not seen is left, or none shows a face.
    """
    script, settings = script or Script(), settings or LiveSettings()
    chosen, notes = leave_out_seen(bundle, corpus.only(bundle.emotions), include_seen)
    clips = [c for c in chosen.clips if c.emotion and c.emotion != REST]
    tracks, failures = extract_tracks(chosen, clips, default_settings().detect, progress=progress)
    rows: list[Row] = []
    for k, clip in enumerate(clips):
        progress(k, len(clips), "Playing clips to the stream")
        track = tracks.get(clip.clip_id)
        if track is None or not clip.starts_neutral or not _plays(track):
            why = failures.get(clip.clip_id) or _why_not(clip.starts_neutral, track)
            notes.append(f"{clip.clip_id} was left out: {why}")
            continue
        performance = rehearse(bundle, track, script, settings)
        rows.append(
            {
                "clip": clip.clip_id,
                "subject": clip.subject,
                "emotion": clip.emotion,
                "interpolated": bool(len(track.frame_numbers) < np.ptp(track.frame_numbers) + 1),
                **_read(performance, str(clip.emotion), script.fps),
            }
        )
    progress(len(clips), len(clips), "Playing clips to the stream")
    if not rows:
        raise LandmarkError(
            "no clip could be played", where=corpus.name, fix="use clips that begin at rest and show a face"
        )
    if any(row["interpolated"] for row in rows):
        n = sum(row["interpolated"] for row in rows)
        notes.append(f"{n} clips lack frames between their first and last; these were interpolated in time")
    return _summary(rows, chosen.subjects_known) | {
        "protocol": (
            f"stream of {stranger_words(bundle, chosen)}" if not include_seen else "stream, seen subjects included"
        )
        + (", calibrated on the first frame" if script.calibrated else ", resting face estimated")
        + (f", head swaying by {script.turn:g} degrees" if script.turn else ""),
        "bundle": bundle.name,
        "calibrated_probabilities": bundle.calibration is not None,
        "script": asdict(script),
        "settings": asdict(settings),
        "corpus": {"name": corpus.name, "format": corpus.format, "synthetic": corpus.synthetic},
        "clips": [{k: v for k, v in row.items() if not k.startswith("_")} for row in rows],
        "notes": notes,
        "version": __version__,
    }


def _plays(track: Track) -> bool:
    """Whether there is a face at both ends and something between them."""
    return bool(track.found[0] and track.found.sum() > 1)


def _why_not(starts_neutral: bool, track: Track | None) -> str:
    if not starts_neutral:
        return "it does not begin at rest"
    return "its first frame shows no face" if track is not None and track.found.any() else "no face was found"


def _read(performance: Performance, emotion: str, fps: float) -> Row:
    """One clip's figures. Those that begin with an underscore are for the summary."""
    held = performance.in_phase(Phase.HOLD)
    before = performance.in_phase(Phase.REST_BEFORE)
    after = performance.in_phase(Phase.REST_AFTER)
    # The apex is the last frame of the onset: what is said from there on counts for the delay.
    since_apex = [performance.in_phase(Phase.ONSET)[-1], *held]
    right = [k for k, s in enumerate(since_apex) if s.emotion == emotion]
    strongest = [max((s.probabilities or {}).items(), key=lambda item: item[1]) for s in held]
    return {
        "hold_accuracy": _share([s.emotion == emotion for s in held]),
        "unsure_rate": _share([s.kind == "unsure" for s in held]),
        "time_to_detect_ms": 1000 * right[0] / fps if right else None,
        "rest_false_alarm_before": _share([s.emotion is not None for s in before]),
        "rest_false_alarm_after": _share([s.emotion is not None for s in after]),
        "rest_false_alarm": _share([s.emotion is not None for s in [*before, *after]]),
        "said": _mode([s.emotion or s.kind for s in held]),
        "_confidence": [p for _, p in strongest],
        "_right": [e == emotion for e, _ in strongest],
    }


def _share(values: list[bool]) -> float | None:
    return float(np.mean(values)) if values else None


def _mode(words: list[str]) -> str:
    return max(set(words), key=words.count) if words else ""


FIGURES = ("hold_accuracy", "unsure_rate", "rest_false_alarm", "rest_false_alarm_before", "rest_false_alarm_after")


def _summary(rows: list[Row], people: bool = True) -> dict[str, Any]:
    """Means over clips, with intervals from resampled subjects, or clips where people are unknown."""
    subjects = sorted({row["subject"] for row in rows})
    members = [[k for k, row in enumerate(rows) if row["subject"] == s] for s in subjects]
    generator = np.random.default_rng(0)
    draws = [
        np.concatenate([members[s] for s in generator.integers(len(subjects), size=len(subjects))]).astype(int)
        for _ in range(RESAMPLES)
    ]
    result: dict[str, Any] = {
        "n": len(rows),
        "subjects": len(subjects) if people else None,
        "subjects_known": people,
        "intervals": {},
    }
    for name in (*FIGURES, "time_to_detect_ms", "ece"):
        result[name] = _figure(name, rows)
        values = [_figure(name, [rows[k] for k in draw]) for draw in draws]
        known = np.array([np.nan if v is None else v for v in values], dtype=float)
        if result[name] is not None and np.isfinite(known).any():
            result["intervals"][name] = np.nanpercentile(known, [2.5, 97.5]).round(6).tolist()
    result["missed"] = sum(row["time_to_detect_ms"] is None for row in rows)
    result["per_emotion"] = {
        emotion: {
            "n": len(own),
            "hold_accuracy": _figure("hold_accuracy", own),
            "unsure_rate": _figure("unsure_rate", own),
        }
        for emotion in sorted({row["emotion"] for row in rows})
        if (own := [row for row in rows if row["emotion"] == emotion])
    }
    result["interval_method"] = f"95% percentile bootstrap over {drawn_words(people)} ({RESAMPLES} resamples)"
    return result


def _figure(name: str, rows: list[Row]) -> float | None:
    if name == "ece":
        confidence = np.concatenate([row["_confidence"] for row in rows])
        right: npt.NDArray[np.bool_] = np.concatenate([row["_right"] for row in rows]).astype(bool)
        return round(expected_calibration_error(confidence, right), 6) if len(confidence) else None
    if name == "time_to_detect_ms":
        times = [np.inf if row[name] is None else row[name] for row in rows]
        middle = float(np.median(times))
        return middle if np.isfinite(middle) else None
    known = [row[name] for row in rows if row[name] is not None]
    return round(float(np.mean(known)), 6) if known else None
