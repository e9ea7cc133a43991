"""``images run|status|list|resume|cancel|delete|export|keep|graph``: image models from a terminal."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.base import limits
from fer_core.base.progress import Progress
from fer_core.cli.common import add_out, emotion_list, json_file, verb
from fer_core.cli.experiment_verbs import Kind
from fer_core.cli.experiment_words import line_of, plain_of
from fer_core.cli.numbers import Number, Numbers

if TYPE_CHECKING:
    from fer_core.study.image_design import ImageDesign

_NUMBERS = (
    ("--size", limits.SIZE, "side of the input in pixels"),
    ("--gamma", limits.GAMMA, "focusing of the focal and the poly-focal loss"),
    ("--lam", limits.LAMBDA, "coefficient of the poly-focal loss's second term"),
    ("--smoothing", limits.SMOOTHING, "label smoothing"),
    ("--mixup", limits.MIXING, "parameter of MixUp's Beta distribution, 0 for none"),
    ("--cutmix", limits.MIXING, "parameter of CutMix's Beta distribution, 0 for none"),
    ("--dropout", limits.DROPOUT, "dropout rate of the model's own dropout layers"),
    ("--folds", limits.FOLDS, "folds of a k-fold protocol"),
    ("--epochs", limits.EPOCHS, "at most this many"),
    ("--batch-size", limits.BATCH_SIZE, "pictures per step"),
    ("--learning-rate", limits.LEARNING_RATE, "of Adam, at first"),
    ("--patience", limits.PATIENCE, "epochs without a lower validation loss before the training ends; 0 for never"),
    ("--validation-share", limits.VALIDATION_SHARE, "share of the training side held back to end the training"),
    ("--frozen-epochs", limits.FROZEN_EPOCHS, "with initial weights: epochs in which the new head is trained alone"),
    ("--minutes", limits.MINUTES, "longest time one training may take; 0 for no limit"),
    ("--weight-decay", limits.WEIGHT_DECAY, "decoupled, on kernels"),
)
_CHOICES = (
    ("--balancing", ("none", "simple", "conservative", "effective"), "class weights"),
    ("--loss", ("cross-entropy", "focal", "poly-focal"), "loss"),
    (
        "--labels",
        ("default", "own", "majority", "soft"),
        "FERPlus: the emotion most votes name, or the shares of votes",
    ),
    ("--augmentation", ("none", "suwartono", "tutuianu", "munsarif"), "whose distortions"),
    ("--schedule", ("cosine", "plateau", "constant"), "how the learning rate falls"),
    ("--precision", ("float32", "mixed_float16", "mixed_bfloat16"), "numbers of the forward pass"),
    ("--protocol", ("official", "kfold", "subject-kfold"), "how pictures are parted"),
)


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    p = verbs.add_parser("images", help="train and compare image models, look after such experiments")
    inner = p.add_subparsers(dest="action", required=True, metavar="ACTION")
    _run_parser(verb(inner, "run", "train and test image models on a corpus", _run))
    KIND.add(inner)
    export = verb(inner, "export", "write an experiment's results into a JSON file", _export)
    export.add_argument("id")
    add_out(export, "the file", required=True)
    _keep_parser(verb(inner, "keep", "copy a trained model out as a bundle of its own, judged again", _keep))
    graph = verb(inner, "graph", "add the ONNX graph to an image bundle, checked against Keras", _graph)
    graph.add_argument("bundle", type=Path, help="folder of the bundle")


def _keep_parser(p: argparse.ArgumentParser) -> None:
    p.add_argument("id")
    p.add_argument("condition", help="the model's name in the experiment, or its beginning")
    add_out(p, "folder of the new bundle", folder=True, required=True)
    p.add_argument("--half", action="store_true", help="store weights and graph in 16 bits")
    p.add_argument("--name", default="", help="of the bundle; default: the folder's")


def _run_parser(p: argparse.ArgumentParser) -> None:
    p.add_argument("path", help="a corpus of pictures or of clips")
    p.add_argument(
        "--models",
        type=lambda t: t.split(","),
        metavar="A,B",
        default=["attention-cnn"],
        help="names of `python -m fer_core models`; each is trained as its study does but for the options below",
    )
    p.add_argument("--design", type=Path, help="a design saved as JSON, instead of all of the below")
    p.add_argument("--initial", help="initial weights: none, imagenet, or the file of some (e.g. VGGFace)")
    p.add_argument("--emotions", type=emotion_list, help="comma-separated; default: all in the corpus")
    p.add_argument("--seeds", type=Numbers(limits.SEED), default=(0,), metavar="0,1")
    p.add_argument(
        "--mirrored",
        action="store_true",
        default=None,
        help="read a picture and its mirror image, and average the answers",
    )
    for flag, range_, words in _NUMBERS:
        p.add_argument(flag, type=Number(range_), help=words)
    for flag, choices, words in _CHOICES:
        p.add_argument(flag, choices=choices, help=words)
    p.add_argument("--name", default="", help="what to call it")
    p.add_argument("--scheduler", default="", help="a dask scheduler's address, tcp://host:port")
    p.add_argument("--workers", type=Number(limits.WORKERS), help="models trained at once (default: one, on all cores)")
    p.add_argument(
        "--keep-copies",
        action="store_true",
        help="train on pictures with a copy on an official split's tested side, too",
    )
    p.add_argument(
        "--allow-leak",
        action="append",
        default=[],
        metavar="RULE",
        help="train although the leak audit finds this, and say so (may be repeated)",
    )
    p.add_argument("--plan", action="store_true", help="say what would be trained, and do not start")
    p.add_argument("--detach", action="store_true", help="leave it running and return at once")


def design_from(options: argparse.Namespace) -> ImageDesign:
    """The design that the options of ``images run`` describe."""
    from fer_core.study.image_design import ImageDesign
    from fer_core.study.image_presets import changed, preset_for, pretrained

    if options.design:
        return ImageDesign.from_json(json_file(options.design, "design", "Benchmark"))
    flags = [flag for flag, *_ in (*_NUMBERS, *_CHOICES)]
    names = [flag.removeprefix("--").replace("-", "_") for flag in flags] + ["emotions", "mirrored"]
    given = {n: getattr(options, n) for n in names if getattr(options, n) is not None}
    conditions = []
    for model in options.models:
        condition = preset_for(model)
        if options.initial and options.initial != "none":
            condition = pretrained(condition, options.initial)
        conditions.append(changed(condition, **given))
    return ImageDesign(tuple(conditions), options.seeds)


def _run(options: argparse.Namespace) -> tuple[Any, str]:
    from fer_core.training.audit import check_names
    from fer_core.training.images.experiment import ImageOrder, check_models, write_order

    design = design_from(options)
    check_models(design)
    check_names(options.allow_leak)
    order = ImageOrder(
        options.path,
        design,
        options.name,
        options.scheduler,
        options.workers,
        tuple(options.allow_leak),
        options.keep_copies,
    )
    if options.plan:
        slugs = [c.slug for c in design.conditions]
        plain = {"cells": design.n_cells, "conditions": slugs, "key": design.key}
        return plain, "\n".join([f"{design.n_cells} trainings", *(f"  {s}" for s in slugs)])
    return KIND.start(order, write_order, options.detach)


def _work(folder: Path, progress: Progress, **how: bool) -> None:
    from fer_core.training.images.experiment import read_order, run_images

    run_images(read_order(folder), folder, progress, **how)


def _described(id: str) -> tuple[Any, str]:
    from fer_core.results.images.study import load_image_study, rows
    from fer_core.training.images import experiments

    found = experiments.find(id)
    study = load_image_study(id) if found.record is not None else None
    table = rows(study) if study is not None else []
    notes = study.notes if study is not None else []
    lines = [line_of(found)]
    for r in table:
        low, high = r["accuracy_low"], r["accuracy_high"]
        lines.append(
            f"  {r['condition']:<44} accuracy {r['accuracy']:.3f} [{low:.3f}, {high:.3f}]  "
            f"macro F1 {r['macro_f1']:.3f}  n {r['n']:,}  {r['protocol']}"
        )
    lines += [f"  {w}" for r in table for w in r["warnings"]] + [f"  {note}" for note in notes]
    return plain_of(found) | {"results": table, "notes": notes}, "\n".join(lines)


def _export(options: argparse.Namespace) -> tuple[Any, str]:
    from fer_core.results.images import benchmarks

    benchmarks.write(benchmarks.read(options.id), options.out)
    return {"file": str(options.out)}, str(options.out)


def _keep(options: argparse.Namespace) -> tuple[Any, str]:
    from dataclasses import asdict

    from fer_core.base.progress import TerminalProgress
    from fer_core.training.images import promote_bundle

    kept = promote_bundle.keep(
        options.id, options.condition, options.out, half=options.half, name=options.name, progress=TerminalProgress()
    )
    return asdict(kept) | {"total": kept.total}, promote_bundle.text(kept)


def _graph(options: argparse.Namespace) -> tuple[Any, str]:
    from fer_core.models.images.graph import with_graph

    difference = with_graph(options.bundle)
    return {"difference": difference}, f"largest difference to Keras: {difference:.1e}"


KIND = Kind("images", "image experiment", "fer_core.training.images.experiments", _work, _described)
