"""How a bundle did as a stream, for people: estimate, interval and N of every figure."""

from __future__ import annotations

from typing import Any

from fer_core.base.unknown_people import whose

ROWS = {
    "hold_accuracy": "held frames given the right emotion",
    "unsure_rate": "held frames called unsure",
    "rest_false_alarm": "resting frames given an emotion",
    "rest_false_alarm_before": "  before the onset",
    "rest_false_alarm_after": "  after the way back",
    "ece": "expected calibration error",
}


def stream_text(result: dict[str, Any]) -> str:
    """Lines for a terminal."""
    lines = [f"{result['protocol']}, n = {result['n']} clips{whose(result)}"]
    for name, words in ROWS.items():
        lines.append(f"  {words:<38}{_with_interval(result, name, '.3f')}")
    lines.append(f"  {'ms from the apex until it is said':<38}{_with_interval(result, 'time_to_detect_ms', '.0f')}")
    lines.append(f"  {'clips never given the right emotion':<38}{result['missed']} of {result['n']}")
    lines.append(f"  {'emotion':<12}{'held right':>12}{'unsure':>9}{'clips':>7}")
    for emotion, row in result["per_emotion"].items():
        lines.append(f"  {emotion:<12}{row['hold_accuracy']:>12.3f}{row['unsure_rate']:>9.3f}{row['n']:>7}")
    lines.append(f"  intervals: {result['interval_method']}")
    return "\n".join([*lines, *(f"  {note}" for note in result["notes"])])


def _with_interval(result: dict[str, Any], name: str, how: str) -> str:
    value = result[name]
    if value is None:
        return "never for most clips" if name == "time_to_detect_ms" else "unknown"
    interval = result["intervals"].get(name)
    text = format(value, how)
    return text if interval is None else f"{text} [{interval[0]:{how}}, {interval[1]:{how}}]"
