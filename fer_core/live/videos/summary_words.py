"""Sentences on what a video's reading rests on, for the page and the command line alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fer_core.live.prediction import MAX_FACES

_REFERENCES = {"calibrated": "calibrated on the first seconds", "running": "estimated on the way", "guessed": "guessed"}


def notes(clip: Mapping[str, Any]) -> list[str]:
    """Of a video's summary: pictures not read, frames with several faces, where the resting face came from.

    Summaries of older versions do not hold this: nothing is said of them.
    """
    return [sentence for sentence in (_streams(clip), _several(clip), _resting_face(clip)) if sentence]


def _streams(clip: Mapping[str, Any]) -> str:
    n = clip.get("moving_pictures", 1)
    return f"The file holds {n} moving pictures; one is read, the one it marks or the first." if n > 1 else ""


def _several(clip: Mapping[str, Any]) -> str:
    several = clip.get("frames_with_several_faces", 0)
    if not several:
        return ""
    most = f"at least {MAX_FACES}" if clip["most_faces"] == MAX_FACES else clip["most_faces"]
    frames = f"{several} of {clip['frames']} frames {'shows' if several == 1 else 'show'}"
    return f"{frames} more than one face (up to {most}); shares are of the largest of each frame."


def _resting_face(clip: Mapping[str, Any]) -> str:
    shares = {name: share or 0.0 for name, share in clip.get("share_of_time_by_reference", {}).items()}
    if not (whole := sum(shares.values())):
        return ""
    said = [f"{_REFERENCES[name]} for {share / whole:.0%}" for name, share in shares.items() if share]
    return f"Resting face, in shares of the time with a face: {', '.join(said)}."
