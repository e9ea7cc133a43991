"""A made-up measurement for tests: exact ratios, so that what is said of them can be checked."""

from __future__ import annotations

from typing import Any

from fer_core.studies.efficiency.counted import Sizes, plain
from fer_core.studies.efficiency.formats import FORMATS, TRAINING

TURNS = (1.0, 1.1, 0.9, 1.2)
"""How slow each turn was: ratios within a turn do not feel it."""
RATIO = {"numpy": 0.8, "call": 0.9, "predict": 1.0, "onnx": 0.85, "tflite": 0.95}


def made_measurement(turns: int = 4, batches: tuple[int, ...] = (1, 16, 256)) -> dict[str, Any]:
    """GRU over LSTM is `RATIO` by format, times 1.02 and 1/1.02 in turn; one-vs-all costs five times."""
    slow = TURNS[:turns]
    latency = []
    for k, kind in enumerate(FORMATS):
        for batch in batches:
            base = (k + 1) * (1 + batch / 8)
            lstm = [base * s for s in slow]
            gru = [v * RATIO[kind] * (1.02 if i % 2 else 1 / 1.02) for i, v in enumerate(lstm)]
            latency.append(
                {
                    "format": kind,
                    "batch": batch,
                    "repeats": [5] * turns,
                    "gru-many": gru,
                    "lstm-many": lstm,
                    "gru-one": [v / 5 for v in gru],
                    "lstm-one": [v / 5 for v in lstm],
                }
            )
    ways = ("numpy", "keras", "onnx", "tflite")
    memory = [{"doing": "classifying", "way": w, "gru": 90.0, "lstm": 100.0} for w in ways]
    memory += [{"doing": "training", "way": w, "gru": None, "lstm": 120.0} for w in TRAINING]
    return {
        "machine": {
            "processor": "Made-up CPU",
            "cores": 2,
            "memory_gb": 8.1,
            "system": "Linux x86_64",
            "python": "3.11.7",
            "packages": {"numpy": "1.26.4"},
            "fer_core": "0.1.0",
            "date": "2026-01-02",
            "load_before": 0.2,
        },
        "sizes": plain(Sizes()),
        "turns": turns,
        "threads": 1,
        "batches": list(batches),
        "training_clips": 256,
        "latency": latency,
        "training": [{"way": w, "gru": [0.88 * s for s in slow], "lstm": list(slow)} for w in TRAINING],
        "memory": memory,
        "disk": [{"format": f, "gru": 900_000, "lstm": 1_000_000} for f in ways],
        "largest_difference": 3e-7,
    }
