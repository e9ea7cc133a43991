"""``predict``: one photo, clip or folder of frames classified by a bundle of either kind."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fer_core.commands.common import verb


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    p = verb(verbs, "predict", "classify a photo, a clip or a folder of frames", _predict)
    p.add_argument("bundle", type=Path, help="folder of the bundle")
    p.add_argument("input", help="a photo, a video or a folder of frames")
    p.add_argument(
        "--no-neutral", action="store_true", help="the clip does not begin with the neutral face: guess it"
    )
    p.add_argument("--as-is", action="store_true",
                   help="image models: the photo is a face that was cut out already")  # fmt: skip


def _predict(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from fer_core.live.predict import predict
    from fer_core.models.opening import open_bundle

    said = predict(
        open_bundle(options.bundle), options.input, starts_neutral=not options.no_neutral, as_is=options.as_is
    )
    result = {
        "emotion": said.emotion,
        "probabilities": said.probabilities,
        "frames": said.frames,
        "found": said.found,
        "faces": said.faces,
        "neutral": said.neutral,
    }
    ordered = sorted(said.probabilities.items(), key=lambda item: -item[1])
    bars = [f"  {e:<10} {p:.3f} {'#' * round(p * 40)}" for e, p in ordered]
    return result, "\n".join([f"classified as {said.emotion}", *bars])
