"""Results on disk: finished training runs, and the metrics that shipped bundles carry."""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_core import runs
from fer_core.base.errors import BundleError, FerError, PathError
from fer_core.base.paths import bundles_dir
from fer_core.base.text import clean_name
from fer_core.files import shapes
from fer_core.files.containment import inside, stays
from fer_core.files.csv_files import read_text, records
from fer_core.models.bundle import ARRAYS, CARD, DESCRIPTION, bundles_in
from fer_core.models.images.bundle import GRAPH, image_bundles_in
from fer_core.results.result_shapes import Result

RESULT, PREDICTIONS, BUNDLE = "result.json", "predictions.csv", "bundle"
SHIPPED = "shipped:"
"""Prefix that tells a shipped bundle's name from a run folder's."""

IMAGE = "image:"
"""Prefix of an image bundle's name: ``image:shipped/NAME`` or ``image:RUN/NAME``."""
MODELS = "models"
"""Folder of a run that holds the image models it trained."""


@dataclass(frozen=True)
class _Described:
    """Of a bundle's description the part that is a result."""

    metrics: dict[str, Any]


@dataclass(frozen=True)
class Source:
    """Where a result lies.

    ``name`` is unique and safe in a URL; ``folder`` holds result.json (a run) or bundle.json (a
    shipped bundle, whose metrics are the result).
    """

    name: str
    folder: Path

    @property
    def is_run(self) -> bool:
        """Whether it is a training run of this installation, which may be deleted."""
        return not self.name.startswith((SHIPPED, IMAGE))

    @property
    def is_image(self) -> bool:
        """Whether it is an image bundle."""
        return self.name.startswith(IMAGE)

    @property
    def bundle(self) -> Path | None:
        """The bundle's folder, if there is one."""
        folder = self.folder / BUNDLE if self.is_run else self.folder
        return folder if (folder / DESCRIPTION).is_file() else None


def sources() -> list[Source]:
    """Every result there is: runs, newest first, then shipped bundles."""
    found = [Source(f.name, f) for f in runs.list_runs() if (f / RESULT).is_file()]
    shipped = bundles_dir()
    own = bundles_in(shipped) if shipped.is_dir() else []
    return found + [Source(SHIPPED + clean_name(f.name), f) for f in own]


def bundles() -> list[Source]:
    """Every result that comes with a bundle: shipped ones first, then runs, newest first."""
    found = [s for s in sources() if s.bundle is not None]
    return sorted(found, key=lambda s: s.is_run)


def image_bundles() -> list[Source]:
    """Every image bundle: shipped ones first, then those of image experiments, newest first."""
    shipped = bundles_dir()
    found = [(f, "shipped") for f in (image_bundles_in(shipped) if shipped.is_dir() else [])]
    for run in runs.list_runs("images"):
        found += [(f, run.name) for f in image_bundles_in(run / MODELS)]
    return [Source(f"{IMAGE}{where}/{clean_name(f.name)}", f) for f, where in found]


def readers() -> list[Source]:
    """Every bundle that can read a face now: of landmarks, and of pictures where a graph comes along."""
    return bundles() + [s for s in image_bundles() if (s.folder / GRAPH).is_file()]


def find(name: str | None) -> Source | None:
    """The source of that name, or None."""
    everything = image_bundles() if name and name.startswith(IMAGE) else sources()
    return next((s for s in everything if s.name == name), None)


def read_result(source: Source) -> dict[str, Any]:
    """The result as plain data. Raises `BundleError` or `PathError` where it cannot be read."""
    file = source.folder / (RESULT if source.is_run else DESCRIPTION)
    kind = PathError if source.is_run else BundleError
    told: dict[str, Any] = {"what": "result", "fix": "train it again", "error": kind}
    found = shapes.plain(file, **told)
    if not source.is_run:
        found = shapes.checked(found, _Described, where=str(file), **told).metrics
    shapes.checked(found, Result, where=str(file), **told)
    return dict(found)


def corpus_of(source: Source) -> str | None:
    """Name of the corpus a result is of; None where the result cannot be read."""
    try:
        return str(read_result(source)["corpus"]["name"])
    except (FerError, KeyError, TypeError):
        return None


def read_predictions(source: Source) -> list[dict[str, str]]:
    """Rows of predictions.csv, one per tested clip; none where the file did not come along.

    Raises `PathError` where it is no table of predictions, or a link that leads out of its folder.
    """
    file = source.folder / PREDICTIONS
    if not file.is_file():
        return []
    fix = "train it again"
    try:
        lines = records(read_text(inside(source.folder, file), kind=PathError, fix=fix), ",", kind=PathError)
        _, names = next(lines, (0, []))
        numbered = [(n, dict(zip(names, cells, strict=False)), len(cells)) for n, cells in lines if cells]
    except (OSError, PathError) as error:
        why = error.what if isinstance(error, PathError) else error.strerror
        what = f"the table of predictions cannot be read ({why})"
        raise PathError(what, where=str(file), fix=fix) from error
    for number, row, width in numbered:
        if width != len(names) or not _is_prediction(row):
            raise PathError("the table of predictions has a row that is none", where=f"{file}, row {number}", fix=fix)
    return [row for _, row, _ in numbered]


def _is_prediction(row: dict[str, str]) -> bool:
    """A row with its clip, its labels, a whole fold and finite probabilities."""
    names = ("clip", "emotion", "classified", "fold")
    if not {*names} <= {*row}:
        return False
    try:
        numbers = [float(v) for k, v in row.items() if k.startswith("p_")]
        return abs(int(row["fold"])) < 10**6 and all(map(math.isfinite, numbers))
    except ValueError:
        return False


def describe(folder: Path) -> dict[str, Any]:
    """A bundle's description without its arrays: name, network, metrics, training. {} where unreadable."""
    try:
        return shapes.read(folder / DESCRIPTION, dict[str, Any], what="description", fix="")
    except PathError:
        return {}


def for_streams(source: Source) -> bool:
    """Whether the source's bundle was trained on what a camera shows, not on clips alone."""
    stream = describe(source.bundle).get("stream") if source.bundle else None
    return bool(isinstance(stream, dict) and stream.get("trained"))


def card_of(folder: Path) -> str:
    """A bundle's model card, Markdown; empty where there is none."""
    try:
        return shapes.regular(inside(folder, folder / CARD)).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def zipped(bundle: Path) -> bytes:
    """A bundle's files as a zip archive whose one folder carries the bundle's name."""
    name = str(describe(bundle).get("name") or bundle.name).replace("/", "-")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in (DESCRIPTION, ARRAYS, GRAPH, CARD):
            if (bundle / part).is_file() and stays(bundle, bundle / part):
                archive.write(bundle / part, f"{name}/{part}")
    return target.getvalue()


def label(source: Source) -> str:
    """A line for a list: the bundle's name, what it was trained on, how well it did."""
    if source.is_image:
        return _image_label(source)
    try:
        result = read_result(source)
    except FerError:
        return f"{source.name} (unreadable)"
    named = describe(source.bundle).get("name") if source.bundle else None
    good = f"balanced accuracy {result['balanced_accuracy']:.3f}"
    of = f"{result['corpus']['name']}, {result['protocol']}, {good}"
    when = f", {_when(source.name)}" if source.is_run else ", shipped"
    of = f"for cameras, {of}" if for_streams(source) else of  # first: narrow boxes cut the end off
    same = named is None or named == source.name
    return f"{of}{when}" if same and source.is_run else f"{named or source.name}: {of}{when}"


def _image_label(source: Source) -> str:
    plain = describe(source.folder)
    name, training = plain.get("name") or source.folder.name, plain.get("training")
    corpus = training.get("corpus") if isinstance(training, dict) else None
    of = corpus.get("name") if isinstance(corpus, dict) else corpus
    metrics = plain.get("metrics")
    good = metrics.get("balanced_accuracy") if isinstance(metrics, dict) else None
    parts = [f"{name}: image model", str(of or ""), f"balanced accuracy {good:.3f}" if good else ""]
    parts.append("shipped" if source.name.startswith(f"{IMAGE}shipped/") else _when(source.folder.parts[-3]))
    return ", ".join(p for p in parts if p)


def _when(name: str) -> str:
    """``train-20261121-033200`` as ``21 Nov 2026 03:32`` would be a locale's business; ISO is nobody's."""
    day, _, time = name.partition("-")[2].partition("-")
    return f"{day[:4]}-{day[4:6]}-{day[6:8]} {time[:2]}:{time[2:4]}" if len(day) == 8 and len(time) >= 4 else name
