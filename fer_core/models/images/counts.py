"""Counting every image model's parameters, by building it once; the listing shows what is kept of that."""

from __future__ import annotations

import gc

from fer_core.json_files import write_whole
from fer_core.models.images.registry import REGISTRY, counts_file
from fer_core.models.images.spec import ModelSpec
from fer_core.progress import Progress, silent

CLASSES = 7
"""The basic emotions and neutral, as in all three studies."""


def parameters(spec: ModelSpec, size: int) -> int:
    """Parameters of a network at one input side, moving statistics included."""
    return int(spec.build(size=size, classes=CLASSES).count_params())


def recount(progress: Progress = silent) -> dict[str, dict[int, int]]:
    """Count all networks at all their sides (minutes) and keep the counts where the listing finds them.

    Classical models have no fixed number of parameters and are left out.
    """
    networks = [spec for spec in REGISTRY.values() if spec.kind == "network"]
    counts: dict[str, dict[int, int]] = {}
    for done, spec in enumerate(networks):
        progress(done, len(networks), spec.title)
        counts[spec.name] = {size: parameters(spec, size) for size in spec.sizes}
        gc.collect()  # the large ones hold hundreds of megabytes
    write_whole(counts_file(), counts)
    return counts
