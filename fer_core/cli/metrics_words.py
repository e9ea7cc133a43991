"""The metrics of a bundle in words, for a terminal."""

from __future__ import annotations

from typing import Any

from fer_core.base.unknown_people import BY_CLIP, people_known, protocol_words, whose


def metrics_text(result: dict[str, Any]) -> str:
    """A result for people, with intervals and N."""
    what = result.get("unit", "clips")
    width = len(what) + 2
    known = people_known(result)
    said = result["protocol"] if known else protocol_words(result["protocol"], known)
    about = "" if BY_CLIP in said else whose(result)
    lines = [f"{said}, n = {result['n']} {what}{about}"]
    for name in ("accuracy", "balanced_accuracy", "macro_f1", "mean_binary_accuracy"):
        low, high = result["intervals"][name]
        lines.append(f"  {name.replace('_', ' '):<22} {result[name]:.3f} [{low:.3f}, {high:.3f}]")
    lines.append(f"  {'emotion':<12}{'recall':>8}{'precision':>11}{'F1':>8}{what:>{width}}")
    for emotion, e in result["per_emotion"].items():
        n = e["tp"] + e["fn"]
        lines.append(f"  {emotion:<12}{e['recall']:>8.3f}{e['precision']:>11.3f}{e['f1']:>8.3f}{n:>{width}}")
    lines.append(f"  intervals: {result['interval_method']}")
    lines += [f"  leak, allowed by name: {k['rule']}: {k['what']}" for k in result.get("leaks", [])]
    lines += [f"  {note}" for note in result.get("notes", [])]
    if alike := (result.get("look_alikes") or {}).get("words"):
        lines.append(f"  {alike}")
    if result.get("corpus", {}).get("synthetic"):
        lines.append(f"  {result['corpus']['note']}")
    return "\n".join(lines)
