"""Taking a trained image model out of its experiment: a bundle of its own, checked, small if asked for.

Beside the bundle's files stands which pictures it was trained on (`fer_core.models.images.trained_pictures`), so that a
later evaluation leaves them out whatever the corpus is called then.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.base.errors import BundleError, PathError, TrainingError
from fer_core.base.progress import Progress, silent
from fer_core.base.text import clean_name
from fer_core.datasets.copies.digests import pixel_digests
from fer_core.datasets.copies.duplicates import twins_across
from fer_core.datasets.images.base import ImageCorpus, Positions
from fer_core.datasets.images.pixels import pixels
from fer_core.models.images.bundle import GRAPH, ImageBundle, image_bundles_in, load_image_bundle, save_image_bundle
from fer_core.models.images.graph import LIMIT, ImageReader, write_graph
from fer_core.models.images.half_graph import halve_graph
from fer_core.models.images.trained_pictures import save_seen
from fer_core.results.metrics import evaluate
from fer_core.study.image_conditions import ImageCondition
from fer_core.training.images.card import image_card
from fer_core.training.images.experiment import LOOKED, MODELS, read_order
from fer_core.training.images.experiments import require
from fer_core.training.images.protocols import ImageSplit
from fer_core.training.images.scan_pictures import Looked, look_once
from fer_core.training.images.splits_with_audit import part
from fer_core.training.images.tasks import ImagesRef, opened

BATCH = 256


@dataclass(frozen=True)
class Kept:
    """What was written.

    ``bytes`` by file; ``difference`` between the graph's and Keras' probabilities; how many pictures it was
    ``tested`` on again; ``moved``: largest change of a probability by 16-bit weights, None where none were
    asked for; ``accuracy`` before and after.
    """

    folder: str
    bytes: dict[str, int]
    difference: float
    tested: int
    moved: float | None
    accuracy: tuple[float, float]

    @property
    def total(self) -> int:
        """Bytes in all."""
        return sum(self.bytes.values())


def keep(
    id: str, condition: str, out: Path, *, half: bool = False, name: str = "", progress: Progress = silent
) -> Kept:
    """Copy a trained bundle out of an image experiment.

    Its test side is read once more with the graph that is written: the metrics and the card are those of
    the files that stand there in the end, 16-bit weights or not.

    Parameters
    ----------
    id : the experiment
    condition : the bundle's name in it, or the beginning of one that only one bundle has
    out : folder to write, which must not hold anything
    half : store weights and graph in 16 bits
    name : of the bundle; by default the folder's

    Raises
    ------
    TrainingError
        Where the experiment, or the one bundle meant, cannot be found, or its corpus has changed.
    PathError
        Where the folder holds something.
    BundleError
        Where the bundle cannot be read or no graph can be made of it.
    """
    run = require(id)
    found = load_image_bundle(_meant(run, condition))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise PathError("there is something already", where=str(out), fix="name a new folder")
    corpus, split, looked = _judged(run, found, progress)
    bundle = _halved(found) if half else found
    bundle = replace(bundle, name=clean_name(name) or clean_name(out.name))
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".keep-") as scratch:
        folder = Path(scratch) / "bundle"
        kept = _written(bundle, found, folder, corpus, split, looked, half, progress)
        if out.exists():
            out.rmdir()
        shutil.move(str(folder), str(out))
    return replace(kept, folder=str(out))


def _meant(run: Path, condition: str) -> Path:
    there = image_bundles_in(run / MODELS)
    meant = [f for f in there if f.name == condition] or [f for f in there if f.name.startswith(condition)]
    if len(meant) == 1:
        return meant[0]
    what = "no trained model" if not meant else f"{len(meant)} trained models"
    known = ", ".join(f.name for f in (meant or there)[:8]) or "none is finished yet"
    raise TrainingError(
        f"{what} of the experiment {'is' if not meant else 'are'} called {condition!r}",
        where=run.name,
        fix=f"name one of: {known}",
    )


def _judged(run: Path, bundle: ImageBundle, progress: Progress) -> tuple[ImageCorpus, ImageSplit, Looked]:
    """The corpus and the split that a bundle was trained and tested on, made anew; and what was looked at."""
    order = read_order(run)
    c = ImageCondition.from_json(bundle.training["condition"])
    base = order.design.base
    corpus = opened(ImagesRef(order.corpus, base.labels, base.emotions, ""))
    key = bundle.training.get("data_key")
    if key and key != corpus.key:
        raise TrainingError(
            "the corpus is not the one the model was trained on", where=order.corpus, fix="put it back as it was"
        )
    looked = look_once(corpus, run / LOOKED, progress)
    for copies in dict.fromkeys((order.keep_copies, True)):  # before there was a choice, copies stayed
        parted = part(corpus, looked, order.design, order.allow, keep_copies=copies)
        for split in parted.splits.get(c.seed, []):
            if split.fold == _fold(bundle) and len(split.train) == bundle.training["n_train"]:
                return corpus, split, looked
    raise TrainingError(
        "the pictures it was trained on cannot be told any more",
        where=bundle.name,
        fix="train it again: corpus or program have changed",
    )


def _fold(bundle: ImageBundle) -> int:
    """The fold that ends a bundle's name (``CONDITION_SEED_FOLD``)."""
    last = bundle.name.rpartition("_")[2]
    if not last.isdigit():
        raise BundleError("its name does not end with its fold", where=bundle.name, fix="keep it from its run")
    return int(last)


def _halved(bundle: ImageBundle) -> ImageBundle:
    """The same bundle, every weight rounded to one of 16 bits. Raises `BundleError` for one too large."""
    with np.errstate(over="ignore"):
        rounded = [w.astype(np.float16).astype(np.float32) for w in bundle.weights]
    if not all(np.isfinite(w).all() for w in rounded):
        raise BundleError("a weight is too large for 16 bits", where=bundle.name, fix="leave --half out")
    return replace(bundle, weights=rounded)


def _written(
    bundle: ImageBundle,
    before: ImageBundle,
    folder: Path,
    corpus: ImageCorpus,
    split: ImageSplit,
    looked: Looked,
    half: bool,
    progress: Progress,
) -> Kept:
    save_image_bundle(bundle, folder, half=half)
    progress(0, 1, "Writing the graph")
    difference = write_graph(bundle, folder)
    said = _read(ImageReader(folder), corpus, split.test, progress)
    if half and halve_graph(folder / GRAPH, bundle.weights):
        again = _read(ImageReader(folder), corpus, split.test, progress)
        apart = float(np.abs(said - again).max())
        if not apart <= LIMIT:
            raise BundleError(
                f"the smaller graph's probabilities differ by {apart:.1e}",
                where=bundle.name,
                fix="leave --half out, and report this",
            )
        said, difference = again, max(difference, apart)
    moved = None
    if half:
        with tempfile.TemporaryDirectory() as scratch:
            whole = Path(scratch)
            save_image_bundle(before, whole)
            write_graph(before, whole)
            moved = float(np.abs(said - _read(ImageReader(whole), corpus, split.test, progress)).max())
    metrics = evaluate(
        corpus.emotion[split.test],
        said,
        corpus.subject[split.test],
        bundle.emotions,
        subjects_known=corpus.subjects_known,
        unit="pictures",
    )
    training = bundle.training | _how_kept(half, moved) | {"copies": _copies(corpus, split, looked, said, bundle)}
    judged = replace(bundle, metrics=metrics, training=training)
    save_image_bundle(replace(judged, card=_card(judged, moved)), folder, half=half)
    trained = np.concatenate([split.train, split.validation])
    save_seen(folder, pixel_digests(corpus, trained, progress=progress)[0])
    sizes = {f.name: f.stat().st_size for f in sorted(folder.iterdir())}
    accuracy = (float(before.metrics.get("accuracy", np.nan)), float(metrics["accuracy"]))
    return Kept("", sizes, difference, len(split.test), moved, accuracy)


def _copies(corpus: ImageCorpus, split: ImageSplit, looked: Looked, said: Any, bundle: ImageBundle) -> dict[str, Any]:
    """Accuracy on the test pictures that have no copy among those trained on, and how many have one."""
    seen = np.concatenate([split.train, split.validation])
    new = ~twins_across(looked.prints.take(split.test), looked.prints.take(seen)).found
    at = split.test[new]
    if not len(at):
        return {"with_copy": len(new), "n": 0, "accuracy": None, "interval": None}
    found = evaluate(
        corpus.emotion[at],
        said[new],
        corpus.subject[at],
        bundle.emotions,
        subjects_known=corpus.subjects_known,
        unit="pictures",
    )
    return {
        "with_copy": int((~new).sum()),
        "n": int(new.sum()),
        "accuracy": found["accuracy"],
        "interval": found["intervals"]["accuracy"],
    }


def _how_kept(half: bool, moved: float | None) -> dict[str, Any]:
    return {"bits": 16, "largest_change_by_16_bits": moved} if half else {"bits": 32}


def _card(bundle: ImageBundle, moved: float | None) -> str:
    card = image_card(bundle)
    if moved is None:
        return card
    note = (
        f"Its weights are stored in 16 bits, and the quality above is that of these. Against the weights as "
        f"trained, no probability of a test picture moves by more than {moved:.1g}.\n\n"
    )
    before, mark, after = card.partition("## What it is not")
    return before + note + mark + after


def _read(reader: ImageReader, corpus: ImageCorpus, positions: Positions, progress: Progress) -> Any:
    b = reader.bundle
    rows = []
    for start in range(0, len(positions), BATCH):
        progress(start, len(positions), "Reading the test side")
        rows.append(reader.read(pixels(corpus, positions[start : start + BATCH], b.size, b.channels)))
    return np.concatenate(rows)


def text(kept: Kept) -> str:
    """What was written, for people."""
    lines = [f"{kept.folder}: {kept.total / 1e6:.1f} MB"]
    lines += [f"  {file:<14}{size / 1e6:>8.2f} MB" for file, size in kept.bytes.items()]
    lines.append(f"  the graph's probabilities are Keras' to within {kept.difference:.1e}")
    before, after = kept.accuracy
    lines.append(f"  accuracy on its {kept.tested:,} test pictures {after:.4f} (as trained: {before:.4f})")
    if kept.moved is not None:
        lines.append(f"  16-bit weights move no probability of these by more than {kept.moved:.1e}")
    return "\n".join(lines)
