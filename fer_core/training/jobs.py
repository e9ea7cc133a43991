"""A training run in a process of its own, for pages: plan it, start it, follow it, find it again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fer_core import runs
from fer_core.base.errors import FerError, PathError
from fer_core.base.unknown_people import PROTOCOL_WORDS
from fer_core.files import json_files, shapes
from fer_core.files.shapes import Count, Finite, Text, Whole
from fer_core.study.conditions import Condition

CONDITION, CONFIG, RESULT, BUNDLE = "condition.json", "config.json", "result.json", "bundle"
PREFIX = "train"

LOSS_WORDS = {"advanced": "adaptive loss", "standard": "plain loss"}


@dataclass(frozen=True)
class Config:
    """What was asked of a run: the corpus (a path or "demo"), its size, the bundle's name, the condition.

    ``allow`` names the leaks that were accepted.
    """

    corpus: str
    clips: int
    name: str
    condition: Condition
    allow: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """``demo: GRU, adaptive loss, displacement, subject-independent 10-fold, seed 0``."""
        c = self.condition
        protocol = PROTOCOL_WORDS[c.protocol].partition(" (")[0].replace("k-fold", f"{c.folds}-fold")
        parts = (c.architecture.upper(), LOSS_WORDS[c.loss], c.features.kind, protocol, f"seed {c.seed}")
        return f"{Path(self.corpus).name}: {', '.join(parts)}"


@dataclass(frozen=True)
class _Event:
    """What a fit tells after an epoch."""

    fold: Whole
    emotion: Text
    loss: Finite
    val_loss: Finite | None = None
    member: Count = 0


@dataclass(frozen=True)
class _Asked:
    """`Config` as it lies in the run folder."""

    corpus: Text
    clips: Count
    name: Text
    condition: dict[str, Any]
    allow: list[Text] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """What a condition costs.

    Attributes
    ----------
    rounds : int
        Training sides fitted: the folds, and every clip once more for the bundle.
    networks : int
        One per emotion, ensemble member and round.
    epochs : int
        Epochs over all rounds and members, at most (early stopping may end a fit sooner). The
        classifiers of all emotions are fitted at once, so they share an epoch.
    seconds : float or None
        Expected on this machine, from its last finished run; None without one.
    """

    rounds: int
    networks: int
    epochs: int
    seconds: float | None


def launch(
    corpus_path: str | Path, condition: Condition, name: str = "", clips: int = 0, allow: Collection[str] = ()
) -> Path:
    """Start training in a process of its own; returns the run folder to watch.

    ``clips`` is the number of clips trained on, kept for later estimates of time; ``allow`` names
    leaks that are accepted (`fer_core.training.audit`).
    """
    folder = runs.new_run_folder(PREFIX)
    file = folder / CONDITION
    json_files.write_whole(file, condition.to_json())
    config = {
        "corpus": str(corpus_path),
        "clips": clips,
        "name": name,
        "condition": condition.to_json(),
        "allow": list(allow),
    }
    json_files.write_whole(folder / CONFIG, config)
    command = [PREFIX, str(corpus_path), "--condition", str(file), "--run", str(folder)]
    command += [word for rule in allow for word in ("--allow-leak", rule)]
    return runs.start(command + (["--name", name] if name else []), folder)


def config_of(folder: Path) -> Config | None:
    """What was asked of a run; None where it cannot be read or the run was started elsewhere."""
    try:
        asked = shapes.read(folder / CONFIG, _Asked, what="order", fix="start it anew")
        condition = Condition.from_json(asked.condition)
    except FerError:
        return None
    return Config(asked.corpus, asked.clips, asked.name, condition, tuple(asked.allow))


def active_run() -> Path | None:
    """The newest training run that is still going, whoever started it."""
    return runs.newest_active(PREFIX)


def find(name: str | None) -> Path | None:
    """The training run of that name, or None."""
    return runs.find_run_of(PREFIX, name)


def require(name: str) -> Path:
    """As `find`. Raises `PathError` where there is no such run."""
    folder = find(name)
    if folder is None:
        raise PathError("there is no such run", where=name, fix="it may have been deleted; choose one in the list")
    return folder


def plan(condition: Condition, clips: int) -> Plan:
    """What a condition costs on a corpus of so many clips."""
    rounds = condition.parts + 1
    fits = rounds * condition.ensemble
    epochs = fits * condition.fit.epochs
    pace = _pace(condition)
    seconds = None if pace is None or not clips else pace * epochs * clips * _copies(condition)
    return Plan(rounds, fits * len(condition.emotions), epochs, seconds)


def _pace(condition: Condition) -> float | None:
    """Seconds per epoch and training clip of this machine's newest finished run of the same architecture."""
    for folder in runs.list_runs(PREFIX):
        config, status = config_of(folder), runs.read_status(folder)
        if config is None or status.state != "done" or not status.total or not config.clips:
            continue
        if config.condition.architecture == condition.architecture and status.heartbeat > status.started:
            work = status.total * config.clips * _copies(config.condition)
            return (status.heartbeat - status.started) / work
    return None


def _copies(condition: Condition) -> float:
    """Training clips per original clip after augmentation."""
    a = condition.augmentation
    return (1.0 + (a.mirror != "none")) * (1.0 + a.still + a.neutral)


def curves_of(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Loss curves of a run that is going on, as `result.json` will hold them: the first member's.

    Each entry: fold (0-based, -1 for the final fit), emotion, train and val (lists, one value per epoch).
    """
    curves: dict[tuple[int, str], dict[str, Any]] = {}
    for event in events:
        if not shapes.fits(event, _Event) or event.get("member", 0) != 0:
            continue
        key = (int(event["fold"]), str(event["emotion"]))
        curve = curves.setdefault(key, {"fold": key[0], "emotion": key[1], "train": [], "val": []})
        curve["train"].append(event["loss"])
        if event.get("val_loss") is not None:
            curve["val"].append(event["val_loss"])
    return list(curves.values())
