"""What a Leak Lab result says, in plain words."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from fer_core.base.emotions import SIX
from fer_core.base.text import clean_name, for_code
from fer_core.studies.leak_lab.lab import told_apart
from ui.common.words import count, listed

BOOTSTRAP = "95% interval"


def headline(result: dict[str, Any]) -> str:
    """The largest inflation and its interval, in two sentences."""
    honest = next(p for p in result["protocols"] if p["inflation"] is None)
    worst = max((p for p in result["protocols"] if p is not honest), key=lambda p: p["inflation"])
    name = result["corpus"]["name"]
    first = (
        f"On {name} the same model classifies {worst['accuracy']:.1%} of the frames as labelled when judged "
        f"by “{worst['title'].lower()}”, and {honest['accuracy']:.1%} on people it has never seen"
    )
    low, high = worst["inflation_interval"]
    if low <= 0:
        apart = f"{_points(low)} to {_points(high)}"
        return f"{first}. With this many people the two cannot be told apart ({apart})."
    return (
        f"{first}: {100 * worst['inflation']:.1f} percentage points ({BOOTSTRAP} {100 * low:.1f} to "
        f"{100 * high:.1f}) come from the split alone."
    )


def made_by(result: dict[str, Any]) -> str:
    """Markdown: what was computed, on what, and the command that repeats it."""
    s = result["settings"]
    options = " ".join(f"--{k} {s[k]}" for k in ("folds", "seed", "repeats", "last", "epochs"))
    name = shlex.quote(clean_name(str(result["corpus"]["name"])))
    return for_code(f"python -m fer_core leak-lab {name} {options}")


def sizes(result: dict[str, Any]) -> str:
    """``n = 915 frames of 305 clips, 113 people; 5 folds, drawn 3 times``."""
    s = result["settings"]
    times = f", drawn {s['repeats']} times" if s["repeats"] > 1 else ""
    return (
        f"n = {result['n']} frames of {result['clips']} clips, {result['subjects']} people, "
        f"{count(len(result['emotions']), 'emotion')}; {s['folds']} folds{times}, seed {s['seed']}."
    )


def material(counts: Mapping[str, int], subjects: int) -> str:
    """The clips that a run on a corpus with these labelled clips uses, and which it does not.

    The lab tells CK+'s seven expressions apart; Train begins with the study's six.
    """
    used = told_apart(counts)
    clips = f"{count(sum(counts[e] for e in used), 'clip')} of {count(subjects, 'subject')}"
    more = listed([f"{e} ({counts[e]} clips)" for e in used if e not in SIX])
    out = listed([f"{e} ({counts[e]} clips)" for e in counts if e not in used])
    said = f"{clips}, {count(len(used), 'emotion')}"
    said += f": {more} told apart too, unlike on Train" if more != "none" else ""
    return said + (f"; {out} left out" if out != "none" else "")


def rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The table: one line per protocol."""
    return [
        {
            "protocol": p["title"],
            "accuracy": p["accuracy"],
            "accuracy low": p["interval"][0],
            "accuracy high": p["interval"][1],
            "above subject-independent": p["inflation"],
            "above, low": _end(p, 0),
            "above, high": _end(p, 1),
            "frames": p["n"],
            "people": result["subjects"],
            "rows in a fit": p["training_rows"],
            "rules broken": ", ".join(f["rule"] for f in p["findings"]) or "none",
        }
        for p in result["protocols"]
    ]


def _end(p: dict[str, Any], k: int) -> float | None:
    return None if p["inflation"] is None else p["inflation_interval"][k]


def _points(share: float) -> str:
    return f"{100 * share:+.1f} points"
