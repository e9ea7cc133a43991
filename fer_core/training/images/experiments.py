"""Image experiments as processes of their own: start, list, resume, cancel, delete."""

from __future__ import annotations

from pathlib import Path

from fer_core import runs
from fer_core.training.experiments import Experiments, Listed, ready_to_resume
from fer_core.training.images.experiment import ImageOrder, check_models, write_order

__all__ = ["PREFIX", "Listed", "cancel", "delete", "find", "launch", "listed", "ready_to_resume", "require", "resume"]

PREFIX = "images"

_IMAGES = Experiments(PREFIX)
resume, require, listed = _IMAGES.resume, _IMAGES.require, _IMAGES.listed
find, cancel, delete = _IMAGES.find, _IMAGES.cancel, _IMAGES.delete


def launch(order: ImageOrder) -> Path:
    """Start an experiment in a process of its own; returns its run folder. Raises `SettingError`."""
    check_models(order.design)
    folder = runs.new_run_folder(PREFIX)
    write_order(order, folder)
    return _IMAGES.start(folder)
