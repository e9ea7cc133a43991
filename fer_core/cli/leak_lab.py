"""``leak-lab``: one model on one corpus under five protocols."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fer_core.base import limits
from fer_core.cli.common import add_corpus, add_out, names_of, reporting, verb
from fer_core.cli.numbers import Number


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    words = "judge one model under five protocols, four of them leaky, and say what each leak is worth"
    p = verb(verbs, "leak-lab", words, _run)
    add_corpus(p)
    p.add_argument("--folds", type=Number(limits.FOLDS), default=5)
    p.add_argument("--seed", type=Number(limits.SEED), default=0)
    p.add_argument("--repeats", type=Number(limits.REPEATS), default=1, help="how often the folds are drawn anew")
    p.add_argument(
        "--last", type=Number(limits.LAST), default=3, help="frames taken from the end of each clip; default: 3"
    )
    p.add_argument("--epochs", type=Number(limits.EPOCHS), default=60, help="at most; default: 60")
    p.add_argument("--workers", type=Number(limits.WORKERS), help="fits at once (default: one per core)")
    add_out(p, "folder for result.json and predictions.csv", folder=True)
    p.add_argument("--run", type=Path, help="run folder to report progress to")


def _run(options: argparse.Namespace) -> tuple[Any, str]:
    from fer_core.datasets.catalog import open_corpus

    with reporting(options.run) as progress:
        from fer_core.studies.leak_lab.lab import LabSettings, run_lab

        settings = LabSettings(options.folds, options.seed, options.repeats, options.last, options.epochs)
        corpus = open_corpus(options.path, names=names_of(options))
        result = run_lab(corpus, settings, options.out or options.run, progress=progress, workers=options.workers)
    return result, text(result)


def text(result: dict[str, Any]) -> str:
    """A result for people, with intervals, N and the rules that each protocol breaks."""
    sizes = f"{result['n']} frames of {result['clips']} clips, {result['subjects']} subjects"
    lines = [f"{result['corpus']['name']}: {sizes}", f"  {'':<28}{'accuracy':<24}above subject-independent"]
    for p in result["protocols"]:
        low, high = p["interval"]
        line = f"  {p['title']:<28}{p['accuracy']:.3f} [{low:.3f}, {high:.3f}]"
        if p["inflation"] is not None:
            low, high = p["inflation_interval"]
            line += f"    {p['inflation']:+.3f} [{low:+.3f}, {high:+.3f}]"
        lines.append(line)
        lines += [f"      breaks {f['rule']}: {f['what']}" for f in p["findings"]]
    lines.append(f"  intervals: {result['interval_method']}")
    lines += [f"  {note}" for note in result["notes"]]
    if result["corpus"]["synthetic"]:
        lines.append(f"  {result['corpus']['note']}")
    return "\n".join(lines)
