"""What a measurement was made on, in words."""

from __future__ import annotations

import os
import platform
import time
from importlib import metadata
from pathlib import Path
from typing import Any

from fer_core import __version__
from fer_core.studies.efficiency.side_by_side import cores, load_before

PACKAGES = ("numpy", "keras", "tensorflow-cpu", "tensorflow", "onnxruntime")


def machine() -> dict[str, Any]:
    """Processor, cores, memory (GB), system, versions, date, and how busy it was. Names no host or user."""
    return {
        "processor": processor(),
        "cores": cores(),
        "memory_gb": _memory_gb(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: v for name in PACKAGES if (v := _version(name))},
        "fer_core": __version__,
        "date": time.strftime("%Y-%m-%d"),
        "load_before": load_before(),
    }


def processor() -> str:
    """The processor's model as the system names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (AttributeError, OSError, ValueError):  # Windows
        return None


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
