"""``evaluate``: a bundle of either kind judged on a corpus."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fer_core.base import limits
from fer_core.base.errors import SettingError
from fer_core.base.progress import TerminalProgress
from fer_core.cli.common import add_codes, add_corpus, names_of, verb
from fer_core.cli.metrics_words import metrics_text
from fer_core.cli.numbers import Number

_OF_CLIPS = ("stream", "no_calibration")
_OF_PICTURES = ("part", "neutral", "faces", "codes")


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    p = verb(verbs, "evaluate", "judge a bundle on a corpus", _evaluate)
    p.add_argument("bundle", type=Path, help="folder of the bundle")
    add_corpus(p)
    p.add_argument(
        "--include-seen",
        action="store_true",
        help="also count people or pictures the bundle was trained on (not honest)",
    )
    p.add_argument("--stills", action="store_true", help="show the bundle only the last frame of each clip")
    p.add_argument(
        "--stream",
        action="store_true",
        help="play each clip frame by frame to the live stream, hold its apex, and judge what is said",
    )
    p.add_argument("--fps", type=Number(limits.FPS), default=25.0, help="with --stream: frames a second; default: 25")
    p.add_argument("--hold", type=Number(limits.SECONDS), default=1.0, help="with --stream: seconds the apex is held")
    p.add_argument(
        "--turn",
        type=Number(limits.TURN),
        default=0.0,
        help="with --stream: degrees (RMS) by which the head sways, computed from an average face",
    )
    p.add_argument(
        "--no-calibration",
        action="store_true",
        help="with --stream: estimate the resting face on the way instead of holding the first frame for it",
    )
    p.add_argument(
        "--part",
        choices=["train", "validation", "test"],
        help="image models: the official part; default: what the corpus holds out",
    )
    p.add_argument(
        "--neutral", action="store_true", help="image models, on clips: take first frames as pictures of neutral"
    )
    add_codes(p)
    p.add_argument(
        "--faces",
        choices=["find", "as-is"],
        help="image models: seek a face in each picture, or not; default: in clips",
    )


def _evaluate(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from fer_core.models.images.bundle import is_image_bundle

    if is_image_bundle(options.bundle):
        _refuse(options, _OF_CLIPS, "an image model")
        return _evaluate_images(options)
    _refuse(options, _OF_PICTURES, "a recogniser of landmarks")
    return _evaluate_clips(options)


def _refuse(options: argparse.Namespace, names: tuple[str, ...], who: str) -> None:
    given = [n for n in names if getattr(options, n)]
    if given:
        flag = "--" + given[0].replace("_", "-")
        raise SettingError(f"{flag} means nothing to {who}", fix="leave it out")


def _evaluate_images(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from fer_core.datasets.images.catalog import PICTURE_SCHEMES, open_images, recognise_images
    from fer_core.models.images.graph import ImageReader
    from fer_core.results.images.evaluation import evaluate_images

    reader = ImageReader(options.bundle)
    corpus = open_images(options.path, neutral=options.neutral, codes=options.codes, names=names_of(options))
    sought = options.faces == "find" if options.faces else recognise_images(options.path) in ("clips", *PICTURE_SCHEMES)
    result = evaluate_images(
        reader,
        corpus,
        part=options.part,
        include_seen=options.include_seen,
        find_faces=sought,
        progress=TerminalProgress(),
    )
    return result, metrics_text(result)


def _evaluate_clips(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from fer_core.datasets.catalog import open_corpus
    from fer_core.models.bundle import load_bundle
    from fer_core.results.evaluation import evaluate_bundle

    bundle = load_bundle(options.bundle)
    corpus = open_corpus(options.path, names=names_of(options))
    if options.stream:
        return _evaluate_stream(options, bundle, corpus)
    result = evaluate_bundle(
        bundle, corpus, include_seen=options.include_seen, stills=options.stills, progress=TerminalProgress()
    )
    return result, metrics_text(result)


def _evaluate_stream(options: argparse.Namespace, bundle: Any, corpus: Any) -> tuple[dict[str, Any], str]:
    from fer_core.live.rehearsal import Script
    from fer_core.results.stream_evaluation import evaluate_stream
    from fer_core.results.stream_words import stream_text

    if options.stills:
        raise SettingError("a stream cannot be made of last frames", fix="use --stream or --stills, not both")
    script = Script(fps=options.fps, hold=options.hold, calibrated=not options.no_calibration, turn=options.turn)
    result = evaluate_stream(
        bundle, corpus, script=script, include_seen=options.include_seen, progress=TerminalProgress()
    )
    return result, stream_text(result)
