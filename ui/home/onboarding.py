"""Where this installation stands on the way from clips to evidence; for the Home page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fer_core import runs
from fer_core.base.errors import FerError
from fer_core.base.paths import bundles_dir
from fer_core.training import experiments
from fer_core.training.images import experiments as image_experiments
from ui.common import pictures, state
from ui.common.words import count, listed, people
from ui.pickers import image_corpora
from ui.runs import rows


@dataclass(frozen=True)
class Stage:
    """One stage: its picture, what it is, how it stands here, and the page it leads to."""

    title: str
    text: str
    standing: str
    ready: bool
    page: str
    picture: Callable[[], str]


@dataclass(frozen=True)
class Standing:
    """What the stages depend on; ``finished`` are training runs, ``bundles`` those that come with FER Lab;
    ``unreadable`` says of runs that cannot be read why.
    """

    corpus: str | None
    corpus_words: str
    images: bool
    extracted: bool
    finished: int
    running: int
    experiments: int
    image_experiments: int
    experimenting: bool
    bundles: int
    unreadable: tuple[str, ...] = ()


def standing() -> Standing:
    """Look, without starting anything."""
    name = state.source()
    words, extracted = "no corpus yet", False
    images = state.images_in_use()
    if name:
        try:
            words, extracted = _of_images(name) if images else _of_clips(name)
        except FerError:
            name, words = None, "the corpus in use cannot be opened"
    kinds = ("train", experiments.PREFIX, image_experiments.PREFIX)
    found = {kind: {f.name: runs.read_status(f) for f in runs.list_runs(kind)} for kind in kinds}
    states, going, pictured = ([status.state for status in found[kind].values()] for kind in kinds)
    every = {name: status for mine in found.values() for name, status in mine.items()}
    running = sum(s in runs.ACTIVE for s in states)
    bundles = sum(1 for _ in bundles_dir().glob("*/bundle.json"))
    return Standing(
        corpus=name,
        corpus_words=words,
        images=images,
        extracted=extracted,
        finished=states.count("done"),
        running=running,
        experiments=going.count("done"),
        image_experiments=pictured.count("done"),
        experimenting=any(s in runs.ACTIVE for s in (*going, *pictured)),
        bundles=bundles,
        unreadable=tuple(f"{name} {why}" for name, status in every.items() if (why := rows.unreadable(status))),
    )


def _of_clips(name: str) -> tuple[str, bool]:
    """What a corpus holds, and whether its landmarks are at hand."""
    corpus = state.open_source(name)
    words = f"{corpus.name}: {count(len(corpus.clips), 'clip')}, {people(corpus)}"
    return words, state.ready(corpus)


def _of_images(name: str) -> tuple[str, bool]:
    corpus = image_corpora.opened(name)
    return f"{corpus.name}: {len(corpus):,} single images, and no clip", False


def stages(now: Standing) -> list[Stage]:
    """The five stages; one is ready where something was done, not where something came along."""
    trained = f"{count(now.finished, 'recogniser')} trained" if now.finished else "none trained yet"
    trained += f", {now.running} in training" if now.running else ""
    shipped = f"; {now.bundles} come with FER Lab" if now.bundles else ""
    clips = now.corpus is not None and not now.images
    drawn = "landmarks loaded" if now.extracted else "no landmarks loaded yet"
    return [
        Stage(
            "Clips",
            "Short clips of faces, from neutral to the peak of an expression.",
            now.corpus_words,
            clips,
            "dataset",
            pictures.clip,
        ),
        Stage(
            "Mesh",
            "468 points on the face in every frame. Frames without a face are marked, not dropped.",
            drawn,
            now.extracted,
            "landmarks",
            pictures.face,
        ),
        Stage(
            "Ten frames",
            "Ten moments of each clip, aligned, as displacement from the neutral face.",
            "equations 1 and 2 of the study",
            now.extracted,
            "landmarks",
            pictures.frames,
        ),
        Stage(
            "Six classifiers",
            "One per emotion, each with the loss that its imbalance calls for.",
            trained + shipped,
            now.finished > 0,
            "train",
            pictures.classifiers,
        ),
        Stage(
            "Evidence",
            "Every number with its interval, its N and the protocol that made it.",
            _evidence(now),
            now.finished + now.experiments + now.image_experiments > 0,
            _evidence_page(now),
            pictures.evidence,
        ),
    ]


def _evidence(now: Standing) -> str:
    done = [
        count(n, noun)
        for n, noun in ((now.experiments, "experiment"), (now.image_experiments, "image experiment"))
        if n
    ]
    if done:
        return f"{listed(done)} finished"
    return "results to read" if now.finished else "the studies that come with FER Lab"


def _evidence_page(now: Standing) -> str:
    if now.experiments:
        return "compare"
    return "results" if now.finished else "benchmark" if now.image_experiments else "compare"


def next_step(now: Standing) -> tuple[str, str]:
    """A sentence and the page it leads to."""
    if now.corpus is None:
        return "Next: choose a corpus, your own or the built-in demo.", "dataset"
    if now.experimenting:
        return "An experiment is going on; it can be watched.", "runs"
    if now.running:
        return "A training run is going on; it can be watched.", "train"
    if now.images:
        return ("Next: look at the imbalance of this corpus; models of images are trained on Benchmark.", "dataset")
    if not now.finished:
        return "Next: look at the imbalance of this corpus, then train one recogniser on it.", "dataset"
    return "Next: read how good the recogniser is for each emotion.", "results"
