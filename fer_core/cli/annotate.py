"""``annotate BUNDLE VIDEO...``: videos of any length, read frame by frame."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.base import limits
from fer_core.base.errors import MediaError, SettingError
from fer_core.base.progress import say_duration
from fer_core.cli.common import add_out, json_file, reporting, verb
from fer_core.cli.numbers import Number

if TYPE_CHECKING:
    from fer_core.live.videos.jobs import Order


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    words = "read videos of any length: one row per frame time stamp, and a summary of each"
    p = verb(verbs, "annotate", words, _run)
    p.add_argument("bundle", nargs="?", help="folder of the bundle")
    p.add_argument("videos", nargs="*", metavar="file_or_folder", help="videos, or folders of videos")
    add_out(p, "folder for the results; what is finished there is not done again", folder=True)
    p.add_argument(
        "--faces", type=Number(limits.FACES), default=1, help="faces read at once, 1 (the largest) to 4; default: 1"
    )
    p.add_argument(
        "--neutral",
        choices=["first", "running"],
        default="running",
        help="resting face: the first seconds with a face, or an estimate on the way (default)",
    )
    p.add_argument(
        "--threshold", type=Number(limits.THRESHOLD), help="probability from which an emotion is said; default: 0.5"
    )
    form = p.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="tables as CSV (default)")
    form.add_argument("--parquet", action="store_true", help="tables as CSV and as Parquet")
    p.add_argument("--order", type=Path, help="an order saved as JSON, instead of all of the above")
    p.add_argument("--run", type=Path, help="run folder to report progress to")


def order_from(options: argparse.Namespace) -> Order:
    """The order that the options describe. Raises `SettingError` or `MediaError`."""
    from fer_core.live.settings import LiveSettings
    from fer_core.live.videos.folder import Asked
    from fer_core.live.videos.jobs import Order
    from fer_core.live.videos.queue import find_videos

    if options.order is not None:
        return Order.from_json(json_file(options.order, "order", "Videos"))
    if not options.bundle or not options.videos or options.out is None:
        raise SettingError("a bundle, a video and --out are needed", fix="see python -m fer_core annotate --help")
    given = {} if options.threshold is None else {"threshold": options.threshold}
    settings = LiveSettings(max_faces=options.faces, **given)
    found = find_videos(options.videos)
    videos, asked = tuple(map(str, found.videos)), Asked(settings, options.neutral, options.parquet)
    return Order(options.bundle, videos, asked, passed_over=found.passed_over)


def _run(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    with reporting(options.run) as progress:
        from fer_core.live.videos.jobs import CLIPS, remove_uploads
        from fer_core.live.videos.queue import annotate_all
        from fer_core.models.opening import open_bundle

        order = order_from(options)
        out = options.out or options.run / CLIPS
        try:
            bundle, videos = open_bundle(order.bundle), [Path(v) for v in order.videos]
            result = annotate_all(
                bundle, videos, out, asked=order.asked, progress=progress, passed_over=order.passed_over
            )
        finally:
            if order.uploaded and options.run is not None:
                remove_uploads(options.run)
        _require_one(result)
    return result, text(result)


def _require_one(result: dict[str, Any]) -> None:
    """One sentence where no video could be read at all."""
    if result["clips"]:
        return
    first = result["failed"][0]["why"].rstrip(".")
    if len(result["failed"]) == 1:
        raise MediaError(first)
    raise MediaError(f"none of the {len(result['failed'])} videos could be read; the first: {first}")


def text(result: dict[str, Any]) -> str:
    """A result for people."""
    from fer_core.live.videos.summary_words import notes

    lines = []
    for clip in result["clips"]:
        shares = clip["share_of_time"] | clip["share_of_time_by_emotion"]
        said = [f"{name} {share:.0%}" for name, share in shares.items() if share and name != "emotion"]
        lines.append(
            f"{clip['video']}: {say_duration(clip['duration_s'])}, {clip['frames']} frames, "
            f"{clip['share_with_face'] or 0:.0%} with a face; {', '.join(said)}"
        )
        lines += [f"  {note}" for note in notes(clip)]
        lines += [f"  it breaks off: {clip['broke']}"] if clip["broke"] else []
        lines.append(f"  {clip['folder']}")
    lines += [f"not read: {f['video']}: {f['why']}" for f in result["failed"]]
    lines += [result["passed_over"]] if result.get("passed_over") else []
    return "\n".join([*lines, "Shares are of time; an expression is not a feeling."])
