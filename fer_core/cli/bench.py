"""``bench``: how fast this is on this machine, side by side with the plain way."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fer_core.base import limits
from fer_core.base.progress import TerminalProgress
from fer_core.cli import bench_words
from fer_core.cli.common import add_out, emotion_list, verb
from fer_core.cli.numbers import Number


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    p = verbs.add_parser("bench", help="measure speed on this machine, side by side with the plain way")
    inner = p.add_subparsers(dest="action", required=True, metavar="WHAT")
    _train_parser(verb(inner, "train", "train all classifiers at once, and one Model.fit per emotion", _train))
    _extract_parser(verb(inner, "extract", "find landmarks by our extraction and by bare FaceMesh", _extract))
    _live_parser(verb(inner, "live", "classify windows and read whole frames as the Live page does", _live))
    _soak_parser(verb(inner, "soak", "feed a stream for minutes and watch latency and memory", _soak))
    _images_parser(verb(inner, "images", "read pictures with image models, by Keras and by onnxruntime", _images))
    startup = verb(inner, "startup", "start the app until its first page has drawn", _startup)
    startup.add_argument("--starts", type=Number(limits.TURNS), default=5, help="default: 5")


def _train_parser(p: argparse.ArgumentParser) -> None:
    p.add_argument("path", nargs="?", default="demo", help="the folder of a corpus; default: the built-in demo")
    p.add_argument("--architecture", choices=["gru", "lstm"], default="gru")
    p.add_argument("--emotions", type=emotion_list, help="comma-separated; default: the study's six")
    p.add_argument("--epochs", type=Number(limits.EPOCHS), help="default: those of the default condition")
    p.add_argument("--seed", type=Number(limits.SEED), default=0)
    p.add_argument("--repeats", type=Number(limits.REPEATS), default=3, help="turns of each way; default: 3")
    p.add_argument("--threads", type=Number(limits.THREADS), help="for each way; default: one per core")
    p.add_argument("--jit", action="store_true", help="let the plain ways compile their models with XLA")
    p.add_argument(
        "--grow", action="store_true", help="instead: how our cost grows with clips, emotions and replicates"
    )


def _extract_parser(p: argparse.ArgumentParser) -> None:
    p.add_argument("path", nargs="?", help="the folder of a corpus; default: a moving face, made for it")
    p.add_argument("--turns", type=Number(limits.TURNS), default=3, help="of each way; default: 3")
    p.add_argument("--processes", type=Number(limits.WORKERS), default=2, help="against one; default: 2")


def _live_parser(p: argparse.ArgumentParser) -> None:
    p.add_argument("--bundle", type=Path, help="folder of a bundle; default: the shipped one")
    p.add_argument("--video", help="clip for the whole frames; default: a moving face of 640 x 480")
    p.add_argument("--turns", type=Number(limits.TURNS), default=40, help="windows classified by each way; default: 40")
    p.add_argument(
        "--seconds", type=Number(limits.MEASURED_SECONDS), default=5.0, help="of frames as fast as they go; default: 5"
    )
    p.add_argument(
        "--browser", action="store_true", help="instead: the Live page in Chromium with a filmed face for a camera"
    )


def _soak_parser(p: argparse.ArgumentParser) -> None:
    p.add_argument("--minutes", type=Number(limits.MEASURED_MINUTES), default=10.0, help="default: 10")
    p.add_argument("--pace", type=Number(limits.FPS), help="frames a second; default: as many as go through")
    p.add_argument("--bundle", type=Path, help="folder of a bundle; default: the shipped one")
    p.add_argument("--video", help="clip to feed; default: a moving face of 640 x 480")


def _images_parser(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--models",
        type=lambda t: tuple(t.split(",")),
        metavar="A,B",
        help="names of `python -m fer_core models`; default: a few small ones",
    )
    p.add_argument("--size", type=Number(limits.SIZE), help="side of the input in pixels; default: each model's own")
    p.add_argument("--threads", type=Number(limits.THREADS), default=1, help="computing threads; default: 1")
    add_out(p, "a file for what was measured")


def _train(options: argparse.Namespace) -> tuple[Any, str]:
    from fer_core.base.emotions import SIX
    from fer_core.datasets.catalog import open_corpus
    from fer_core.efficiency.training.speed import compare, growth
    from fer_core.efficiency.training.task import make_task
    from fer_core.landmarks.extract import extract
    from fer_core.training.engine.local import cores

    corpus = open_corpus(options.path).only(options.emotions or SIX)
    progress = TerminalProgress()
    landmarks = extract(corpus, progress=progress)
    task = make_task(landmarks, options.architecture, options.epochs, options.seed)
    how = {"threads": options.threads or cores(), "repeats": options.repeats, "progress": progress}
    result = growth(task, **how) if options.grow else compare(task, **how, jit=options.jit)
    result = {"corpus": corpus.name, "synthetic": corpus.synthetic, "jit": options.jit} | result
    return result, (bench_words.growth if options.grow else bench_words.training)(result)


def _extract(options: argparse.Namespace) -> tuple[Any, str]:
    from fer_core.datasets.catalog import open_corpus
    from fer_core.efficiency.extract_speed import compare
    from fer_core.efficiency.stream.moving_face import write_corpus

    with TemporaryDirectory() as folder:
        corpus = open_corpus(options.path) if options.path else write_corpus(Path(folder))
        how = {"turns": options.turns, "workers": options.processes}
        result = compare(corpus, **how, progress=TerminalProgress())
    return result, bench_words.extraction(result)


def _live(options: argparse.Namespace) -> tuple[Any, str]:
    progress = TerminalProgress()
    if options.browser:
        from fer_core.efficiency.stream.browser import measure

        seen = measure(max(options.seconds, 20.0), progress=progress)
        return seen, bench_words.in_browser(seen)
    from fer_core.efficiency.stream import frames as frame_speed
    from fer_core.efficiency.stream import windows as live_speed

    bundle = _bundle(options)
    windows = live_speed.compare(options.turns, bundle, progress=progress)
    frames = frame_speed.compare(seconds=options.seconds, bundle=bundle, video=options.video, progress=progress)
    result = {"whole_frames": frames["frames"]} | frames | windows
    return result, bench_words.live(result)


def _soak(options: argparse.Namespace) -> tuple[Any, str]:
    from fer_core.efficiency.stream.soak import soak

    how = {"bundle": _bundle(options), "video": options.video}
    result = soak(options.minutes, options.pace, **how, progress=TerminalProgress())
    return result, bench_words.soak(result)


def _images(options: argparse.Namespace) -> tuple[Any, str]:
    from fer_core.studies.efficiency import image_costs

    how = {"threads": options.threads, "size": options.size, "progress": TerminalProgress()}
    result = image_costs.compare(options.models or image_costs.SMALL, **how)
    if options.out:
        image_costs.write(result, options.out)
    return result, bench_words.images(result)


def _startup(options: argparse.Namespace) -> tuple[Any, str]:
    from fer_core.efficiency.startup_speed import measure

    result = measure(options.starts, progress=TerminalProgress())
    return result, bench_words.startup(result)


def _bundle(options: argparse.Namespace) -> Any:
    """The named bundle, or None for the shipped one."""
    from fer_core.models.bundle import load_bundle

    return load_bundle(options.bundle) if options.bundle else None
