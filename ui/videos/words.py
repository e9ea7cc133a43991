"""Sentences of the Videos page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fer_core.base.progress import say_duration
from fer_core.base.text import for_code
from ui.common.words import count, listed

NOTICE = (
    "Inferring emotions of people at work and in education is prohibited in the EU, with few exceptions (AI "
    "Act, Art. 5(1)(f)); read videos of people who agreed. Everything runs on this machine. An uploaded "
    "video is removed as soon as its run has ended; the tables, which hold probabilities and no pictures, "
    "stay until you delete the run."
)

HOW = """
Every frame of the file is decoded in turn; its row carries the time stamp that stands in the file, so videos
with an uneven rate keep their own time. Faces are found in each frame, up to four, and the largest (or as
many as chosen) are read as on the Live page: the last seconds by their time stamps, measured from the
resting face, smoothed with a time constant, one thing said at a time with hysteresis. A frame without a face
has a row that says so. A frame stamped like the one before it, or earlier, is left out and counted.

An episode begins with the first frame that is classified as its emotion and ends where the face is classified
otherwise or is lost; its peak is the highest probability. A frame stands for the time until the next one, one
second at most; shares are of that time and of the largest face.

The work goes on in a process of its own and notes every two seconds where it stands: stopped, killed or
switched off, it goes on from there after reading again the half minute before, which the estimate of the
resting face needs. Memory does not grow with the video's length. From a terminal:
`python -m fer_core annotate BUNDLE FILE_OR_FOLDER --out FOLDER`; the columns are described in docs/videos.md.
"""

EPISODE_COLUMNS = {
    "emotion": "classified as",
    "start_s": "start (s)",
    "end_s": "end (s)",
    "seconds": "seconds",
    "peak_s": "peak at (s)",
    "peak": "peak probability",
    "face": "face",
}


def summary_column(name: str) -> tuple[str, str] | None:
    """Heading and number format of a column of the table over all videos; None leaves it as it is."""
    kind, _, of = name.partition("_")
    fixed = {
        "duration_s": ("length (s)", "%.1f"),
        "share_with_face": ("frames with a face", "percent"),
        "latency_p50_ms": ("ms a frame, median", "%.1f"),
        "latency_p95_ms": ("ms a frame, 95% within", "%.1f"),
        "frames_passed_over": ("frames left out", "%d"),
    }
    if name in fixed:
        return fixed[name]
    if kind == "share":
        return f"time {of.replace('_', ' ')}", "percent"
    return (f"episodes of {of}", "%d") if kind == "episodes" else None


def headline(result: Mapping[str, Any]) -> str:
    """What a run found, in a sentence."""
    clips, failed = result["clips"], result["failed"]
    if not clips:
        return f"None of {count(len(failed), 'video')} could be read." if failed else "No video is finished yet."
    lasted = sum(c["read_s"] for c in clips)
    frames = sum(c["frames"] for c in clips)
    with_face = sum(c["frames_with_face"] for c in clips)
    faces = f"a face in {with_face / max(1, frames):.0%} of {count(frames, 'frame')}"
    return f"{count(len(clips), 'video')}, {say_duration(lasted)}, {faces}; {_shares(result)}."


def clip_sentence(clip: Mapping[str, Any]) -> str:
    """What one video shows: how long it is, what it was classified as most of the time."""
    shares = _named(clip["share_of_time_by_emotion"])
    said = f"classified as {listed(shares[:3])} of the time" if shares else "not classified as any emotion"
    states = clip["share_of_time"]
    return (
        f"{said[:1].upper()}{said[1:]}; at rest for {_percent(states['rest'])}, unsure for "
        f"{_percent(states['unsure'])}, without a face for {_percent(states['no face'])}."
    )


def technical(clip: Mapping[str, Any]) -> str:
    """Size, rate, speed, and what was odd about the file."""
    stamps = clip["time_stamps"]
    parts = [f"{say_duration(clip['duration_s'])}, {count(clip['frames'], 'frame')}"]
    parts += [f"{clip['width']} x {clip['height']} pixels"] if clip["width"] else []
    p50, p95 = clip["latency_ms"]["p50"], clip["latency_ms"]["p95"]
    parts += [f"{p50:.3g} ms per frame (95% within {p95:.3g} ms)"] if p50 is not None else []
    passed = stamps["repeated"] + stamps["backwards"]
    parts += [f"{count(passed, 'frame')} left out whose time stamp did not rise"] if passed else []
    parts += [f"the clock was set anew {count(stamps['resets'], 'time')}"] if stamps["resets"] else []
    parts += [f"{count(stamps['missing'], 'frame')} without a time stamp"] if stamps["missing"] else []
    bad = clip["damaged_frames"] + clip["unreadable_packets"]
    parts += [f"{count(bad, 'damaged frame')}"] if bad else []
    return "; ".join(parts) + "."


def broken(clip: Mapping[str, Any]) -> str:
    """Where a video breaks off, or nothing."""
    if not clip["broke"]:
        return ""
    return f"The video breaks off after {clip['read_s']:.1f} s ({clip['broke']}). What was read is kept."


def kept(folder: Path, uploaded: bool, still_there: bool) -> str:
    """Markdown: what of a run lies where, and for how long."""
    said = f"Kept in {for_code(str(folder))} until the run is deleted: tables and summaries, no pictures."
    if not uploaded:
        return said
    if still_there:
        return f"{said} The uploaded videos are still there, so that it can go on; they go with the run."
    return f"{said} The uploaded videos were removed when the run ended."


def _shares(result: Mapping[str, Any]) -> str:
    clips = result["clips"]
    whole = sum(c["read_s"] for c in clips) or 1.0
    shares = {
        e: sum((c["share_of_time_by_emotion"][e] or 0) * c["read_s"] for c in clips) / whole
        for e in clips[0]["share_of_time_by_emotion"]
    }
    named = _named(shares)
    return f"classified as {listed(named[:3])} of the time" if named else "never classified as an emotion"


def _named(shares: Mapping[str, float | None]) -> list[str]:
    """``happiness for 12%``, longest first; what would be said as 0% is left out."""
    ordered = sorted(((s or 0.0, e) for e, s in shares.items()), reverse=True)
    return [f"{e} for {_percent(s)}" for s, e in ordered if s >= 0.005]


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.0%}"
