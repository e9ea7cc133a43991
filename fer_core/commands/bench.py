"""``bench train``: how fast training is, against the plain way, on this machine."""

from __future__ import annotations

import argparse
from typing import Any

from fer_core.commands.common import emotion_list, verb
from fer_core.progress import TerminalProgress


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    p = verbs.add_parser("bench", help="measure speed on this machine, side by side with the plain way")
    inner = p.add_subparsers(dest="action", required=True, metavar="WHAT")
    words = "train all classifiers at once, and one Model.fit per emotion"
    train = verb(inner, "train", words, _train)
    train.add_argument("path", nargs="?", default="demo",
                       help="the folder of a corpus; default: the built-in demo")  # fmt: skip
    train.add_argument("--architecture", choices=["gru", "lstm"], default="gru")
    train.add_argument("--emotions", type=emotion_list, help="comma-separated; default: the study's six")
    train.add_argument("--epochs", type=int, help="default: those of the default condition")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--repeats", type=int, default=3, help="turns of each way; default: 3")
    train.add_argument("--threads", type=int, help="for each way; default: one per core")
    train.add_argument("--jit", action="store_true", help="let the plain ways compile their models with XLA")
    train.add_argument("--grow", action="store_true",
                       help="instead: how our cost grows with clips, emotions and replicates")  # fmt: skip


def _train(options: argparse.Namespace) -> tuple[Any, str]:
    from fer_core.datasets.catalog import open_corpus
    from fer_core.efficiency.training_speed import compare, growth
    from fer_core.efficiency.training_task import make_task
    from fer_core.emotions import SIX
    from fer_core.landmarks.extract import extract
    from fer_core.training.workers.local import cores

    corpus = open_corpus(options.path).only(options.emotions or SIX)
    progress = TerminalProgress()
    landmarks = extract(corpus, progress=progress)
    task = make_task(landmarks, options.architecture, options.epochs, options.seed)
    how = {"threads": options.threads or cores(), "repeats": options.repeats, "progress": progress}
    result = growth(task, **how) if options.grow else compare(task, **how, jit=options.jit)
    result = {"corpus": corpus.name, "synthetic": corpus.synthetic, "jit": options.jit} | result
    return result, _growth_text(result) if options.grow else _text(result)


def _text(r: dict[str, Any]) -> str:
    whole, epoch, peak, equal = r["seconds"], r["seconds_per_classifier_epoch"], r["peak_mb"], r["equal"]
    lines = [
        _heading(r),
        f"  {'':<18}{'whole':>9}{'classifier-epoch':>19}{'peak memory':>14}{'accuracy':>11}",
    ]
    ways = {"ours": "all at once", "plain": "Model.fit, arrays", "tf-data": "Model.fit, tf.data"}
    for kind, words in ways.items():
        lines.append(
            f"  {words:<18}{whole[kind]['median']:>7.1f} s{r['processor_seconds'][kind]:>10.1f} s"
            f"{epoch[kind] * 1e3:>16.2f} ms"
            f"{_megabytes(peak[kind]):>14}{r['accuracy'][kind]:>11.3f}"
        )
    for name, words in (("ratio", "arrays"), ("ratio_tf_data", "tf.data")):
        steady = _ratio(r, f"{name}_excluding_compile")
        lines.append(f"  ratio to {words:<8} {_ratio(r, name)} whole, {steady} without compiling")
    lines += [
        f"  the matrix products alone: {r['floor']['seconds_per_classifier_epoch'] * 1e3:.2f} ms per "
        f"classifier-epoch; ours takes {r['floor']['times']:.1f} times that",
        f"  same batches, no dropout: outputs differ by at most {equal['largest_difference']:.1e}, accuracy "
        f"{equal['accuracy']['ours']:.3f} and {equal['accuracy']['tf-data']:.3f}",
    ]
    return "\n".join(lines)


def _growth_text(r: dict[str, Any]) -> str:
    lines = [_heading(r)]
    for kind in ("clips", "emotions", "replicates"):
        lines.append(f"  {kind:<12}{'whole':>10}{'training':>12}{'epoch':>13}{'peak memory':>14}")
        for row in r[kind]:
            size = f"x {row['size']}" if kind == "clips" else str(row["size"])
            lines.append(
                f"  {size:<12}{row['whole']:>8.2f} s{row['training']:>10.2f} s{row['epoch'] * 1e3:>10.1f} ms"
                f"{_megabytes(row['peak_mb']):>14}"
            )
        if r["exponent"][kind] is not None:
            lines.append(f"  seconds grow with the power {r['exponent'][kind]:.2f} of the {kind}")
    return "\n".join(lines)


def _heading(r: dict[str, Any]) -> str:
    return (
        f"{r['corpus']}: {r['training_clips']} training clips, {r['epochs']} epochs, {r['classifiers']} "
        f"{r['architecture'].upper()} classifiers, {r['threads']} threads, {r['repeats']} repeats"
    )


def _ratio(r: dict[str, Any], name: str) -> str:
    low, high = r[f"{name}_range"]
    return f"{r[name]:.2f} [{low:.2f}, {high:.2f}]"


def _megabytes(peak: float | None) -> str:
    return "unknown" if peak is None else f"{peak:.0f} MB"
