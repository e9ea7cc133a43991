"""The kinds of runs that the Runs page lists: what they are called, and who looks after them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_core.datasets.copies import copy_runs
from fer_core.studies.cross import jobs as cross_jobs
from fer_core.studies.leak_lab import jobs as lab_jobs
from fer_core.studies.sensitivity import jobs as sensitivity_jobs
from fer_core.training import experiments, jobs
from fer_core.training.images import experiments as image_experiments


@dataclass(frozen=True)
class RunKind:
    """One kind.

    Attributes
    ----------
    title, noun, icon : of several, of one, and the sign of each line
    of : the module that looks after them; its ``PREFIX`` begins the names of their folders
    asked_of : reads what was asked of a run, with its ``words``; None for kinds that the store knows
    """

    title: str
    noun: str
    icon: str
    of: Any
    asked_of: Callable[[Path], Any] | None = None


KINDS = {
    "experiment": RunKind("Experiments", "experiment", "science", experiments),
    "images": RunKind("Image experiments", "image experiment", "photo_library", image_experiments),
    "train": RunKind("Training runs", "training run", "model_training", jobs, jobs.config_of),
    "leak_lab": RunKind("Leak Lab", "Leak Lab run", "leak_add", lab_jobs, lab_jobs.config_of),
    "sensitivity": RunKind("Sensitivity", "sensitivity run", "tune", sensitivity_jobs, sensitivity_jobs.order_of),
    "cross": RunKind("Across corpora", "cross-corpus run", "swap_horiz", cross_jobs, cross_jobs.config_of),
    "duplicates": RunKind("Duplicates", "duplicates run", "content_copy", copy_runs, copy_runs.config_of),
}
