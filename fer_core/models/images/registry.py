"""Every image model by name. It loads no Keras: only building a model does.

A family announces its models in a module ``specs_<family>.py`` of this folder, as ``SPECS``.
"""

from __future__ import annotations

import difflib
import json
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from fer_core.base.errors import SettingError
from fer_core.base.paths import assets_dir
from fer_core.models import images
from fer_core.models.images.spec import ModelSpec

STUDIES: dict[str, str] = {
    "munsarif": "Munsarif and Ku-Mahamud (2026)",
    "tutuianu": "Ipinze Tutuianu et al. (2024)",
    "suwartono": "Suwartono et al. (2025)",
}
"""Who each study is by, in the order in which models are listed."""


def _gathered() -> dict[str, ModelSpec]:
    families = sorted(m.name for m in pkgutil.iter_modules(images.__path__) if m.name.startswith("specs_"))
    found: dict[str, ModelSpec] = {}
    for family in families:
        for spec in import_module(f"{images.__name__}.{family}").SPECS:
            assert spec.name not in found, f"two models are called {spec.name}"
            found[spec.name] = spec
    studies = list(STUDIES)
    return dict(sorted(found.items(), key=lambda item: studies.index(item[1].study)))


REGISTRY: Mapping[str, ModelSpec] = _gathered()


def find(name: str) -> ModelSpec:
    """The model of a name, in any case, with spaces or underscores for hyphens. Raises `SettingError`."""
    key = name.strip().lower().replace("_", "-").replace(" ", "-")
    if key in REGISTRY:
        return REGISTRY[key]
    near = difflib.get_close_matches(key, REGISTRY, n=3, cutoff=0.5)
    raise SettingError(
        f"there is no image model {name!r}",
        fix=f"did you mean {' or '.join(near)}" if near else "choose one that the models command lists",
    )


def counts_file() -> Path:
    """Where the counted parameters are kept: models.json among the assets."""
    return assets_dir() / "models.json"


@cache
def counted() -> dict[str, dict[int, int]]:
    """Parameters by model and input side, for 7 classes and the model's own channels; kept in a file."""
    kept = json.loads(counts_file().read_text("utf-8"))
    return {name: {int(size): n for size, n in sizes.items()} for name, sizes in kept.items()}


def listing() -> list[dict[str, Any]]:
    """Every model as plain data: name, study, input sides, parameters and those its study prints, by side."""
    return [_row(spec) for spec in REGISTRY.values()]


def _row(spec: ModelSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "title": spec.title,
        "study": spec.study,
        "study_title": STUDIES[spec.study],
        "kind": spec.kind,
        "sizes": list(spec.sizes),
        "least": spec.least,
        "channels": spec.channels,
        "parameters": {str(size): n for size, n in counted().get(spec.name, {}).items()},
        "published_parameters": {str(size): n for size, n in (spec.published_parameters or {}).items()},
        "pretrained": list(spec.pretrained),
        "crop": spec.crop,
        "note": spec.note,
    }
