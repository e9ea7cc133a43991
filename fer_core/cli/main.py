"""The command line: the same functions as the pages.

Results go to stdout (as JSON with ``--json``), progress and errors to stderr. Exit status 0 is
success, 1 an error said in one sentence, 2 wrong usage, 130 stopped by the user.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fer_core import __version__
from fer_core.base import limits, terminal
from fer_core.base.errors import Cancelled, FerError
from fer_core.base.text import clean_json
from fer_core.base.unknown_people import PROTOCOL_WORDS
from fer_core.cli import (
    annotate,
    bench,
    corpus,
    cross,
    duplicates,
    efficiency,
    evaluate,
    experiment,
    export,
    images,
    leak_lab,
    models,
    paper,
    predict,
    sensitivity,
    stats,
)
from fer_core.cli.common import add_corpus, add_out, check_out, emotion_list, json_file, names_of, reporting, verb
from fer_core.cli.metrics_words import metrics_text
from fer_core.cli.numbers import Number
from fer_core.files.whole_files import sentence_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    terminal.open_streams()
    try:
        options = parser().parse_args(arguments)
        check_out(options)
        result, text = options.command(options)
    except SystemExit as asked:  # help, the version, or wrong usage
        raise SystemExit(terminal.flush() or asked.code) from None
    except (KeyboardInterrupt, Cancelled):
        terminal.complain("Stopped.")
        return 130
    except FerError as error:
        terminal.complain(f"fer_core: {error}")
        return 1
    except OSError as error:  # a full disk, a folder that may not be read
        terminal.complain(f"fer_core: {sentence_of(error)}")
        return 1
    return terminal.say(json.dumps(clean_json(result), indent=1) if options.json else text)


def parser() -> argparse.ArgumentParser:
    """The argument parser, with one sub-command per verb."""
    top = argparse.ArgumentParser("python -m fer_core", description="FER Lab from a terminal.")
    top.add_argument("--version", action="version", version=__version__)
    verbs = top.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    corpus.add(verbs)
    _extract_parser(verb(verbs, "extract", "find a corpus's landmarks and keep them in the cache", _extract))
    _train_parser(verb(verbs, "train", "train and judge a recogniser", _train))
    evaluate.add(verbs)
    predict.add(verbs)
    duplicates.add(verbs)
    experiment.add(verbs)
    images.add(verbs)
    cross.add(verbs)
    leak_lab.add(verbs)
    sensitivity.add(verbs)
    export.add(verbs)
    bench.add(verbs)
    efficiency.add(verbs)
    stats.add(verbs)
    paper.add(verbs)
    annotate.add(verbs)
    models.add(verbs)
    return top


# extract -----------------------------------------------------------------------------------------


def _extract_parser(p: argparse.ArgumentParser) -> None:
    add_corpus(p)
    p.add_argument("--workers", type=Number(limits.WORKERS), help="processes (default: one per core)")
    p.add_argument("--run", type=Path, help="run folder to report progress to")


def _extract(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from fer_core.datasets.catalog import open_corpus
    from fer_core.landmarks.extract import extract

    with reporting(options.run) as progress:
        found = extract(open_corpus(options.path, names=names_of(options)), progress=progress, workers=options.workers)
    rejected = [{"clip": r.clip, "emotion": r.emotion, "why": r.why} for r in found.rejected]
    text = f"{len(found)} clips have landmarks, {len(rejected)} were rejected"
    return {"clips": len(found), "rejected": rejected}, "\n".join(
        [text, *(f"  {r['clip']}: {r['why']}" for r in rejected)]
    )


# train -------------------------------------------------------------------------------------------


def _train_parser(p: argparse.ArgumentParser) -> None:
    from fer_core.study.presets import PRESETS

    add_corpus(p)
    p.add_argument("--preset", choices=sorted(PRESETS), default="default", help="where the other settings start from")
    p.add_argument("--architecture", choices=["gru", "lstm"])
    p.add_argument("--loss", choices=["standard", "advanced"])
    p.add_argument(
        "--protocol",
        choices=list(PROTOCOL_WORDS),
        help="default: by person, or by clip where nobody says who is filmed",
    )
    p.add_argument("--folds", type=Number(limits.FOLDS))
    p.add_argument("--seed", type=Number(limits.SEED))
    p.add_argument("--emotions", type=emotion_list, help="comma-separated; default: the study's six")
    p.add_argument("--features", choices=["displacement", "aligned", "raw"])
    p.add_argument("--epochs", type=Number(limits.EPOCHS))
    p.add_argument("--ensemble", type=Number(limits.ENSEMBLE), help="networks averaged per emotion")
    p.add_argument("--boundary", choices=[">", ">="])
    p.add_argument("--condition", type=Path, help="a condition saved as JSON, instead of all of the above")
    p.add_argument("--without-subjects", default="", help="comma-separated subjects to keep out altogether")
    p.add_argument("--workers", type=Number(limits.WORKERS), help="processes (default: one per core)")
    p.add_argument(
        "--allow-leak",
        action="append",
        default=[],
        metavar="NAME",
        help="train although the leak audit finds this, and say so in the result (may be repeated)",
    )
    add_out(p, "folder for result.json, predictions.csv and the bundle", folder=True)
    p.add_argument("--name", default="", help="name of the bundle")
    p.add_argument("--run", type=Path, help="run folder to report progress to")


def condition_from(options: argparse.Namespace) -> Any:
    """The condition that the train command's options describe."""
    from fer_core.study.conditions import Condition
    from fer_core.study.presets import changed, preset

    if options.condition is not None:
        return Condition.from_json(json_file(options.condition, "condition", "Train"))
    names = (
        "architecture",
        "loss",
        "protocol",
        "folds",
        "seed",
        "emotions",
        "features",
        "epochs",
        "ensemble",
        "boundary",
    )
    given = {n: getattr(options, n) for n in names if getattr(options, n) is not None}
    return changed(preset(options.preset), **given)


def _train(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from fer_core.datasets.catalog import open_corpus

    with reporting(options.run) as progress:
        condition = condition_from(options)
        corpus = open_corpus(options.path, names=names_of(options))
        if options.protocol is None and options.condition is None:
            condition = condition.for_people(corpus.only(condition.emotions).subjects_known)
        if options.without_subjects:
            corpus = corpus.without_subjects(options.without_subjects.split(","))
        from fer_core.training.run import train  # after the checks: this import is the slow one

        out = options.out or options.run
        on_event = getattr(progress, "event", None)
        result = train(
            corpus,
            condition,
            out,
            name=options.name,
            progress=progress,
            on_event=on_event,
            workers=options.workers,
            allow=options.allow_leak,
        )
    return {k: v for k, v in result.items() if k != "curves"}, metrics_text(result)
