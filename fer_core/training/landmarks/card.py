"""The model card of a bundle, from what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fer_core.base.text import for_markdown
from fer_core.base.unknown_people import CAUTION, people_known, protocol_words, whose
from fer_core.models.bundle import Bundle


def model_card(bundle: Bundle) -> str:
    """Markdown after Mitchell et al. (2019): what it is, for whom, on what, how well, what not."""
    m, t = bundle.metrics, bundle.training
    corpus = t["corpus"]
    what = "synthetic clips" if corpus["synthetic"] else "face clips"
    known = people_known(m)
    protocol = protocol_words(m["protocol"], known)
    caution = "" if known else f"\n{CAUTION}\n"
    folds = f", {m['folds']} folds" if m.get("folds") else ""
    rows = "\n".join(_row(e, m["per_emotion"][e]) for e in bundle.emotions)
    warning = "\nTrained on synthetic landmarks: it says nothing about real faces.\n" if corpus["synthetic"] else ""
    return f"""# {for_markdown(bundle.name)}

Classifies a face clip as one of {_named(bundle.emotions)}
from 468 face landmarks, with one independent {bundle.recogniser.shape.architecture.upper()} classifier per
emotion. An expression is not a feeling: the output is the probability that the movement looks like clips
that raters gave this label.
{warning}
## Trained on

{t["clips"]} {what}{whose(t)} ({for_markdown(corpus["name"])}):
{", ".join(f"{for_markdown(e)} {n}" for e, n in t["counts"].items())}.
No image is in the bundle. Age, gender and origin of the subjects are not known to this program and quality
was not compared between groups.

## Measured

{protocol}{folds}, seed {m["seed"]}; n = {m["n"]} clips{whose(m)}. Each fold's
recogniser saw its training side only; the bundle itself was then fitted on every clip.
{caution}{_leaks(m)}
- accuracy {_with_interval(m, "accuracy")}
- balanced accuracy {_with_interval(m, "balanced_accuracy")}
- macro F1 {_with_interval(m, "macro_f1")}
- mean binary accuracy {_with_interval(m, "mean_binary_accuracy")};
  always answering no gives {_always_no(m):.3f}

Intervals: {m["interval_method"]}.

| emotion | recall | precision | F1 | clips |
|---|---|---|---|---|
{rows}

Recall, precision and F1 are each classifier's own, at probability 0.5.{_reading(bundle)}
{_stream(m)}
## Not for

Judging what a person feels, thinks or intends; decisions about people. Inferring emotions at work or in
education is prohibited in the EU with few exceptions (Regulation (EU) 2024/1689, Article 5(1)(f)).
Not tested on children, on spontaneous expressions, on covered faces or on heads turned away.
"""


def _named(emotions: Sequence[str]) -> str:
    return ", ".join(map(for_markdown, emotions))


def _leaks(m: dict[str, Any]) -> str:
    """What the leak audit found and the user accepted by name."""
    leaks = m.get("leaks", [])
    found = [f"- **{for_markdown(leak['rule'])}**: {for_markdown(leak['what'])}" for leak in leaks]
    said = "\nThe leak audit found the following, so expect less on new people:\n\n"
    alike = (m.get("look_alikes") or {}).get("words", "")
    return (said + "\n".join(found) + "\n" if found else "") + (f"\n{for_markdown(alike)}\n" if alike else "")


def _reading(bundle: Bundle) -> str:
    if not bundle.recogniser.losses:
        return ""
    return (
        "\nProbabilities are each output read by the loss it was trained with, for shares of the emotions"
        "\nbetween the training corpus's and equal ones (docs/training.md)."
    )


def _stream(m: dict[str, Any]) -> str:
    """What the folds were worth as streams, where they were trained for them."""
    s = m.get("stream")
    if not s:
        return ""
    of, source = (whose(s), "their clips") if people_known(s) else (" of clips", "these")
    return f"""
## As a stream

Trained on expressions that begin, are held, fade and are gone, with heads that turn and landmarks that
tremble. The folds' recognisers read {s["windows"]} windows{of} they had not
seen, made from {source} in the same way; each fold's probabilities were calibrated on the others:

- windows that show an emotion and are given the right one: {_with_interval(s, "shown_accuracy")};
  called unsure {_with_interval(s, "unsure_rate")}
- resting windows given an emotion: {_with_interval(s, "rest_false_alarm")}
- expected calibration error {s["ece"]:.3f}

Turning heads are computed from one average face, not filmed; large turns, poor light, glasses and covered
faces were not tested.
"""


def _with_interval(m: dict[str, Any], name: str) -> str:
    low, high = m["intervals"][name]
    return f"{m[name]:.3f} [{low:.3f}, {high:.3f}]"


def _row(emotion: str, e: dict[str, Any]) -> str:
    cells = []
    for name in ("recall", "precision", "f1"):
        low, high = e["intervals"][name]
        cells.append(f"{e[name]:.3f} [{low:.3f}, {high:.3f}]")
    return f"| {for_markdown(emotion)} | {' | '.join(cells)} | {e['tp'] + e['fn']} |"


def _always_no(m: dict[str, Any]) -> float:
    return 1.0 - 1.0 / len(m["emotions"])
