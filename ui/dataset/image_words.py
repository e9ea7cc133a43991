"""Sentences about a corpus of images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fer_core.datasets.copies.copy_effect import measured_accuracy, seen_before
from fer_core.losses.balancing import BETA, CAP
from fer_core.models.images.registry import REGISTRY, STUDIES
from fer_core.results.images.board import BALANCING
from fer_core.study.image_presets import ways_with_imbalance
from ui.common.words import listed

if TYPE_CHECKING:
    from fer_core.datasets.images.agreement import Agreement, Difference
    from fer_core.datasets.images.base import ImageCorpus

_NAMED = 2
"""So many models are named; of more, their studies."""

PARTS = {"train": "train", "validation": "validation", "test": "test", "": "no official part"}

COMPUTED = f"""
A network tells all emotions apart at once, so each class has a weight in its loss. *Simple*: the commonest
class's count by the class's own (Tutuianu et al.); *conservative*: the same, but at most {CAP:g} (Tutuianu et
al.); *effective number*: (1 − β) / (1 − βⁿ) with β = {BETA:g}, scaled to a mean of 1 (Cui et al., as used by
Suwartono et al.). Counts are those of the part chosen above; an experiment counts its own training side. The
loss that is chosen by an imbalance ratio belongs to one-vs-all classifiers of landmarks; no image model has
it.
"""

VOTES = """
About ten people voted on each image. Votes for "unknown" and "no face" are taken away, then an image's
agreement is the share of the votes that its commonest emotion has. No model can be expected to agree with a
single label more often than people agree with each other.
"""


def headline(corpus: ImageCorpus, counts: Mapping[str, int], part: str = "") -> str:
    """How many images in which parts, and how much more frequent the commonest emotion is than the rarest.

    ``counts``: images per emotion of the part that is counted.
    """
    return f"{len(corpus):,} labelled images{_of_parts(corpus)}. {imbalance(counts, part)}"


def imbalance(counts: Mapping[str, int], part: str = "") -> str:
    """``In train, happiness is 16.5 times as frequent as disgust (7,215 and 436 images).``"""
    if len(counts) < 2:
        return "Only one emotion occurs, so there is nothing to tell it from."
    common, rare = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    where = f"In {PARTS[part]}, " if part else ""
    if counts[common] == counts[rare]:
        return _capital(f"{where}all emotions are equally frequent.")
    if not counts[rare]:
        return _capital(f"{where}no image shows {rare}.")
    return _capital(
        f"{where}{common} is {counts[common] / counts[rare]:.1f} times as frequent as {rare} "
        f"({counts[common]:,} and {counts[rare]:,} images)."
    )


def in_use() -> str:
    """What image models do about imbalance when trained as their own studies do."""
    ways = ways_with_imbalance()
    networks = sum(map(len, ways.values()))
    said = listed([_way(way, names) for way, names in ways.items()])
    classical = sum(spec.kind == "classical" for spec in REGISTRY.values())
    return (
        f"Of {networks} networks, trained as their own studies do, {said}. {classical} classical models take "
        "no class weights. Benchmark can give a network any of them."
    )


def _way(way: tuple[str, str], names: Sequence[str]) -> str:
    """``25 have weights capped at 3 (Ipinze Tutuianu et al. (2024))``; few are named."""
    balancing, loss = way
    also = f" and the {loss} loss" if loss != "cross-entropy" else ""
    studies = list(dict.fromkeys(STUDIES[REGISTRY[n].study] for n in names))
    who = [REGISTRY[n].title for n in names] if len(names) <= _NAMED else studies
    verb = "has" if len(names) == 1 else "have"
    return f"{len(names)} {verb} {BALANCING[balancing]}{also} ({listed(who)})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _of_parts(corpus: ImageCorpus) -> str:
    sizes = {part: sum(counts.values()) for part, counts in corpus.parts.items()}
    if set(sizes) == {""}:
        return ", without an official split"
    return ": " + listed([f"{n:,} in {PARTS[part]}" for part, n in sizes.items()])


def weights(by_strategy: Mapping[str, Mapping[str, float]]) -> str:
    """How much more an image of the most weighted class counts than one of the least."""
    simple = by_strategy["simple"]
    rare, common = max(simple, key=simple.__getitem__), min(simple, key=simple.__getitem__)
    if simple[rare] == simple[common]:
        return "No strategy weighs one emotion more than another: there are as many images of each."
    times = {name: w[rare] / w[common] for name, w in by_strategy.items()}
    return (
        f"A mistake on {rare} costs {times['simple']:.3g} times one on {common} with simple weights, "
        f"{times['conservative']:.3g} times with conservative ones and {times['effective']:.3g} times by the "
        "effective number."
    )


def votes(found: Mapping[str, Agreement], differ: Difference, own: bool) -> str:
    """Whose images people agree on most and least; how often the corpus's own labels are outvoted."""

    def unanimous(emotion: str) -> float:
        return found[emotion].bands[0] / max(1, found[emotion].images)

    most, least = max(found, key=unanimous), min(found, key=unanimous)
    first = (
        f"All voters agree on {unanimous(most):.0%} of the images called {most}, and on "
        f"{unanimous(least):.0%} of those called {least}."
    )
    if len(found) < 2:
        first = f"All voters agree on {unanimous(most):.0%} of the images."
    if not differ.both:
        return first
    whose = "The corpus's own labels" if own else "FER2013's labels"
    return (
        f"{first} {whose} are outvoted on {differ.differ:,} of {differ.both:,} images "
        f"({differ.differ / differ.both:.0%}); {differ.unvoted:,} more have no emotion that won."
    )


def copies(report: Mapping[str, Any]) -> str:
    """What was found, in a sentence: held-out images that were seen in training, else copies within parts."""
    seen = seen_before(report)
    if seen:
        first = " ".join(
            f"{_twins(e):,} of {e['of']}'s {e['images']:,} images ({e['share']:.1%}) are in train as well."
            for e in seen
        )
    elif report["across"]:
        first = "No image of a held-out part was found in train."
    else:
        first = "The corpus has no official parts to share images."
    within = [e for e in report["within"] if _twins(e)]
    told = listed([f"{_twins(e):,} within {_place(e['part'])}" for e in within])
    return f"{first} " + (f"Copies of an earlier image: {told}." if within else "Within a part there is none.")


def effect(entry: Mapping[str, Any], accuracy: float) -> str:
    """What the copies do to an accuracy read off a held-out part."""
    read = measured_accuracy(entry, accuracy)
    return (
        f"A model that is right on {accuracy:.0%} of new faces and remembers what it was trained on is "
        f"measured at up to {read:.1%} on {entry['of']}: {100 * (read - accuracy):+.1f} points."
    )


def folds(report: Mapping[str, Any]) -> str:
    """What copies within a part do to folds drawn from it, and to what can be reached."""
    within = max(report["within"], key=_twins)
    if not _twins(within):
        return "Folds may be drawn from the images freely."
    label = (
        f" {within['other_label']:,} copies have another label than their twin; one of the two is wrong."
        if within["other_label"]
        else ""
    )
    return (
        f"Folds drawn from {_place(within['part'])} must keep copies on one side, as FER Lab's do; drawn "
        f"freely, they would test on images that were trained on.{label}"
    )


def rows(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The report as a table."""
    where = [(e, f"within {_place(e['part'])}") for e in report["within"]]
    where += [(e, f"{e['of']}, seen in {e['among']}") for e in report["across"]]
    return [
        {
            "where": place,
            "images": e["images"],
            "equal": e["exact"],
            "nearly equal": e["near"],
            "of these mirrored": e["mirrored"],
            "share": round(100 * _twins(e) / max(1, e["images"]), 2),
            "with another label": e["other_label"],
        }
        for e, place in where
    ]


def _twins(entry: Mapping[str, Any]) -> int:
    return int(entry["exact"]) + int(entry["near"])


def _place(part: str) -> str:
    return "the corpus" if part == "none" else part
