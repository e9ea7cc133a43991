"""``corpus PATH``: what a corpus holds, its imbalance, and the losses or class weights it leads to."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.base import limits
from fer_core.base.errors import CorpusError, SettingError
from fer_core.cli.common import add_codes, add_corpus, names_of, verb
from fer_core.cli.numbers import Number

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus
    from fer_core.datasets.images.base import ImageCorpus
    from fer_core.losses.imbalance import LossPolicy

_MOST_VALUES = 12
"""Values of an attribute told in one line."""


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    p = verb(verbs, "corpus", "say what a corpus holds", _run)
    add_corpus(p)
    add_codes(p)
    p.add_argument("--write-subjects", type=Path, metavar="FILE", help="write a list of all clips, to fill in")
    p.add_argument(
        "--keep", action="store_true", help="keep what is said of the names for this folder; nothing said: forget it"
    )
    p.add_argument("--images", action="store_true", help="read it as single images, even where it has clips")
    p.add_argument(
        "--moderate", type=Number(limits.RATIO), default=3.5, help="imbalance ratio beyond which weighted BCE is used"
    )
    p.add_argument(
        "--severe", type=Number(limits.RATIO), default=11.5, help="imbalance ratio beyond which focal loss is used"
    )
    p.add_argument("--boundary", choices=[">", ">="], default=">", help="what a ratio at a threshold does")


def _run(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from fer_core.datasets.tree import passed_over_words
    from fer_core.losses.imbalance import LossPolicy

    corpus, result, first = _opened(options)
    policy = LossPolicy(options.moderate, options.severe, options.boundary)
    of_images = result.get("kind") == "images"
    lines = [first, *(_weights(corpus.counts, result) if of_images else _losses(corpus.counts, policy, result))]
    lines += [f"  unlabelled, kept apart: {result['unlabelled']}"] if result["unlabelled"] else []
    lines += [
        _attribute_line(name, values)
        for name, values in result["attributes"].items()
        if not (of_images and name == "part")
    ]
    lines += [f"  passed over: {passed_over_words(corpus.passed_over)}"] if corpus.passed_over else []
    lines += [f"  note: {o.where}: {o.why}" for o in corpus.omissions]
    lines += [f"  {corpus.note}"] if corpus.note else []
    lines += _kept(options, result, corpus)
    return result, "\n".join(lines)


def _attribute_line(name: str, values: Mapping[str, int]) -> str:
    shown = ", ".join(f"{value} {n:,}" for value, n in list(values.items())[:_MOST_VALUES])
    more = f" and {len(values) - _MOST_VALUES} more" if len(values) > _MOST_VALUES else ""
    return f"  {name}: {shown}{more}"


def _kept(options: argparse.Namespace, result: dict[str, Any], corpus: Corpus | ImageCorpus) -> list[str]:
    """Write the list of subjects and keep what is said of the names, where that is asked for."""
    from fer_core.datasets.names import Names, keep_names
    from fer_core.datasets.subjects import write_subjects

    lines = []
    if options.write_subjects is not None:
        unknown = write_subjects(corpus, options.write_subjects)
        result["subjects_file"] = {"file": str(options.write_subjects), "unknown": unknown}
        lines.append(f"  {options.write_subjects} is written: fill in who is shown in {unknown} clips")
    if options.keep:
        if corpus.root is None:
            raise SettingError("the built-in corpus names its own people", fix="leave out --keep")
        names = names_of(options) or Names()
        keep_names(options.path, names)
        lines.append("  kept for this folder" if names else "  what was kept for this folder is forgotten")
    return lines


def _losses(counts: Mapping[str, int], policy: LossPolicy, result: dict[str, Any]) -> list[str]:
    """A line for each emotion that is told apart unless told otherwise, and for those left out then."""
    from fer_core.losses.imbalance import LossPlan, usual_emotions

    plan = LossPlan(counts, usual_emotions(counts), policy)
    table = plan.table
    result["imbalance"] = {e: {"ratio": r.ratio, "loss": r.choice.name} for e, r in table.items()}
    result["left_out"] = plan.left_out
    lines = [f"  {e:<10} {r.n_positive:>5}  ratio {r.ratio:6.2f}  {r.choice.words}" for e, r in table.items()]
    return lines + [f"  {e:<10} {n:>5}  left out: not among the study's six" for e, n in plan.left_out.items()]


def _weights(counts: Mapping[str, int], result: dict[str, Any]) -> list[str]:
    """A line for each emotion with its weight by each balancing strategy: image models have no other."""
    from fer_core.losses.balancing import BALANCINGS, class_weights
    from fer_core.losses.imbalance import imbalance_ratio

    total = sum(counts.values())
    result["imbalance"] = {e: {"ratio": imbalance_ratio(n, total - n)} for e, n in counts.items()}
    result["left_out"] = {}
    weights = {name: class_weights(counts, name) for name in BALANCINGS if name != "none"}
    result["class_weights"] = weights
    return [
        f"  {e:<10} {n:>6}  weight " + ", ".join(f"{w[e]:.2f} {name}" for name, w in weights.items())
        for e, n in counts.items()
    ]


def _opened(options: argparse.Namespace) -> tuple[Corpus | ImageCorpus, dict[str, Any], str]:
    """The corpus, its summary and its first line; one of clips where it can be read as both."""
    if _is_of_images(options):
        from fer_core.datasets.images.catalog import open_images
        from fer_core.datasets.images.catalog import summary as summary_of_images

        images = open_images(options.path, codes=options.codes, names=names_of(options))
        parts = ", ".join(f"{part} {sum(n.values()):,}" for part, n in images.parts.items() if part)
        known = f", {len(images.subjects)} subjects" if images.subjects_known else ""
        first = f"{images.name} ({images.format}): {len(images):,} images{known}"
        first += (f" ({parts})" if parts else "") + ("" if known else ", people unknown")
        return images, summary_of_images(images), first
    from fer_core.datasets.catalog import open_corpus, summary

    clips = open_corpus(options.path, names=names_of(options))
    people = f"{len(clips.subjects)} subjects" if clips.subjects_known else "people unknown"
    first = f"{clips.name} ({clips.format}): {len(clips.clips)} clips, {people}"
    return clips, summary(clips), first


def _is_of_images(options: argparse.Namespace) -> bool:
    """Whether a path is to be read as images: asked for, or no corpus of clips but one of images."""
    from fer_core.datasets.catalog import recognise

    if options.images or options.codes:
        return True
    if options.pattern or options.labels:
        return False
    try:
        recognise(options.path)
        return False
    except CorpusError:
        from fer_core.datasets.images.catalog import recognise_images

        return recognise_images(options.path) is not None
