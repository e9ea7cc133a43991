"""``sensitivity PATH``: thresholds, gamma and alpha as a grid, from a terminal."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.base import limits
from fer_core.base.progress import say_duration
from fer_core.base.unknown_people import BY_CLIP, people_known, whose
from fer_core.cli.common import add_corpus, add_out, emotion_list, json_file, names_of, reporting, verb
from fer_core.cli.numbers import Number, Numbers

if TYPE_CHECKING:
    from fer_core.studies.sensitivity.run import Order

_AXES = {"moderate": limits.RATIO, "severe": limits.RATIO, "gamma": limits.GAMMA, "alpha": limits.SHARE}
QUICK_FOLDS, QUICK_EPOCHS, QUICK_AGAIN = 3, 20, 2


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    p = verb(verbs, "sensitivity", "say what thresholds, gamma and alpha of the adaptive loss change", _run)
    add_corpus(p)
    p.add_argument("--folds", type=Number(limits.FOLDS), help="subject-independent outer folds (default 5)")
    p.add_argument(
        "--inner-folds",
        type=Number(limits.INNER_FOLDS),
        dest="inner_folds",
        help="folds of each training side, to choose the best point on (default 3)",
    )
    p.add_argument("--quick", action="store_true", help="fewer folds, epochs and values, for a first look")
    p.add_argument("--fine", action="store_true", help="gamma in steps of 0.5, alpha in steps of 0.05")
    for axis, range_ in _AXES.items():
        p.add_argument(f"--{axis}", type=Numbers(range_, 50), metavar="A,B", help=f"values of {axis}, ascending")
    p.add_argument("--boundary", choices=[">", ">="], help="what a ratio at a threshold does")
    p.add_argument("--architecture", choices=["gru", "lstm"])
    p.add_argument("--features", choices=["displacement", "aligned", "raw"])
    p.add_argument("--emotions", type=emotion_list, help="comma-separated; default: the study's six")
    p.add_argument("--epochs", type=Number(limits.EPOCHS))
    p.add_argument("--ensemble", type=Number(limits.ENSEMBLE), help="networks averaged per emotion")
    p.add_argument("--seed", type=Number(limits.SEED))
    p.add_argument("--again", type=Number(limits.AGAIN), help="further seeds of the study's own point (default 4)")
    p.add_argument(
        "--allow-leak",
        action="append",
        default=[],
        metavar="RULE",
        help="train in spite of this finding of the leak audit",
    )
    p.add_argument("--scheduler", default="", help="a dask scheduler's address, tcp://host:port")
    p.add_argument("--workers", type=Number(limits.WORKERS), help="fits at once (default: one per core)")
    p.add_argument("--plan", action="store_true", help="say what it would cost, and do not start")
    add_out(p, "folder for result.json and the outputs of every clip", folder=True)
    p.add_argument("--order", type=Path, help="an order saved as JSON, instead of all of the above")
    p.add_argument("--run", type=Path, help="run folder to report progress to")


def order_from(options: argparse.Namespace) -> Order:
    """The order that the options describe."""
    from fer_core.losses.grid import AXES, FINE, QUICK, USUAL
    from fer_core.studies.sensitivity.run import Order
    from fer_core.study.presets import changed

    if options.order is not None:
        return Order.from_json(json_file(options.order, "order", "Sensitivity"))
    usual = Order(options.path)
    base = usual.condition
    grid, again = (FINE if options.fine else USUAL), usual.again
    if options.quick:
        grid, again = QUICK, QUICK_AGAIN
        base = changed(base, folds=QUICK_FOLDS, epochs=QUICK_EPOCHS)
    values = {a: getattr(options, a) for a in (*AXES, "boundary") if getattr(options, a) is not None}
    names = ("folds", "architecture", "features", "emotions", "epochs", "ensemble", "seed")
    given = {n: getattr(options, n) for n in names if getattr(options, n) is not None}
    if options.inner_folds is not None:
        given["search"] = replace(base.search, inner_folds=options.inner_folds)
    return Order(
        options.path,
        changed(base, **given),
        replace(grid, **values),
        again if options.again is None else options.again,
        tuple(options.allow_leak),
        options.scheduler,
        options.workers,
    )


def _run(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from fer_core.datasets.catalog import open_corpus

    with reporting(options.run) as progress:
        order = order_from(options)
        corpus = open_corpus(options.path, names=names_of(options))
        if options.plan:
            return _plan(order, corpus.counts)
        from fer_core.studies.sensitivity.run import run_sensitivity  # after the checks: slow to import

        result = run_sensitivity(corpus, order, options.out or options.run, progress)
    return {k: v for k, v in result.items() if k != "per_emotion"}, text(result)


def text(result: dict[str, Any]) -> str:
    """A result for people."""
    from fer_core.results.words import READINGS

    kind = "subject-independent folds" if people_known(result) else f"folds {BY_CLIP}"
    folds = f"{result['folds']} outer and {result['inner_folds']} inner {kind}"
    lines = [
        f"{result['corpus']['name']}: {result['n']} clips{whose(result)}, {folds}; "
        f"{result['fits']} classifiers in {say_duration(result['seconds'])}"
    ]
    titles = {
        "plain": "plain BCE",
        "own": "the study's own point",
        "chosen": "chosen on inner folds",
        "best": "best on the test side (optimistic)",
    }
    for reading, words in READINGS.items():
        lines.append(words)
        for way in (w for w in result["ways"] if w["reading"] == reading):
            title = titles[way["way"]] + (f", by {way['objective']}" if way["objective"] else "")
            lines.append(f"  {title:<46} recall {_three(way['mean']['recall'])}  F1 {_three(way['mean']['f1'])}")
    lines += [f"failed: {why}" for why in result["failed"]]
    lines += result.get("notes", [])
    if result["corpus"]["synthetic"]:
        lines.append(result["corpus"]["note"])
    return "\n".join(lines)


def _plan(order: Order, counts: dict[str, int]) -> tuple[dict[str, Any], str]:
    from fer_core.studies.sensitivity.run import forecast

    cost = forecast(order, counts)
    words = (
        f"{order.grid.points} points of the grid from {cost.fits} classifiers, "
        f"about {say_duration(cost.seconds)} with {cost.workers} workers on this machine"
    )
    return {
        "points": order.grid.points,
        "fits": cost.fits,
        "seconds": round(cost.seconds),
        "workers": cost.workers,
    }, words


def _three(value: list[float | None]) -> str:
    found, low, high = ("?" if v is None else f"{v:.3f}" for v in value)
    return f"{found} [{low}, {high}]"
