"""``efficiency``: GRU against LSTM, counted and measured on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fer_core.base import limits
from fer_core.cli.common import add_out, reporting, verb
from fer_core.cli.numbers import Number, Numbers


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    words = "count and measure what a GRU costs of an LSTM: latency, training, memory, size on disk"
    p = verb(verbs, "efficiency", words, _run)
    p.add_argument("--turns", type=Number(limits.TURNS), default=5, help="how often everything is measured; default: 5")
    p.add_argument("--threads", type=Number(limits.THREADS), default=1, help="computing threads of each; default: 1")
    p.add_argument("--batches", type=Numbers(limits.BATCH_SIZE, 100), help="comma-separated; default: 1, 2, 4, ... 256")
    for name, default in (("F", 32), ("Q", 64), ("R", 64)):
        p.add_argument(f"--{name}", type=Number(limits.UNITS), default=default, help=f"layer size; default: {default}")
    p.add_argument(
        "--libraries",
        type=lambda text: tuple(dict.fromkeys(text.split(","))),
        help="comma-separated, of numpy, keras, onnx, tflite; default: all",
    )
    add_out(p, "file for the measurement as JSON")
    p.add_argument("--run", type=Path, help="run folder to report progress to")


def _run(options: argparse.Namespace) -> tuple[Any, str]:
    with reporting(options.run) as progress:
        from fer_core.studies.efficiency.counted import Sizes
        from fer_core.studies.efficiency.formats import BATCHES, PROCESSES
        from fer_core.studies.efficiency.jobs import RESULT, write_result
        from fer_core.studies.efficiency.measured import compare
        from fer_core.studies.efficiency.summary import summary

        result = compare(
            Sizes(options.F, options.Q, options.R),
            turns=options.turns,
            threads=options.threads,
            batches=tuple(sorted(set(options.batches or BATCHES))),
            libraries=options.libraries or tuple(PROCESSES),
            progress=progress,
        )
        for file in (options.out, options.run / RESULT if options.run else None):
            if file is not None:
                write_result(result, file)
        whole = summary(result)
    return whole, text(whole)


def text(r: dict[str, Any]) -> str:
    """A measurement for people: counted, then measured, each with GRU over LSTM."""
    m, s = r["machine"], r["sizes"]
    lines = [
        f"{m['processor']}, {m['cores']} cores, {r['threads']} computing threads, {r['turns']} turns, {m['date']}",
        f"{s['classifiers']} classifiers, F, Q, R = {s['F']}, {s['Q']}, {s['R']}, {s['inputs']} inputs, "
        f"{s['frames']} frames; claimed: {r['claimed']:.2f}",
        f"  {'counted':<44}{'GRU':>12}{'LSTM':>12}{'GRU / LSTM':>14}",
    ]
    lines += [f"  {c['what']:<44}{c['gru']:>12,}{c['lstm']:>12,}{c['ratio']:>14.3f}" for c in r["counted"]]
    lines.append(f"  {'measured':<44}{'GRU':>12}{'LSTM':>12}{'GRU / LSTM':>14}")
    for c in r["measured"]:
        spread = "" if c["low"] is None else f" [{c['low']:.2f}, {c['high']:.2f}]"
        what = f"{c['what']} ({c['group']})" if c["group"] in ("classifying", "training", "disk") else c["what"]
        numbers = f"{c['gru']:>9.3g} {c['unit']:<2}{c['lstm']:>9.3g} {c['unit']:<2}"
        lines.append(f"  {what:<44}{numbers}{c['ratio']:>14.2f}{spread}")
    low, high = r["ratio_interval"]
    spread = "" if low is None else f" [{low:.2f}, {high:.2f}]"
    lines.append(f"  classifying, all formats and batch sizes together: {r['ratio']:.2f}{spread}")
    lines.append(
        "  one network for all emotions: "
        + ", ".join(
            f"{o['architecture'].upper()} {o['ratio']:.2f} times fewer multiplications" for o in r["one_against_all"]
        )
    )
    return "\n".join(lines)
