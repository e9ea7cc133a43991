"""What every number that a user can give lies between: one sentence, from a terminal, a page or a file."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fer_core.base.errors import SettingError

SEEDS = 2**32
"""Seeds are 0 to one less than this, as scikit-learn and Keras take them; derived ones are reduced by it."""


@dataclass(frozen=True)
class Range:
    """A number's name and its bounds.

    Attributes
    ----------
    what : its name, as in "the seed"
    low, high : the bounds, which it may reach
    whole : whether it counts something
    inside : whether it must lie between the bounds without reaching them
    unit : of the bounds, in words
    """

    what: str
    low: float
    high: float
    whole: bool = True
    inside: bool = False
    unit: str = ""

    @property
    def words(self) -> str:
        """``a whole number from 1 to 20``."""
        low, high = (f"{v}" if isinstance(v, int) else f"{v:g}" for v in (self.low, self.high))
        kind = "a whole number" if self.whole else "a number"
        ends = f"between {low} and {high}" if self.inside else f"from {low} to {high}"
        return f"{kind} {ends} {self.unit}".rstrip()

    def holds(self, value: float) -> bool:
        """Whether a number lies within, is finite, and is whole where it must be."""
        if not math.isfinite(value) or (self.whole and value != int(value)):
            return False
        return self.low < value < self.high if self.inside else self.low <= value <= self.high

    def check(self, value: float) -> None:
        """Raises `SettingError` for a number that is not within."""
        if not self.holds(value):
            said = f"{value}" if isinstance(value, int) else f"{value:g}"
            raise SettingError(f"the {self.what} {said[:40]} is out of range", fix=f"use {self.words}")


SEED = Range("seed", 0, SEEDS - 1)
WORKERS = Range("number of workers", 1, 1024)
THREADS = Range("number of threads", 1, 256)
TURNS = Range("number of turns", 1, 1000)

# training
FOLDS = Range("number of folds", 2, 100)
INNER_FOLDS = Range("number of inner folds", 2, 20)
REPEATS = Range("number of repeats", 1, 50)
TEST_SHARE = Range("test share", 0.05, 0.9, whole=False)
VALIDATION_SHARE = Range("validation share", 0, 0.5, whole=False)
EPOCHS = Range("number of epochs", 1, 10_000)
FROZEN_EPOCHS = Range("number of frozen epochs", 0, 1000)
BATCH_SIZE = Range("batch size", 1, 4096)
PATIENCE = Range("patience", 0, 10_000, unit="epochs")
SOME_PATIENCE = Range("patience", 1, 10_000, unit="epochs")
LEARNING_RATE = Range("learning rate", 1e-12, 1, whole=False)
DROPOUT = Range("dropout", 0, 0.99, whole=False)
WEIGHT_DECAY = Range("weight decay", 0, 1, whole=False)
FACTOR = Range("plateau factor", 0, 1, whole=False, inside=True)
ENSEMBLE = Range("ensemble", 1, 20)
UNITS = Range("layer size", 1, 512)
FRAMES = Range("number of frames per clip", 2, 200)
LAST = Range("number of frames from the end of each clip", 1, 20)
EVALUATIONS = Range("number of evaluations", 1, 1000)
INITIAL = Range("number of initial trials", 1, 1000)
TRIALS_AT_ONCE = Range("batch of trials", 1, 64)
EVENNESS = Range("evenness", 0, 1, whole=False)
AGAIN = Range("number of further seeds", 0, 100)
MINUTES = Range("time limit", 0, 100_000, whole=False, unit="minutes")
RATIO = Range("imbalance ratio", 0, 1e12, whole=False)

# image models
SIZE = Range("input size", 16, 1024, unit="pixels")
GAMMA = Range("gamma", 0, 20, whole=False)
LAMBDA = Range("lambda", 0, 20, whole=False)
SMOOTHING = Range("label smoothing", 0, 0.99, whole=False)
MIXING = Range("mixing", 0, 10, whole=False)

# statistics
CONFIDENCE = Range("confidence", 0, 1, whole=False, inside=True)
ALPHA = Range("alpha", 0, 0.5, whole=False, inside=True)
POWER = Range("power", 0, 1, whole=False, inside=True)
MARGIN = Range("margin", -1, 1, whole=False)
DRAWS = Range("number of draws", 99, 1_000_000)
PAIRS = Range("number of pairs", 2, 10_000_000)

# streams and measurements
SHARE = Range("share", 0, 1, whole=False)
THRESHOLD = Range("threshold", 0, 1, whole=False)
FPS = Range("number of frames a second", 1, 240, whole=False)
SECONDS = Range("duration", 0, 3600, whole=False, unit="seconds")
MEASURED_SECONDS = Range("duration", 0.1, 3600, whole=False, unit="seconds")
MEASURED_MINUTES = Range("duration", 0.01, 10_080, whole=False, unit="minutes")
ASPECT = Range("aspect", 0.001, 1000, whole=False)
TURN = Range("turn", 0, 15, whole=False, unit="degrees")
FACES = Range("number of faces", 1, 4)
BITS = Range("number of bits", 0, 31)
