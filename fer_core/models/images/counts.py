"""Every image model's parameters counted and its stages told, by building it once; pages show that."""

from __future__ import annotations

import gc

from fer_core.base.progress import Progress, silent
from fer_core.files.json_files import write_whole
from fer_core.models.images.layer_summary import CLASSES, Stage, stages, stages_file, text_of
from fer_core.models.images.registry import REGISTRY, counts_file
from fer_core.models.images.spec import ModelSpec


def parameters(spec: ModelSpec, size: int) -> int:
    """Parameters of a network at one input side, moving statistics included."""
    return int(spec.build(size=size, classes=CLASSES).count_params())


def recount(progress: Progress = silent) -> dict[str, dict[int, int]]:
    """Count all networks at all their sides (minutes) and keep counts and stages where pages find them.

    Classical models have no fixed number of parameters and are left out.
    """
    networks = [spec for spec in REGISTRY.values() if spec.kind == "network"]
    counts: dict[str, dict[int, int]] = {}
    told: dict[str, dict[int, list[Stage]]] = {}
    for done, spec in enumerate(networks):
        progress(done, len(networks), spec.title)
        counts[spec.name], told[spec.name] = {}, {}
        for size in spec.sizes:
            model = spec.build(size=size, classes=CLASSES)
            counts[spec.name][size] = int(model.count_params())
            told[spec.name][size] = stages(model)
            del model
            gc.collect()  # the large ones hold hundreds of megabytes
    write_whole(counts_file(), counts)
    stages_file().write_text(text_of(told), encoding="utf-8")
    return counts
