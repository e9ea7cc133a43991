"""What measurements side by side share: ratios turn by turn, and how busy the machine was."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

Milliseconds = npt.NDArray[np.float64]


def quantiles(taken: Milliseconds, prefix: str = "") -> dict[str, float]:
    """Median and 95th percentile as ``p50_ms`` and ``p95_ms``."""
    middle, high = np.percentile(taken, [50, 95])
    return {f"{prefix}p50_ms": float(middle), f"{prefix}p95_ms": float(high)}


def ratio(name: str, theirs: Milliseconds, ours: Milliseconds) -> dict[str, Any]:
    """Theirs over ours, turn by turn: the median under ``name``, ``[lowest, highest]`` beside it."""
    each = theirs / ours
    return {name: float(np.median(each)), f"{name}_range": [float(each.min()), float(each.max())]}


def load_before() -> float | None:
    """How many processes wanted a core over the last minute; None where the system does not say."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def cores() -> int:
    """Processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
