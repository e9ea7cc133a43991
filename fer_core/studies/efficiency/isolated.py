"""A measurement in a process of its own: with no other library loaded, and with so many threads."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from fer_core.base.errors import TrainingError
from fer_core.base.paths import REPOSITORY

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
"""What numpy's and TensorFlow's libraries read once, when they are loaded."""


def run_module(module: str, words: Sequence[str], answer: Path, threads: int, who: str) -> float:
    """Run ``python -m MODULE WORDS`` until it has written ``answer``; returns the seconds that took.

    Raises
    ------
    TrainingError
        Where the process fails or leaves no answer; its last line says why, ``who`` where.
    """
    answer.unlink(missing_ok=True)
    limited = os.environ | dict.fromkeys(THREADS, str(threads))
    quiet = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=REPOSITORY,
        env=limited | quiet,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - begun
    if done.returncode or not answer.is_file():
        silent = f"it ended without a word, with status {done.returncode}"
        last = (done.stderr.strip().splitlines() or [silent])[-1]
        raise TrainingError(f"the contender failed: {last}", where=who)
    return seconds
