"""The model card of an image recogniser: what it was trained on, how it was judged, its limits."""

from __future__ import annotations

from typing import Any

from fer_core.base.text import for_markdown
from fer_core.base.unknown_people import UNKNOWN, people_known
from fer_core.models.images.bundle import ImageBundle
from fer_core.models.images.registry import find
from fer_core.results.images.emotions import READ, emotion_rows

LIMITS = """\
## What it is not

An expression is not a feeling: the output says which of the corpus's categories a picture looks like.
Its faces, ages and skins are those of its corpus, whose make-up is not documented well enough to promise
the same quality for everybody. It was not tested on people in front of a webcam, nor on pictures from
another source, unless a section here says so. Inferring emotions at work and in education is prohibited
in the EU with few exceptions (Regulation (EU) 2024/1689, Art. 5(1)(f))."""


def image_card(bundle: ImageBundle) -> str:
    """Markdown for a bundle whose metrics and training are filled in."""
    spec, m, t = find(bundle.model), bundle.metrics, bundle.training
    c, fit = t["condition"], t["fit"]
    parts = [
        f"# {for_markdown(bundle.name)}",
        f"{spec.title} ({fit['parameters']:,} parameters), for {bundle.size} x {bundle.size} pixels"
        f" {'in grey' if bundle.channels == 1 else 'in colour'}; tells apart "
        f"{for_markdown(', '.join(bundle.emotions))}.",
        "## Quality",
        _quality(m, t),
        "## Training",
        f"{t['n_train']:,} pictures of {for_markdown(t['corpus'])}; loss {c['loss']}, "
        f"class weights {c['balancing']}, "
        f"augmentation {c['augmentation']}, seed {c['seed']}. {_ending(fit)} "
        f"Temperature {bundle.temperature:.2f}, fitted on pictures held back from training.",
        LIMITS,
    ]
    return "\n\n".join(parts) + "\n"


def _quality(m: dict[str, Any], t: dict[str, Any]) -> str:
    said = "" if people_known(m) else f", {UNKNOWN}"
    protocol = for_markdown(str(t["protocol"])) + said
    rows = [f"Tested once on {m['n']:,} pictures ({t['tested']} side, protocol: {protocol}).", ""]
    rows += ["| metric | value | 95 % interval |", "|---|---|---|"]
    for name in ("accuracy", "balanced_accuracy", "macro_f1"):
        low, high = m["intervals"][name]
        rows.append(f"| {name.replace('_', ' ')} | {m[name]:.3f} | {low:.3f} to {high:.3f} |")
    rows += ["", "| emotion | recall | precision | F1 | pictures |", "|---|---|---|---|---|"]
    for e in emotion_rows(m["confusion"], m["emotions"]):
        numbers = " | ".join(f"{e[name]:.3f}" for name in READ)
        rows.append(f"| {for_markdown(e['emotion'])} | {numbers} | {e['n']} |")
    return "\n".join([*rows, *_copies(t.get("copies"))])


def _copies(found: dict[str, Any] | None) -> list[str]:
    """What pictures that training has seen do to the figures, where that was looked into."""
    if not found or not found["with_copy"]:
        return []
    if not found["n"]:
        return ["", "Every test picture has a copy among those trained on: nothing is known of new faces."]
    low, high = found["interval"]
    said = (
        f"{found['with_copy']} of the test pictures have a copy or a near copy among those trained on. On "
        f"the other {found['n']:,} the accuracy is {found['accuracy']:.3f} [{low:.3f}, {high:.3f}]: that is "
        "the figure to expect on new faces of this kind."
    )
    return ["", said]


def _ending(fit: dict[str, Any]) -> str:
    why = {
        "epochs": "all epochs were trained",
        "patience": "the validation loss had stopped falling",
        "time": "the time allowed was over",
    }.get(fit["stopped"], "")
    return f"{fit['epochs']} epochs ({why}); the weights are those of epoch {fit['best_epoch'] + 1}."
