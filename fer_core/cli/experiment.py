"""``experiment run|status|resume|export|cancel|list|delete``: the factorial study from a terminal."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.base import limits
from fer_core.base.errors import SettingError
from fer_core.base.progress import Progress, say_duration
from fer_core.base.unknown_people import PROTOCOL_WORDS
from fer_core.cli.common import add_corpus, add_out, emotion_list, json_file, names_of, verb
from fer_core.cli.experiment_verbs import Kind
from fer_core.cli.experiment_words import line_of, plain_of
from fer_core.cli.numbers import Number, Numbers

if TYPE_CHECKING:
    from fer_core.study.design import Design
    from fer_core.training.experiment import Order


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    p = verbs.add_parser("experiment", help="run the factorial study, look after it, delete it")
    inner = p.add_subparsers(dest="action", required=True, metavar="ACTION")
    _run_parser(verb(inner, "run", "train and test every condition of a design", _run))
    KIND.add(inner)
    export = verb(inner, "export", "write an experiment's tables and its report into a folder", _export)
    export.add_argument("id")
    add_out(export, "the folder", folder=True, required=True)
    export.add_argument(
        "--reading",
        choices=["outputs", "probabilities"],
        default="outputs",
        help="the classifiers' outputs, or those read by their loss",
    )


def _run_parser(p: argparse.ArgumentParser) -> None:
    add_corpus(p)
    p.add_argument("--name", default="", help="what to call it")
    p.add_argument("--design", type=Path, help="a design saved as JSON; the options below change it")
    p.add_argument(
        "--conditions",
        type=lambda t: t.split(","),
        metavar="A,B",
        help="e.g. gru-bayesian-advanced,lstm-predefined-standard; default: all",
    )
    p.add_argument("--seeds", type=Numbers(limits.SEED), metavar="0,1", help="replicates, each with folds of its own")
    p.add_argument(
        "--protocol",
        choices=list(PROTOCOL_WORDS),
        help="default: by person, or by clip where nobody says who is filmed",
    )
    p.add_argument("--folds", type=Number(limits.FOLDS))
    p.add_argument("--test-share", type=Number(limits.TEST_SHARE), dest="test_share", help="of a hold-out")
    p.add_argument("--emotions", type=emotion_list, help="comma-separated; default: the study's six")
    p.add_argument("--epochs", type=Number(limits.EPOCHS))
    p.add_argument("--ensemble", type=Number(limits.ENSEMBLE), help="networks averaged per emotion")
    p.add_argument("--evaluations", type=Number(limits.EVALUATIONS), help="trials per search")
    p.add_argument(
        "--inner-folds", type=Number(limits.INNER_FOLDS), dest="inner_folds", help="folds that a trial is read on"
    )
    p.add_argument("--batch", type=Number(limits.TRIALS_AT_ONCE), help="trials of one search that go on at once")
    p.add_argument("--objective", choices=["loss", "average_precision"], help="what a search minimises")
    p.add_argument("--rates", action="store_true", help="search dropout and learning rate too")
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
    p.add_argument("--detach", action="store_true", help="leave it running and return at once")


def design_from(options: argparse.Namespace) -> Design:
    """The design that the options of ``experiment run`` describe."""
    from fer_core.study.design import Design, Factors

    design = Design.from_json(json_file(options.design, "design", "Launch")) if options.design else Design()
    base = design.base
    names = ("protocol", "folds", "test_share", "emotions", "ensemble")
    given = {n: getattr(options, n) for n in names if getattr(options, n) is not None}
    searched = ("evaluations", "inner_folds", "batch", "objective")
    search = {n: getattr(options, n) for n in searched if getattr(options, n) is not None}
    if options.rates:
        search["rates"] = True
    if options.epochs is not None:
        given["fit"] = replace(base.fit, epochs=options.epochs)
    base = replace(base, **given, search=replace(base.search, **search))
    factors = tuple(Factors.of(slug) for slug in options.conditions) if options.conditions else design.factors
    return Design(base, factors, options.seeds or design.seeds)


def _run(options: argparse.Namespace) -> tuple[Any, str]:
    from fer_core.training.experiment import Order, write_order

    if names_of(options):
        raise SettingError(
            "an experiment opens its corpus by the path alone",
            where=options.path,
            fix="keep what you say of it: corpus PATH --pattern ... --keep",
        )
    order = Order(
        options.path, design_from(options), options.name, tuple(options.allow_leak), options.scheduler, options.workers
    )
    if options.protocol is None and options.design is None:
        base = order.design.base.for_people(order.opened().subjects_known)
        order = replace(order, design=replace(order.design, base=base))
    if options.plan:
        return _plan(order)
    return KIND.start(order, write_order, options.detach)


def _work(folder: Path, progress: Progress, **how: bool) -> None:
    from fer_core.training.experiment import read_order, run_experiment

    run_experiment(read_order(folder), folder, progress, **how)


def _described(id: str) -> tuple[Any, str]:
    from fer_core.training import experiments

    found = experiments.find(id)
    return plain_of(found), line_of(found)


def _export(options: argparse.Namespace) -> tuple[Any, str]:
    from fer_core.base.paths import store_file
    from fer_core.files.whole_files import write_text
    from fer_core.reports.export import write_tables
    from fer_core.reports.study import html_report
    from fer_core.results.study import load_study
    from fer_core.store.store import Store

    with Store(store_file(), read_only=True) as store:
        study = load_study(store, options.id)
    written = write_tables(study, options.out)
    report = options.out / "report.html"
    write_text(report, html_report(study, options.reading))
    files = [str(f) for f in (*written, report)]
    return {"files": files}, "\n".join(files)


def _plan(order: Order) -> tuple[Any, str]:
    from fer_core.training.forecast import forecast

    design = order.design
    corpus = order.opened()
    f = forecast(design, len(corpus.clips), order.workers)
    text = [
        f"{len(design.factors)} conditions x {len(design.seeds)} seeds x {design.folds} folds = {f.cells} cells",
        f"{f.trials} trials of searches, {f.fits} classifiers to fit",
        f"about {say_duration(f.seconds)} with {f.workers} workers on this machine",
        f"smallest difference between two levels that {f.pairs} matched pairs can show at 80% power: "
        f"d_z = {f.smallest_effect:.2f}",
    ]
    plain = {k: getattr(f, k) for k in ("cells", "trials", "fits", "workers", "pairs", "smallest_effect")}
    plain |= {"seconds": round(f.seconds)}
    return plain, "\n".join(text)


KIND = Kind("experiment", "experiment", "fer_core.training.experiments", _work, _described)
