"""Sentences about a running stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fer_core.base.text import for_markdown
from fer_core.live.state import decision_words

if TYPE_CHECKING:
    from fer_core.live.state import FaceReading, LiveState

REFERENCES = {
    "calibrated": "your calibrated resting face",
    "running": "a running estimate of the resting face",
    "guessed": "a guessed resting face",
}

_REGIONS = {"oval": "face outline", "around_eyes": "skin around the eyes", "around_mouth": "skin around the mouth"}
_PLURAL = ("lips", "cheeks")


def state_words(state: LiveState, seen: bool = True, silence: float = 0.0) -> str:
    """The state in words. ``seen``: whether a face was there before; ``silence``: seconds without a frame."""
    if state.kind != "waiting" and silence > 3:
        return f"No picture has come for {silence:.0f} seconds"
    if state.kind == "waiting":
        return "Waiting for the first frame"
    if state.kind == "no face":
        return "The face is lost" if seen else "No face is seen"
    if state.kind == "calibrating":
        return "Calibrating the resting face"
    return decision_words(state.kind, state.emotion, state.probabilities or {})


def hint(state: LiveState, seen: bool = True, silence: float = 0.0) -> str:
    """What to do, where something is to be done; else empty."""
    if state.kind != "waiting" and silence > 3:
        return "Is the camera still plugged in? If it is, turn it off and on with the switch."
    if state.kind == "no face":
        return (
            "It is read again as soon as it is back."
            if seen
            else "Look into the camera from the front, with light on the face."
        )
    if state.kind == "calibrating":
        return "Keep a resting face and look into the camera."
    return ""


def people_lines(people: tuple[FaceReading, ...]) -> str:
    """Markdown: several faces as a list, largest first."""
    return "\n".join(
        f"- **Face {p.face}**: "
        + for_markdown("calibrating" if p.kind == "calibrating" else decision_words(p.kind, p.emotion, p.probabilities))
        for p in people
    )


def reference_words(state: LiveState) -> str:
    """What the reading is measured from."""
    return f"Measured from {REFERENCES[state.reference]}." if state.reference else ""


def speed_words(state: LiveState) -> str:
    """Markdown: rate, latencies and dropped frames; before a frame is read, that it starts."""
    if not state.frames or not state.fps:
        return "Starting: the first frames are being read."
    all_of = state.frames + state.dropped
    return (
        f"**{state.fps:.0f}** frames a second, half of them read within **{state.latency_p50:.0f} ms**, "
        f"95% within **{state.latency_p95:.0f} ms**; **{state.dropped}** of {all_of} dropped"
    )


def region_words(name: str) -> str:
    """A region of the face in words."""
    return _REGIONS.get(name, name.replace("_", " "))


def why_sentence(changes: Mapping[str, float], emotion: str, said: bool = True) -> str:
    """Which regions speak most for the leading emotion, and which against it.

    ``said``: whether it is what the face is classified as; otherwise it only comes first.
    """
    ordered = sorted(changes, key=changes.__getitem__, reverse=True)
    speak = [region_words(n) for n in ordered if changes[n] > 0][:2]
    against = [region_words(n) for n in reversed(ordered) if changes[n] < 0][:1]
    verb = "speaks" if len(speak) == 1 and speak[0] not in _PLURAL else "speak"
    words = f"{' and '.join(speak)} {verb} for {emotion}" if speak else f"No region speaks for {emotion}"
    words += f"; the {against[0]} against it" if against else ""
    first = "" if said else f"{emotion.capitalize()} is not said, it only comes first among the emotions. "
    return f"{first}{'The ' if speak else ''}{words}."
